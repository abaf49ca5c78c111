-- Where a reactivation makes enrolments wait, off and on again takes them: that is counted and undone as a password is that goes so.
ALTER TABLE departures ADD COLUMN open_courses uuid[];
COMMENT ON COLUMN departures.open_courses IS 'The courses whose enrolments were open before it.';
-- Groups are put back for everybody, not only for who was deleted.
COMMENT ON COLUMN departures.group_ids IS 'The groups it was a member of before it, and others when it was put out again.';
