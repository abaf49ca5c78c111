-- A table of its own: group_members is asked at every answer about a person and stays what it is.
CREATE TABLE group_nesting (
    tenant_id uuid NOT NULL,
    group_id uuid NOT NULL,
    member_group_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, group_id, member_group_id),
    FOREIGN KEY (tenant_id, group_id) REFERENCES groups (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, member_group_id) REFERENCES groups (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT group_nesting_not_in_itself CHECK (group_id <> member_group_id)
);
-- The way up, from a group to those it is in, without looking at the table.
CREATE INDEX group_nesting_member ON group_nesting (tenant_id, member_group_id, group_id);
COMMENT ON TABLE group_nesting IS 'Which group is a member of which. Never a circle: edges are added under the lock of the tenant''s nesting.';
COMMENT ON COLUMN group_nesting.tenant_id IS 'Tenant of both.';
COMMENT ON COLUMN group_nesting.group_id IS 'The group that has the member.';
COMMENT ON COLUMN group_nesting.member_group_id IS 'The group that is the member.';

ALTER TABLE group_nesting ENABLE ROW LEVEL SECURITY;
ALTER TABLE group_nesting FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON group_nesting USING (tenant_id = current_tenant());

GRANT SELECT, INSERT, DELETE ON group_nesting TO rollcall_server;
COMMENT ON TABLE groups IS 'Groups that providers push. Members are rows of group_members (people) and group_nesting (groups).';
COMMENT ON TABLE group_members IS 'Which person is in which group, directly; kept while an account is inactive.';
