CASE WHEN :slots::bigint >= :count::bigint
                THEN :users::bigint - (:client_id::bigint + ((:slot::bigint + place) % :slots::bigint) * :clients::bigint) % (:users::bigint / 10)
                ELSE :users::bigint - (:slot::bigint + place) % (:users::bigint / 10) END
