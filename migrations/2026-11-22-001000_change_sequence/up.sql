-- A sequence of changes that a reader can follow without missing one. The identity column alone cannot: a number that was drawn
-- first may be committed last. Ordered by the transaction's number, everything below the oldest transaction that still runs is final.
ALTER TABLE audit_log ADD COLUMN transaction_id bigint NOT NULL DEFAULT 0;
ALTER TABLE audit_log ALTER COLUMN transaction_id SET DEFAULT (pg_current_xact_id()::text::bigint);
ALTER TABLE audit_log DROP CONSTRAINT audit_log_pkey;
ALTER TABLE audit_log ADD PRIMARY KEY (tenant_id, transaction_id, seq);
DROP INDEX audit_log_resource;
CREATE INDEX audit_log_resource ON audit_log (tenant_id, resource_id, transaction_id, seq);
COMMENT ON COLUMN audit_log.transaction_id IS 'Number of the transaction that made the change, 0 when it was made on another cluster: with seq, the position of the change.';
COMMENT ON COLUMN audit_log.seq IS 'Rises with every row of a transaction.';
