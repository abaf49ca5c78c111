SELECT a.id, a.connection_id, a.resource::text, a.version, a.created_at, a.updated_at,
    CASE WHEN :shown = 1
        THEN (SELECT json_agg(json_build_object('value', m.member_id, '$ref', replace(:base::text, '/Groups/', '/Users/') || m.member_id,
                'display', COALESCE(p.resource ->> 'displayName', m.display, p.resource ->> 'userName'), 'type', 'User')
                ORDER BY m.member_id)::text
            FROM group_members AS m
            -- OFFSET 0 keeps it a lookup of each, however many members a group has on average: few are shown.
            JOIN LATERAL (SELECT * FROM accounts AS p
                WHERE p.tenant_id = m.tenant_id AND p.id = m.member_id AND p.deleted_at IS NULL OFFSET 0) AS p ON TRUE
            WHERE m.tenant_id = a.tenant_id AND m.group_id = a.id)
        ELSE (SELECT count(*)::text
            FROM (SELECT FROM group_members AS m WHERE m.tenant_id = a.tenant_id AND m.group_id = a.id LIMIT 101) AS counted)
    END
FROM saved AS a;
