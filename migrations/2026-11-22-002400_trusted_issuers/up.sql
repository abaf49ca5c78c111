CREATE TABLE trusted_issuers (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    connection_id uuid NOT NULL,
    issuer text NOT NULL CHECK (issuer <> ''),
    audience text NOT NULL CHECK (audience <> ''),
    subject text CHECK (subject <> ''),
    scope text NOT NULL CHECK (scope <> ''),
    jwks_uri text,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id)
);
CREATE INDEX trusted_issuers_connection ON trusted_issuers (tenant_id, connection_id);
COMMENT ON TABLE trusted_issuers IS 'Issuers whose signed tokens open a connection, such as Entra''s own. oauth_routes leads to a row of this table.';
COMMENT ON COLUMN trusted_issuers.tenant_id IS 'Tenant that their tokens open.';
COMMENT ON COLUMN trusted_issuers.id IS 'UUID version 7.';
COMMENT ON COLUMN trusted_issuers.connection_id IS 'Connection that acts when such a token is used.';
COMMENT ON COLUMN trusted_issuers.issuer IS 'The iss claim, letter by letter.';
COMMENT ON COLUMN trusted_issuers.audience IS 'What the aud claim is or contains.';
COMMENT ON COLUMN trusted_issuers.subject IS 'The sub claim; null when every subject is meant.';
COMMENT ON COLUMN trusted_issuers.scope IS 'What such a token opens, whatever it says of itself.';
COMMENT ON COLUMN trusted_issuers.jwks_uri IS 'Where the public keys are; null when OpenID Connect discovery tells.';
COMMENT ON COLUMN trusted_issuers.created_at IS 'When it was trusted.';

ALTER TABLE trusted_issuers ENABLE ROW LEVEL SECURITY;
ALTER TABLE trusted_issuers FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON trusted_issuers USING (tenant_id = current_tenant());
GRANT SELECT ON trusted_issuers TO rollcall_server;
