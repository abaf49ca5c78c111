-- A third of the terms are e-mail addresses, each of one person, and the others are names that many people share. PostgreSQL
-- guesses from such a sample that all terms are shared by many (15,089 different ones where there were a million), finds a
-- plan for any address dear, and so plans the search of an address anew at every request, which takes longer than the search.
-- Negative: different terms for each row of the table.
ALTER TABLE account_terms ALTER COLUMN term SET (n_distinct = -0.3);
ANALYZE account_terms;
