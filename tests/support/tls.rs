//! Certificates made for a test, and a client that trusts one of them.

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rollcall::clock::Clock;
use rollcall::http::tls::Files;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::fs;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// A certificate for `localhost` that vouches for itself, with its key.
pub(crate) struct Pair {
    pub(crate) certificate: String,
    pub(crate) key: String,
    der: CertificateDer<'static>,
}

impl Pair {
    pub(crate) fn new() -> Self {
        Self::until(2040)
    }

    /// One that ends with the beginning of a year.
    pub(crate) fn until(year: i32) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut wanted = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        wanted.not_before = date_time_ymd(2020, 1, 1);
        wanted.not_after = date_time_ymd(year, 1, 1);
        let made = wanted.self_signed(&key).unwrap();
        Self { certificate: made.pem(), key: key.serialize_pem(), der: made.der().clone() }
    }
}

/// A directory with the two files that a server is given.
pub(crate) struct Place(PathBuf);

impl Place {
    pub(crate) fn with(pair: &Pair) -> Self {
        let place = Self(std::env::temp_dir().join(format!("rollcall-tls-{}", uuid::Uuid::new_v4())));
        fs::create_dir(&place.0).unwrap();
        place.put(&pair.certificate, &pair.key);
        place
    }

    /// Writes both files; a reader may find them between the two.
    pub(crate) fn put(&self, certificate: &str, key: &str) {
        fs::write(self.certificate(), certificate).unwrap();
        fs::write(self.key(), key).unwrap();
    }

    pub(crate) fn certificate(&self) -> PathBuf {
        self.0.join("certificate.pem")
    }

    pub(crate) fn key(&self) -> PathBuf {
        self.0.join("key.pem")
    }

    pub(crate) fn files(&self) -> Files {
        files(&self.certificate(), &self.key())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn files(certificate: &Path, key: &Path) -> Files {
    let look_every = Duration::from_millis(20);
    Files { certificate: certificate.to_owned(), key: key.to_owned(), look_every }
}

/// What a server answers to a GET over TLS, to a client that trusts nothing but `pair`.
pub(crate) fn get(address: SocketAddr, pair: &Pair, path: &str, headers: &str) -> io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(pair.der.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let socket = TcpStream::connect(address)?;
    socket.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut stream = StreamOwned::new(ClientConnection::new(Arc::new(config), name).unwrap(), socket);
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n")?;
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        // The server may hang up without a word after its answer, as most do.
        Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => return Err(error),
        _ => {}
    }
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// The time by the machine's clock, by which the client judges certificates.
pub(crate) fn now() -> chrono::DateTime<chrono::Utc> {
    Clock::system().now()
}
