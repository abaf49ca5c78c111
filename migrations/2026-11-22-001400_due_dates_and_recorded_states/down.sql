DROP INDEX accounts_due;
-- What was recorded by the migration alone goes with it.
ALTER TABLE audit_log NO FORCE ROW LEVEL SECURITY;
DELETE FROM audit_log WHERE action = 'account.recorded';
ALTER TABLE audit_log FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_log DROP COLUMN state;
DROP FUNCTION account_state(accounts);
DROP INDEX accounts_owner;
ALTER TABLE accounts DROP COLUMN due_at;
