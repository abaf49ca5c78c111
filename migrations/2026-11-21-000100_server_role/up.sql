-- The role under which the server works: it owns nothing, cannot bypass row level security and cannot log in; the server's
-- connections SET ROLE to it. A database administrator may create it beforehand and grant it to the connecting role.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'rollcall_server') THEN
        CREATE ROLE rollcall_server NOLOGIN;
    END IF;
    -- From PostgreSQL 16 on, whoever makes a role is a member of it without the right to SET ROLE.
    IF current_setting('server_version_num')::int >= 160000 THEN
        IF NOT pg_has_role(current_user, 'rollcall_server', 'SET') THEN
            EXECUTE format('GRANT rollcall_server TO %I WITH SET TRUE, INHERIT FALSE', current_user);
        END IF;
    ELSIF NOT pg_has_role(current_user, 'rollcall_server', 'MEMBER') THEN
        EXECUTE format('GRANT rollcall_server TO %I', current_user);
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO rollcall_server', current_schema());
END
$$;

-- The tenant of the present work; unset means none, and then no row of any tenant is visible.
CREATE FUNCTION current_tenant() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT NULLIF(current_setting('rollcall.tenant', true), '')::uuid $$;
COMMENT ON FUNCTION current_tenant() IS 'Tenant whose rows the session may see (setting rollcall.tenant); null when unset.';
