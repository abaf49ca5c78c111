//! TLS by rustls: versions 1.2 and 1.3, the certificate from two files, which are read again when they change.

use crate::clock::Clock;
use crate::lock::hold;
use actix_web::rt::time::sleep;
use chrono::{DateTime, Utc};
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;
use webpki::{EndEntityCert, KeyUsage};

/// The files of a certificate, and how often it is looked whether they changed.
#[derive(Debug, Clone)]
pub struct Files {
    /// The certificate, and those between it and the authority, in PEM.
    pub certificate: PathBuf,
    /// Its private key, in PEM.
    pub key: PathBuf,
    /// Time between two looks.
    pub look_every: Duration,
}

/// Why a certificate cannot be used. Every message names the file and the way out.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file cannot be read.
    #[error("{}: {error}; name a file that this user can read with {flag}", file.display())]
    Unreadable {
        /// Which.
        file: PathBuf,
        /// Where it was named.
        flag: &'static str,
        /// What the system says.
        error: std::io::Error,
    },
    /// The file holds something else.
    #[error("{}: {detail}", file.display())]
    Useless {
        /// Which.
        file: PathBuf,
        /// What is wrong with it, and the way out.
        detail: String,
    },
    /// Each file is good, but they belong to two certificates.
    #[error("{} is not the key of the certificate in {}; give both files of one pair", key.display(), certificate.display())]
    NoPair {
        /// File of the certificate.
        certificate: PathBuf,
        /// File of the key.
        key: PathBuf,
    },
    /// The library refuses its own settings.
    #[error("TLS cannot be set up: {0}")]
    Library(#[from] rustls::Error),
}

/// The certificate that is shown now.
#[derive(Debug)]
pub struct Certificate {
    files: Files,
    shown: RwLock<Arc<CertifiedKey>>,
    /// Digest of what both files held at the last look, whether it could be used or not.
    seen: Mutex<[u8; 32]>,
}

impl Certificate {
    /// Reads both files.
    ///
    /// # Errors
    /// [`TlsError`]: one is missing, unreadable or something else, or they do not belong together.
    pub fn load(files: Files, now: DateTime<Utc>) -> Result<Arc<Self>, TlsError> {
        let text = Text::read(&files)?;
        let key = text.pair(&files, now)?;
        let seen = Mutex::new(text.digest());
        Ok(Arc::new(Self { files, shown: RwLock::new(Arc::new(key)), seen }))
    }

    /// Reads both files again; `true` when they hold another certificate, which is shown from now on.
    ///
    /// # Errors
    /// As [`Certificate::load`], once for every change of the files; the certificate of before is kept.
    pub fn look(&self, now: DateTime<Utc>) -> Result<bool, TlsError> {
        let text = Text::read(&self.files);
        // A file that is away counts as one that is empty: it is told once.
        let digest = text.as_ref().map_or([0; 32], Text::digest);
        let before = std::mem::replace(&mut *hold(&self.seen), digest);
        if before == digest {
            return Ok(false);
        }
        let key = text?.pair(&self.files, now)?;
        *self.shown.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(key);
        Ok(true)
    }

    /// Looks at the files for ever.
    pub async fn watch(self: Arc<Self>, clock: Clock) {
        loop {
            sleep(self.files.look_every).await;
            let (certificate, now) = (Arc::clone(&self), clock.now());
            match actix_web::web::block(move || certificate.look(now)).await {
                Ok(Ok(false)) => {}
                Ok(Ok(true)) => log::info!("TLS: the certificate was read again"),
                Ok(Err(error)) => {
                    log::error!("TLS: the new certificate is not used, the old one is kept: {error}")
                }
                Err(ended) => log::debug!("TLS: {ended}"),
            }
        }
    }

