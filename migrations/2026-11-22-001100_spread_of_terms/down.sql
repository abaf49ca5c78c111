ALTER TABLE account_terms ALTER COLUMN term RESET (n_distinct);
ANALYZE account_terms;
