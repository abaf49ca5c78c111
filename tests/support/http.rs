//! A raw HTTP/1.1 client over one TCP connection per request.
//!
//! Provider conversations depend on bytes that ordinary clients tidy away: doubled slashes, a lone `?` at the end, an
//! empty `User-Agent`, no `Content-Type` under a body. This one sends path and headers exactly as they are given.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long one exchange may take, from connecting to the last byte of the answer.
const TIME_OUT: Duration = Duration::from_secs(30);

/// One request, sent as it stands. `Host`, `Connection: close` and (with a body) `Content-Length` are added.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    /// The method as sent, for example `PATCH`.
    pub(crate) method: String,
    /// The request target as sent, with its query; nothing in it is encoded or normalised.
    pub(crate) path: String,
    /// Header names and values in the order they are sent.
    pub(crate) headers: Vec<(String, String)>,
    /// The body; `None` sends neither a body nor a `Content-Length`.
    pub(crate) body: Option<Vec<u8>>,
}

/// One answer with its body decoded from chunks, nothing else changed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Response {
    /// The HTTP status code.
    pub(crate) status: u16,
    /// Header names and values in the order received.
    pub(crate) headers: Vec<(String, String)>,
    /// The body; empty when there is none.
    pub(crate) body: Vec<u8>,
}

impl Response {
    /// The first header of that name, compared without regard to case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body as JSON; `None` when it is empty or not JSON.
    pub(crate) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

/// Sends one request on a new connection and reads the whole answer.
///
/// # Errors
/// What the socket reports; `TimedOut` after thirty seconds; `InvalidData` for an answer that is not HTTP/1.1, and
/// `UnexpectedEof` for one that ends before its announced length.
pub(crate) fn send(address: SocketAddr, request: &Request) -> io::Result<Response> {
    let deadline = Instant::now() + TIME_OUT;
    let mut stream = TcpStream::connect_timeout(&address, TIME_OUT)?;
    stream.set_write_timeout(Some(TIME_OUT))?;
    // A server may refuse a request before it has read the body and close; its answer is what counts then.
    let written = stream.write_all(&encode(address, request));
    let head_only = request.method == "HEAD";
    match (read_response(&mut stream, head_only, deadline), written) {
        (Ok(response), _) => Ok(response),
        (Err(_), Err(write_error)) => Err(write_error),
        (Err(read_error), Ok(())) => Err(read_error),
    }
}

fn encode(address: SocketAddr, request: &Request) -> Vec<u8> {
    let mut head = format!("{} {} HTTP/1.1\r\n", request.method, request.path);
    if !request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        head.push_str(&format!("Host: {address}\r\n"));
    }
    for (name, value) in &request.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if let Some(body) = &request.body {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    head.push_str("Connection: close\r\n\r\n");
    let mut bytes = head.into_bytes();
    bytes.extend_from_slice(request.body.as_deref().unwrap_or_default());
    bytes
}

/// Bytes received and not yet used, with the deadline they must arrive by.
struct Incoming<'a> {
    stream: &'a mut TcpStream,
    deadline: Instant,
    buffer: Vec<u8>,
}

impl Incoming<'_> {
    /// Reads once more; `false` at the end of the stream.
    fn more(&mut self) -> io::Result<bool> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "no whole answer within thirty seconds"));
        }
        self.stream.set_read_timeout(Some(left))?;
        let mut piece = [0_u8; 16 * 1024];
        let read = self.stream.read(&mut piece)?;
        self.buffer.extend(piece.iter().take(read));
        Ok(read > 0)
    }

    /// Takes everything up to `end`, which is removed but not returned.
    fn take_until(&mut self, end: &[u8]) -> io::Result<Vec<u8>> {
        loop {
            if let Some(at) = self.buffer.windows(end.len()).position(|window| window == end) {
                let taken = self.buffer.drain(..at).collect();
                self.buffer.drain(..end.len());
                return Ok(taken);
            }
            if !self.more()? {
                return Err(ended_early());
            }
        }
    }

    fn take_exactly(&mut self, length: usize) -> io::Result<Vec<u8>> {
        while self.buffer.len() < length {
            if !self.more()? {
                return Err(ended_early());
            }
        }
        Ok(self.buffer.drain(..length).collect())
    }

    fn take_rest(&mut self) -> io::Result<Vec<u8>> {
        while self.more()? {}
        Ok(std::mem::take(&mut self.buffer))
    }
}

