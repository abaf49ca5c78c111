//! A keep-alive HTTP/1.1 client that costs as little as possible, because it shares the cores with what it measures.
//!
//! It understands what the servers under test send: a status line, headers, and a body of `Content-Length` bytes. A
//! chunked answer is an error, so that it is noticed and not measured wrongly.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// An answer that takes longer is an error: nothing measured here should take a second.
const PATIENCE: Duration = Duration::from_secs(30);
/// Room that is offered to every read.
const READ_SIZE: usize = 64 * 1024;

/// What the load generator has to know about an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    /// Status code of the status line.
    pub(crate) status: u16,
    /// Bytes up to and including the empty line.
    pub(crate) length: usize,
    /// Bytes of the body that follows.
    pub(crate) body_length: usize,
    /// The server closes the connection after this answer.
    pub(crate) closes: bool,
}

/// A complete answer, for the few requests whose content is looked at.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// Status code.
    pub(crate) status: u16,
    /// Header names as sent, with their values.
    pub(crate) headers: Vec<(String, String)>,
    /// The body's bytes.
    pub(crate) body: Vec<u8>,
}

/// One connection with its read buffer.
#[derive(Debug)]
pub(crate) struct Connection {
    address: SocketAddr,
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
}

impl Connection {
    /// Connects, without Nagle's delay.
    pub(crate) fn open(address: SocketAddr) -> io::Result<Self> {
        Ok(Self { address, stream: connect(address)?, buffer: vec![0; READ_SIZE], filled: 0 })
    }

    /// Sends `request` as it is and reads the whole answer; the body stays in the buffer until the next exchange.
    pub(crate) fn exchange(&mut self, request: &[u8]) -> io::Result<Head> {
        self.stream.write_all(request)?;
        self.filled = 0;
        let head = loop {
            self.fill()?;
            if let Some(head) = parse_head(self.received()).map_err(invalid)? {
                break head;
            }
        };
        while self.filled < head.length + head.body_length {
            self.fill()?;
        }
        if head.closes {
            self.stream = connect(self.address)?;
        }
        Ok(head)
    }

    /// Like `exchange`, with headers and body copied out.
    pub(crate) fn fetch(&mut self, request: &[u8]) -> io::Result<Answer> {
        let head = self.exchange(request)?;
        let text =
            String::from_utf8_lossy(self.received().get(..head.length).unwrap_or_default()).into_owned();
        let headers = text
            .split("\r\n")
            .skip(1)
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
            .collect();
        let body =
            self.received().get(head.length..head.length + head.body_length).unwrap_or_default().to_vec();
        Ok(Answer { status: head.status, headers, body })
    }

    /// The beginning of the last answer's body as text, for a message about it.
    pub(crate) fn body_excerpt(&self, head: &Head) -> String {
        let body = self.received().get(head.length..).unwrap_or_default();
        String::from_utf8_lossy(body).chars().take(300).collect()
    }

    fn received(&self) -> &[u8] {
        self.buffer.get(..self.filled).unwrap_or_default()
    }

    fn fill(&mut self) -> io::Result<()> {
        if self.buffer.len() < self.filled + READ_SIZE / 2 {
            self.buffer.resize(self.filled + READ_SIZE, 0);
        }
        match self.stream.read(self.buffer.get_mut(self.filled..).unwrap_or_default())? {
            0 => Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the server closed the connection mid-answer",
            )),
            count => {
                self.filled += count;
                Ok(())
            }
        }
    }
}

fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

fn invalid(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

/// Reads the head of an answer; `None` while it is incomplete.
///
/// # Errors
/// When the bytes are not an HTTP/1.1 answer, or one whose length is not given in advance.
pub(crate) fn parse_head(bytes: &[u8]) -> Result<Option<Head>, String> {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Ok(None);
    };
    let text = std::str::from_utf8(bytes.get(..end).unwrap_or_default())
        .map_err(|_| "the answer's head is not text".to_owned())?;
    let mut lines = text.split("\r\n");
    let status_line = lines.next().unwrap_or_default();
    let status = status_line
        .strip_prefix("HTTP/1.1 ")
        .and_then(|rest| rest.get(..3))
        .and_then(|code| code.parse().ok())
        .ok_or_else(|| format!("not an HTTP/1.1 status line: {status_line:?}"))?;
    let mut body_length = None;
    let mut closes = false;
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        let value = value.trim();
        if name.eq_ignore_ascii_case("content-length") {
            let length = value.parse().map_err(|_| format!("not a Content-Length: {value:?}"))?;
            body_length = Some(length);
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            return Err(format!(
                "Transfer-Encoding {value:?}: only answers with Content-Length can be measured"
            ));
        } else if name.eq_ignore_ascii_case("connection") {
            closes = value.eq_ignore_ascii_case("close");
        }
    }
    let body_length = match (body_length, status) {
        (_, 204 | 304) => 0,
        (Some(length), _) => length,
        (None, _) => return Err("an answer without Content-Length".to_owned()),
    };
    Ok(Some(Head { status, length: end + 4, body_length, closes }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complete_head_gives_status_and_lengths() {
        let bytes = b"HTTP/1.1 201 Created\r\ncontent-LENGTH: 12\r\nETag: W/\"1\"\r\n\r\n{\"id\":\"abc\"}";
        let head = parse_head(bytes).unwrap().unwrap();
        assert_eq!((head.status, head.body_length, head.closes), (201, 12, false));
        assert_eq!(&bytes[head.length..], b"{\"id\":\"abc\"}");
    }

    #[test]
    fn half_a_head_asks_for_more() {
        assert_eq!(parse_head(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n").unwrap(), None);
    }

    #[test]
    fn no_content_has_no_body_and_close_is_seen() {
        let head = parse_head(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").unwrap().unwrap();
        assert_eq!((head.body_length, head.closes), (0, true));
    }

    #[test]
    fn what_cannot_be_measured_is_an_error() {
        for wrong in [
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\n\r\n",
            "SSH-2.0\r\n\r\n",
        ] {
            assert!(parse_head(wrong.as_bytes()).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_large_body_arrives_whole_and_a_closed_connection_is_opened_again() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let body = "0123456789".repeat(20_000);
        let sent = body.clone();
        let server = std::thread::spawn(move || {
            for _ in 0..2 {
                let (mut stream, _) = listener.accept().unwrap();
                let mut request = [0; 18];
                stream.read_exact(&mut request).unwrap();
                assert_eq!(&request, b"GET / HTTP/1.1\r\n\r\n");
                let head =
                    format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", sent.len());
                stream.write_all((head + &sent).as_bytes()).unwrap();
            }
            listener.accept().unwrap();
        });
        let mut connection = Connection::open(address).unwrap();
        for _ in 0..2 {
            let answer = connection.fetch(b"GET / HTTP/1.1\r\n\r\n").unwrap();
            assert_eq!(answer.status, 200);
            assert_eq!(answer.headers[1], ("content-length".to_owned(), "200000".to_owned()));
            assert!(answer.body == body.as_bytes());
        }
        server.join().unwrap();
    }
}
