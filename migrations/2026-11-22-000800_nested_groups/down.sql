COMMENT ON TABLE group_members IS 'Who is in which group; kept while an account is inactive.';
COMMENT ON TABLE groups IS 'Groups that providers push. Members are rows of group_members.';
DROP TABLE group_nesting;
