//! What every answer says to browsers and caches. Nothing here is a page, so a browser may do nothing with it.

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, ETAG, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};

const ALWAYS: [(HeaderName, &str); 4] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (CONTENT_SECURITY_POLICY, "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
    (REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// A year. Whether names below this one speak TLS, too, is not ours to say.
const HSTS: &str = "max-age=31536000";

/// Writes them. `is_https`: the client came by https, and shall not come otherwise from now on (RFC 6797 §7.2 allows it to be said
/// there only).
pub(super) fn protect(headers: &mut HeaderMap, is_https: bool) {
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if is_https {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HSTS));
    }
    if !headers.contains_key(CACHE_CONTROL) {
        // What has an entity tag is there to be asked for again with If-None-Match (RFC 7644 §3.14), which `no-store` would forbid
        // whoever keeps it by RFC 9111 §5.2.2.5; so the client itself may keep it, and must ask before each use. All else is kept
        // by nobody.
        let cache = if headers.contains_key(ETAG) { "private, no-cache" } else { "no-store" };
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    }
}
