-- Who has had many within the hour is not small because some of them are gone: else a source that may take back what it has just made
-- could take back more and more of it. And who was invented makes no room as soon as the window is over.
ALTER TABLE source_sizes ADD COLUMN many_at timestamptz;
COMMENT ON COLUMN source_sizes.many_at IS 'When they were last seen to be more than so few; null: never.';

CREATE OR REPLACE FUNCTION departures_within(
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
            many timestamptz;
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
                -- Who was made within a week, or the window if it is longer, and was never there counts for no more than all others: else
                -- whoever makes many may put out many a day later.
                SELECT count(*), count(*) FILTER (WHERE a.created_at > at_time - GREATEST(span, interval '7 days') AND a.first_access_at IS NULL) INTO accounts, young FROM accounts a
                    WHERE a.tenant_id = tenant AND a.connection_id = source AND a.deleted_at IS NULL AND a.deactivated_at IS NULL
                        AND (a.expires_at IS NULL OR a.expires_at > at_time);
                many := (SELECT s.many_at FROM source_sizes s WHERE s.tenant_id = tenant AND s.connection_id = source);
                few_now := accounts <= few AND NOT COALESCE(many > at_time - interval '1 hour', false);
                IF accounts > few THEN
                    many := at_time;
                END IF;
                accounts := CASE WHEN accounts = young THEN accounts ELSE (accounts - young) + LEAST(young, accounts - young) END;
                SELECT few_now AND count(*) FILTER (WHERE NOT d.fresh) <= few, accounts + count(*) FILTER (WHERE NOT d.fresh) INTO is_small, accounts FROM departures d
                    WHERE d.tenant_id = tenant AND d.source_id = source AND d.at > at_time - span;
                INSERT INTO source_sizes AS s (tenant_id, connection_id, accounts, small, many_at, counted_at)
                    VALUES (tenant, source, accounts, is_small, many, at_time)
                    ON CONFLICT (tenant_id, connection_id) DO UPDATE
                    SET accounts = excluded.accounts, small = excluded.small, many_at = excluded.many_at, counted_at = excluded.counted_at;
                most := most_departures(accounts, floor_count, floor_percent) + allowance;
                departed := departures_of(tenant, acting, source, account, at_time - span, most, is_small);
                quarantined := EXISTS (SELECT FROM quarantines q WHERE q.tenant_id = tenant AND q.connection_id = acting AND q.released_at IS NULL);
            END IF;
            -- Test tools make a few and delete them again: in a small tenant that puts nobody out.
            allowed := NOT quarantined AND (departed < most OR (is_fresh AND is_small));
        END
    $$;

-- Those whose login was changed, for those who want to know when it is many.
CREATE INDEX accounts_login_changed ON accounts (tenant_id, login_changed_at) WHERE login_changed_at IS NOT NULL;
