ALTER TABLE accounts DROP COLUMN login_changed_at;
DROP TABLE attribute_owners;
