-- Users 1 to :users, each a copy of the account that the server made of a POST (:template), with id and names of its own.
-- A column that is added later is copied too. The ids and names are those of src/operation.rs.
INSERT INTO accounts
SELECT seeded.*
FROM accounts AS template
CROSS JOIN generate_series(1, :users) AS n
CROSS JOIN LATERAL (
    SELECT 'user' || lpad(n::text, 7, '0') || '@example.com' AS name, 'Babs Jensen ' || lpad(n::text, 7, '0') AS display_name
) AS named
CROSS JOIN LATERAL jsonb_populate_record(
    template,
    jsonb_build_object(
        'id', ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
        'user_name_key', name,
        'external_id', 'ext-' || name,
        'login_email_key', CASE WHEN template.login_email_key IS NOT NULL THEN name END,
        'display_name_key', lower(display_name),
        -- Not just now: the guard believes in no company that was made within its window.
        'created_at', template.created_at - interval '30 days',
        'resource', replace(
            replace(template.resource::text, 'template@example.com', name),
            '"displayName": "Babs Jensen"', '"displayName": "' || display_name || '"'
        )::jsonb
    )
) AS seeded
WHERE template.id = :'template';

DELETE FROM accounts WHERE id = :'template';
