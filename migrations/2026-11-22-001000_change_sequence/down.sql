DROP INDEX audit_log_resource;
ALTER TABLE audit_log DROP CONSTRAINT audit_log_pkey;
ALTER TABLE audit_log DROP COLUMN transaction_id;
ALTER TABLE audit_log ADD PRIMARY KEY (tenant_id, seq);
CREATE INDEX audit_log_resource ON audit_log (tenant_id, resource_id, seq);
COMMENT ON COLUMN audit_log.seq IS 'Rises with every row.';
