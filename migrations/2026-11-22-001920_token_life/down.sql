DROP TRIGGER tokens_stay_revoked ON tokens;
DROP FUNCTION keep_token_revoked();
REVOKE INSERT (tenant_id, id, connection_id, scope, digest, created_at, expires_at, key_id) ON tokens FROM rollcall_server;
REVOKE UPDATE (revoked_at, last_used_at, warned_days) ON tokens FROM rollcall_server;
DROP INDEX tokens_expiring;
-- What only read, and what a retired key signed, must not come back with more: they end here, as does the key.
ALTER TABLE tokens NO FORCE ROW LEVEL SECURITY;
DELETE FROM tokens WHERE scope IN ('scim.read', 'api.read') OR key_id IN (SELECT id FROM signing_keys WHERE retired_at IS NOT NULL);
ALTER TABLE tokens FORCE ROW LEVEL SECURITY;
DELETE FROM signing_keys WHERE retired_at IS NOT NULL;
ALTER TABLE tokens
    DROP COLUMN warned_days,
    DROP COLUMN last_used_at,
    DROP COLUMN key_id,
    DROP CONSTRAINT tokens_scope_check,
    ADD CONSTRAINT tokens_scope_check CHECK (scope IN ('scim', 'api'));
COMMENT ON COLUMN tokens.scope IS 'Surface the token opens: scim (/scim/v2) or api (/api/v1).';
ALTER TABLE signing_keys DROP COLUMN retired_at;
COMMENT ON TABLE signing_keys IS 'Keys that sign bearer tokens (HS256). The newest signs; all verify.';
