DROP TABLE audit_heads;
DROP TABLE audit_chain;
COMMENT ON COLUMN audit_log.transaction_id IS 'Number of the transaction that made the change, 0 when it was made on another cluster: with seq, the position of the change.';
ALTER TABLE audit_log ALTER COLUMN transaction_id SET DEFAULT (pg_current_xact_id()::text::bigint);
DROP FUNCTION change_offset();
