CREATE TABLE attribute_owners (
    tenant_id uuid NOT NULL,
    attribute text NOT NULL CHECK (attribute <> '' AND length(attribute) <= 400),
    connection_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, attribute),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id)
);
CREATE INDEX attribute_owners_connection ON attribute_owners (tenant_id, connection_id);
COMMENT ON TABLE attribute_owners IS 'Attributes of users that one source alone may change, whoever owns the account.';
COMMENT ON COLUMN attribute_owners.tenant_id IS 'Tenant of the connection.';
COMMENT ON COLUMN attribute_owners.attribute IS 'A core attribute such as title or active, an extension by its URN, or an attribute of one as URN:name.';
COMMENT ON COLUMN attribute_owners.connection_id IS 'The connection whose word counts.';
ALTER TABLE attribute_owners ENABLE ROW LEVEL SECURITY;
ALTER TABLE attribute_owners FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON attribute_owners USING (tenant_id = current_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON attribute_owners TO rollcall_server;

ALTER TABLE accounts ADD COLUMN login_changed_at timestamptz;
COMMENT ON COLUMN accounts.login_changed_at IS 'When what the person signs in with was last changed: the user name, or the e-mail address.';
