CREATE OR REPLACE FUNCTION another_administers(tenant uuid, account uuid, at_time timestamptz) RETURNS boolean
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
