CREATE TABLE oauth_routes (
    key bytea PRIMARY KEY CHECK (length(key) = 32),
    family bytea NOT NULL CHECK (length(family) = 32),
    opens_tenant uuid NOT NULL,
    opens uuid NOT NULL
);
CREATE INDEX oauth_routes_family ON oauth_routes (family);
COMMENT ON TABLE oauth_routes IS 'Whom a credential belongs to before its tenant is known: a row for each OAuth client and each trusted issuer. Like tenants, it is no tenant''s table; it holds digests and ids, and only commands write it.';
COMMENT ON COLUMN oauth_routes.key IS 'SHA-256 of a client''s id, or of issuer, audience and, where one is set, subject.';
COMMENT ON COLUMN oauth_routes.family IS 'SHA-256 of issuer and audience alone, so that no two tenants claim the same; of a client the key again.';
COMMENT ON COLUMN oauth_routes.opens_tenant IS 'Tenant whose client or issuer it is.';
COMMENT ON COLUMN oauth_routes.opens IS 'Id of the client or of the trusted issuer.';

CREATE TABLE oauth_clients (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    connection_id uuid NOT NULL,
    scope text NOT NULL CHECK (scope <> ''),
    jwks jsonb,
    jwks_uri text,
    keys_epoch integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id),
    CHECK (jwks IS NULL OR jwks_uri IS NULL)
);
CREATE INDEX oauth_clients_connection ON oauth_clients (tenant_id, connection_id);
COMMENT ON TABLE oauth_clients IS 'OAuth clients of connections, which get access tokens for a secret or a signature.';
COMMENT ON COLUMN oauth_clients.tenant_id IS 'Tenant the client belongs to.';
COMMENT ON COLUMN oauth_clients.id IS 'The client_id: UUID version 7, never reused.';
COMMENT ON COLUMN oauth_clients.connection_id IS 'Connection that acts when its tokens are used.';
COMMENT ON COLUMN oauth_clients.scope IS 'The widest scope that it can ask for.';
COMMENT ON COLUMN oauth_clients.jwks IS 'Its public keys as a JWK Set (RFC 7517), for private_key_jwt; null when there are none here.';
COMMENT ON COLUMN oauth_clients.jwks_uri IS 'Where its public keys are fetched, instead.';
COMMENT ON COLUMN oauth_clients.keys_epoch IS 'Raised when a key is taken away: access tokens that were got by a signature before end with it.';
COMMENT ON COLUMN oauth_clients.created_at IS 'When the client was made.';

CREATE TABLE oauth_secrets (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    client_id uuid NOT NULL,
    digest bytea NOT NULL CHECK (length(digest) = 32),
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, client_id) REFERENCES oauth_clients (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX oauth_secrets_client ON oauth_secrets (tenant_id, client_id);
COMMENT ON TABLE oauth_secrets IS 'Secrets of OAuth clients, several of which may live at once. A secret is shown once and not kept.';
COMMENT ON COLUMN oauth_secrets.tenant_id IS 'Tenant of the client.';
COMMENT ON COLUMN oauth_secrets.id IS 'UUID version 7, by which it is revoked.';
COMMENT ON COLUMN oauth_secrets.client_id IS 'Client whose secret it is.';
COMMENT ON COLUMN oauth_secrets.digest IS 'SHA-256 of the whole secret, which has 256 random bits.';
COMMENT ON COLUMN oauth_secrets.created_at IS 'When it was made.';
COMMENT ON COLUMN oauth_secrets.expires_at IS 'When it ends by itself; null for never.';
COMMENT ON COLUMN oauth_secrets.revoked_at IS 'When it was revoked; null while it lives.';

CREATE TABLE access_tokens (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    client_id uuid NOT NULL,
    secret_id uuid,
    keys_epoch integer NOT NULL,
    scope text NOT NULL CHECK (scope <> ''),
    digest bytea NOT NULL CHECK (length(digest) = 32),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, client_id) REFERENCES oauth_clients (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, secret_id) REFERENCES oauth_secrets (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX access_tokens_client ON access_tokens (tenant_id, client_id);
CREATE INDEX access_tokens_secret ON access_tokens (tenant_id, secret_id);
CREATE INDEX access_tokens_expiry ON access_tokens (tenant_id, expires_at);
COMMENT ON TABLE access_tokens IS 'Access tokens that clients got at the token endpoint. They live while client and credential do, an hour at most; the worker drops them afterwards.';
COMMENT ON COLUMN access_tokens.tenant_id IS 'Tenant the token opens.';
COMMENT ON COLUMN access_tokens.id IS 'The jti claim of the token.';
COMMENT ON COLUMN access_tokens.client_id IS 'Client that got it.';
COMMENT ON COLUMN access_tokens.secret_id IS 'Secret that it was got for; null when it was got for a signature.';
COMMENT ON COLUMN access_tokens.keys_epoch IS 'keys_epoch of the client at that time.';
COMMENT ON COLUMN access_tokens.scope IS 'What it opens.';
COMMENT ON COLUMN access_tokens.digest IS 'SHA-256 of the whole token.';
COMMENT ON COLUMN access_tokens.created_at IS 'When it was issued.';
COMMENT ON COLUMN access_tokens.expires_at IS 'When it ends.';

CREATE TABLE used_assertions (
    tenant_id uuid NOT NULL,
    client_id uuid NOT NULL,
    digest bytea NOT NULL CHECK (length(digest) = 32),
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, client_id, digest),
    FOREIGN KEY (tenant_id, client_id) REFERENCES oauth_clients (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX used_assertions_expiry ON used_assertions (tenant_id, expires_at);
COMMENT ON TABLE used_assertions IS 'Signed assertions (RFC 7523) that were taken, so that none is taken twice, on whichever server. Dropped when none could be taken any more.';
COMMENT ON COLUMN used_assertions.tenant_id IS 'Tenant of the client.';
COMMENT ON COLUMN used_assertions.client_id IS 'Client that signed it.';
COMMENT ON COLUMN used_assertions.digest IS 'SHA-256 of its jti claim.';
COMMENT ON COLUMN used_assertions.expires_at IS 'From when on it would be refused for its age.';

ALTER TABLE oauth_clients ENABLE ROW LEVEL SECURITY;
ALTER TABLE oauth_clients FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON oauth_clients USING (tenant_id = current_tenant());
ALTER TABLE oauth_secrets ENABLE ROW LEVEL SECURITY;
ALTER TABLE oauth_secrets FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON oauth_secrets USING (tenant_id = current_tenant());
ALTER TABLE access_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE access_tokens FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON access_tokens USING (tenant_id = current_tenant());
ALTER TABLE used_assertions ENABLE ROW LEVEL SECURITY;
ALTER TABLE used_assertions FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON used_assertions USING (tenant_id = current_tenant());

GRANT SELECT ON oauth_routes, oauth_clients, oauth_secrets TO rollcall_server;
GRANT SELECT, INSERT, DELETE ON access_tokens, used_assertions TO rollcall_server;
