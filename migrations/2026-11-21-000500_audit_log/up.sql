CREATE TABLE audit_log (
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    seq bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    resource_id uuid NOT NULL,
    attributes text[] NOT NULL DEFAULT '{}',
    facts jsonb NOT NULL DEFAULT '{}',
    request_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, seq)
);
CREATE INDEX audit_log_resource ON audit_log (tenant_id, resource_id, seq);
COMMENT ON TABLE audit_log IS 'Who did what: one row per change, written in the transaction of the change. The server can only add.';
COMMENT ON COLUMN audit_log.tenant_id IS 'Tenant in which it happened.';
COMMENT ON COLUMN audit_log.seq IS 'Rises with every row.';
COMMENT ON COLUMN audit_log.at IS 'When the change was decided.';
COMMENT ON COLUMN audit_log.actor IS 'connection:ID, account:ID or operator.';
COMMENT ON COLUMN audit_log.action IS 'What was done, such as account.deactivated.';
COMMENT ON COLUMN audit_log.resource_id IS 'The account or group it was done to.';
COMMENT ON COLUMN audit_log.attributes IS 'Names of the attributes that changed; never their values.';
COMMENT ON COLUMN audit_log.facts IS 'What followed, such as {"sessionsEnded": true, "passwordInvalidated": true}.';
COMMENT ON COLUMN audit_log.request_id IS 'The X-Request-Id of the answer, to find it in the log.';

ALTER TABLE audit_log ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_log FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON audit_log USING (tenant_id = current_tenant());

GRANT SELECT, INSERT ON audit_log TO rollcall_server;
