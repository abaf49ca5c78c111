        AND (deactivated_at IS NOT NULL
            OR departure_allowed(:tenant::uuid, :connection::uuid, :connection::uuid, id, now(), interval '24 hours', 5, 2, false))
