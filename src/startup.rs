//! Putting the server together. The program and the tests start the same one.

use crate::app::key_cache::{Fetcher, KeyCache};
use crate::app::notices::{self, Mailer};
use crate::app::passwords::Hasher;
use crate::app::tokens::Verifier;
use crate::app::{AppError, Rules, work};
use crate::clock::Clock;
use crate::http::rate::{Limits, Rates};
use crate::http::tls::{Certificate, TlsError};
use crate::http::{self, State};
use crate::store::Db;
use actix_web::rt::spawn;
use ipnet::IpNet;
use rollcall_scim::registry::RegistryError;
use secrecy::SecretString;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

/// Connections with which it is seen whether the database answers.
pub const OF_HEALTH: u32 = 1;
/// Connections with which dates are put on record.
pub const OF_WORK: u32 = 1;

/// What a server needs to know.
pub struct Settings {
    /// Connection string for libpq.
    pub database_url: SecretString,
    /// Connections to the database that identity providers may hold at once.
    pub pool_size: u32,
    /// Those of administrators, people and the platform.
    pub api_pool_size: u32,
    /// Threads that speak HTTP.
    pub workers: usize,
    /// Scheme, host and port that clients use, such as `https://rollcall.example.com`; taken from each request when `None`.
    pub public_url: Option<String>,
    /// Proxies that are believed about where a request comes from.
    pub trusted_proxies: Vec<IpNet>,
    /// Networks that are not public, in which the keys of trusted issuers may be fetched.
    pub issuer_networks: Vec<IpNet>,
    /// How much may be sent.
    pub rates: Limits,
    /// The certificate for TLS; plain HTTP without.
    pub tls: Option<Arc<Certificate>>,
    /// Who sends notices to administrators; `None`: they stand in the log, and can be asked for.
    pub mailer: Option<Mailer>,
    /// Tells the time.
    pub clock: Clock,
    /// How often it is looked for dates that have come; `None`: others do so.
    pub work_every: Option<Duration>,
}

/// Why a server could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The definitions under scim-schemas/ contradict each other.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The database cannot be reached, or hashing does not work.
    #[error(transparent)]
    App(#[from] AppError),
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The socket cannot be used.
    #[error("cannot listen: {0}")]
    Listen(#[from] std::io::Error),
}

/// A server that is ready to run.
pub struct Application {
    /// Where it listens.
    pub address: SocketAddr,
    /// What requests share.
    pub state: State,
    /// Runs when it is awaited.
    pub server: actix_web::dev::Server,
}

impl Application {
    /// Puts a server together on a socket that listens already. To be called inside of an actix system.
    ///
    /// # Errors
    /// See [`StartError`].
    pub fn build(listener: TcpListener, settings: Settings) -> Result<Self, StartError> {
        let address = listener.local_addr()?;
        let (scim, api) = (settings.pool_size, settings.api_pool_size);
        let all =
            Db::connect(settings.database_url, scim + api + OF_HEALTH + OF_WORK).map_err(AppError::from)?;
        let standard = Rules::standard()?;
        let keys = KeyCache::new(Fetcher::new(settings.issuer_networks));
        let state = State {
            db: all.share(scim).map_err(AppError::from)?,
            api_db: all.share(api).map_err(AppError::from)?,
            health_db: all.share(OF_HEALTH).map_err(AppError::from)?,
            // One core is left to everything else: a password keeps one busy for some 20 ms.
            hasher: Hasher::new(settings.workers.saturating_sub(1).max(1))?,
            verifier: Verifier::new(&standard, keys.clone()),
            keys,
            standard,
            clock: settings.clock,
            trusted_proxies: settings.trusted_proxies,
            rates: Arc::new(Rates::new(settings.rates)),
            public_url: settings.public_url,
            speaks_tls: settings.tls.is_some(),
        };
        if let Some(every) = settings.work_every {
            let (db, clock) = (all.share(OF_WORK).map_err(AppError::from)?, state.clock.clone());
            // Ends with the system that the server runs in.
            spawn(async move { work::forever(&db, &clock, every).await });
            if let Some(mailer) = settings.mailer {
                let (db, clock) = (all.share(OF_WORK).map_err(AppError::from)?, state.clock.clone());
                spawn(async move { notices::forever(&db, &clock, &mailer, every).await });
            }
        }
        if let Some(certificate) = &settings.tls {
            spawn(Arc::clone(certificate).watch(state.clock.clone()));
        }
        let tls = settings.tls.map(Certificate::config).transpose()?;
        let server = http::server(listener, state.clone(), settings.workers, tls)?;
        Ok(Self { address, state, server })
    }
}
