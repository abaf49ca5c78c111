//! Tokens that name their tenant and one thing of it, and prove it by 256 random bits: sessions, and links that set a password.

use super::AppError;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rollcall_domain::ids::TenantId;
use secrecy::SecretString;
use uuid::Uuid;

/// `prefix`, by which a token is known where it leaks, and, in base64url, the tenant, the id and 256 random bits.
///
/// # Errors
/// No randomness.
pub(super) fn mint(prefix: &str, tenant: TenantId, id: Uuid) -> Result<SecretString, AppError> {
    let mut bytes = Vec::with_capacity(64);
    bytes.extend_from_slice(tenant.0.as_bytes());
    bytes.extend_from_slice(id.as_bytes());
    bytes.extend_from_slice(&crate::random::secret::<32>()?);
    Ok(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes)).into())
}

/// What a token says it is for. It proves nothing yet.
pub(super) fn read(prefix: &str, token: &str) -> Option<(TenantId, Uuid)> {
    let bytes = URL_SAFE_NO_PAD.decode(token.strip_prefix(prefix)?).ok()?;
    if bytes.len() != 64 {
        return None;
    }
    let part = |range: std::ops::Range<usize>| Uuid::from_slice(bytes.get(range)?).ok();
    Some((TenantId(part(0..16)?), part(16..32)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    #[test]
    fn a_token_names_its_tenant_and_id_and_nothing_else_is_a_token() {
        let (tenant, id) = (TenantId(Uuid::from_u128(7)), Uuid::from_u128(8));
        for (prefix, foreign) in [("rcs_", "rcr_"), ("rcr_", "rcs_")] {
            let token = mint(prefix, tenant, id).unwrap();
            let whole = token.expose_secret();
            assert_eq!(read(prefix, whole), Some((tenant, id)));
            assert_eq!(read(foreign, whole), None);
            let short = format!("{prefix}AAAA");
            for other in ["", prefix, &short, &whole[..whole.len() - 4], &whole[4..], "Bearer x", "rcs_x"] {
                assert_eq!(read(prefix, other), None, "{other:?}");
            }
        }
    }
}
