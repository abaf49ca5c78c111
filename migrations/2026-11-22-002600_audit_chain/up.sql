-- Positions are never rewritten, since the chain covers them. In a younger cluster, where transactions count from the beginning
-- again, new ones are lifted above those that are there (see src/store/migrate.rs).
CREATE FUNCTION change_offset() RETURNS bigint
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT 0::bigint $$;
COMMENT ON FUNCTION change_offset() IS 'What is added to the number of a transaction to make it a position of the audit log: more than 0 after a restore into a cluster that had seen fewer transactions.';
ALTER TABLE audit_log ALTER COLUMN transaction_id SET DEFAULT (pg_current_xact_id()::text::bigint + change_offset());
COMMENT ON COLUMN audit_log.transaction_id IS 'Number of the transaction that made the change, and change_offset(): with seq, the position of the change.';

CREATE TABLE audit_chain (
    tenant_id uuid NOT NULL REFERENCES tenants,
    number bigint NOT NULL CHECK (number > 0),
    from_transaction bigint NOT NULL,
    from_seq bigint NOT NULL,
    through_transaction bigint NOT NULL,
    through_seq bigint NOT NULL,
    row_count bigint NOT NULL CHECK (row_count > 0),
    marks bytea NOT NULL,
    previous bytea NOT NULL CHECK (length(previous) = 32),
    digest bytea NOT NULL CHECK (length(digest) = 32),
    sealed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, number)
);
CREATE UNIQUE INDEX audit_chain_through ON audit_chain (tenant_id, through_transaction, through_seq);
COMMENT ON TABLE audit_chain IS 'What the rows of the audit log were, in links that each contain the one before. The server can only add.';
COMMENT ON COLUMN audit_chain.tenant_id IS 'Tenant whose rows they are.';
COMMENT ON COLUMN audit_chain.number IS 'From 1 on, without a gap.';
COMMENT ON COLUMN audit_chain.from_transaction IS 'Position of the first row: number of its transaction.';
COMMENT ON COLUMN audit_chain.from_seq IS 'Position of the first row: its number there.';
COMMENT ON COLUMN audit_chain.through_transaction IS 'Position of the last row: number of its transaction. The next link begins behind it.';
COMMENT ON COLUMN audit_chain.through_seq IS 'Position of the last row: its number there.';
COMMENT ON COLUMN audit_chain.row_count IS 'How many rows that are.';
COMMENT ON COLUMN audit_chain.marks IS 'The first 8 bytes of the SHA-256 of each row, to find the one that was changed.';
COMMENT ON COLUMN audit_chain.previous IS 'Digest of the link before; zeros in the first.';
COMMENT ON COLUMN audit_chain.digest IS 'SHA-256 over the columns before and the SHA-256 of each row (docs/OPERATIONS.md).';
COMMENT ON COLUMN audit_chain.sealed_at IS 'When it was made.';

CREATE TABLE audit_heads (
    tenant_id uuid PRIMARY KEY REFERENCES tenants,
    number bigint NOT NULL CHECK (number >= 0),
    digest bytea NOT NULL CHECK (length(digest) = 32)
);
COMMENT ON TABLE audit_heads IS 'Where the chain of a tenant ends: who adds a link holds this row, and links that were cut off are missed by it.';
COMMENT ON COLUMN audit_heads.tenant_id IS 'The tenant.';
COMMENT ON COLUMN audit_heads.number IS 'Number of the last link; 0 while there is none.';
COMMENT ON COLUMN audit_heads.digest IS 'Its digest; zeros while there is none.';

ALTER TABLE audit_chain ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_chain FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON audit_chain USING (tenant_id = current_tenant());
ALTER TABLE audit_heads ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_heads FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON audit_heads USING (tenant_id = current_tenant());

GRANT SELECT, INSERT ON audit_chain TO rollcall_server;
GRANT SELECT, INSERT, UPDATE (number, digest) ON audit_heads TO rollcall_server;
