-- What would make a reader of the audit log stumble does not come into it. Rows of before stay as they are, sealed or not, since a
-- record is not corrected; `rollcall audit verify` names them.
ALTER TABLE audit_log
    ADD CONSTRAINT audit_log_at_is_a_time CHECK (at >= '0001-01-01 00:00:00+00' AND at < '10000-01-01 00:00:00+00') NOT VALID,
    ADD CONSTRAINT audit_log_attributes_are_names CHECK (
        CASE WHEN array_ndims(attributes) > 1 THEN false ELSE array_position(attributes, NULL) IS NULL END
    ) NOT VALID,
    ADD CONSTRAINT audit_log_facts_are_an_object CHECK (jsonb_typeof(facts) = 'object') NOT VALID;
ALTER TABLE audit_chain
    ADD CONSTRAINT audit_chain_sealed_at_is_a_time CHECK (sealed_at >= '0001-01-01 00:00:00+00' AND sealed_at < '10000-01-01 00:00:00+00') NOT VALID;

-- The position of a row is the database's to give: a number ahead of all transactions would keep a row from being sealed.
REVOKE INSERT ON audit_log FROM rollcall_server;
GRANT INSERT (tenant_id, at, actor, action, resource_id, attributes, facts, request_id, state) ON audit_log TO rollcall_server;

-- The end of a chain is on record from the tenant's first moment, and the server cannot make it: if it is missing, somebody took it.
CREATE FUNCTION audit_head_begins() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    tenant text := current_setting('rollcall.tenant', true);
BEGIN
    PERFORM set_config('rollcall.tenant', NEW.id::text, true);
    INSERT INTO audit_heads (tenant_id, number, digest) VALUES (NEW.id, 0, decode(repeat('00', 32), 'hex'));
    PERFORM set_config('rollcall.tenant', COALESCE(tenant, ''), true);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION audit_head_begins() IS 'Puts on record that the audit chain of a new tenant has no link yet. A trigger, so that no way of making a tenant can forget it.';
CREATE TRIGGER audit_head_begins AFTER INSERT ON tenants FOR EACH ROW EXECUTE FUNCTION audit_head_begins();

-- Whoever migrates owns the tables, and would see nobody while row level security is forced.
ALTER TABLE audit_chain NO FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_heads NO FORCE ROW LEVEL SECURITY;
INSERT INTO audit_heads (tenant_id, number, digest)
SELECT id, 0, decode(repeat('00', 32), 'hex') FROM tenants
WHERE NOT EXISTS (SELECT FROM audit_heads WHERE tenant_id = tenants.id)
    AND NOT EXISTS (SELECT FROM audit_chain WHERE tenant_id = tenants.id);
ALTER TABLE audit_heads FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_chain FORCE ROW LEVEL SECURITY;
REVOKE INSERT ON audit_heads FROM rollcall_server;
COMMENT ON TABLE audit_heads IS 'Where the chain of a tenant ends: who adds a link holds this row, and links that were cut off are missed by it. Every tenant has one.';
