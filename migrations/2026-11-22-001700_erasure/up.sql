ALTER TABLE accounts ADD COLUMN erased_at timestamptz CHECK (erased_at IS NULL OR deleted_at IS NOT NULL);
COMMENT ON COLUMN accounts.erased_at IS 'When everything was taken out that says who it was; null while something may be left.';
