-- Whether a session lives, and whose it is, in one statement: one of the people who are signed in (Target::signed_in).
\set place random(0, :sessions - 1)
SELECT s.digest, s.expires_at, a.id, a.role, a.resource ->> 'userName'
FROM sessions AS s
JOIN accounts AS a ON a.tenant_id = s.tenant_id AND a.id = s.account_id
WHERE s.tenant_id = :tenant::uuid
    AND s.id = ('00000000-0000-7000-8000-' || lpad(to_hex(1 + :place::bigint * :users::bigint / :sessions::bigint), 12, '0'))::uuid
    AND s.expires_at > now()
    AND s.epoch = a.session_epoch
    AND a.deleted_at IS NULL
    AND a.deactivated_at IS NULL
    AND a.locked_at IS NULL
    AND (a.deactivate_at > now()) IS NOT FALSE
    AND (a.expires_at > now()) IS NOT FALSE
    AND (a.starts_at <= now()) IS NOT FALSE;
