CREATE TABLE courses (
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    id uuid NOT NULL,
    name text NOT NULL CHECK (btrim(name) <> '' AND length(name) <= 200),
    external_id text COLLATE "C" CHECK (external_id <> '' AND length(external_id) <= 200),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, external_id)
);
COMMENT ON TABLE courses IS 'What people learn, as far as it has to be known who may.';
COMMENT ON COLUMN courses.tenant_id IS 'Tenant the course belongs to.';
COMMENT ON COLUMN courses.id IS 'UUID version 7.';
COMMENT ON COLUMN courses.name IS 'What people call it.';
COMMENT ON COLUMN courses.external_id IS 'What the learning platform calls it; unique in the tenant.';
COMMENT ON COLUMN courses.created_at IS 'When it was made known.';

CREATE TABLE enrolments (
    tenant_id uuid NOT NULL,
    course_id uuid NOT NULL,
    account_id uuid NOT NULL,
    enrolled_at timestamptz NOT NULL,
    source text NOT NULL CHECK (source IN ('name', 'group', 'everyone')),
    group_id uuid CHECK ((source = 'group') = (group_id IS NOT NULL)),
    told boolean NOT NULL,
    waits_since timestamptz,
    started_at timestamptz,
    completed_at timestamptz,
    PRIMARY KEY (tenant_id, course_id, account_id),
    FOREIGN KEY (tenant_id, course_id) REFERENCES courses (tenant_id, id),
    FOREIGN KEY (tenant_id, account_id) REFERENCES accounts (tenant_id, id)
);
CREATE INDEX enrolments_account ON enrolments (tenant_id, account_id);
COMMENT ON TABLE enrolments IS 'Who is to take which course. Kept through deactivation.';
COMMENT ON COLUMN enrolments.tenant_id IS 'Tenant of both.';
COMMENT ON COLUMN enrolments.course_id IS 'The course.';
COMMENT ON COLUMN enrolments.account_id IS 'The person.';
COMMENT ON COLUMN enrolments.enrolled_at IS 'Since when.';
COMMENT ON COLUMN enrolments.source IS 'By name, with a group, or with everyone.';
COMMENT ON COLUMN enrolments.group_id IS 'The group it was done with; it may be gone since.';
COMMENT ON COLUMN enrolments.told IS 'Whether the platform was allowed to tell the person of it.';
COMMENT ON COLUMN enrolments.waits_since IS 'Since when it waits for an administrator to open it again, after a reactivation; null while it does not.';
COMMENT ON COLUMN enrolments.started_at IS 'When the person first started the course under this enrolment.';
COMMENT ON COLUMN enrolments.completed_at IS 'When the person completed it; a new enrolment begins anew.';

CREATE TABLE completions (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    course_id uuid NOT NULL,
    account_id uuid,
    completed_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    certificate text CHECK (certificate <> '' AND length(certificate) <= 200),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, course_id) REFERENCES courses (tenant_id, id),
    FOREIGN KEY (tenant_id, account_id) REFERENCES accounts (tenant_id, id)
);
CREATE INDEX completions_course ON completions (tenant_id, course_id);
CREATE INDEX completions_account ON completions (tenant_id, account_id);
COMMENT ON TABLE completions IS 'The training history: who completed what. Kept through deactivation and deletion; of an erased person without a name, or not at all.';
COMMENT ON COLUMN completions.tenant_id IS 'Tenant of course and account.';
COMMENT ON COLUMN completions.id IS 'UUID version 7: in the order in which they were recorded.';
COMMENT ON COLUMN completions.course_id IS 'The course.';
COMMENT ON COLUMN completions.account_id IS 'The person; null when they were erased and their records kept for the counts.';
COMMENT ON COLUMN completions.completed_at IS 'When the course was completed.';
COMMENT ON COLUMN completions.recorded_at IS 'When that was put on record: a report of a day before does not have it.';
COMMENT ON COLUMN completions.certificate IS 'What the certificate is found by, such as its number; null when there is none.';

ALTER TABLE courses ENABLE ROW LEVEL SECURITY;
ALTER TABLE courses FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON courses USING (tenant_id = current_tenant());
ALTER TABLE enrolments ENABLE ROW LEVEL SECURITY;
ALTER TABLE enrolments FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON enrolments USING (tenant_id = current_tenant());
ALTER TABLE completions ENABLE ROW LEVEL SECURITY;
ALTER TABLE completions FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON completions USING (tenant_id = current_tenant());

GRANT SELECT, INSERT ON courses TO rollcall_server;
GRANT SELECT, INSERT, UPDATE, DELETE ON enrolments TO rollcall_server;
GRANT SELECT, INSERT, DELETE, UPDATE (account_id, certificate) ON completions TO rollcall_server;
