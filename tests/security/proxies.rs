//! What a proxy says about the way a request came is believed from our own proxies, and from nobody else.

use crate::support::{TestApp, expect};

fn base(app: &TestApp, headers: &[(&str, &str)]) -> (String, bool) {
    let answer = expect(app.scim_with("GET", "/ServiceProviderConfig", headers, None), 200);
    let location = answer.json().unwrap()["meta"]["location"].as_str().unwrap().to_owned();
    let base = location.strip_suffix("/scim/v2/ServiceProviderConfig").unwrap().to_owned();
    (base, answer.header("Strict-Transport-Security").is_some())
}

#[test]
fn a_trusted_proxy_says_scheme_and_host_and_nobody_else_does() {
    let trusting = TestApp::start();
    let strict =
        TestApp::start_with(|settings| settings.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()]);
    let plain = |app: &TestApp| (format!("http://{}", app.address()), false);
    let named = |name: &str, secure| (name.to_owned(), secure);
    for (headers, believed) in [
        (&[][..], plain(&trusting)),
        (&[("X-Forwarded-Proto", "https")], named(&format!("https://{}", trusting.address()), true)),
        (
            &[("X-Forwarded-Proto", "HTTPS"), ("X-Forwarded-Host", "id.example.com")],
            named("https://id.example.com", true),
        ),
        (&[("X-Forwarded-Proto", "http")], plain(&trusting)),
        (&[("X-Forwarded-Host", "id.example.com:8443")], named("http://id.example.com:8443", false)),
        // Of several the last, which the nearest proxy wrote.
        (
            &[("X-Forwarded-Proto", "https, http"), ("X-Forwarded-Host", "evil.example, id.example.com")],
            named("http://id.example.com", false),
        ),
        (
            &[("X-Forwarded-Proto", "http"), ("X-Forwarded-Proto", "https")],
            named(&format!("https://{}", trusting.address()), true),
        ),
        (&[("X-Forwarded-Host", "")], plain(&trusting)),
        // These are nobody's word.
        (&[("Forwarded", "host=evil.example;proto=https"), ("X-Forwarded-Ssl", "on")], plain(&trusting)),
    ] {
        assert_eq!(base(&trusting, headers), believed, "{headers:?}");
        assert_eq!(base(&strict, headers), plain(&strict), "{headers:?} of somebody who is no proxy of ours");
    }
    // What is no host is not repeated, nor is another made up.
    let odd = [("X-Forwarded-Host", "evil.example/path")];
    expect(trusting.scim_with("GET", "/ServiceProviderConfig", &odd, None), 400);
    assert_eq!(base(&strict, &odd), plain(&strict));
}

#[test]
fn a_public_address_wins_over_every_header() {
    let app =
        TestApp::start_with(|settings| settings.public_url = Some("https://rollcall.example.com".to_owned()));
    let lies = [("X-Forwarded-Proto", "http"), ("X-Forwarded-Host", "evil.example")];
    assert_eq!(base(&app, &lies), ("https://rollcall.example.com".to_owned(), true));
}
