//! Bodies at the limit of one mebibyte and above, declared and in chunks.

use super::Victim;
use crate::support::answers::problem;
use crate::support::{Failures, scim_error};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

const MEBIBYTE: usize = 1024 * 1024;

/// An object of exactly this many bytes.
fn object(bytes: usize) -> Vec<u8> {
    let (head, tail) = ("{\"unknown\":\"", "\"}");
    format!("{head}{}{tail}", "x".repeat(bytes - head.len() - tail.len())).into_bytes()
}

/// R164: a body that is too large is 413.
#[test]
fn one_byte_too_many_is_413_by_its_content_length() {
    let victim = Victim::new();
    let before = victim.state();
    let mut failures = Failures::default();
    for (method, path) in victim.with_bodies() {
        let answer = victim.send(method, &path, "application/json", &object(MEBIBYTE + 1));
        failures.add(&format!("{method} {path}"), scim_error(&answer, 413, None));
        let fits = victim.send(method, &path, "application/json", &object(MEBIBYTE));
        let status = if path.ends_with(".search") { 200 } else { 400 };
        failures.check(&format!("{method} {path}"), fits.status == status, || format!("{}", fits.status));
    }
    failures.add("sessions", problem(&victim.sign_in("application/json", &object(MEBIBYTE + 1)), 413));
    failures.none();
    assert_eq!(victim.state(), before);
}

/// Sends the body in chunks and returns the status line and the body of the answer.
fn chunked(address: SocketAddr, target: &str, headers: &str, body: &[u8]) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let head = format!(
        "POST {target} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n{headers}\
         Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    for chunk in body.chunks(60_000) {
        let piece = [format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat();
        // The server may refuse and close before it has everything.
        if stream.write_all(&piece).is_err() {
            break;
        }
    }
    let _ = stream.write_all(b"0\r\n\r\n");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let text = String::from_utf8_lossy(&answer).into_owned();
    let status = text.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or_default();
    (status, text.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
}

#[test]
fn one_byte_too_many_is_413_in_chunks() {
    let victim = Victim::new();
    let before = victim.state();
    let address = victim.app.address();
    let token = format!("Authorization: Bearer {}\r\n", victim.app.scim_token());
    for (target, headers, limit) in [
        ("/scim/v2/Users", token.as_str(), MEBIBYTE),
        ("/scim/v2/Groups", &token, MEBIBYTE),
        ("/api/v1/sessions", "", 8 * 1024),
    ] {
        let (status, body) = chunked(address, target, headers, &object(limit + 1));
        assert_eq!(status, 413, "{target} {body}");
        assert!(body.contains(&limit.to_string()), "{body}");
        let (status, body) = chunked(address, target, headers, &object(limit));
        assert_eq!(status, 400, "{target} {body}");
    }
    let (status, _) = chunked(address, "/scim/v2/Users", "", &object(MEBIBYTE + 1));
    assert_eq!(status, 401, "without a token no body is read");
    assert_eq!(victim.state(), before);
}

#[test]
fn a_body_that_ends_too_early_changes_nothing() {
    let victim = Victim::new();
    let before = victim.state();
    let address = victim.app.address();
    let body = "{\"userName\":\"half\"}";
    for declared in [body.len() + 1, 500_000] {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let request = format!(
            "POST /scim/v2/Users HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nContent-Length: {declared}\r\n\r\n{body}",
            victim.app.scim_token()
        );
        stream.write_all(request.as_bytes()).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
    assert_eq!(victim.state(), before);
}

#[test]
fn requests_that_are_not_http_do_not_harm_the_server() {
    let victim = Victim::new();
    let mut failures = Failures::default();
    for garbage in [
        "\r\n\r\n\r\n",
        "GET\r\n\r\n",
        "GET /scim/v2/Users HTTP/9.9\r\n\r\n",
        "\0\0\0\0\r\n\r\n",
        "GET /scim/v2/Users HTTP/1.1\r\n\r\n",
        "POST /scim/v2/Users HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "POST /scim/v2/Users HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde",
        "POST /scim/v2/Users HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "GET /scim/v2/Users HTTP/1.1\r\nHost: a\r\nX: \u{1}\r\n\r\n",
    ] {
        let mut stream = TcpStream::connect(victim.app.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(3))).unwrap();
        stream.write_all(garbage.as_bytes()).unwrap();
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        let fault = answer.starts_with("HTTP/1.1 5") || answer.starts_with("HTTP/1.1 2");
        failures
            .check(&format!("{garbage:?}"), !fault, || answer.lines().next().unwrap_or_default().to_owned());
    }
    failures.none();
    assert_eq!(victim.app.read("/Users")["totalResults"], 1);
}
