//! `rollcall serve`

use super::{database, demo, output};
use crate::app::connections::LEAST_REQUESTS;
use crate::app::notices::Mailer;
use crate::clock::Clock;
use crate::http::rate::Limits;
use crate::http::tls::{Certificate, Files};
use crate::postgres::{Cluster, DataDir, ServerLock, Supervisor};
use crate::startup::{Application, Settings};
use crate::store::migrate;
use actix_web::rt::signal::unix::{SignalKind, signal};
use anyhow::{Context, bail};
use futures_util::future::{Either, select};
use ipnet::IpNet;
use secrecy::SecretString;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// How often it is looked whether the certificate changed.
const LOOK_AT_CERTIFICATE: Duration = Duration::from_secs(5);

/// Arguments of `serve`.
#[derive(Debug, clap::Args)]
pub(super) struct ServeArgs {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, env = "ROLLCALL_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDR")]
    listen: String,

    #[command(flatten)]
    database: database::DatabaseArgs,

    /// Fill the tenant demo with a few people and groups
    #[arg(long)]
    demo: bool,

    /// Address under which clients reach the server, such as https://rollcall.example.com; it stands in every location
    #[arg(long, env = "ROLLCALL_PUBLIC_URL", value_name = "URL", value_parser = public_url)]
    public_url: Option<String>,

    /// Certificate for TLS, and those between it and the authority, in PEM; read again when it changes
    #[arg(long, env = "ROLLCALL_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,

    /// Its private key in PEM, not encrypted
    #[arg(long, env = "ROLLCALL_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,

    /// Network of a proxy, or of the platform's own backend, that is believed about the way a request came (X-Forwarded-For, -Proto
    /// and -Host), such as 10.0.0.0/8; may be given several times, or with commas between
    #[arg(long = "trusted-proxy", env = "ROLLCALL_TRUSTED_PROXIES", value_name = "CIDR", value_delimiter = ',', value_parser = network)]
    trusted_proxies: Vec<IpNet>,

    /// Network that is not public, in which the keys of trusted issuers may be fetched, such as 10.0.0.0/8; may be given several
    /// times, or with commas between. Without it they are fetched from public addresses only
    #[arg(long = "issuer-network", env = "ROLLCALL_ISSUER_NETWORKS", value_name = "CIDR", value_delimiter = ',', value_parser = network)]
    issuer_networks: Vec<IpNet>,

    /// Requests a second of a connection for which nothing is set, from 25 on, with as many again in a burst; 0 for no limit
    #[arg(long, env = "ROLLCALL_REQUESTS_PER_SECOND", default_value_t = 250, value_name = "N", value_parser = requests)]
    requests_per_second: u32,

    /// Requests a second of an address without a good credential, such as sign-ins; 0 for no limit
    #[arg(long, env = "ROLLCALL_ANONYMOUS_PER_SECOND", default_value_t = 10, value_name = "N",
          value_parser = clap::value_parser!(u32).range(0..=100_000))]
    anonymous_per_second: u32,

    /// Connections to PostgreSQL for identity providers
    #[arg(long, env = "ROLLCALL_POOL_SIZE", default_value_t = 8, value_name = "N",
          value_parser = clap::value_parser!(u32).range(1..=500))]
    pool_size: u32,

    /// Connections to PostgreSQL for administrators, people and the platform, which identity providers cannot take away
    #[arg(long, env = "ROLLCALL_API_POOL_SIZE", default_value_t = 4, value_name = "N",
          value_parser = clap::value_parser!(u32).range(1..=500))]
    api_pool_size: u32,

    /// Threads that speak HTTP [default: one per core]
    #[arg(long, env = "ROLLCALL_WORKERS", value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    workers: Option<u16>,

    /// Whom notices to administrators are from, such as 'Rollcall <rollcall@example.com>'; the mail server stands in
    /// ROLLCALL_MAIL_URL, such as smtps://user:password@mail.example.com
    #[arg(long, env = "ROLLCALL_MAIL_FROM", value_name = "ADDR")]
    mail_from: Option<String>,

    /// Seconds between two looks for dates that have come; 0 leaves that to `rollcall work`
    #[arg(long, env = "ROLLCALL_WORK_EVERY", default_value_t = 5, value_name = "N", value_parser = clap::value_parser!(u64).range(0..=3600))]
    work_every: u64,
}

