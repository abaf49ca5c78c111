-- A date is true at its instant without anything having run; due_at is how a worker finds what is not on record yet.
ALTER TABLE accounts ADD COLUMN due_at timestamptz;
COMMENT ON COLUMN accounts.due_at IS 'From when on a date of the account is past and not on record: the next of starts_at, expires_at and deactivate_at at the last change; null where none is to come.';

-- No two owners, whoever writes.
CREATE UNIQUE INDEX accounts_owner ON accounts (tenant_id) WHERE role = 'owner' AND deleted_at IS NULL;

CREATE FUNCTION account_state(account accounts) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
        SELECT jsonb_strip_nulls(jsonb_build_object(
            'role', account.role,
            'startsAt', account.starts_at,
            'expiresAt', account.expires_at,
            'deactivateAt', account.deactivate_at,
            'deactivateReason', account.deactivate_reason,
            'deactivatedAt', account.deactivated_at,
            'deactivatedReason', account.deactivated_reason,
            'lockedAt', account.locked_at,
            'seatSince', account.seat_since,
            'seatUntil', account.seat_until,
            'firstAccessAt', account.first_access_at,
            'lastLoginAt', account.last_login_at,
            'deletedAt', account.deleted_at
        ))
    $$;
COMMENT ON FUNCTION account_state(accounts) IS 'The facts from which it follows where an account stands at a time, for the record; nothing that says who it is.';

ALTER TABLE audit_log ADD COLUMN state jsonb;
COMMENT ON COLUMN audit_log.state IS 'Where the account stood from this change on (account_state); null where the change left it as it was. Reports of a past day are made of it.';

-- Whoever migrates owns the tables, and would see nobody while row level security is forced.
ALTER TABLE accounts NO FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_log NO FORCE ROW LEVEL SECURITY;
UPDATE accounts SET due_at = LEAST(
    CASE WHEN starts_at > now() THEN starts_at END,
    CASE WHEN expires_at > now() THEN expires_at END,
    deactivate_at
)
WHERE deactivated_at IS NULL AND deleted_at IS NULL AND (starts_at, expires_at, deactivate_at) IS DISTINCT FROM (NULL, NULL, NULL);
INSERT INTO audit_log (tenant_id, at, actor, action, resource_id, request_id, state)
SELECT tenant_id, GREATEST(updated_at, last_login_at), 'operator', 'account.recorded', id,
    '00000000-0000-0000-0000-000000000000', account_state(accounts)
FROM accounts;
ALTER TABLE audit_log FORCE ROW LEVEL SECURITY;
ALTER TABLE accounts FORCE ROW LEVEL SECURITY;

CREATE INDEX accounts_due ON accounts (tenant_id, due_at) WHERE due_at IS NOT NULL;
