-- A change of active: the account is found, switched over, its sessions are ended, its seat is given back or taken, its version is
-- raised, what it was before is kept while it is out, and the audit row is written with where it stands from now on, in one
-- statement. Fewer round trips are not possible, so that the limit is not too low. As in src/requests.rs, each client has its own
-- users, and switches one off and then on again.
\set turn 1 - :turn
\if :turn
\set n random(0, :users / :clients - 1) * :clients + :client_id + 1
\endif
WITH saved AS (
    UPDATE accounts
    SET deactivated_at = CASE WHEN deactivated_at IS NULL THEN now() END,
        deactivated_reason = CASE WHEN deactivated_at IS NULL THEN 'administrative' END,
        deactivated_by = CASE WHEN deactivated_at IS NULL THEN 'connection:' || connection_id END,
        seat_since = CASE WHEN deactivated_at IS NOT NULL THEN now() END,
        session_epoch = session_epoch + 1,
        version = version + 1,
        updated_at = now()
    WHERE tenant_id = :tenant::uuid
        AND id = ('00000000-0000-7000-8000-' || lpad(to_hex(:n::bigint), 12, '0'))::uuid
        AND deleted_at IS NULL
{guard}
    RETURNING accounts.*, account_state(accounts) AS state
), departed AS (
    INSERT INTO departures AS d (tenant_id, account_id, connection_id, source_id, at, settled, fresh, starts_at, expires_at,
        deactivate_at, deactivate_reason, deactivated_at, deactivated_reason, password_state, password_hash, password_expires_at)
    SELECT a.tenant_id, a.id, a.connection_id, a.connection_id, now(), {settled}, false, a.starts_at, a.expires_at,
        a.deactivate_at, a.deactivate_reason, a.deactivated_at, a.deactivated_reason, a.password_state, a.password_hash,
        a.password_expires_at
    FROM accounts AS a
    WHERE a.tenant_id = :tenant::uuid
        AND a.id = ('00000000-0000-7000-8000-' || lpad(to_hex(:n::bigint), 12, '0'))::uuid
        AND a.deactivated_at IS NULL
        AND EXISTS (SELECT FROM saved)
    ON CONFLICT (tenant_id, account_id) DO UPDATE SET group_ids = COALESCE(excluded.group_ids, d.group_ids)
), returned AS (
    DELETE FROM departures AS d USING saved AS s
    WHERE s.deactivated_at IS NULL AND d.tenant_id = :tenant::uuid AND d.account_id = s.id
), logged AS (
    INSERT INTO audit_log (tenant_id, at, actor, action, resource_id, attributes, facts, request_id, state)
    SELECT tenant_id, now(), 'connection:' || connection_id,
        CASE WHEN deactivated_at IS NULL THEN 'account.reactivated' ELSE 'account.deactivated' END,
        id, ARRAY['active'], '{"sessionsEnded": true}', gen_random_uuid(), state
    FROM saved
)
SELECT id, connection_id, resource::text, active_unassigned, role, starts_at, expires_at, deactivate_at, deactivate_reason,
    deactivated_at, deactivated_reason, locked_at, due_at, seat_since, seat_until, first_course_at, first_access_at,
    last_login_at, password_state, password_expires_at, login_email_key IS NOT NULL, session_epoch, version, created_at, updated_at
FROM saved;
