ALTER TABLE tenants ADD COLUMN policy jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(policy) = 'object');
COMMENT ON COLUMN tenants.policy IS 'What the tenant set of the life cycle: the preset to start from and single settings by their keys, such as {"preset": "united", "seat.basis": "account"}.';
GRANT UPDATE (policy) ON tenants TO rollcall_server;

ALTER TABLE accounts
    ADD COLUMN locked_at timestamptz,
    ADD COLUMN locked_by text,
    ADD COLUMN seat_since timestamptz,
    ADD COLUMN seat_until timestamptz,
    ADD COLUMN first_course_at timestamptz;
COMMENT ON COLUMN accounts.locked_at IS 'Since when an administrator keeps the account shut, so that no source can open it; null while nobody does.';
COMMENT ON COLUMN accounts.locked_by IS 'Who locked it, as in the audit log.';
COMMENT ON COLUMN accounts.seat_since IS 'Since when the account holds a seat; null while it holds none.';
COMMENT ON COLUMN accounts.seat_until IS 'When the seat will be free by itself, by the dates and the policy of the last change; null: it will not.';
COMMENT ON COLUMN accounts.first_course_at IS 'When the person started a course for the first time.';

-- Seats as the default policy counts them. Whoever migrates owns the table, and would see nobody while row level security is forced.
ALTER TABLE accounts NO FORCE ROW LEVEL SECURITY;
UPDATE accounts SET seat_since = created_at, seat_until = LEAST(deactivate_at, expires_at)
WHERE deleted_at IS NULL AND deactivated_at IS NULL;
ALTER TABLE accounts FORCE ROW LEVEL SECURITY;

DROP INDEX accounts_inactive;
CREATE INDEX accounts_inactive ON accounts (tenant_id, id)
    WHERE (deactivated_at IS NOT NULL OR deactivate_at IS NOT NULL OR expires_at IS NOT NULL OR starts_at IS NOT NULL
            OR locked_at IS NOT NULL)
        AND deleted_at IS NULL;
CREATE INDEX accounts_seat_lapsing ON accounts (tenant_id, seat_until)
    WHERE seat_since IS NOT NULL AND seat_until IS NOT NULL;

-- Only tenants with a limit have a row: in it all changes of a tenant's seats wait for each other, which the others need not.
CREATE TABLE licences (
    tenant_id uuid PRIMARY KEY REFERENCES tenants,
    seat_limit bigint NOT NULL CHECK (seat_limit >= 0),
    used bigint NOT NULL CHECK (used >= 0)
);
COMMENT ON TABLE licences IS 'How many seats a tenant has. A tenant without a row has as many as it needs.';
COMMENT ON COLUMN licences.tenant_id IS 'The tenant.';
COMMENT ON COLUMN licences.seat_limit IS 'How many accounts can hold a seat at the same time.';
COMMENT ON COLUMN licences.used IS 'How many do. Counted by a trigger on accounts; more than the limit only after that was lowered.';
ALTER TABLE licences ENABLE ROW LEVEL SECURITY;
ALTER TABLE licences FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON licences USING (tenant_id = current_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON licences TO rollcall_server;

CREATE FUNCTION licences_follow() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
        DECLARE
            tenant uuid := CASE TG_OP WHEN 'DELETE' THEN OLD.tenant_id ELSE NEW.tenant_id END;
            change bigint := CASE
                WHEN TG_OP = 'INSERT' THEN 1
                WHEN TG_OP = 'DELETE' THEN -1
                WHEN NEW.seat_since IS NULL THEN -1
                ELSE 1
            END;
            licence licences;
        BEGIN
            UPDATE licences AS l SET used = l.used + change WHERE l.tenant_id = tenant RETURNING l.* INTO licence;
            IF change > 0 AND licence.used > licence.seat_limit THEN
                -- The message is read by the server.
                RAISE EXCEPTION 'no seat is free: limit %, used %', licence.seat_limit, licence.used - 1
                    USING ERRCODE = 'check_violation', TABLE = 'licences', CONSTRAINT = 'licences_seats';
            END IF;
            RETURN NULL;
        END
    $$;
COMMENT ON FUNCTION licences_follow() IS 'Counts the seats of a tenant with a limit, and refuses one too many. A trigger, so that no way of writing an account can forget it.';

CREATE TRIGGER seats_begin AFTER INSERT ON accounts FOR EACH ROW
    WHEN (NEW.seat_since IS NOT NULL)
    EXECUTE FUNCTION licences_follow();
CREATE TRIGGER seats_change AFTER UPDATE OF seat_since ON accounts FOR EACH ROW
    WHEN ((OLD.seat_since IS NULL) <> (NEW.seat_since IS NULL))
    EXECUTE FUNCTION licences_follow();
CREATE TRIGGER seats_end AFTER DELETE ON accounts FOR EACH ROW
    WHEN (OLD.seat_since IS NOT NULL)
    EXECUTE FUNCTION licences_follow();
