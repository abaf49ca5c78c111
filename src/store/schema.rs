// @generated automatically by Diesel CLI.

diesel::table! {
    /// Access tokens that clients got at the token endpoint. They live while client and credential do, an hour at most; the worker drops them afterwards.
    access_tokens (tenant_id, id) {
        /// Tenant the token opens.
        tenant_id -> Uuid,
        /// The jti claim of the token.
        id -> Uuid,
        /// Client that got it.
        client_id -> Uuid,
        /// Secret that it was got for; null when it was got for a signature.
        secret_id -> Nullable<Uuid>,
        /// keys_epoch of the client at that time.
        keys_epoch -> Int4,
        /// What it opens.
        scope -> Text,
        /// SHA-256 of the whole token.
        digest -> Bytea,
        /// When it was issued.
        created_at -> Timestamptz,
        /// When it ends.
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    /// By which values an account is found that has them in its resource only. Made from accounts by a trigger, and by nobody else.
    account_terms (tenant_id, attribute, term, account_id) {
        /// Tenant of the account.
        tenant_id -> Uuid,
        /// emails.value, name.givenName or name.familyName.
        attribute -> Text,
        /// The value in lower case, of a long one the first 200 characters: what is found here is compared once more.
        term -> Text,
        /// The account that has the value; not a deleted one.
        account_id -> Uuid,
    }
}

diesel::table! {
    /// People of a tenant. State is independent facts with timestamps; status and SCIM active are computed from them.
    accounts (tenant_id, id) {
        /// Tenant the account belongs to.
        tenant_id -> Uuid,
        /// SCIM id: UUID version 7, given by the server, never reused.
        id -> Uuid,
        /// Connection that made the account; its externalId is scoped to it.
        connection_id -> Uuid,
        /// userName in prepared form (lower case, NFKC, no blanks around it), for comparing and uniqueness.
        user_name_key -> Text,
        /// externalId as the connection sent it (case exact); null when it sent none.
        external_id -> Nullable<Text>,
        /// displayName, case-folded, for filters.
        display_name_key -> Nullable<Text>,
        /// E-mail the person may sign in with, prepared; null for a username-only account.
        login_email_key -> Nullable<Text>,
        /// What the client sent: attributes in canonical key case, without id, active, groups, meta and password.
        resource -> Jsonb,
        /// Whether the client removed its attribute active: then it is not shown. The account stays on or off as it was.
        active_unassigned -> Bool,
        /// When the account was switched off; null while it is on.
        deactivated_at -> Nullable<Timestamptz>,
        /// Why it was switched off.
        deactivated_reason -> Nullable<Text>,
        /// Who switched it off, as in the audit log, such as connection:ID.
        deactivated_by -> Nullable<Text>,
        /// When the person first signed in.
        first_access_at -> Nullable<Timestamptz>,
        /// When the person last signed in.
        last_login_at -> Nullable<Timestamptz>,
        /// none, set, temporary (must be changed at first use) or invalidated (by a reactivation).
        password_state -> Text,
        /// Argon2id in PHC string format; only while the password can be used.
        password_hash -> Nullable<Text>,
        /// Until when a temporary password can be used.
        password_expires_at -> Nullable<Timestamptz>,
        /// Raised when all sessions end; a session of an older epoch is dead for good.
        session_epoch -> Int8,
        /// Raised by one with every change of the representation; part of the ETag.
        version -> Int8,
        /// meta.created.
        created_at -> Timestamptz,
        /// meta.lastModified.
        updated_at -> Timestamptz,
        /// When it was deleted over SCIM; the row stays as a tombstone and is never shown again.
        deleted_at -> Nullable<Timestamptz>,
        /// What the person does on the platform; owner comes from no provider.
        role -> Text,
        /// From when on the account may be used; null: at once.
        starts_at -> Nullable<Timestamptz>,
        /// Until when the account may be used; null: without an end. At this instant it is over.
        expires_at -> Nullable<Timestamptz>,
        /// When the account will be switched off; true at that instant without anything having run. Kept until a reactivation.
        deactivate_at -> Nullable<Timestamptz>,
        /// Why it will be switched off.
        deactivate_reason -> Nullable<Text>,
        /// Who set the schedule, as in the audit log; becomes deactivated_by when it has fallen due.
        deactivate_by -> Nullable<Text>,
        /// Since when an administrator keeps the account shut, so that no source can open it; null while nobody does.
        locked_at -> Nullable<Timestamptz>,
        /// Who locked it, as in the audit log.
        locked_by -> Nullable<Text>,
        /// Since when the account holds a seat; null while it holds none.
        seat_since -> Nullable<Timestamptz>,
        /// When the seat will be free by itself, by the dates and the policy of the last change; null: it will not.
        seat_until -> Nullable<Timestamptz>,
        /// When the person started a course for the first time.
        first_course_at -> Nullable<Timestamptz>,
        /// From when on a date of the account is past and not on record: the next of starts_at, expires_at and deactivate_at at the last change; null where none is to come.
        due_at -> Nullable<Timestamptz>,
        /// When everything was taken out that says who it was; null while something may be left.
        erased_at -> Nullable<Timestamptz>,
        /// When what the person signs in with was last changed: the user name, or the e-mail address.
        login_changed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// Attributes of users that one source alone may change, whoever owns the account.
    attribute_owners (tenant_id, attribute) {
        /// Tenant of the connection.
        tenant_id -> Uuid,
        /// A core attribute such as title or active, an extension by its URN, or an attribute of one as URN:name.
        attribute -> Text,
        /// The connection whose word counts.
        connection_id -> Uuid,
    }
}

diesel::table! {
    /// What the rows of the audit log were, in links that each contain the one before. The server can only add.
    audit_chain (tenant_id, number) {
        /// Tenant whose rows they are.
        tenant_id -> Uuid,
        /// From 1 on, without a gap.
        number -> Int8,
        /// Position of the first row: number of its transaction.
        from_transaction -> Int8,
        /// Position of the first row: its number there.
        from_seq -> Int8,
        /// Position of the last row: number of its transaction. The next link begins behind it.
        through_transaction -> Int8,
        /// Position of the last row: its number there.
        through_seq -> Int8,
        /// How many rows that are.
        row_count -> Int8,
        /// The first 8 bytes of the SHA-256 of each row, to find the one that was changed.
        marks -> Bytea,
        /// Digest of the link before; zeros in the first.
        previous -> Bytea,
        /// SHA-256 over the columns before and the SHA-256 of each row (docs/OPERATIONS.md).
        digest -> Bytea,
        /// When it was made.
        sealed_at -> Timestamptz,
    }
}

diesel::table! {
    /// Where the chain of a tenant ends: who adds a link holds this row, and links that were cut off are missed by it. Every tenant has one.
    audit_heads (tenant_id) {
        /// The tenant.
        tenant_id -> Uuid,
        /// Number of the last link; 0 while there is none.
        number -> Int8,
        /// Its digest; zeros while there is none.
        digest -> Bytea,
    }
}

diesel::table! {
    /// Who did what: one row per change, written in the transaction of the change. The server can only add.
    audit_log (tenant_id, transaction_id, seq) {
        /// Tenant in which it happened.
        tenant_id -> Uuid,
        /// Rises with every row of a transaction.
        seq -> Int8,
        /// When the change was decided.
        at -> Timestamptz,
        /// connection:ID, account:ID or operator.
        actor -> Text,
        /// What was done, such as account.deactivated.
        action -> Text,
        /// The account or group it was done to.
        resource_id -> Uuid,
        /// Names of the attributes that changed; never their values.
        attributes -> Array<Nullable<Text>>,
        /// What followed, such as {"sessionsEnded": true, "passwordInvalidated": true}.
        facts -> Jsonb,
        /// The X-Request-Id of the answer, to find it in the log.
        request_id -> Uuid,
        /// Number of the transaction that made the change, and change_offset(): with seq, the position of the change.
        transaction_id -> Int8,
        /// Where the account stood from this change on (account_state); null where the change left it as it was. Reports of a past day are made of it.
        state -> Nullable<Jsonb>,
    }
}

diesel::table! {
    /// The training history: who completed what. Kept through deactivation and deletion; of an erased person without a name, or not at all.
    completions (tenant_id, id) {
        /// Tenant of course and account.
        tenant_id -> Uuid,
        /// UUID version 7: in the order in which they were recorded.
        id -> Uuid,
        /// The course.
        course_id -> Uuid,
        /// The person; null when they were erased and their records kept for the counts.
        account_id -> Nullable<Uuid>,
        /// When the course was completed.
        completed_at -> Timestamptz,
        /// When that was put on record: a report of a day before does not have it.
        recorded_at -> Timestamptz,
        /// What the certificate is found by, such as its number; null when there is none.
        certificate -> Nullable<Text>,
    }
}

diesel::table! {
    /// One identity provider's (or administrator's tool's) access to a tenant; the scope of externalId.
    connections (tenant_id, id) {
        /// Tenant the connection belongs to.
        tenant_id -> Uuid,
        /// UUID version 7, never reused.
        id -> Uuid,
        /// What administrators call it, such as okta; unique in the tenant.
        name -> Text,
        /// When the connection was made.
        created_at -> Timestamptz,
        /// What was set for it singly, such as {"dialect": "strict"}; what is not there is as the dialect has it.
        settings -> Jsonb,
    }
}

diesel::table! {
    /// What people learn, as far as it has to be known who may.
    courses (tenant_id, id) {
        /// Tenant the course belongs to.
        tenant_id -> Uuid,
        /// UUID version 7.
        id -> Uuid,
        /// What people call it.
        name -> Text,
        /// What the learning platform calls it; unique in the tenant.
        external_id -> Nullable<Text>,
        /// When it was made known.
        created_at -> Timestamptz,
    }
}

diesel::table! {
    /// Accounts that a source has put out and that have not come back: counted, and as they were before, so that they can be restored.
    departures (tenant_id, account_id) {
        /// Tenant of the account.
        tenant_id -> Uuid,
        /// The account.
        account_id -> Uuid,
        /// The connection that put it out.
        connection_id -> Uuid,
        /// The connection that owns the account.
        source_id -> Uuid,
        /// When.
        at -> Timestamptz,
        /// Whether an administrator has seen and accepted it; then it is not counted any more.
        settled -> Bool,
        /// Whether the source had made it within the hour before, and nobody had used it: taken back rather than gone.
        fresh -> Bool,
        /// The quarantine that it has led to.
        quarantine_id -> Nullable<Uuid>,
        /// accounts.starts_at before it.
        starts_at -> Nullable<Timestamptz>,
        /// accounts.expires_at before it.
        expires_at -> Nullable<Timestamptz>,
        /// accounts.deactivate_at before it.
        deactivate_at -> Nullable<Timestamptz>,
        /// accounts.deactivate_reason before it.
        deactivate_reason -> Nullable<Text>,
        /// accounts.deactivated_at before it: of one that was out already and was deleted.
        deactivated_at -> Nullable<Timestamptz>,
        /// accounts.deactivated_reason before it.
        deactivated_reason -> Nullable<Text>,
        /// accounts.password_state before it.
        password_state -> Text,
        /// accounts.password_hash before it; dropped with the row.
        password_hash -> Nullable<Text>,
        /// accounts.password_expires_at before it.
        password_expires_at -> Nullable<Timestamptz>,
        /// The groups it was a member of before it, and others when it was put out again.
        group_ids -> Nullable<Array<Nullable<Uuid>>>,
        /// The courses whose enrolments were open before it.
        open_courses -> Nullable<Array<Nullable<Uuid>>>,
    }
}

diesel::table! {
    /// Who is to take which course. Kept through deactivation.
    enrolments (tenant_id, course_id, account_id) {
        /// Tenant of both.
        tenant_id -> Uuid,
        /// The course.
        course_id -> Uuid,
        /// The person.
        account_id -> Uuid,
        /// Since when.
        enrolled_at -> Timestamptz,
        /// By name, with a group, or with everyone.
        source -> Text,
        /// The group it was done with; it may be gone since.
        group_id -> Nullable<Uuid>,
        /// Whether the platform was allowed to tell the person of it.
        told -> Bool,
        /// Since when it waits for an administrator to open it again, after a reactivation; null while it does not.
        waits_since -> Nullable<Timestamptz>,
        /// When the person first started the course under this enrolment.
        started_at -> Nullable<Timestamptz>,
        /// When the person completed it; a new enrolment begins anew.
        completed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// Which person is in which group, directly; kept while an account is inactive.
    group_members (tenant_id, group_id, member_id) {
        /// Tenant of both.
        tenant_id -> Uuid,
        /// The group.
        group_id -> Uuid,
        /// The account that is a member.
        member_id -> Uuid,
        /// The member's display as the client sent it, echoed.
        display -> Nullable<Text>,
    }
}

diesel::table! {
    /// Which group is a member of which. Never a circle: edges are added under the lock of the tenant's nesting.
    group_nesting (tenant_id, group_id, member_group_id) {
        /// Tenant of both.
        tenant_id -> Uuid,
        /// The group that has the member.
        group_id -> Uuid,
        /// The group that is the member.
        member_group_id -> Uuid,
    }
}

diesel::table! {
    /// Groups that providers push. Members are rows of group_members (people) and group_nesting (groups).
    groups (tenant_id, id) {
        /// Tenant the group belongs to.
        tenant_id -> Uuid,
        /// SCIM id: UUID version 7, given by the server, never reused.
        id -> Uuid,
        /// Connection that made the group; displayName and externalId are unique in it.
        connection_id -> Uuid,
        /// displayName as sent.
        display_name -> Text,
        /// displayName, case-folded, for filters and uniqueness.
        display_name_key -> Text,
        /// externalId as the connection sent it; null when it sent none.
        external_id -> Nullable<Text>,
        /// What the client sent, without id, members and meta.
        resource -> Jsonb,
        /// Raised by one with every change, of members too; part of the ETag.
        version -> Int8,
        /// meta.created.
        created_at -> Timestamptz,
        /// meta.lastModified.
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    /// How many seats a tenant has. A tenant without a row has as many as it needs.
    licences (tenant_id) {
        /// The tenant.
        tenant_id -> Uuid,
        /// How many accounts can hold a seat at the same time.
        seat_limit -> Int8,
        /// How many do. Counted by a trigger on accounts; more than the limit only after that was lowered.
        used -> Int8,
    }
}

diesel::table! {
    /// What administrators are told, written in the transaction of what it is about, and sent afterwards.
    notices (tenant_id, id) {
        /// Tenant whose administrators are told.
        tenant_id -> Uuid,
        /// UUID version 7.
        id -> Uuid,
        /// When it was written.
        at -> Timestamptz,
        /// What it is about, such as connection.quarantined.
        kind -> Text,
        /// The quarantine, account or token it is about.
        subject_id -> Uuid,
        /// What happened and what to do, in words; no secret.
        detail -> Text,
        /// When it was sent by mail; null while it was not.
        sent_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// OAuth clients of connections, which get access tokens for a secret or a signature.
    oauth_clients (tenant_id, id) {
        /// Tenant the client belongs to.
        tenant_id -> Uuid,
        /// The client_id: UUID version 7, never reused.
        id -> Uuid,
        /// Connection that acts when its tokens are used.
        connection_id -> Uuid,
        /// The widest scope that it can ask for.
        scope -> Text,
        /// Its public keys as a JWK Set (RFC 7517), for private_key_jwt; null when there are none here.
        jwks -> Nullable<Jsonb>,
        /// Where its public keys are fetched, instead.
        jwks_uri -> Nullable<Text>,
        /// Raised when a key is taken away: access tokens that were got by a signature before end with it.
        keys_epoch -> Int4,
        /// When the client was made.
        created_at -> Timestamptz,
    }
}

diesel::table! {
    /// Whom a credential belongs to before its tenant is known: a row for each OAuth client and each trusted issuer. Like tenants, it is no tenant's table; it holds digests and ids, and only commands write it.
    oauth_routes (key) {
        /// SHA-256 of a client's id, or of issuer, audience and, where one is set, subject.
        key -> Bytea,
        /// SHA-256 of issuer and audience alone, so that no two tenants claim the same; of a client the key again.
        family -> Bytea,
        /// Tenant whose client or issuer it is.
        opens_tenant -> Uuid,
        /// Id of the client or of the trusted issuer.
        opens -> Uuid,
    }
}

diesel::table! {
    /// Secrets of OAuth clients, several of which may live at once. A secret is shown once and not kept.
    oauth_secrets (tenant_id, id) {
        /// Tenant of the client.
        tenant_id -> Uuid,
        /// UUID version 7, by which it is revoked.
        id -> Uuid,
        /// Client whose secret it is.
        client_id -> Uuid,
        /// SHA-256 of the whole secret, which has 256 random bits.
        digest -> Bytea,
        /// When it was made.
        created_at -> Timestamptz,
        /// When it ends by itself; null for never.
        expires_at -> Nullable<Timestamptz>,
        /// When it was revoked; null while it lives.
        revoked_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// Commands for many accounts that an administrator has been shown, and may run as shown.
    plans (tenant_id, id) {
        /// Tenant of the accounts.
        tenant_id -> Uuid,
        /// UUID version 7; whoever runs the plan quotes it.
        id -> Uuid,
        /// When it was made.
        created_at -> Timestamptz,
        /// Who made it, as in the audit log.
        created_by -> Text,
        /// Until when it can be run.
        expires_at -> Timestamptz,
        /// The command, as the API takes it.
        command -> Jsonb,
        /// The accounts it is for.
        account_ids -> Array<Nullable<Uuid>>,
        /// The version in which each was shown: a plan is not run when one has changed since.
        versions -> Array<Nullable<Int8>>,
        /// When it was run; it is run once.
        ran_at -> Nullable<Timestamptz>,
        /// What became of each account, in their order, and of the seats; nothing that says who they are.
        result -> Nullable<Jsonb>,
    }
}

diesel::table! {
    /// Connections that wanted to put out more people than the guard lets them, and what an administrator decided.
    quarantines (tenant_id, id) {
        /// Tenant of the connection.
        tenant_id -> Uuid,
        /// UUID version 7.
        id -> Uuid,
        /// The connection whose deactivations and deletions are refused while it stands.
        connection_id -> Uuid,
        /// The connection that owns the accounts that were counted.
        source_id -> Uuid,
        /// When the first one too many was refused.
        began_at -> Timestamptz,
        /// How many were out by then, within the window.
        departed -> Int8,
        /// How many active accounts the source had.
        accounts -> Int8,
        /// How many may go within the window.
        most -> Int8,
        /// When an administrator said that the source is wrong; it stays in quarantine.
        rejected_at -> Nullable<Timestamptz>,
        /// When an administrator said that the source may go on; null while it stands.
        released_at -> Nullable<Timestamptz>,
        /// Who decided last, as in the audit log.
        decided_by -> Nullable<Text>,
        /// The reason they gave.
        reason -> Nullable<Text>,
        /// How many more may go within a window from the release on.
        allowance -> Int8,
        /// When people were last brought back.
        restored_at -> Nullable<Timestamptz>,
        /// How many were brought back.
        restored -> Int8,
    }
}

diesel::table! {
    /// How much of its limit of requests a busy connection has used on all servers together. Quiet connections have no row.
    request_rates (tenant_id, connection_id) {
        /// Tenant.
        tenant_id -> Uuid,
        /// Connection that sends the requests.
        connection_id -> Uuid,
        /// Requests served, less what the limit has allowed since: it sinks by the limit every second.
        level -> Float8,
        /// When that was so, by the clock of the database, which all servers share.
        at -> Timestamptz,
    }
}

diesel::table! {
    /// People who are signed in.
    sessions (tenant_id, id) {
        /// Tenant of the account.
        tenant_id -> Uuid,
        /// Named inside the session token.
        id -> Uuid,
        /// Who is signed in.
        account_id -> Uuid,
        /// SHA-256 of the session token.
        digest -> Bytea,
        /// session_epoch of the account at sign-in; the session lives while they are equal.
        epoch -> Int8,
        /// When the person signed in.
        created_at -> Timestamptz,
        /// When the session ends by itself.
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    /// Sign-ins that failed, by name and source, so that whoever guesses has to wait and the person can sign in from elsewhere.
    sign_in_attempts (tenant_id, name_digest, source) {
        /// Tenant that was named; zeros for one that is none, who is answered alike.
        tenant_id -> Uuid,
        /// SHA-256 of the name in prepared form, whether or not anybody has it.
        name_digest -> Bytea,
        /// Address it came from; of IPv6 the first 64 bits.
        source -> Text,
        /// How many failed, one after the other, and the one under way.
        failures -> Int4,
        /// When the last was let through to be checked.
        last_at -> Timestamptz,
    }
}

diesel::table! {
    /// Keys that sign bearer tokens (HS256). The newest signs; all that are not retired verify.
    signing_keys (id) {
        /// The kid header of the tokens it signed.
        id -> Uuid,
        /// Random bytes. Not enough to forge a token: the digest of every token is checked too.
        secret -> Bytea,
        /// When the key was made.
        created_at -> Timestamptz,
        /// When it was retired: from then on it signs and verifies nothing. Null while it lives.
        retired_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// How many accounts a source has, counted now and then, so that not every departure has to count them.
    source_sizes (tenant_id, connection_id) {
        /// Tenant of the connection.
        tenant_id -> Uuid,
        /// The connection that owns the accounts.
        connection_id -> Uuid,
        /// Those that were active, and those that had gone within the window.
        accounts -> Int8,
        /// Whether they are so few, without what was taken back, that taking back counts for nothing.
        small -> Bool,
        /// When they were counted.
        counted_at -> Timestamptz,
        /// When they were last seen to be more than so few; null: never.
        many_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// Extension schemas that tenants brought. The order in which they were made is the order of answers.
    tenant_schemas (tenant_id, urn) {
        /// Tenant whose resources may carry it; no other sees it.
        tenant_id -> Uuid,
        /// The id of the schema, and the key under which accounts.resource and groups.resource hold its attributes.
        urn -> Text,
        /// What it extends: User or Group.
        resource_type -> Text,
        /// The schema of RFC 7643 section 7 with every characteristic written out.
        definition -> Jsonb,
        /// When it was added.
        created_at -> Timestamptz,
        /// When it was last replaced.
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    /// One customer of the learning platform. Every other row belongs to exactly one.
    tenants (id) {
        /// UUID version 7.
        id -> Uuid,
        /// What people and commands call the tenant: a DNS label in lower case.
        name -> Text,
        /// When the tenant was made.
        created_at -> Timestamptz,
        /// Raised with every change of tenant_schemas, so that servers see when to read them anew; 0 while there never were any.
        schemas_version -> Int8,
        /// What the tenant set of the life cycle: the preset to start from and single settings by their keys, such as {"preset": "united", "seat.basis": "account"}.
        policy -> Jsonb,
    }
}

diesel::table! {
    /// Bearer tokens that were issued. The token itself is shown once and not kept.
    tokens (tenant_id, id) {
        /// Tenant the token opens.
        tenant_id -> Uuid,
        /// The jti claim of the token.
        id -> Uuid,
        /// Connection that acts when the token is used.
        connection_id -> Uuid,
        /// What the token opens: scim (/scim/v2), api (/api/v1), or reading only, scim.read and api.read.
        scope -> Text,
        /// SHA-256 of the whole token: knowing the table does not let anyone in.
        digest -> Bytea,
        /// When the token was issued.
        created_at -> Timestamptz,
        /// When it ends by itself; null for never, as Entra wants it.
        expires_at -> Nullable<Timestamptz>,
        /// When it was revoked; null while it lives.
        revoked_at -> Nullable<Timestamptz>,
        /// The signing key of the token: it lives no longer than that.
        key_id -> Uuid,
        /// When it was last used, to the minute; null while it never was.
        last_used_at -> Nullable<Timestamptz>,
        /// The last step before its end that was warned of, in days: 30, 7 or 1.
        warned_days -> Nullable<Int2>,
    }
}

diesel::table! {
    /// Issuers whose signed tokens open a connection, such as Entra's own. oauth_routes leads to a row of this table.
    trusted_issuers (tenant_id, id) {
        /// Tenant that their tokens open.
        tenant_id -> Uuid,
        /// UUID version 7.
        id -> Uuid,
        /// Connection that acts when such a token is used.
        connection_id -> Uuid,
        /// The iss claim, letter by letter.
        issuer -> Text,
        /// What the aud claim is or contains.
        audience -> Text,
        /// The sub claim; null when every subject is meant.
        subject -> Nullable<Text>,
        /// What such a token opens, whatever it says of itself.
        scope -> Text,
        /// Where the public keys are; null when OpenID Connect discovery tells.
        jwks_uri -> Nullable<Text>,
        /// When it was trusted.
        created_at -> Timestamptz,
    }
}

diesel::table! {
    /// Signed assertions (RFC 7523) that were taken, so that none is taken twice, on whichever server. Dropped when none could be taken any more.
    used_assertions (tenant_id, client_id, digest) {
        /// Tenant of the client.
        tenant_id -> Uuid,
        /// Client that signed it.
        client_id -> Uuid,
        /// SHA-256 of its jti claim.
        digest -> Bytea,
        /// From when on it would be refused for its age.
        expires_at -> Timestamptz,
    }
}

diesel::joinable!(accounts -> tenants (tenant_id));
diesel::joinable!(audit_chain -> tenants (tenant_id));
diesel::joinable!(audit_heads -> tenants (tenant_id));
diesel::joinable!(audit_log -> tenants (tenant_id));
diesel::joinable!(connections -> tenants (tenant_id));
diesel::joinable!(courses -> tenants (tenant_id));
diesel::joinable!(groups -> tenants (tenant_id));
diesel::joinable!(licences -> tenants (tenant_id));
diesel::joinable!(notices -> tenants (tenant_id));
diesel::joinable!(plans -> tenants (tenant_id));
diesel::joinable!(tenant_schemas -> tenants (tenant_id));

diesel::allow_tables_to_appear_in_same_query!(
    access_tokens,
    account_terms,
    accounts,
    attribute_owners,
    audit_chain,
    audit_heads,
    audit_log,
    completions,
    connections,
    courses,
    departures,
    enrolments,
    group_members,
    group_nesting,
    groups,
    licences,
    notices,
    oauth_clients,
    oauth_routes,
    oauth_secrets,
    plans,
    quarantines,
    request_rates,
    sessions,
    sign_in_attempts,
    signing_keys,
    source_sizes,
    tenant_schemas,
    tenants,
    tokens,
    trusted_issuers,
    used_assertions,
);
