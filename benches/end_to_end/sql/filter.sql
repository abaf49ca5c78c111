-- One account by its user name, with its groups.
\set n random(1, :users)
{accounts}
WHERE a.tenant_id = :tenant::uuid
    AND a.user_name_key = 'user' || lpad(:n::text, 7, '0') || '@example.com'
    AND a.deleted_at IS NULL;
