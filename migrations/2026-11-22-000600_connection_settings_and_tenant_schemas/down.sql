DROP TABLE tenant_schemas;
REVOKE UPDATE (schemas_version) ON tenants FROM rollcall_server;
ALTER TABLE tenants DROP COLUMN schemas_version;
REVOKE UPDATE (settings) ON connections FROM rollcall_server;
ALTER TABLE connections DROP COLUMN settings;