fn read_response(stream: &mut TcpStream, head_only: bool, deadline: Instant) -> io::Result<Response> {
    let mut incoming = Incoming { stream, deadline, buffer: Vec::new() };
    let mut response = loop {
        let head = incoming.take_until(b"\r\n\r\n")?;
        let response = parse_head(&head).ok_or_else(|| not_http(&head))?;
        // 100 Continue and its like only announce the answer.
        if response.status >= 200 {
            break response;
        }
    };
    if head_only || matches!(response.status, 204 | 304) {
        // Such an answer has no body by definition; bytes that follow anyway are kept, so that a test can object.
        response.body = if head_only { Vec::new() } else { incoming.take_rest()? };
        return Ok(response);
    }
    let chunked =
        response.header("Transfer-Encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked"));
    let length = response.header("Content-Length").and_then(|value| value.trim().parse().ok());
    response.body = match (chunked, length) {
        (true, _) => read_chunks(&mut incoming)?,
        (false, Some(length)) => incoming.take_exactly(length)?,
        (false, None) => incoming.take_rest()?,
    };
    Ok(response)
}

fn read_chunks(incoming: &mut Incoming<'_>) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = incoming.take_until(b"\r\n")?;
        let text = String::from_utf8_lossy(&line);
        let size = text.split(';').next().and_then(|size| usize::from_str_radix(size.trim(), 16).ok());
        match size.ok_or_else(|| not_http(&line))? {
            0 => return Ok(body),
            size => body.extend(incoming.take_exactly(size)?),
        }
        incoming.take_until(b"\r\n")?;
    }
}

fn parse_head(head: &[u8]) -> Option<Response> {
    let text = std::str::from_utf8(head).ok()?;
    let mut lines = text.split("\r\n");
    let status_line = lines.next()?;
    let status = status_line.strip_prefix("HTTP/1.1 ")?.split(' ').next()?.parse().ok()?;
    let headers = lines
        .map(|line| line.split_once(':').map(|(name, value)| (name.to_owned(), value.trim().to_owned())))
        .collect::<Option<Vec<_>>>()?;
    Some(Response { status, headers, body: Vec::new() })
}

fn ended_early() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the connection was closed in the middle of the answer")
}

fn not_http(bytes: &[u8]) -> io::Error {
    let start: String = String::from_utf8_lossy(bytes).chars().take(64).collect();
    io::Error::new(io::ErrorKind::InvalidData, format!("not an HTTP/1.1 answer: {start:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use std::thread;

    /// Answers one connection with the given bytes and returns what was asked and what was understood.
    fn exchange(request: &Request, answer: &'static [u8]) -> (String, io::Result<Response>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("its address");
        let body_length = request.body.as_ref().map_or(0, Vec::len);
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a connection");
            let mut received = Vec::new();
            let mut byte = [0_u8; 1];
            while !received.ends_with(b"\r\n\r\n") && stream.read(&mut byte).expect("the head") > 0 {
                received.push(byte[0]);
            }
            let mut body = vec![0_u8; body_length];
            stream.read_exact(&mut body).expect("the body");
            received.extend(body);
            stream.write_all(answer).expect("the answer is taken");
            String::from_utf8(received).expect("text")
        });
        let response = send(address, request);
        (server.join().expect("the server thread"), response)
    }

    fn get(path: &str) -> Request {
        Request { method: "GET".into(), path: path.into(), ..Request::default() }
    }

    #[test]
    fn path_and_headers_arrive_as_given() {
        let mut request = get("//Users/?filter=a+eq+%22b%22&");
        request.headers.push(("User-Agent".into(), String::new()));
        let (asked, answer) = exchange(&request, b"HTTP/1.1 204 No Content\r\n\r\n");
        assert!(
            asked.starts_with("GET //Users/?filter=a+eq+%22b%22& HTTP/1.1\r\nHost: 127.0.0.1:"),
            "{asked}"
        );
        assert!(asked.contains("\r\nUser-Agent: \r\n"), "{asked}");
        assert!(!asked.contains("Content-Length"), "{asked}");
        assert_eq!(answer.expect("an answer").status, 204);
    }

    #[test]
    fn a_body_is_sent_with_its_length() {
        let request = Request { method: "POST".into(), body: Some(b"{}".to_vec()), ..get("/Users") };
        let (asked, _) = exchange(&request, b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
        assert!(asked.contains("\r\nContent-Length: 2\r\n"), "{asked}");
        assert!(asked.ends_with("\r\n\r\n{}"), "{asked}");
    }

    #[test]
    fn chunks_are_joined() {
        let (_, answer) = exchange(
            &get("/"),
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4;x=y\r\n{\"a\"\r\n3\r\n:1}\r\n0\r\n\r\n",
        );
        let answer = answer.expect("an answer");
        assert_eq!(answer.json(), Some(serde_json::json!({ "a": 1 })));
        assert_eq!(answer.header("Transfer-Encoding"), Some("chunked"));
    }

    #[test]
    fn an_answer_cut_short_is_an_error() {
        let (_, answer) = exchange(&get("/"), b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc");
        assert_eq!(answer.expect_err("must not pass").kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn a_head_answer_has_no_body_whatever_its_length_says() {
        let request = Request { method: "HEAD".into(), ..get("/") };
        let (_, answer) = exchange(&request, b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
        assert!(answer.expect("an answer").body.is_empty());
    }
}
