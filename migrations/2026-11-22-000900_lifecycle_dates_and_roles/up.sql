ALTER TABLE accounts
    ADD COLUMN role text NOT NULL DEFAULT 'learner'
        CHECK (role IN ('learner', 'trainer', 'manager', 'administrator', 'owner')),
    ADD COLUMN starts_at timestamptz,
    ADD COLUMN expires_at timestamptz,
    ADD COLUMN deactivate_at timestamptz,
    ADD COLUMN deactivate_reason text
        CHECK (deactivate_reason IN ('left', 'leave', 'role_change', 'dormant', 'security', 'administrative')),
    ADD COLUMN deactivate_by text,
    ADD CONSTRAINT accounts_schedule CHECK ((deactivate_at IS NULL) = (deactivate_reason IS NULL));
COMMENT ON COLUMN accounts.role IS 'What the person does on the platform; owner comes from no provider.';
COMMENT ON COLUMN accounts.starts_at IS 'From when on the account may be used; null: at once.';
COMMENT ON COLUMN accounts.expires_at IS 'Until when the account may be used; null: without an end. At this instant it is over.';
COMMENT ON COLUMN accounts.deactivate_at IS 'When the account will be switched off; true at that instant without anything having run. Kept until a reactivation.';
COMMENT ON COLUMN accounts.deactivate_reason IS 'Why it will be switched off.';
COMMENT ON COLUMN accounts.deactivate_by IS 'Who set the schedule, as in the audit log; becomes deactivated_by when it has fallen due.';

-- Few are inactive. Who has a date may be, and what the date says depends on when it is asked.
DROP INDEX accounts_inactive;
CREATE INDEX accounts_inactive ON accounts (tenant_id, id)
    WHERE (deactivated_at IS NOT NULL OR deactivate_at IS NOT NULL OR expires_at IS NOT NULL OR starts_at IS NOT NULL)
        AND deleted_at IS NULL;
