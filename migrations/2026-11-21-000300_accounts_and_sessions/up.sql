CREATE TABLE accounts (
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    id uuid NOT NULL,
    connection_id uuid NOT NULL,
    user_name_key text NOT NULL CHECK (user_name_key <> ''),
    external_id text CHECK (external_id <> ''),
    display_name_key text,
    login_email_key text CHECK (login_email_key <> ''),
    resource jsonb NOT NULL,
    active_unassigned boolean NOT NULL DEFAULT false,
    deactivated_at timestamptz,
    deactivated_reason text
        CHECK (deactivated_reason IN ('left', 'leave', 'role_change', 'dormant', 'security', 'administrative')),
    deactivated_by text,
    first_access_at timestamptz,
    last_login_at timestamptz,
    password_state text NOT NULL DEFAULT 'none'
        CHECK (password_state IN ('none', 'set', 'temporary', 'invalidated')),
    password_hash text,
    password_expires_at timestamptz,
    session_epoch bigint NOT NULL DEFAULT 0,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id),
    CHECK ((deactivated_at IS NULL) = (deactivated_reason IS NULL)),
    CHECK ((password_state IN ('set', 'temporary')) = (password_hash IS NOT NULL)),
    CHECK ((password_state = 'temporary') = (password_expires_at IS NOT NULL))
) WITH (fillfactor = 85);
-- Deleted accounts leave every conflict calculation (RFC 7644 §3.6).
CREATE UNIQUE INDEX accounts_user_name ON accounts (tenant_id, user_name_key) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX accounts_external_id ON accounts (tenant_id, connection_id, external_id)
    WHERE external_id IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX accounts_display_name ON accounts (tenant_id, display_name_key)
    WHERE display_name_key IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX accounts_login_email ON accounts (tenant_id, login_email_key)
    WHERE login_email_key IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX accounts_connection ON accounts (tenant_id, connection_id);
COMMENT ON TABLE accounts IS 'People of a tenant. State is independent facts with timestamps; status and SCIM active are computed from them.';
COMMENT ON COLUMN accounts.tenant_id IS 'Tenant the account belongs to.';
COMMENT ON COLUMN accounts.id IS 'SCIM id: UUID version 7, given by the server, never reused.';
COMMENT ON COLUMN accounts.connection_id IS 'Connection that made the account; its externalId is scoped to it.';
COMMENT ON COLUMN accounts.user_name_key IS 'userName in prepared form (lower case, NFKC, no blanks around it), for comparing and uniqueness.';
COMMENT ON COLUMN accounts.external_id IS 'externalId as the connection sent it (case exact); null when it sent none.';
COMMENT ON COLUMN accounts.display_name_key IS 'displayName, case-folded, for filters.';
COMMENT ON COLUMN accounts.login_email_key IS 'E-mail the person may sign in with, prepared; null for a username-only account.';
COMMENT ON COLUMN accounts.resource IS 'What the client sent: attributes in canonical key case, without id, active, groups, meta and password.';
COMMENT ON COLUMN accounts.active_unassigned IS 'Whether the client removed its attribute active: then it is not shown. The account stays on or off as it was.';
COMMENT ON COLUMN accounts.deactivated_at IS 'When the account was switched off; null while it is on.';
COMMENT ON COLUMN accounts.deactivated_reason IS 'Why it was switched off.';
COMMENT ON COLUMN accounts.deactivated_by IS 'Who switched it off, as in the audit log, such as connection:ID.';
COMMENT ON COLUMN accounts.first_access_at IS 'When the person first signed in.';
COMMENT ON COLUMN accounts.last_login_at IS 'When the person last signed in.';
COMMENT ON COLUMN accounts.password_state IS 'none, set, temporary (must be changed at first use) or invalidated (by a reactivation).';
COMMENT ON COLUMN accounts.password_hash IS 'Argon2id in PHC string format; only while the password can be used.';
COMMENT ON COLUMN accounts.password_expires_at IS 'Until when a temporary password can be used.';
COMMENT ON COLUMN accounts.session_epoch IS 'Raised when all sessions end; a session of an older epoch is dead for good.';
COMMENT ON COLUMN accounts.version IS 'Raised by one with every change of the representation; part of the ETag.';
COMMENT ON COLUMN accounts.created_at IS 'meta.created.';
COMMENT ON COLUMN accounts.updated_at IS 'meta.lastModified.';
COMMENT ON COLUMN accounts.deleted_at IS 'When it was deleted over SCIM; the row stays as a tombstone and is never shown again.';

CREATE TABLE sessions (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    digest bytea NOT NULL CHECK (length(digest) = 32),
    epoch bigint NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, account_id) REFERENCES accounts (tenant_id, id)
);
CREATE INDEX sessions_account ON sessions (tenant_id, account_id);
COMMENT ON TABLE sessions IS 'People who are signed in.';
COMMENT ON COLUMN sessions.tenant_id IS 'Tenant of the account.';
COMMENT ON COLUMN sessions.id IS 'Named inside the session token.';
COMMENT ON COLUMN sessions.account_id IS 'Who is signed in.';
COMMENT ON COLUMN sessions.digest IS 'SHA-256 of the session token.';
COMMENT ON COLUMN sessions.epoch IS 'session_epoch of the account at sign-in; the session lives while they are equal.';
COMMENT ON COLUMN sessions.created_at IS 'When the person signed in.';
COMMENT ON COLUMN sessions.expires_at IS 'When the session ends by itself.';

ALTER TABLE accounts ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounts FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON accounts USING (tenant_id = current_tenant());
ALTER TABLE sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE sessions FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON sessions USING (tenant_id = current_tenant());

GRANT SELECT, INSERT, UPDATE ON accounts TO rollcall_server;
GRANT SELECT, INSERT, DELETE ON sessions TO rollcall_server;
