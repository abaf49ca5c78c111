-- The first 100 accounts, with their groups. The total is not counted here: what a server can know without counting at
-- every request is not a limit of the machine.
{accounts}
WHERE a.tenant_id = :tenant::uuid AND a.deleted_at IS NULL
ORDER BY a.tenant_id, a.id
LIMIT 100;
