-- Members who come into a group or go: who comes is held, the group's version is raised, the rows are written, and the audit row,
-- and the answer is read (a large group's is only counted), in one statement. As in src/requests.rs, each client has its own group,
-- and who came is sent away again.
\set turn 1 - :turn
\if :turn
\set slot random(0, :slots - 1)
WITH coming AS (
    SELECT a.tenant_id, a.id
    FROM accounts AS a
    WHERE a.tenant_id = :tenant::uuid
        AND a.id = ANY (ARRAY(SELECT ('00000000-0000-7000-8000-' || lpad(to_hex({comer}), 12, '0'))::uuid
            FROM generate_series(0, :count::bigint - 1) AS place))
        AND a.deleted_at IS NULL
    ORDER BY a.id
    FOR SHARE
), saved AS (
    UPDATE groups
    SET version = version + 1, updated_at = now()
    WHERE tenant_id = :tenant::uuid
        AND id = ('00000000-0000-7000-800' || :family::text || '-' || lpad(to_hex(:client_id::bigint + 1), 12, '0'))::uuid
    RETURNING *
), moved AS (
    INSERT INTO group_members (tenant_id, group_id, member_id)
    SELECT c.tenant_id, s.id, c.id FROM coming AS c CROSS JOIN saved AS s
    ON CONFLICT DO NOTHING
    RETURNING member_id
), logged AS (
    INSERT INTO audit_log (tenant_id, at, actor, action, resource_id, attributes, facts, request_id)
    SELECT tenant_id, now(), 'connection:' || connection_id, 'group.updated', id, ARRAY['members'],
        jsonb_build_object('membersAdded', (SELECT array_agg(member_id) FROM moved)), gen_random_uuid()
    FROM saved
)
{answer}
\else
WITH saved AS (
    UPDATE groups
    SET version = version + 1, updated_at = now()
    WHERE tenant_id = :tenant::uuid
        AND id = ('00000000-0000-7000-800' || :family::text || '-' || lpad(to_hex(:client_id::bigint + 1), 12, '0'))::uuid
    RETURNING *
), moved AS (
    DELETE FROM group_members AS m
    USING saved AS s
    WHERE m.tenant_id = s.tenant_id
        AND m.group_id = s.id
        AND m.member_id = ANY (ARRAY(SELECT ('00000000-0000-7000-8000-' || lpad(to_hex({comer}), 12, '0'))::uuid
            FROM generate_series(0, :count::bigint - 1) AS place))
    RETURNING m.member_id
), logged AS (
    INSERT INTO audit_log (tenant_id, at, actor, action, resource_id, attributes, facts, request_id)
    SELECT tenant_id, now(), 'connection:' || connection_id, 'group.updated', id, ARRAY['members'],
        jsonb_build_object('membersRemoved', (SELECT array_agg(member_id) FROM moved)), gen_random_uuid()
    FROM saved
)
{answer}
\endif
