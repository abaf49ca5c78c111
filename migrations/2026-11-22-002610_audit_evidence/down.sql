COMMENT ON TABLE audit_heads IS 'Where the chain of a tenant ends: who adds a link holds this row, and links that were cut off are missed by it.';
GRANT INSERT ON audit_heads TO rollcall_server;
DROP TRIGGER audit_head_begins ON tenants;
DROP FUNCTION audit_head_begins();
REVOKE INSERT ON audit_log FROM rollcall_server;
GRANT INSERT ON audit_log TO rollcall_server;
ALTER TABLE audit_chain DROP CONSTRAINT audit_chain_sealed_at_is_a_time;
ALTER TABLE audit_log
    DROP CONSTRAINT audit_log_facts_are_an_object,
    DROP CONSTRAINT audit_log_attributes_are_names,
    DROP CONSTRAINT audit_log_at_is_a_time;
