-- A million completions of a course by the people who are there, in turn.
INSERT INTO completions (tenant_id, id, course_id, account_id, completed_at, recorded_at, certificate)
SELECT c.tenant_id, ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, c.id, p.ids[1 + n % cardinality(p.ids)],
    '2026-01-01'::timestamptz + n * interval '1 second', now() - interval '1 minute', 'C-' || n
FROM generate_series(1, :n) AS n
CROSS JOIN courses AS c
CROSS JOIN (SELECT tenant_id, array_agg(id) AS ids FROM accounts GROUP BY tenant_id) AS p
WHERE c.id = :'course'::uuid AND p.tenant_id = c.tenant_id;
ANALYZE completions;
