DROP FUNCTION current_tenant();
-- The role stays: other databases of the same cluster may use it.
