CREATE TABLE plans (
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    expires_at timestamptz NOT NULL,
    command jsonb NOT NULL CHECK (jsonb_typeof(command) = 'object'),
    account_ids uuid[] NOT NULL,
    versions bigint[] NOT NULL CHECK (cardinality(versions) = cardinality(account_ids)),
    ran_at timestamptz,
    result jsonb,
    CHECK ((ran_at IS NULL) = (result IS NULL)),
    PRIMARY KEY (tenant_id, id)
);
COMMENT ON TABLE plans IS 'Commands for many accounts that an administrator has been shown, and may run as shown.';
COMMENT ON COLUMN plans.tenant_id IS 'Tenant of the accounts.';
COMMENT ON COLUMN plans.id IS 'UUID version 7; whoever runs the plan quotes it.';
COMMENT ON COLUMN plans.created_at IS 'When it was made.';
COMMENT ON COLUMN plans.created_by IS 'Who made it, as in the audit log.';
COMMENT ON COLUMN plans.expires_at IS 'Until when it can be run.';
COMMENT ON COLUMN plans.command IS 'The command, as the API takes it.';
COMMENT ON COLUMN plans.account_ids IS 'The accounts it is for.';
COMMENT ON COLUMN plans.versions IS 'The version in which each was shown: a plan is not run when one has changed since.';
COMMENT ON COLUMN plans.ran_at IS 'When it was run; it is run once.';
COMMENT ON COLUMN plans.result IS 'What became of each account, in their order, and of the seats; nothing that says who they are.';

ALTER TABLE plans ENABLE ROW LEVEL SECURITY;
ALTER TABLE plans FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON plans USING (tenant_id = current_tenant());
GRANT SELECT, INSERT, DELETE, UPDATE (ran_at, result) ON plans TO rollcall_server;
