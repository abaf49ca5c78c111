CREATE TABLE sign_in_attempts (
    tenant_id uuid NOT NULL,
    name_digest bytea NOT NULL CHECK (length(name_digest) = 32),
    source text NOT NULL CHECK (source <> '' AND length(source) <= 64),
    failures integer NOT NULL,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, name_digest, source)
);
CREATE INDEX sign_in_attempts_last ON sign_in_attempts (tenant_id, last_at);
COMMENT ON TABLE sign_in_attempts IS 'Sign-ins that failed, by name and source, so that whoever guesses has to wait and the person can sign in from elsewhere.';
COMMENT ON COLUMN sign_in_attempts.tenant_id IS 'Tenant that was named; zeros for one that is none, who is answered alike.';
COMMENT ON COLUMN sign_in_attempts.name_digest IS 'SHA-256 of the name in prepared form, whether or not anybody has it.';
COMMENT ON COLUMN sign_in_attempts.source IS 'Address it came from; of IPv6 the first 64 bits.';
COMMENT ON COLUMN sign_in_attempts.failures IS 'How many failed, one after the other, and the one under way.';
COMMENT ON COLUMN sign_in_attempts.last_at IS 'When the last was let through to be checked.';

ALTER TABLE sign_in_attempts ENABLE ROW LEVEL SECURITY;
ALTER TABLE sign_in_attempts FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON sign_in_attempts USING (tenant_id = current_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON sign_in_attempts TO rollcall_server;
