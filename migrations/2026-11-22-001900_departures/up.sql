-- Who was put out by a source, and what they had: counted by the guard against a sync gone wrong, and what a restoration is made of.
CREATE TABLE quarantines (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    connection_id uuid NOT NULL,
    source_id uuid NOT NULL,
    began_at timestamptz NOT NULL,
    departed bigint NOT NULL,
    accounts bigint NOT NULL,
    most bigint NOT NULL,
    rejected_at timestamptz,
    released_at timestamptz,
    decided_by text,
    reason text CHECK (reason <> '' AND length(reason) <= 1000),
    allowance bigint NOT NULL DEFAULT 0 CHECK (allowance >= 0),
    restored_at timestamptz,
    restored bigint NOT NULL DEFAULT 0,
    CHECK ((decided_by IS NULL) = (rejected_at IS NULL AND released_at IS NULL)),
    CHECK ((decided_by IS NULL) = (reason IS NULL)),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id),
    FOREIGN KEY (tenant_id, source_id) REFERENCES connections (tenant_id, id)
);
-- Also what keeps a connection from being quarantined twice.
CREATE UNIQUE INDEX quarantines_standing ON quarantines (tenant_id, connection_id) WHERE released_at IS NULL;
CREATE INDEX quarantines_connection ON quarantines (tenant_id, connection_id, released_at);
CREATE INDEX quarantines_source ON quarantines (tenant_id, source_id);
COMMENT ON TABLE quarantines IS 'Connections that wanted to put out more people than the guard lets them, and what an administrator decided.';
COMMENT ON COLUMN quarantines.tenant_id IS 'Tenant of the connection.';
COMMENT ON COLUMN quarantines.id IS 'UUID version 7.';
COMMENT ON COLUMN quarantines.connection_id IS 'The connection whose deactivations and deletions are refused while it stands.';
COMMENT ON COLUMN quarantines.source_id IS 'The connection that owns the accounts that were counted.';
COMMENT ON COLUMN quarantines.began_at IS 'When the first one too many was refused.';
COMMENT ON COLUMN quarantines.departed IS 'How many were out by then, within the window.';
COMMENT ON COLUMN quarantines.accounts IS 'How many active accounts the source had.';
COMMENT ON COLUMN quarantines.most IS 'How many may go within the window.';
COMMENT ON COLUMN quarantines.rejected_at IS 'When an administrator said that the source is wrong; it stays in quarantine.';
COMMENT ON COLUMN quarantines.released_at IS 'When an administrator said that the source may go on; null while it stands.';
COMMENT ON COLUMN quarantines.decided_by IS 'Who decided last, as in the audit log.';
COMMENT ON COLUMN quarantines.reason IS 'The reason they gave.';
COMMENT ON COLUMN quarantines.allowance IS 'How many more may go within a window from the release on.';
COMMENT ON COLUMN quarantines.restored_at IS 'When people were last brought back.';
COMMENT ON COLUMN quarantines.restored IS 'How many were brought back.';

