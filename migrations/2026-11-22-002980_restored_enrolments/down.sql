DROP FUNCTION restore_enrolments;
