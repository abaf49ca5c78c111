DROP TABLE completions;
DROP TABLE enrolments;
DROP TABLE courses;
