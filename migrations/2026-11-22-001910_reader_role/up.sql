-- Somebody who sees everything and changes nothing.
ALTER TABLE accounts
    DROP CONSTRAINT accounts_role_check,
    ADD CONSTRAINT accounts_role_check CHECK (role IN ('learner', 'trainer', 'manager', 'reader', 'administrator', 'owner'));
