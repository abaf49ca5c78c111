-- Up to 100 accounts whose display names begin alike, with their groups.
\set n random(1, :users) / 100
{accounts}
WHERE a.tenant_id = :tenant::uuid
    AND a.display_name_key >= 'babs jensen ' || lpad(:n::text, 5, '0')
    AND a.display_name_key < 'babs jensen ' || lpad(:n::text, 5, '0') || ':'
    AND a.deleted_at IS NULL
ORDER BY a.tenant_id, a.id
LIMIT 100;