CREATE TABLE departures (
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    source_id uuid NOT NULL,
    at timestamptz NOT NULL,
    settled boolean NOT NULL DEFAULT false,
    fresh boolean NOT NULL,
    quarantine_id uuid,
    starts_at timestamptz,
    expires_at timestamptz,
    deactivate_at timestamptz,
    deactivate_reason text,
    deactivated_at timestamptz,
    deactivated_reason text,
    password_state text NOT NULL,
    password_hash text,
    password_expires_at timestamptz,
    group_ids uuid[],
    PRIMARY KEY (tenant_id, account_id),
    FOREIGN KEY (tenant_id, account_id) REFERENCES accounts (tenant_id, id),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id),
    FOREIGN KEY (tenant_id, source_id) REFERENCES connections (tenant_id, id),
    FOREIGN KEY (tenant_id, quarantine_id) REFERENCES quarantines (tenant_id, id)
);
CREATE INDEX departures_connection ON departures (tenant_id, connection_id, at);
CREATE INDEX departures_source ON departures (tenant_id, source_id, at);
CREATE INDEX departures_quarantine ON departures (tenant_id, quarantine_id);
COMMENT ON TABLE departures IS 'Accounts that a source has put out and that have not come back: counted, and as they were before, so that they can be restored.';
COMMENT ON COLUMN departures.tenant_id IS 'Tenant of the account.';
COMMENT ON COLUMN departures.account_id IS 'The account.';
COMMENT ON COLUMN departures.connection_id IS 'The connection that put it out.';
COMMENT ON COLUMN departures.source_id IS 'The connection that owns the account.';
COMMENT ON COLUMN departures.at IS 'When.';
COMMENT ON COLUMN departures.settled IS 'Whether an administrator has seen and accepted it; then it is not counted any more.';
COMMENT ON COLUMN departures.fresh IS 'Whether the source had made it within the hour before, and nobody had used it: taken back rather than gone.';
COMMENT ON COLUMN departures.quarantine_id IS 'The quarantine that it has led to.';
COMMENT ON COLUMN departures.starts_at IS 'accounts.starts_at before it.';
COMMENT ON COLUMN departures.expires_at IS 'accounts.expires_at before it.';
COMMENT ON COLUMN departures.deactivate_at IS 'accounts.deactivate_at before it.';
COMMENT ON COLUMN departures.deactivate_reason IS 'accounts.deactivate_reason before it.';
COMMENT ON COLUMN departures.deactivated_at IS 'accounts.deactivated_at before it: of one that was out already and was deleted.';
COMMENT ON COLUMN departures.deactivated_reason IS 'accounts.deactivated_reason before it.';
COMMENT ON COLUMN departures.password_state IS 'accounts.password_state before it.';
COMMENT ON COLUMN departures.password_hash IS 'accounts.password_hash before it; dropped with the row.';
COMMENT ON COLUMN departures.password_expires_at IS 'accounts.password_expires_at before it.';
COMMENT ON COLUMN departures.group_ids IS 'The groups it was a member of, where it was deleted.';

CREATE TABLE source_sizes (
    tenant_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    accounts bigint NOT NULL,
    small boolean NOT NULL,
    counted_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, connection_id),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id)
);
COMMENT ON TABLE source_sizes IS 'How many accounts a source has, counted now and then, so that not every departure has to count them.';
COMMENT ON COLUMN source_sizes.tenant_id IS 'Tenant of the connection.';
COMMENT ON COLUMN source_sizes.connection_id IS 'The connection that owns the accounts.';
COMMENT ON COLUMN source_sizes.accounts IS 'Those that were active, and those that had gone within the window.';
COMMENT ON COLUMN source_sizes.small IS 'Whether they are so few, without what was taken back, that taking back counts for nothing.';
COMMENT ON COLUMN source_sizes.counted_at IS 'When they were counted.';

