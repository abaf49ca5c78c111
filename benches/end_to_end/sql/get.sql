-- One account by id, with its groups.
\set n random(1, :users)
{accounts}
WHERE a.tenant_id = :tenant::uuid
    AND a.id = ('00000000-0000-7000-8000-' || lpad(to_hex(:n::bigint), 12, '0'))::uuid
    AND a.deleted_at IS NULL;
