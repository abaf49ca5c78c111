DROP TRIGGER terms_begin ON accounts;
DROP TRIGGER terms_change ON accounts;
DROP TRIGGER terms_end ON accounts;
DROP FUNCTION account_terms_follow();
DROP FUNCTION account_terms_of(jsonb);
DROP TABLE account_terms;

DROP INDEX accounts_inactive;
DROP INDEX accounts_updated;
DROP INDEX accounts_created;
DROP INDEX accounts_display_name;
CREATE INDEX accounts_display_name ON accounts (tenant_id, display_name_key)
    WHERE display_name_key IS NOT NULL AND deleted_at IS NULL;

DROP INDEX groups_display_name;
CREATE UNIQUE INDEX groups_display_name ON groups (tenant_id, connection_id, display_name_key);
DROP INDEX groups_external_id;
CREATE UNIQUE INDEX groups_external_id ON groups (tenant_id, connection_id, external_id) WHERE external_id IS NOT NULL;
DROP INDEX accounts_external_id;
CREATE UNIQUE INDEX accounts_external_id ON accounts (tenant_id, connection_id, external_id)
    WHERE external_id IS NOT NULL AND deleted_at IS NULL;

ALTER TABLE groups
    ALTER COLUMN display_name_key TYPE text COLLATE "default",
    ALTER COLUMN external_id TYPE text COLLATE "default";
ALTER TABLE accounts
    ALTER COLUMN user_name_key TYPE text COLLATE "default",
    ALTER COLUMN external_id TYPE text COLLATE "default",
    ALTER COLUMN display_name_key TYPE text COLLATE "default";
