-- 100 accounts behind a place nine tenths of the way, with their groups.
\set n :users * 9 / 1000 * 100
{accounts}
WHERE a.tenant_id = :tenant::uuid
    AND a.id > ('00000000-0000-7000-8000-' || lpad(to_hex(:n::bigint), 12, '0'))::uuid
    AND a.deleted_at IS NULL
ORDER BY a.tenant_id, a.id
LIMIT 100;
