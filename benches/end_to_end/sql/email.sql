-- One account by an address among its e-mails, with its groups. The terms name the account, the resource has the last word.
\set n random(1, :users)
{accounts}
WHERE a.tenant_id = :tenant::uuid
    AND EXISTS (SELECT FROM account_terms AS t
        WHERE t.tenant_id = a.tenant_id AND t.account_id = a.id AND t.attribute = 'emails.value'
            AND t.term = 'user' || lpad(:n::text, 7, '0') || '@example.com')
    AND EXISTS (SELECT FROM jsonb_array_elements(a.resource -> 'emails') AS e
        WHERE lower(e ->> 'type') = 'work' AND lower(e ->> 'value') = 'user' || lpad(:n::text, 7, '0') || '@example.com')
    AND a.deleted_at IS NULL;