    /// What the listening socket needs.
    ///
    /// # Errors
    /// `Library`, never in practice: the provider knows both versions.
    pub fn config(self: Arc<Self>) -> Result<ServerConfig, TlsError> {
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(&[&TLS13, &TLS12])?
            .with_no_client_auth()
            .with_cert_resolver(self);
        Ok(config)
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.shown.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

/// What the two files hold.
struct Text {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl Text {
    fn read(files: &Files) -> Result<Self, TlsError> {
        let read = |file: &Path, flag| {
            std::fs::read(file).map_err(|error| TlsError::Unreadable { file: file.to_owned(), flag, error })
        };
        Ok(Self { certificate: read(&files.certificate, "--tls-cert")?, key: read(&files.key, "--tls-key")? })
    }

    fn digest(&self) -> [u8; 32] {
        let each = [&self.certificate, &self.key].map(Sha256::digest);
        Sha256::digest(each.concat()).into()
    }

    /// The certificate with its key; what is wrong with its dates is a warning, as clocks may be.
    fn pair(&self, files: &Files, now: DateTime<Utc>) -> Result<CertifiedKey, TlsError> {
        let useless = |file: &Path, detail: String| TlsError::Useless { file: file.to_owned(), detail };
        let chain = CertificateDer::pem_slice_iter(&self.certificate)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| useless(&files.certificate, format!("{}; it has to be PEM", said(&error))))?;
        let Some(first) = chain.first() else {
            let detail =
                "there is no certificate in it; give a PEM file with BEGIN CERTIFICATE, the server's first";
            return Err(useless(&files.certificate, detail.to_owned()));
        };
        let leaf = EndEntityCert::try_from(first).map_err(|error| {
            useless(&files.certificate, format!("the first certificate cannot be read: {error}"))
        })?;
        if let Some(warning) = untimely(&leaf, now) {
            log::warn!("TLS: {}: {warning}", files.certificate.display());
        }
        let key = PrivateKeyDer::from_pem_slice(&self.key).map_err(|error| {
            let detail = match error {
                pem::Error::NoItemsFound => {
                    "there is no private key in it; give a PEM file with BEGIN PRIVATE KEY, not encrypted"
                        .to_owned()
                }
                error => said(&error),
            };
            useless(&files.key, detail)
        })?;
        CertifiedKey::from_der(chain, key, &default_provider()).map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => {
                TlsError::NoPair { certificate: files.certificate.clone(), key: files.key.clone() }
            }
            error => useless(
                &files.key,
                format!("the key cannot be used: {error}; RSA from 2048 bits, P-256, P-384 and Ed25519 can"),
            ),
        })
    }
}

/// What is wrong with PEM, without what stands in it: it may be a key.
fn said(error: &pem::Error) -> String {
    match error {
        pem::Error::MissingSectionEnd { .. } => "a section of it has no end".to_owned(),
        pem::Error::IllegalSectionStart { .. } => "a line with BEGIN in it cannot be read".to_owned(),
        pem::Error::Base64Decode(_) => "what stands between BEGIN and END is no Base64".to_owned(),
        _ => "it cannot be read as PEM".to_owned(),
    }
}

/// Why a certificate does not hold at this time.
fn untimely(leaf: &EndEntityCert<'_>, now: DateTime<Utc>) -> Option<String> {
    let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
    let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    let algorithms = default_provider().signature_verification_algorithms;
    // Without an authority nothing is found good; its dates are what is looked at first.
    let checked = leaf.verify_for_usage(algorithms.all, &[], &[], time, KeyUsage::server_auth(), None, None);
    let shown = |time: UnixTime| {
        let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        DateTime::from_timestamp(seconds, 0).unwrap_or_default().format("%Y-%m-%dT%H:%M:%SZ").to_string()
    };
    match checked.err()? {
        webpki::Error::CertExpired { not_after, .. } => {
            Some(format!("the certificate expired on {}; clients refuse it, renew it", shown(not_after)))
        }
        webpki::Error::CertNotValidYet { not_before, .. } => {
            Some(format!("the certificate begins on {}; clients refuse it until then", shown(not_before)))
        }
        _ => None,
    }
}
