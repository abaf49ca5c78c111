COMMENT ON COLUMN departures.group_ids IS 'The groups it was a member of, where it was deleted.';
ALTER TABLE departures DROP COLUMN open_courses;
