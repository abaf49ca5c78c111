DROP FUNCTION waiting_work;
