CREATE TABLE tenants (
    id uuid PRIMARY KEY,
    name text NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
    created_at timestamptz NOT NULL
);
COMMENT ON TABLE tenants IS 'One customer of the learning platform. Every other row belongs to exactly one.';
COMMENT ON COLUMN tenants.id IS 'UUID version 7.';
COMMENT ON COLUMN tenants.name IS 'What people and commands call the tenant: a DNS label in lower case.';
COMMENT ON COLUMN tenants.created_at IS 'When the tenant was made.';

CREATE TABLE connections (
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    id uuid NOT NULL,
    name text NOT NULL CHECK (name <> '' AND length(name) <= 100),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name)
);
COMMENT ON TABLE connections IS 'One identity provider''s (or administrator''s tool''s) access to a tenant; the scope of externalId.';
COMMENT ON COLUMN connections.tenant_id IS 'Tenant the connection belongs to.';
COMMENT ON COLUMN connections.id IS 'UUID version 7, never reused.';
COMMENT ON COLUMN connections.name IS 'What administrators call it, such as okta; unique in the tenant.';
COMMENT ON COLUMN connections.created_at IS 'When the connection was made.';

CREATE TABLE tokens (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    connection_id uuid NOT NULL,
    scope text NOT NULL CHECK (scope IN ('scim', 'api')),
    digest bytea NOT NULL CHECK (length(digest) = 32),
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id)
);
CREATE INDEX tokens_connection ON tokens (tenant_id, connection_id);
COMMENT ON TABLE tokens IS 'Bearer tokens that were issued. The token itself is shown once and not kept.';
COMMENT ON COLUMN tokens.tenant_id IS 'Tenant the token opens.';
COMMENT ON COLUMN tokens.id IS 'The jti claim of the token.';
COMMENT ON COLUMN tokens.connection_id IS 'Connection that acts when the token is used.';
COMMENT ON COLUMN tokens.scope IS 'Surface the token opens: scim (/scim/v2) or api (/api/v1).';
COMMENT ON COLUMN tokens.digest IS 'SHA-256 of the whole token: knowing the table does not let anyone in.';
COMMENT ON COLUMN tokens.created_at IS 'When the token was issued.';
COMMENT ON COLUMN tokens.expires_at IS 'When it ends by itself; null for never, as Entra wants it.';
COMMENT ON COLUMN tokens.revoked_at IS 'When it was revoked; null while it lives.';

CREATE TABLE signing_keys (
    id uuid PRIMARY KEY,
    secret bytea NOT NULL CHECK (length(secret) >= 32),
    created_at timestamptz NOT NULL
);
COMMENT ON TABLE signing_keys IS 'Keys that sign bearer tokens (HS256). The newest signs; all verify.';
COMMENT ON COLUMN signing_keys.id IS 'The kid header of the tokens it signed.';
COMMENT ON COLUMN signing_keys.secret IS 'Random bytes. Not enough to forge a token: the digest of every token is checked too.';
COMMENT ON COLUMN signing_keys.created_at IS 'When the key was made.';

ALTER TABLE connections ENABLE ROW LEVEL SECURITY;
ALTER TABLE connections FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON connections USING (tenant_id = current_tenant());
ALTER TABLE tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE tokens FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON tokens USING (tenant_id = current_tenant());

GRANT SELECT ON tenants, connections, tokens, signing_keys TO rollcall_server;
