-- A session for everybody, so that the tables are as large as those of a company that is at work; with the id of the account.
-- Their tokens are nobody's: the sessions that the server is asked about it has begun itself.
BEGIN;
SET LOCAL session_replication_role = replica;
INSERT INTO sessions (tenant_id, id, account_id, digest, epoch, created_at, expires_at)
SELECT tenant_id, id, id, sha256(id::text::bytea), session_epoch, now(), now() + interval '1 day'
FROM accounts
WHERE deleted_at IS NULL;
COMMIT;
