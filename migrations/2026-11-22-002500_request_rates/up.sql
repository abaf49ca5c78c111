-- Unlogged: after a crash every connection begins anew, and no request waits for the disk because it was counted.
CREATE UNLOGGED TABLE request_rates (
    tenant_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    level double precision NOT NULL CHECK (level >= 0),
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, connection_id),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id) ON DELETE CASCADE
) WITH (fillfactor = 50);
COMMENT ON TABLE request_rates IS 'How much of its limit of requests a busy connection has used on all servers together. Quiet connections have no row.';
COMMENT ON COLUMN request_rates.tenant_id IS 'Tenant.';
COMMENT ON COLUMN request_rates.connection_id IS 'Connection that sends the requests.';
COMMENT ON COLUMN request_rates.level IS 'Requests served, less what the limit has allowed since: it sinks by the limit every second.';
COMMENT ON COLUMN request_rates.at IS 'When that was so, by the clock of the database, which all servers share.';

ALTER TABLE request_rates ENABLE ROW LEVEL SECURITY;
ALTER TABLE request_rates FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON request_rates USING (tenant_id = current_tenant());
GRANT SELECT, INSERT, UPDATE ON request_rates TO rollcall_server;
