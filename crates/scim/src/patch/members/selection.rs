//! The members that a filter in a path selects.

use super::{MemberKind, MemberRef};
use crate::error::{ScimError, shorten};
use crate::filter::{CompareOp, Expr, Literal};
use crate::resource::Dialect;

/// The members that a filter such as `value eq "a" or value eq "b"` selects. A condition on `type` beside the id counts
/// (RFC 7644 §3.4.2.2: all conditions in the brackets are about the same value); generously read, a word that is no type
/// says nothing.
pub(super) fn selected_by(filter: &Expr, dialect: &Dialect) -> Result<Vec<MemberRef>, ScimError> {
    let members = match filter {
        Expr::Compare { attr, op: CompareOp::Eq, value } if attr.text.eq_ignore_ascii_case("value") => {
            id_of(value).map(|id| vec![MemberRef::of_id(id)])
        }
        Expr::Or(operands) => {
            let each = operands.iter().map(|operand| selected_by(operand, dialect));
            return each.collect::<Result<Vec<_>, _>>().map(|members| members.concat());
        }
        Expr::And(operands) => {
            let (types, others): (Vec<&Expr>, Vec<&Expr>) =
                operands.iter().partition(|e| type_in(e).is_some());
            match others.as_slice() {
                [only] => {
                    let types = types.into_iter().filter_map(type_in);
                    return Ok(types
                        .fold(selected_by(only, dialect)?, |members, word| of_type(members, word, dialect)));
                }
                _ => None,
            }
        }
        _ => None,
    };
    members.ok_or_else(|| {
        ScimError::invalid_filter(format!(
            "members[{}] cannot be used: members are selected by value eq \"<id>\"",
            shorten(&filter.to_string())
        ))
    })
}

/// The word that `type eq "…"` asks for.
fn type_in(filter: &Expr) -> Option<&str> {
    match filter {
        Expr::Compare { attr, op: CompareOp::Eq, value: Literal::String(word) | Literal::Bare(word) }
            if attr.text.eq_ignore_ascii_case("type") =>
        {
            Some(word)
        }
        _ => None,
    }
}

/// Those who can be of this type.
fn of_type(members: Vec<MemberRef>, word: &str, dialect: &Dialect) -> Vec<MemberRef> {
    let Some(kind) = MemberKind::from_word(word) else {
        return if dialect.strict { Vec::new() } else { members };
    };
    let possible = members.into_iter().filter(|member| member.kind.is_none_or(|known| known == kind));
    possible.map(|member| MemberRef { kind: Some(kind), ..member }).collect()
}

fn id_of(value: &Literal) -> Option<String> {
    match value {
        Literal::String(id) | Literal::Bare(id) => Some(id.clone()),
        Literal::Number(number) => Some(number.to_string()),
        Literal::Bool(_) | Literal::Null => None,
    }
}
