//! Statements with a fixed text. Diesel's own `sql_query` is parsed and planned anew at every call; a statement of this kind
//! is prepared once per connection, which is what the hot paths live from.

/// Declares a statement: its parameters, its row, and its text with `{}` where the parameters stand, in order.
macro_rules! statement {
    (
        $(#[$doc:meta])*
        $name:ident { $($field:ident: $rust:ty => $sql:ty),* $(,)? } -> $row:ty, $text:expr
    ) => {
        crate::store::statement::piece!($(#[$doc])* $name { $($field: $rust => $sql),* }, $text);

        const _: () = {
            /// Names the text in the statement cache.
            #[expect(unreachable_pub, reason = "the associated type of a public trait must be public")]
            pub struct Key;

            impl diesel::query_builder::QueryId for $name<'_> {
                type QueryId = Key;
                const HAS_STATIC_QUERY_ID: bool = true;
            }

            impl diesel::query_builder::Query for $name<'_> {
                type SqlType = $row;
            }

            impl<C> diesel::query_dsl::RunQueryDsl<C> for $name<'_> {}
        };
    };
}

pub(super) use statement;

/// Declares a part of a statement, which another one puts together: its parameters, and its text with `{}` where they stand, in order.
macro_rules! piece {
    (
        $(#[$doc:meta])*
        $name:ident { $($field:ident: $rust:ty => $sql:ty),* $(,)? }, $text:expr
    ) => {
        $(#[$doc])*
        pub(super) struct $name<'a> {
            $(pub(super) $field: $rust,)*
            pub(super) lifetime: std::marker::PhantomData<&'a ()>,
        }

        impl diesel::query_builder::QueryFragment<diesel::pg::Pg> for $name<'_> {
            fn walk_ast<'b>(
                &'b self,
                mut out: diesel::query_builder::AstPass<'_, 'b, diesel::pg::Pg>,
            ) -> diesel::QueryResult<()> {
                let mut parts = $text.split("{}");
                out.push_sql(parts.next().unwrap_or_default());
                $(
                    out.push_bind_param::<$sql, _>(&self.$field)?;
                    out.push_sql(parts.next().unwrap_or_default());
                )*
                debug_assert!(parts.next().is_none(), "more {{}} than parameters in {}", stringify!($name));
                Ok(())
            }
        }
    };
}

pub(super) use piece;

/// Makes a statement of a struct of pieces, with the row it returns. It is prepared for each text that they make.
macro_rules! whole {
    ($name:ident -> $row:ty) => {
        impl diesel::query_builder::QueryId for $name<'_> {
            type QueryId = ();
            const HAS_STATIC_QUERY_ID: bool = false;
        }

        impl diesel::query_builder::Query for $name<'_> {
            type SqlType = $row;
        }

        impl<C> diesel::query_dsl::RunQueryDsl<C> for $name<'_> {}
    };
}

pub(super) use whole;

/// Equal to an element of a parameter that is an array of this type.
///
/// Behind a SELECT the planner never sees how long the array is. Where it does, a plan for the few that are usual looks cheaper than one
/// for the ten that it assumes otherwise, and it plans at every execution, which takes longer than the statement.
macro_rules! one_of {
    ($array:literal) => {
        concat!("= ANY((SELECT {})::", $array, ")")
    };
}

pub(super) use one_of;