/// What stands under the server.
struct Ground {
    /// Held as long as the server lives.
    _lock: Option<ServerLock>,
    url: SecretString,
    cluster: Option<Cluster>,
    facts: demo::Facts,
}

pub(super) fn run(args: ServeArgs) -> anyhow::Result<()> {
    // What is no HTTP is answered 400 by the framework, which calls it an error of ours: anybody could fill the log with them.
    super::log("info,actix_http=off,actix_server=warn,rollcall::access=warn");
    // First, so that a port in use is told before anything is started.
    let listener = TcpListener::bind(&args.listen)
        .with_context(|| format!("cannot listen on {}; choose another address with --listen", args.listen))?;
    actix_web::rt::System::new().block_on(serve(args, listener))
}

async fn serve(args: ServeArgs, listener: TcpListener) -> anyhow::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let stop = async move {
        select(pin!(interrupt.recv()), pin!(terminate.recv())).await;
    };
    let mut stop = pin!(stop);
    let address = listener.local_addr()?;
    // Before PostgreSQL is started: a wrong file is told at once.
    let tls = certificate(&args)?;
    if tls.is_none() {
        warn_of_plain_http(&args, address);
    }
    let scheme = if tls.is_some() { "https" } else { "http" };
    let origin = args.public_url.clone().unwrap_or_else(|| format!("{scheme}://{address}"));
    let workers = args.workers.map_or_else(cores, usize::from);
    let mailer = mailer(args.mail_from.as_deref())?;
    let settings = |url| Settings {
        database_url: url,
        pool_size: args.pool_size,
        api_pool_size: args.api_pool_size,
        workers,
        public_url: args.public_url.clone(),
        trusted_proxies: args.trusted_proxies.clone(),
        issuer_networks: args.issuer_networks.clone(),
        rates: Limits { of_a_connection: args.requests_per_second, of_a_stranger: args.anonymous_per_second },
        tls: tls.clone(),
        mailer: mailer.clone(),
        clock: Clock::system(),
        work_every: (args.work_every > 0).then(|| Duration::from_secs(args.work_every)),
    };
    let (wanted, database_args) = (args.demo, args.database);
    let preparing = actix_web::web::block(move || prepare(&database_args, &origin, wanted));
    let ground = match select(pin!(preparing), stop.as_mut()).await {
        Either::Left((ground, _)) => ground??,
        Either::Right(((), preparing)) => {
            // Asked to stop while PostgreSQL was being started: let it finish, so that nothing is left behind.
            let ground = preparing.await??;
            return put_down(ground);
        }
    };
    let (mut ground, (lost, losing)) = (ground, oneshot::channel());
    let say_lost = || {
        // Who no longer listens is stopping anyway.
        let _ = lost.send(());
    };
    let supervisor = ground.cluster.take().map(|cluster| Supervisor::watch(cluster, say_lost));
    let supervisor = supervisor.transpose().context("could not watch over PostgreSQL")?;
    // Without a cluster of our own nothing is ever lost: the sender is gone, and its end is no news.
    let mut lost = pin!(async {
        if losing.await.is_err() {
            std::future::pending::<()>().await;
        }
    });
    let stop = select(lost.as_mut(), stop);
    let outcome = attend(&ground.facts, listener, settings(ground.url.clone()), pin!(stop)).await;
    // Blocks, and nothing else is to be done: the server has stopped.
    supervisor.map_or(Ok(()), Supervisor::stop)?;
    outcome?;
    put_down(ground)
}

async fn attend(
    facts: &demo::Facts,
    listener: TcpListener,
    settings: Settings,
    stop: Pin<&mut impl Future>,
) -> anyhow::Result<()> {
    let application = Application::build(listener, settings)?;
    let handle = application.server.handle();
    output::line(facts);
    let scheme = if application.state.speaks_tls { "https" } else { "http" };
    log::info!("listening on {scheme}://{}", application.address);
    let server = actix_web::rt::spawn(application.server);
    match select(server, stop).await {
        Either::Left((ended, _)) => Ok(ended??),
        Either::Right((_, server)) => {
            log::info!("stopping: requests that have begun are finished");
            handle.stop(true).await;
            Ok(server.await??)
        }
    }
}

