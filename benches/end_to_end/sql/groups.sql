-- For each client a group of :small members and one of :large, each a copy of the group that the server made of a POST
-- (:template). The ids are those of src/target.rs. Without the checks of foreign keys, which would take most of the time.
BEGIN;
SET LOCAL session_replication_role = replica;
INSERT INTO groups
SELECT seeded.*
FROM groups AS template
CROSS JOIN generate_series(1, :clients) AS n
CROSS JOIN (VALUES (1), (2)) AS families (family)
CROSS JOIN LATERAL (SELECT 'Group ' || family || '-' || n AS name) AS named
CROSS JOIN LATERAL jsonb_populate_record(
    template,
    jsonb_build_object(
        'id', ('00000000-0000-7000-800' || family || '-' || lpad(to_hex(n), 12, '0'))::uuid,
        'display_name', name,
        'display_name_key', lower(name),
        'resource', replace(template.resource::text, template.display_name, name)::jsonb
    )
) AS seeded
WHERE template.id = :'template';

INSERT INTO group_members (tenant_id, group_id, member_id)
SELECT g.tenant_id, g.id, ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid
FROM groups AS g
CROSS JOIN LATERAL generate_series(1, CASE WHEN g.id < '00000000-0000-7000-8002-000000000000' THEN :small ELSE :large END) AS n
WHERE g.id < '00000000-0000-7000-8003-000000000000';

DELETE FROM groups WHERE id = :'template';
COMMIT;
