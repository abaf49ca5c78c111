-- Nobody may come alive because the dates go: whom a date keeps out now is switched off, and no session outlives it.
ALTER TABLE accounts NO FORCE ROW LEVEL SECURITY;
UPDATE accounts SET
    deactivated_at = CASE WHEN deactivate_at <= now() THEN deactivate_at WHEN expires_at <= now() THEN expires_at ELSE now() END,
    deactivated_reason = CASE WHEN deactivate_at <= now() THEN deactivate_reason ELSE 'administrative' END,
    deactivated_by = CASE WHEN deactivate_at <= now() THEN deactivate_by ELSE 'operator' END,
    session_epoch = session_epoch + 1,
    version = version + 1
WHERE deactivated_at IS NULL AND (deactivate_at <= now() OR expires_at <= now() OR starts_at > now());
ALTER TABLE accounts FORCE ROW LEVEL SECURITY;
DROP INDEX accounts_inactive;
ALTER TABLE accounts
    DROP CONSTRAINT accounts_schedule,
    DROP COLUMN role,
    DROP COLUMN starts_at,
    DROP COLUMN expires_at,
    DROP COLUMN deactivate_at,
    DROP COLUMN deactivate_reason,
    DROP COLUMN deactivate_by;
CREATE INDEX accounts_inactive ON accounts (tenant_id, id) WHERE deactivated_at IS NOT NULL AND deleted_at IS NULL;