fn certificate(args: &ServeArgs) -> anyhow::Result<Option<Arc<Certificate>>> {
    let (Some(certificate), Some(key)) = (&args.tls_cert, &args.tls_key) else { return Ok(None) };
    let files = Files { certificate: certificate.clone(), key: key.clone(), look_every: LOOK_AT_CERTIFICATE };
    Ok(Some(Certificate::load(files, Clock::system().now())?))
}

/// Tokens and learners' data would cross a network that others can read (RFC 7644 §7.1 wants TLS).
fn warn_of_plain_http(args: &ServeArgs, address: SocketAddr) {
    let public = args.public_url.as_deref().is_some_and(|url| url.starts_with("https://"));
    if !address.ip().to_canonical().is_loopback() && !public && args.trusted_proxies.is_empty() {
        log::warn!(
            "plain HTTP on {address}, which others can reach: tokens and passwords cross the network readable; give --tls-cert and \
             --tls-key, or put a proxy with TLS in front and say so with --public-url https://… or --trusted-proxy"
        );
    }
}

/// Who sends notices. The URL holds a password, which on a command line everybody could read.
fn mailer(from: Option<&str>) -> anyhow::Result<Option<Mailer>> {
    let url = std::env::var("ROLLCALL_MAIL_URL").ok().filter(|url| !url.is_empty()).map(SecretString::from);
    match (url, from) {
        (None, None) => Ok(None),
        (Some(url), Some(from)) => Ok(Some(Mailer::new(&url, from)?)),
        (Some(_), None) => bail!("ROLLCALL_MAIL_URL is set; say whom mail is from with --mail-from"),
        (None, Some(_)) => {
            bail!(
                "--mail-from is given; set ROLLCALL_MAIL_URL to a mail server, such as smtps://mail.example.com"
            )
        }
    }
}

/// The database, up to date, and the first tenant.
fn prepare(args: &database::DatabaseArgs, origin: &str, demo_wanted: bool) -> anyhow::Result<Ground> {
    let dir = DataDir::open(&args.data_dir)?;
    let (lock, database) = match args.external_url() {
        Some(url) => (None, database::Database { url: url.clone(), cluster: None }),
        None => (Some(dir.lock_for_server()?), args.private(&dir)?),
    };
    let mut conn = database.connect_as_it_is()?;
    for name in migrate::migrate(&mut conn)? {
        log::info!("migrated: {name}");
    }
    let now = Clock::system().now();
    let facts = demo::first_start(&mut conn, &dir, lock.is_some(), origin, now)?;
    if demo_wanted {
        demo::people(&mut conn, origin, now)?;
    }
    Ok(Ground { _lock: lock, url: database.url, cluster: database.cluster, facts })
}

fn put_down(ground: Ground) -> anyhow::Result<()> {
    if let Some(cluster) = ground.cluster {
        cluster.stop()?;
    }
    log::info!("stopped");
    Ok(())
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(2, std::num::NonZero::get)
}

/// A limit that no provider is below.
fn requests(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|number| *number == 0 || *number >= LEAST_REQUESTS);
    number.ok_or_else(|| format!("give a whole number from {LEAST_REQUESTS} on, or 0 for no limit"))
}

/// A network, or a single address.
fn network(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    text.parse()
        .or_else(|_| text.parse::<std::net::IpAddr>().map(IpNet::from))
        .map_err(|_| "give a network such as 10.0.0.0/8, or an address such as 10.1.2.3".to_owned())
}

/// An origin: scheme, host and port, no path.
fn public_url(text: &str) -> Result<String, String> {
    let trimmed = text.trim_end_matches('/');
    let host =
        trimmed.strip_prefix("https://").or_else(|| trimmed.strip_prefix("http://")).unwrap_or_default();
    if host.is_empty() || host.contains(['/', '?', '#', '@', ' ', '\'', '"', '\\']) {
        return Err("give scheme, host and port only, such as https://rollcall.example.com".to_owned());
    }
    Ok(trimmed.to_owned())
}
