-- A change of active: the account is found, switched over, its sessions are ended, its seat is given back or taken, its version is
-- raised, and the audit row is written with where it stands from now on, in one statement. Fewer round trips are not possible, so that the limit is not too low.
\set n random(1, :users)
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
    RETURNING accounts.*, account_state(accounts) AS state
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