CREATE TABLE notices (
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    id uuid NOT NULL,
    at timestamptz NOT NULL,
    kind text NOT NULL,
    subject_id uuid NOT NULL,
    detail text NOT NULL,
    sent_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX notices_unsent ON notices (tenant_id, id) WHERE sent_at IS NULL;
CREATE UNIQUE INDEX notices_once ON notices (tenant_id, kind, subject_id, detail);
COMMENT ON TABLE notices IS 'What administrators are told, written in the transaction of what it is about, and sent afterwards.';
COMMENT ON COLUMN notices.tenant_id IS 'Tenant whose administrators are told.';
COMMENT ON COLUMN notices.id IS 'UUID version 7.';
COMMENT ON COLUMN notices.at IS 'When it was written.';
COMMENT ON COLUMN notices.kind IS 'What it is about, such as connection.quarantined.';
COMMENT ON COLUMN notices.subject_id IS 'The quarantine, account or token it is about.';
COMMENT ON COLUMN notices.detail IS 'What happened and what to do, in words; no secret.';
COMMENT ON COLUMN notices.sent_at IS 'When it was sent by mail; null while it was not.';
ALTER TABLE notices ENABLE ROW LEVEL SECURITY;
ALTER TABLE notices FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON notices USING (tenant_id = current_tenant());
GRANT SELECT, INSERT, UPDATE (sent_at), DELETE ON notices TO rollcall_server;

ALTER TABLE quarantines ENABLE ROW LEVEL SECURITY;
ALTER TABLE quarantines FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON quarantines USING (tenant_id = current_tenant());
ALTER TABLE departures ENABLE ROW LEVEL SECURITY;
ALTER TABLE departures FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON departures USING (tenant_id = current_tenant());
ALTER TABLE source_sizes ENABLE ROW LEVEL SECURITY;
ALTER TABLE source_sizes FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON source_sizes USING (tenant_id = current_tenant());
GRANT SELECT, INSERT, UPDATE (rejected_at, released_at, decided_by, reason, allowance, restored_at, restored) ON quarantines TO rollcall_server;
GRANT SELECT, INSERT, UPDATE, DELETE ON departures TO rollcall_server;
GRANT SELECT, INSERT, UPDATE ON source_sizes TO rollcall_server;

CREATE FUNCTION most_departures(accounts bigint, floor_count bigint, floor_percent bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE
    AS $$ SELECT LEAST(GREATEST(floor_count, accounts * floor_percent / 100), GREATEST(5, accounts * 20 / 100)) $$;
COMMENT ON FUNCTION most_departures(bigint, bigint, bigint) IS 'How many of so many accounts may go within the window: as the domain''s Threshold.';

-- How far from the limit departures need not wait for each other: more than can be under way at once.
CREATE FUNCTION departures_within(
    tenant uuid, acting uuid, source uuid, account uuid, at_time timestamptz, span interval, floor_count bigint, floor_percent bigint,
    is_fresh boolean, OUT allowed boolean, OUT quarantined boolean, OUT departed bigint, OUT accounts bigint, OUT most bigint)
    LANGUAGE plpgsql
    AS $$
        DECLARE
            margin CONSTANT bigint := 64;
            few CONSTANT bigint := 100;
            is_small boolean;
            young bigint;
            few_now boolean;
            counted timestamptz;
            allowance bigint;
        BEGIN
            quarantined := EXISTS (SELECT FROM quarantines q WHERE q.tenant_id = tenant AND q.connection_id = acting AND q.released_at IS NULL);
            allowance := COALESCE((SELECT sum(q.allowance) FROM quarantines q
                WHERE q.tenant_id = tenant AND q.connection_id = acting AND q.released_at > at_time - span), 0);
            SELECT s.accounts, s.small, s.counted_at INTO accounts, is_small, counted FROM source_sizes s WHERE s.tenant_id = tenant AND s.connection_id = source;
            most := most_departures(COALESCE(accounts, 0), floor_count, floor_percent) + allowance;
            departed := departures_of(tenant, acting, source, account, at_time - span, most, COALESCE(is_small, false));
            IF quarantined THEN
                allowed := false;
                RETURN;
            END IF;
            IF counted IS NULL OR counted > at_time OR counted < at_time - interval '10 minutes' * GREATEST(1, LEAST(36, accounts / 10000))
                OR departed + margin >= most OR (is_fresh AND is_small)
            THEN
                -- From here on, one after the other; and what the others have written is seen.
                PERFORM pg_advisory_xact_lock(hashtextextended('departures ' || tenant || ' ' || source, 0));
                -- Who was made within the window and was never there counts for no more than all others: else whoever makes many may put
                -- out many.
                SELECT count(*), count(*) FILTER (WHERE a.created_at > at_time - span AND a.first_access_at IS NULL) INTO accounts, young FROM accounts a
                    WHERE a.tenant_id = tenant AND a.connection_id = source AND a.deleted_at IS NULL AND a.deactivated_at IS NULL
                        AND (a.expires_at IS NULL OR a.expires_at > at_time);
                few_now := accounts <= few;
                accounts := CASE WHEN accounts = young THEN accounts ELSE (accounts - young) + LEAST(young, accounts - young) END;
                SELECT few_now AND count(*) FILTER (WHERE NOT d.fresh) <= few, accounts + count(*) FILTER (WHERE NOT d.fresh) INTO is_small, accounts FROM departures d
                    WHERE d.tenant_id = tenant AND d.source_id = source AND d.at > at_time - span;
                INSERT INTO source_sizes AS s (tenant_id, connection_id, accounts, small, counted_at) VALUES (tenant, source, accounts, is_small, at_time)
                    ON CONFLICT (tenant_id, connection_id) DO UPDATE
                    SET accounts = excluded.accounts, small = excluded.small, counted_at = excluded.counted_at;
                most := most_departures(accounts, floor_count, floor_percent) + allowance;
                departed := departures_of(tenant, acting, source, account, at_time - span, most, is_small);
                quarantined := EXISTS (SELECT FROM quarantines q WHERE q.tenant_id = tenant AND q.connection_id = acting AND q.released_at IS NULL);
            END IF;
            -- Test tools make a few and delete them again: in a small tenant that puts nobody out.
            allowed := NOT quarantined AND (departed < most OR (is_fresh AND is_small));
        END
    $$;
COMMENT ON FUNCTION departures_within IS 'Whether a connection may put out one more account of a source, with the numbers; near the limit those of one source wait for each other.';

CREATE FUNCTION departures_of(tenant uuid, acting uuid, source uuid, account uuid, since timestamptz, most bigint, is_small boolean) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
        BEGIN
            RETURN GREATEST(
                (SELECT count(*) FROM (SELECT FROM departures d WHERE d.tenant_id = tenant AND d.connection_id = acting AND d.at > since
                    AND NOT d.settled AND NOT (d.fresh AND is_small) AND d.account_id <> account LIMIT most + 1) x),
                (SELECT count(*) FROM (SELECT FROM departures d WHERE d.tenant_id = tenant AND d.source_id = source AND d.at > since
                    AND NOT d.settled AND NOT (d.fresh AND is_small) AND d.account_id <> account LIMIT most + 1) x));
        END
    $$;
COMMENT ON FUNCTION departures_of IS 'How many accounts a connection has put out since a time, or how many a source has lost, whichever is more; counted up to one more than may go.';

CREATE FUNCTION departure_allowed(
    tenant uuid, acting uuid, source uuid, account uuid, at_time timestamptz, span interval, floor_count bigint, floor_percent bigint,
    is_fresh boolean)
    RETURNS boolean
    LANGUAGE plpgsql
    AS $$
        BEGIN
            RETURN (SELECT d.allowed FROM departures_within(tenant, acting, source, account, at_time, span, floor_count, floor_percent, is_fresh) d);
        END
    $$;
COMMENT ON FUNCTION departure_allowed IS 'The first word of departures_within, for a condition.';

-- Held by everybody who takes an administrator's access away, so that of two who are the last one stays.
CREATE FUNCTION another_administers(tenant uuid, account uuid, at_time timestamptz) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
        BEGIN
            PERFORM pg_advisory_xact_lock(hashtextextended('administrators ' || tenant, 0));
            RETURN EXISTS (SELECT FROM accounts a WHERE a.tenant_id = tenant AND a.id <> account AND a.role IN ('administrator', 'owner')
                AND a.deleted_at IS NULL AND a.deactivated_at IS NULL AND a.deactivate_at IS NULL AND a.expires_at IS NULL
                AND a.locked_at IS NULL AND (a.starts_at IS NULL OR a.starts_at <= at_time));
        END
    $$;
COMMENT ON FUNCTION another_administers IS 'Whether somebody else administers the tenant, now and without an end.';
CREATE INDEX accounts_administrators ON accounts (tenant_id) WHERE role IN ('administrator', 'owner') AND deleted_at IS NULL;
