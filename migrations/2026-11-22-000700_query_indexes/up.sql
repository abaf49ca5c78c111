-- Queries of a million people. Two things decide what can be served by an index:
--
-- Row level security lets a condition of the client's into an index only if its operator is marked leakproof. Comparisons of
-- text, uuid and timestamptz are; LIKE, lower(), array and jsonb operators, and with them every GIN index, are not. So a
-- trigram index for `co` would never be used by the server's role, and is not made.
--
-- Every index costs each POST, and each change of a column that is in one: such an update is not HOT and enters every index
-- anew. updated_at is in one, since whoever synchronises asks for what has changed; a sign-in changes no column of an index.
-- The figures are in docs/PERFORMANCE.md.

-- Names are compared by code point, whatever the collation of the database, so their indexes have to be in that order too:
-- then they serve eq, sw, gt, ge, lt, le and sortBy.
ALTER TABLE accounts
    ALTER COLUMN user_name_key TYPE text COLLATE "C",
    ALTER COLUMN external_id TYPE text COLLATE "C",
    ALTER COLUMN display_name_key TYPE text COLLATE "C";
ALTER TABLE groups
    ALTER COLUMN display_name_key TYPE text COLLATE "C",
    ALTER COLUMN external_id TYPE text COLLATE "C";

-- The same uniqueness, but with the connection last, so that the whole tenant can be sorted by it. Two nulls differ.
DROP INDEX accounts_external_id;
CREATE UNIQUE INDEX accounts_external_id ON accounts (tenant_id, external_id, connection_id) WHERE deleted_at IS NULL;
-- The foreign key to connections keeps groups_external_id, which now holds all rows; accounts have an index for theirs.
DROP INDEX groups_external_id;
CREATE UNIQUE INDEX groups_external_id ON groups (tenant_id, connection_id, external_id);
DROP INDEX groups_display_name;
CREATE UNIQUE INDEX groups_display_name ON groups (tenant_id, display_name_key, connection_id);

-- With the id at the end: many people may have the same name, or changed at the same time, and a page begins between them.
DROP INDEX accounts_display_name;
CREATE INDEX accounts_display_name ON accounts (tenant_id, display_name_key, id) WHERE deleted_at IS NULL;
CREATE INDEX accounts_created ON accounts (tenant_id, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX accounts_updated ON accounts (tenant_id, updated_at, id) WHERE deleted_at IS NULL;
-- Few are inactive, and nobody needs an index to find the others.
CREATE INDEX accounts_inactive ON accounts (tenant_id, id) WHERE deactivated_at IS NOT NULL AND deleted_at IS NULL;

CREATE TABLE account_terms (
    tenant_id uuid NOT NULL,
    attribute text COLLATE "C" NOT NULL,
    term text COLLATE "C" NOT NULL,
    account_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, attribute, term, account_id)
);
COMMENT ON TABLE account_terms IS 'By which values an account is found that has them in its resource only. Made from accounts by a trigger, and by nobody else.';
COMMENT ON COLUMN account_terms.tenant_id IS 'Tenant of the account.';
COMMENT ON COLUMN account_terms.attribute IS 'emails.value, name.givenName or name.familyName.';
COMMENT ON COLUMN account_terms.term IS 'The value in lower case, of a long one the first 200 characters: what is found here is compared once more.';
COMMENT ON COLUMN account_terms.account_id IS 'The account that has the value; not a deleted one.';

-- UNION ALL, so that PostgreSQL takes it apart where it is called; a value may come twice.
CREATE FUNCTION account_terms_of(resource jsonb) RETURNS TABLE (attribute text, term text)
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
COMMENT ON FUNCTION account_terms_of(jsonb) IS 'The terms of a resource.';

CREATE FUNCTION account_terms_follow() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
        IF TG_OP <> 'INSERT' THEN
            DELETE FROM account_terms AS t USING account_terms_of(OLD.resource) AS gone
            WHERE t.tenant_id = OLD.tenant_id AND t.attribute = gone.attribute AND t.term = gone.term
                AND t.account_id = OLD.id;
        END IF;
        IF TG_OP <> 'DELETE' AND NEW.deleted_at IS NULL THEN
            INSERT INTO account_terms (tenant_id, attribute, term, account_id)
            SELECT NEW.tenant_id, made.attribute, made.term, NEW.id FROM account_terms_of(NEW.resource) AS made
            ON CONFLICT DO NOTHING;
        END IF;
        RETURN NULL;
    END
    $$;
COMMENT ON FUNCTION account_terms_follow() IS 'Keeps account_terms as accounts says. A trigger, so that no way of writing an account can forget it.';

CREATE TRIGGER terms_begin AFTER INSERT ON accounts FOR EACH ROW EXECUTE FUNCTION account_terms_follow();
-- Most changes, and every PATCH of active, touch neither: then no function is called.
CREATE TRIGGER terms_change AFTER UPDATE OF resource, deleted_at ON accounts FOR EACH ROW
    WHEN (
        OLD.resource -> 'emails' IS DISTINCT FROM NEW.resource -> 'emails'
        OR OLD.resource -> 'name' IS DISTINCT FROM NEW.resource -> 'name'
        OR OLD.deleted_at IS DISTINCT FROM NEW.deleted_at
    )
    EXECUTE FUNCTION account_terms_follow();
CREATE TRIGGER terms_end AFTER DELETE ON accounts FOR EACH ROW EXECUTE FUNCTION account_terms_follow();

-- Whoever migrates owns the table, and would see nobody while row level security is forced.
ALTER TABLE accounts NO FORCE ROW LEVEL SECURITY;
INSERT INTO account_terms (tenant_id, attribute, term, account_id)
SELECT a.tenant_id, made.attribute, made.term, a.id
FROM accounts AS a CROSS JOIN LATERAL account_terms_of(a.resource) AS made
WHERE a.deleted_at IS NULL
ON CONFLICT DO NOTHING;
ALTER TABLE accounts FORCE ROW LEVEL SECURITY;

ALTER TABLE account_terms ENABLE ROW LEVEL SECURITY;
ALTER TABLE account_terms FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON account_terms USING (tenant_id = current_tenant());

GRANT SELECT, INSERT, DELETE ON account_terms TO rollcall_server;
