-- A new account and its audit row in one statement. As with the server's own, ids rise with time, names rise per client,
-- and the attributes come as text.
\set n :n + 1
WITH given AS (
    SELECT 'bench' || :client_id::text || '-' || :n::text || '@example.com' AS name,
        (lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint), 12, '0')
            || substr(replace(gen_random_uuid()::text, '-', ''), 13))::uuid AS id
), made AS (
    INSERT INTO accounts (tenant_id, id, connection_id, user_name_key, external_id, display_name_key, login_email_key,
        resource, seat_since, created_at, updated_at)
    SELECT :tenant::uuid, id, :connection::uuid, name, 'ext-' || name, 'babs jensen',
        CASE WHEN :has_email::boolean THEN name END,
        replace(:resource::text, 'user0000001@example.com', name)::jsonb, now(), now(), now()
    FROM given
    ON CONFLICT DO NOTHING
    RETURNING tenant_id, id, connection_id, account_state(accounts) AS state
), logged AS (
    INSERT INTO audit_log (tenant_id, at, actor, action, resource_id, attributes, facts, request_id, state)
    SELECT tenant_id, now(), 'connection:' || connection_id, 'account.created', id,
        ARRAY['displayName', 'emails', 'externalId', 'locale', 'name', 'title', 'userName'], '{"seatTaken": true}', gen_random_uuid(), state
    FROM made
)
SELECT count(*) FROM made;
