ALTER TABLE signing_keys ADD COLUMN retired_at timestamptz;
COMMENT ON COLUMN signing_keys.retired_at IS 'When it was retired: from then on it signs and verifies nothing. Null while it lives.';
COMMENT ON TABLE signing_keys IS 'Keys that sign bearer tokens (HS256). The newest signs; all that are not retired verify.';

ALTER TABLE tokens
    DROP CONSTRAINT tokens_scope_check,
    ADD CONSTRAINT tokens_scope_check CHECK (scope IN ('scim', 'scim.read', 'api', 'api.read')),
    ADD COLUMN key_id uuid,
    ADD COLUMN last_used_at timestamptz,
    ADD COLUMN warned_days smallint CHECK (warned_days IN (30, 7, 1));
COMMENT ON COLUMN tokens.scope IS 'What the token opens: scim (/scim/v2), api (/api/v1), or reading only, scim.read and api.read.';
COMMENT ON COLUMN tokens.key_id IS 'The signing key of the token: it lives no longer than that.';
COMMENT ON COLUMN tokens.last_used_at IS 'When it was last used, to the minute; null while it never was.';
COMMENT ON COLUMN tokens.warned_days IS 'The last step before its end that was warned of, in days: 30, 7 or 1.';

-- Which key signed a token stands in the token only: it was the newest there was.
ALTER TABLE tokens NO FORCE ROW LEVEL SECURITY;
UPDATE tokens SET key_id = COALESCE(
    (SELECT id FROM signing_keys k WHERE k.created_at <= tokens.created_at ORDER BY k.created_at DESC, k.id DESC LIMIT 1),
    (SELECT id FROM signing_keys k ORDER BY k.created_at, k.id LIMIT 1)
);
ALTER TABLE tokens FORCE ROW LEVEL SECURITY;
ALTER TABLE tokens ALTER COLUMN key_id SET NOT NULL;

CREATE INDEX tokens_expiring ON tokens (tenant_id, expires_at) WHERE expires_at IS NOT NULL AND revoked_at IS NULL;

-- Administrators issue and revoke tokens over the API. Nobody who works under the server's role widens one, prolongs one or gives
-- it to another connection; and whatever happens, a revoked one stays so.
GRANT INSERT (tenant_id, id, connection_id, scope, digest, created_at, expires_at, key_id) ON tokens TO rollcall_server;
GRANT UPDATE (revoked_at, last_used_at, warned_days) ON tokens TO rollcall_server;

CREATE FUNCTION keep_token_revoked() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at THEN
        RAISE EXCEPTION 'a revoked token stays revoked' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION keep_token_revoked() IS 'Refuses to bring a revoked token back.';
CREATE TRIGGER tokens_stay_revoked BEFORE UPDATE OF revoked_at ON tokens
    FOR EACH ROW EXECUTE FUNCTION keep_token_revoked();
