ALTER TABLE connections ADD COLUMN settings jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(settings) = 'object');
COMMENT ON COLUMN connections.settings IS 'What was set for it singly, such as {"dialect": "strict"}; what is not there is as the dialect has it.';

ALTER TABLE tenants ADD COLUMN schemas_version bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN tenants.schemas_version IS 'Raised with every change of tenant_schemas, so that servers see when to read them anew; 0 while there never were any.';

CREATE TABLE tenant_schemas (
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    urn text NOT NULL CHECK (urn <> '' AND length(urn) <= 256),
    resource_type text NOT NULL CHECK (resource_type IN ('User', 'Group')),
    definition jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, urn)
);
COMMENT ON TABLE tenant_schemas IS 'Extension schemas that tenants brought. The order in which they were made is the order of answers.';
COMMENT ON COLUMN tenant_schemas.tenant_id IS 'Tenant whose resources may carry it; no other sees it.';
COMMENT ON COLUMN tenant_schemas.urn IS 'The id of the schema, and the key under which accounts.resource and groups.resource hold its attributes.';
COMMENT ON COLUMN tenant_schemas.resource_type IS 'What it extends: User or Group.';
COMMENT ON COLUMN tenant_schemas.definition IS 'The schema of RFC 7643 section 7 with every characteristic written out.';
COMMENT ON COLUMN tenant_schemas.created_at IS 'When it was added.';
COMMENT ON COLUMN tenant_schemas.updated_at IS 'When it was last replaced.';

ALTER TABLE tenant_schemas ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenant_schemas FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON tenant_schemas USING (tenant_id = current_tenant());

GRANT UPDATE (settings) ON connections TO rollcall_server;
GRANT UPDATE (schemas_version) ON tenants TO rollcall_server;
GRANT SELECT, INSERT, UPDATE, DELETE ON tenant_schemas TO rollcall_server;
