DROP TABLE used_assertions;
DROP TABLE access_tokens;
DROP TABLE oauth_secrets;
DROP TABLE oauth_clients;
DROP TABLE oauth_routes;
