-- The first 100 accounts by their display names, with their groups.
{accounts}
WHERE a.tenant_id = :tenant::uuid
    AND a.deleted_at IS NULL
ORDER BY a.tenant_id, a.display_name_key, a.id
LIMIT 100;
