-- A function, so that the statement that brings somebody back sees what was enrolled while it waited for the account.
CREATE FUNCTION restore_enrolments(tenant uuid, account uuid, opens boolean, since timestamptz, at_time timestamptz) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
        DECLARE
            changed bigint;
        BEGIN
            IF opens THEN
                UPDATE enrolments SET waits_since = NULL WHERE tenant_id = tenant AND account_id = account AND waits_since IS NOT NULL;
            ELSE
                UPDATE enrolments SET waits_since = at_time WHERE tenant_id = tenant AND account_id = account
                    AND completed_at IS NULL AND waits_since IS NULL AND (since IS NULL OR enrolled_at > since);
            END IF;
            GET DIAGNOSTICS changed = ROW_COUNT;
            RETURN changed;
        END
    $$;
COMMENT ON FUNCTION restore_enrolments IS 'Opens the enrolments of somebody who is back that wait, or makes those wait that are not completed, all or those from after a time; how many that are.';
