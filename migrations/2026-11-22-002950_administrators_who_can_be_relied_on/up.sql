-- Who is left has to be as good as who goes: an account that was never used, or that nobody can sign in to with a password any more, is
-- nobody to rely on where the other one was there and could.
CREATE OR REPLACE FUNCTION another_administers(tenant uuid, account uuid, at_time timestamptz) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
        BEGIN
            PERFORM pg_advisory_xact_lock(hashtextextended('administrators ' || tenant, 0));
            RETURN EXISTS (SELECT FROM accounts a, accounts goes WHERE goes.tenant_id = tenant AND goes.id = account
                AND a.tenant_id = tenant AND a.id <> account AND a.role IN ('administrator', 'owner')
                AND a.deleted_at IS NULL AND a.deactivated_at IS NULL AND a.deactivate_at IS NULL AND a.expires_at IS NULL
                AND a.locked_at IS NULL AND (a.starts_at IS NULL OR a.starts_at <= at_time)
                AND (a.first_access_at IS NOT NULL OR goes.first_access_at IS NULL)
                AND (a.password_state IN ('set', 'temporary') OR goes.password_state NOT IN ('set', 'temporary')));
        END
    $$;
COMMENT ON FUNCTION another_administers IS 'Whether somebody else administers the tenant, now and without an end, who has been there and has a password if this one has.';
