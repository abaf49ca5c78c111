-- One statement that goes through many tenants, seeing the rows of one after the other: one where nothing waits costs microseconds.
CREATE FUNCTION waiting_work(tenants uuid[], at_time timestamptz, told_since timestamptz)
    RETURNS TABLE (tenant uuid, has_due boolean, has_unsealed boolean, has_untold boolean)
    LANGUAGE plpgsql
    AS $$
        DECLARE
            -- SET as a part of the function is for superusers alone, where a parameter is not PostgreSQL's own.
            last_transaction bigint;
            last_seq bigint;
            sealed_transaction bigint;
            sealed_seq bigint;
            tenant_before text := coalesce(current_setting('rollcall.tenant', true), '');
        BEGIN
            FOREACH tenant IN ARRAY tenants LOOP
                PERFORM set_config('rollcall.tenant', tenant::text, true);
                has_due := EXISTS (SELECT FROM accounts a WHERE a.tenant_id = tenant AND a.due_at <= at_time AND a.deleted_at IS NULL);
                SELECT l.transaction_id, l.seq INTO last_transaction, last_seq FROM audit_log l WHERE l.tenant_id = tenant
                    ORDER BY l.transaction_id DESC, l.seq DESC LIMIT 1;
                SELECT c.through_transaction, c.through_seq INTO sealed_transaction, sealed_seq FROM audit_chain c
                    WHERE c.tenant_id = tenant ORDER BY c.number DESC LIMIT 1;
                -- What is after the end of the chain, final or not. And what nobody could have written: a chain without a record of
                -- its end, a row ahead of all transactions.
                has_unsealed := (last_transaction, last_seq) IS DISTINCT FROM (sealed_transaction, sealed_seq)
                    OR NOT EXISTS (SELECT FROM audit_heads h WHERE h.tenant_id = tenant)
                    OR coalesce(last_transaction >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint + change_offset(), false);
                has_untold := EXISTS (SELECT FROM notices n WHERE n.tenant_id = tenant AND n.sent_at IS NULL AND n.at > told_since);
                IF has_due OR has_unsealed OR has_untold THEN
                    RETURN NEXT;
                END IF;
            END LOOP;
            PERFORM set_config('rollcall.tenant', tenant_before, true);
        END
    $$;
COMMENT ON FUNCTION waiting_work IS 'Those of the tenants where something waits: accounts of which a date is past, rows of the audit log that are not sealed, notices since a time that were not sent.';
