DROP TRIGGER seats_begin ON accounts;
DROP TRIGGER seats_change ON accounts;
DROP TRIGGER seats_end ON accounts;
DROP FUNCTION licences_follow();
DROP TABLE licences;

-- Nobody may come alive because the lock goes.
ALTER TABLE accounts NO FORCE ROW LEVEL SECURITY;
UPDATE accounts SET
    deactivated_at = locked_at,
    deactivated_reason = 'security',
    deactivated_by = locked_by,
    version = version + 1
WHERE deactivated_at IS NULL AND locked_at IS NOT NULL;
ALTER TABLE accounts FORCE ROW LEVEL SECURITY;

DROP INDEX accounts_seat_lapsing;
DROP INDEX accounts_inactive;
CREATE INDEX accounts_inactive ON accounts (tenant_id, id)
    WHERE (deactivated_at IS NOT NULL OR deactivate_at IS NOT NULL OR expires_at IS NOT NULL OR starts_at IS NOT NULL)
        AND deleted_at IS NULL;
ALTER TABLE accounts
    DROP COLUMN locked_at,
    DROP COLUMN locked_by,
    DROP COLUMN seat_since,
    DROP COLUMN seat_until,
    DROP COLUMN first_course_at;

REVOKE UPDATE (policy) ON tenants FROM rollcall_server;
ALTER TABLE tenants DROP COLUMN policy;
