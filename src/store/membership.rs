//! Who belongs to what, as SQL: what is shown of it and what filters ask about it are one text.
//!
//! Each macro is a list to stand after FROM, with the columns `id`, `path` (what follows the base address in `$ref`),
//! `display` and `type`, in no order. The row it is about is called `a`.

/// Whether any group of the tenant is in another. Asked in the order of the key: for just any row PostgreSQL might read the table from its
/// beginning, past all rows of other tenants.
macro_rules! nests_groups {
    () => {
        "EXISTS (SELECT FROM (SELECT FROM group_nesting ORDER BY tenant_id, group_id, member_group_id LIMIT 1) x)"
    };
}
pub(super) use nests_groups;

/// The groups of the account `a`: those it is a member of, and those these are in, each once (RFC 7643 §4.1.2). Where a
/// person is in a group both ways, the direct one is shown, because it is the one that clients can change.
///
/// This is part of the statement that is executed most, and for each row of a page. So there are two ways, of which one is cut off
/// before it begins, by what is asked once per statement: where no group of the tenant is in another (row level security leaves no other
/// tenant's in sight), the groups are those of the rows, and no steps upwards are prepared. `OFFSET 0`, and the name as a subquery, keep
/// lookups lookups: PostgreSQL cannot know how many groups the steps will find, and guessing high it would read whole tables.
macro_rules! groups_of_account {
    () => {
        concat!("(SELECT m.group_id AS id, '/Groups/' || m.group_id AS path, \
            (SELECT g.display_name FROM groups g WHERE g.tenant_id = a.tenant_id AND g.id = m.group_id) AS display, \
            'direct' AS type \
            FROM group_members m WHERE m.tenant_id = a.tenant_id AND m.member_id = a.id \
              AND NOT ", crate::store::membership::nests_groups!(), " \
          UNION ALL \
          SELECT u.id, '/Groups/' || u.id, \
            (SELECT g.display_name FROM groups g WHERE g.tenant_id = a.tenant_id AND g.id = u.id), \
            CASE WHEN u.direct THEN 'direct' ELSE 'indirect' END \
            FROM (WITH RECURSIVE up (id, direct) AS (\
                SELECT m.group_id, TRUE FROM group_members m WHERE m.tenant_id = a.tenant_id AND m.member_id = a.id \
                UNION \
                SELECT n.group_id, FALSE FROM up JOIN LATERAL (SELECT group_id FROM group_nesting \
                    WHERE tenant_id = a.tenant_id AND member_group_id = up.id OFFSET 0) n ON TRUE) \
              SELECT id, bool_or(direct) AS direct FROM up GROUP BY id) u \
            WHERE ", crate::store::membership::nests_groups!(), ")")
    };
}
pub(super) use groups_of_account;

/// The members of the group `a`, people and groups, without those of the groups in it (RFC 7643 §4.2). A person is called
/// by their own display name, else as the client called them, else by user name; a group always has a name of its own.
///
/// `OFFSET 0` keeps lookups lookups: a prepared plan is one for the average group, and beside a few large groups it would read all
/// accounts for one of ten.
macro_rules! members_of_group {
    () => {
        "(SELECT m.member_id AS id, '/Users/' || m.member_id AS path, \
            COALESCE(p.resource ->> 'displayName', m.display, p.resource ->> 'userName') AS display, 'User' AS type \
            FROM group_members m JOIN LATERAL (SELECT x.resource FROM accounts x \
              WHERE x.tenant_id = a.tenant_id AND x.id = m.member_id AND x.deleted_at IS NULL OFFSET 0) p ON TRUE \
            WHERE m.tenant_id = a.tenant_id AND m.group_id = a.id \
          UNION ALL \
          SELECT n.member_group_id, '/Groups/' || n.member_group_id, c.display_name, 'Group' \
            FROM group_nesting n JOIN LATERAL (SELECT x.display_name FROM groups x \
              WHERE x.tenant_id = a.tenant_id AND x.id = n.member_group_id OFFSET 0) c ON TRUE \
            WHERE n.tenant_id = a.tenant_id AND n.group_id = a.id)"
    };
}
pub(super) use members_of_group;

/// A list as the JSON array that stands in an answer, or nothing when it is empty; a parameter: what stands before the paths.
macro_rules! membership_json {
    ($list:expr) => {
        concat!(
            "(SELECT json_agg(json_build_object('value', e.id, '$ref', {} || e.path, 'display', e.display, \
             'type', e.type) ORDER BY e.id)::text FROM ",
            $list,
            " e)"
        )
    };
}
pub(super) use membership_json;
