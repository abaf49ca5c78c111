-- The rows of :count new users and of what the audit log says of each, into two files from which COPY can read them.
CREATE TEMPORARY TABLE coming AS
SELECT coming.*
FROM (SELECT id FROM accounts WHERE tenant_id = :'tenant' AND deleted_at IS NULL ORDER BY id LIMIT :count) AS first
JOIN accounts AS a ON a.tenant_id = :'tenant' AND a.id = first.id
CROSS JOIN LATERAL (SELECT 'copied' || (extract(epoch FROM now()) * 1000)::bigint || '-' || a.user_name_key AS name) AS named
CROSS JOIN LATERAL jsonb_populate_record(
    a,
    jsonb_build_object(
        -- As with the server's own, ids rise with time.
        'id', (lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint), 12, '0')
            || substr(replace(gen_random_uuid()::text, '-', ''), 13))::uuid,
        'user_name_key', name,
        'external_id', 'ext-' || name,
        'login_email_key', CASE WHEN a.login_email_key IS NOT NULL THEN name END,
        'resource', replace(a.resource::text, a.user_name_key, name)::jsonb
    )
) AS coming;
\o :accounts
COPY (SELECT * FROM coming) TO STDOUT;
\o :audit
COPY (SELECT tenant_id, now(), 'connection:' || connection_id, 'account.created', id,
        ARRAY['displayName', 'emails', 'externalId', 'locale', 'name', 'title', 'userName'], '{"seatTaken": true}'::jsonb,
        gen_random_uuid(), account_state(c.a)
    FROM (SELECT a.tenant_id, a.connection_id, a.id, jsonb_populate_record(NULL::accounts, to_jsonb(a)) AS a FROM coming AS a) AS c)
TO STDOUT;
\o
