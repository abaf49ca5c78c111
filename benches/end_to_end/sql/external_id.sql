-- One account by its externalId, with its groups.
\set n random(1, :users)
{accounts}
WHERE a.tenant_id = :tenant::uuid
    AND a.connection_id = :connection::uuid
    AND a.external_id = 'ext-user' || lpad(:n::text, 7, '0') || '@example.com'
    AND a.deleted_at IS NULL;
