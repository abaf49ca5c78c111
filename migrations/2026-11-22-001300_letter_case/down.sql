CREATE OR REPLACE FUNCTION account_terms_of(resource jsonb) RETURNS TABLE (attribute text, term text)
    LANGUAGE sql IMMUTABLE
    AS $$
        SELECT found.attribute, left(lower(found.value), 200)
        FROM (
            SELECT 'emails.value' AS attribute, email ->> 'value' AS value
            FROM jsonb_array_elements(
                CASE jsonb_typeof(resource -> 'emails') WHEN 'array' THEN resource -> 'emails' END
            ) AS email
            UNION ALL
            SELECT 'name.givenName', resource #>> '{name,givenName}'
            UNION ALL
            SELECT 'name.familyName', resource #>> '{name,familyName}'
        ) AS found
        WHERE found.value IS NOT NULL
    $$;

-- Whoever migrates owns the tables, and would see nobody while row level security is forced.
ALTER TABLE accounts NO FORCE ROW LEVEL SECURITY;
ALTER TABLE account_terms NO FORCE ROW LEVEL SECURITY;
DELETE FROM account_terms;
INSERT INTO account_terms (tenant_id, attribute, term, account_id)
SELECT a.tenant_id, made.attribute, made.term, a.id
FROM accounts AS a CROSS JOIN LATERAL account_terms_of(a.resource) AS made
WHERE a.deleted_at IS NULL
ON CONFLICT DO NOTHING;
ALTER TABLE account_terms FORCE ROW LEVEL SECURITY;
ALTER TABLE accounts FORCE ROW LEVEL SECURITY;

DROP FUNCTION folded(text);
