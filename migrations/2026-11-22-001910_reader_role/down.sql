-- Nobody may come to more by it: a reader is a learner again.
ALTER TABLE accounts NO FORCE ROW LEVEL SECURITY;
UPDATE accounts SET role = 'learner', version = version + 1 WHERE role = 'reader';
ALTER TABLE accounts FORCE ROW LEVEL SECURITY;
ALTER TABLE accounts
    DROP CONSTRAINT accounts_role_check,
    ADD CONSTRAINT accounts_role_check CHECK (role IN ('learner', 'trainer', 'manager', 'administrator', 'owner'));
