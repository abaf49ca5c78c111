//! TLS that the server ends itself (R001).

use crate::support::TestApp;
use crate::support::tls::{Pair, Place, files, get, now};
use rollcall::http::tls::{Certificate, Files};
use std::cell::RefCell;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

thread_local! {
    /// The certificate of this test's server.
    static CERTIFICATE: RefCell<Option<Arc<Certificate>>> = const { RefCell::new(None) };
}

fn app_with(place: &Place) -> TestApp {
    CERTIFICATE.set(Some(Certificate::load(place.files(), now()).unwrap()));
    TestApp::start_with(|settings| settings.tls = CERTIFICATE.take())
}

/// R001: SCIM is served over TLS, addresses say so, and who speaks plain HTTP gets no answer of it.
#[test]
fn scim_is_served_over_tls() {
    let pair = Pair::new();
    let place = Place::with(&pair);
    let app = app_with(&place);
    let token = format!("Authorization: Bearer {}\r\n", app.scim_token());
    let answer = get(app.address(), &pair, "/scim/v2/Users", &token).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("strict-transport-security: max-age=31536000\r\n"), "{answer}");
    let types = get(app.address(), &pair, "/scim/v2/ResourceTypes", &token).unwrap();
    assert!(types.contains("\"https://localhost/scim/v2/ResourceTypes/User\""), "{types}");
    let mut plain = TcpStream::connect(app.address()).unwrap();
    plain
        .write_all(format!("GET /scim/v2/Users HTTP/1.1\r\nHost: localhost\r\n{token}\r\n").as_bytes())
        .unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP"), "{}", String::from_utf8_lossy(&answer));
}

/// A hello that offers TLS of this version at most, with a suite that both would know.
fn hello(minor: u8) -> Vec<u8> {
    let mut body = vec![3, minor];
    body.extend([7; 32]);
    // No session; two suites (ECDHE-ECDSA with AES-128-GCM and with AES-128-CBC); no compression.
    body.extend([0, 0, 4, 0xc0, 0x2b, 0xc0, 0x09, 1, 0]);
    // Groups: P-256. Signatures: ECDSA with SHA-256. Name: none is needed.
    body.extend([0, 18, 0, 10, 0, 4, 0, 2, 0, 23, 0, 13, 0, 6, 0, 4, 4, 3, 2, 3]);
    let length = u8::try_from(body.len()).unwrap();
    [&[22, 3, 1, 0, length + 4, 1, 0, 0, length][..], &body].concat()
}

#[test]
fn versions_before_1_2_are_refused() {
    let place = Place::with(&Pair::new());
    let app = app_with(&place);
    let answer = |minor| {
        let mut stream = TcpStream::connect(app.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream.write_all(&hello(minor)).unwrap();
        let mut start = [0; 7];
        stream.read_exact(&mut start).unwrap();
        start
    };
    // A fatal alert: protocol_version.
    for minor in [0, 1, 2] {
        let start = answer(minor);
        assert_eq!((start[0], start[5], start[6]), (21, 2, 70), "TLS 3.{minor}: {start:?}");
    }
    // The same hello with version 1.2 is answered with the server's.
    let start = answer(3);
    assert_eq!((start[0], start[5]), (22, 2), "{start:?}");
}

#[test]
fn a_renewed_certificate_is_shown_without_a_restart_and_a_broken_one_never() {
    let (first, second, other) = (Pair::new(), Pair::new(), Pair::new());
    let place = Place::with(&first);
    let app = app_with(&place);
    let live = |pair: &Pair| get(app.address(), pair, "/health/live", "").is_ok_and(|a| a.contains(" 200 "));
    assert!(live(&first) && !live(&second));
    place.put(&second.certificate, &second.key);
    let begun = Instant::now();
    while !live(&second) {
        // Between the two files there is a moment with neither's pair: the first is kept then.
        assert!(begun.elapsed() < Duration::from_secs(30), "the new certificate is not shown");
    }
    assert!(!live(&first));
    // Files that do not belong together, as what reads them finds it: an error once, and the certificate of before.
    let shown = Certificate::load(place.files(), now()).unwrap();
    place.put(&other.certificate, &second.key);
    let error = shown.look(now()).unwrap_err().to_string();
    assert!(error.contains("is not the key of the certificate in"), "{error}");
    assert!(matches!(shown.look(now()), Ok(false)), "told twice");
    assert!(live(&second) && !live(&other));
    place.put(&other.certificate, &other.key);
    assert!(matches!(shown.look(now()), Ok(true)));
    std::fs::remove_file(place.key()).unwrap();
    assert!(shown.look(now()).is_err());
    assert!(matches!(shown.look(now()), Ok(false)), "told twice");
}

#[test]
fn what_cannot_be_used_is_refused_with_the_file_and_the_way_out() {
    let (pair, other) = (Pair::new(), Pair::new());
    let place = Place::with(&pair);
    let error = |files: Files| Certificate::load(files, now()).unwrap_err().to_string();
    let nowhere = Path::new("nowhere.pem");
    let missing = error(files(nowhere, &place.key()));
    assert!(missing.starts_with("nowhere.pem: No such file") && missing.contains("--tls-cert"), "{missing}");
    let missing = error(files(&place.certificate(), nowhere));
    assert!(missing.starts_with("nowhere.pem: No such file") && missing.contains("--tls-key"), "{missing}");
    for (certificate, key, file, expected) in [
        (pair.certificate.as_str(), other.key.as_str(), place.key(), "is not the key of the certificate in"),
        ("", &pair.key, place.certificate(), "there is no certificate in it"),
        (&pair.key, &pair.key, place.certificate(), "there is no certificate in it"),
        (&pair.certificate, "nonsense", place.key(), "there is no private key in it"),
        (&pair.certificate, &pair.certificate, place.key(), "there is no private key in it"),
        (&pair.certificate[..200], &pair.key, place.certificate(), "a section of it has no end"),
    ] {
        place.put(certificate, key);
        let said = error(place.files());
        assert!(said.starts_with(&file.display().to_string()) && said.contains(expected), "{said}");
        assert!(!said.contains(pair.key.lines().nth(1).unwrap()), "the key is told: {said}");
    }
    // A certificate that has expired is used: who has no other would have none at all.
    let expired = Pair::until(2021);
    place.put(&expired.certificate, &expired.key);
    assert!(Certificate::load(place.files(), now()).is_ok());
}
