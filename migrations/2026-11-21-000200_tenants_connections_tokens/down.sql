DROP TABLE signing_keys;
DROP TABLE tokens;
DROP TABLE connections;
DROP TABLE tenants;
