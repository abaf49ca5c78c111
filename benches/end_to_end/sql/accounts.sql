-- The accounts as the server reads them to answer, with their groups; what follows says which.
SELECT a.id, a.connection_id, a.resource::text, a.active_unassigned, a.role, a.starts_at, a.expires_at, a.deactivate_at,
    a.deactivate_reason, a.deactivated_at, a.deactivated_reason, a.locked_at, a.due_at, a.seat_since, a.seat_until,
    a.first_course_at, a.first_access_at, a.last_login_at, a.password_state, a.password_expires_at,
    a.login_email_key IS NOT NULL, a.session_epoch, a.version, a.created_at, a.updated_at,
    (SELECT json_agg(json_build_object('value', g.id, '$ref', :base::text || g.id, 'display', g.display_name, 'type', 'direct')
            ORDER BY g.id)::text
        FROM group_members AS m
        JOIN groups AS g ON g.tenant_id = m.tenant_id AND g.id = m.group_id
        WHERE m.tenant_id = a.tenant_id AND m.member_id = a.id)
FROM accounts AS a
