//! The pool, and connections that know whose rows they may see.

mod threads;
mod together;
mod transaction;

pub use together::{Gathering, Gatherings, Together};

use super::error::StoreError;
use super::signing_keys::ReadKeys;
use super::totals::Counts;
use actix_web::rt::time::timeout;
use diesel::r2d2::{HandleError, ManageConnection, Pool};
use diesel::{
    Connection, ConnectionError, PgConnection, QueryResult, RunQueryDsl, connection::SimpleConnection,
};
use rollcall_domain::ids::TenantId;
use secrecy::{ExposeSecret, SecretString};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use threads::Threads;
use together::{Asked, PATIENCE, Reader};
use tokio::sync::oneshot;

/// How long a request waits for a connection before it is told to come back later.
pub const POOL_WAIT: Duration = Duration::from_millis(500);

/// What is left of it at least to open a connection in the place of one that was lost.
const LEAST_WAIT: Duration = Duration::from_millis(250);

/// How long all connections together may take to open at the start.
const OPENING_LIMIT: Duration = Duration::from_secs(10);

/// How long a connection serves: one that was opened to a server which became a standby does not stay for ever.
const LIFETIME: Duration = Duration::from_secs(600);

/// Limits of the server's own sessions, and the role that owns nothing and cannot bypass row level security. Nothing here looks the same
/// row up twice in one statement, so what was found need not be remembered.
const SERVER_SESSION: &str = "SET ROLE rollcall_server; SET statement_timeout = '5s'; SET lock_timeout = '2s'; \
     SET application_name = 'rollcall'; SET timezone = 'UTC'; SET jit = off; \
     SET enable_memoize = off";

/// A connection and the tenant that row level security knows on it.
pub struct TenantConnection {
    inner: PgConnection,
    tenant: Option<TenantId>,
    /// The signing keys as they were read last: a page of a list would take a round trip more for them.
    pub(super) keys: Option<ReadKeys>,
    /// What the connections of its pool have counted.
    pub(super) counts: Arc<Counts>,
}

impl TenantConnection {
    /// A connection outside the pool, with the rights of the connecting role: for commands, not for requests.
    pub fn connect(url: &SecretString) -> Result<Self, ConnectionError> {
        let inner = PgConnection::establish(url.expose_secret())?;
        Ok(Self { inner, tenant: None, keys: None, counts: Arc::default() })
    }

    /// Makes the rows of `tenant` visible, and no others. Costs a round trip only when the tenant changes.
    ///
    /// Outside a transaction on purpose: a rollback would undo the setting behind our back.
    pub fn enter(&mut self, tenant: TenantId) -> QueryResult<()> {
        if self.tenant != Some(tenant) {
            self.tenant = None;
            diesel::select(set_config("rollcall.tenant", tenant.to_string(), false))
                .execute(&mut self.inner)?;
            self.tenant = Some(tenant);
        }
        Ok(())
    }
}

/// Whether the database takes no writes: a standby, or one that was set so. Always asks it.
///
/// # Errors
/// Database failures.
pub fn is_read_only(conn: &mut TenantConnection) -> Result<bool, StoreError> {
    let setting: String =
        diesel::select(current_setting("transaction_read_only")).get_result(&mut conn.inner)?;
    Ok(setting == "on")
}

diesel::define_sql_function! {
    /// A parameter of the session.
    fn current_setting(name: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

diesel::define_sql_function! {
    /// Sets a parameter of the session, or only of the transaction.
    fn set_config(name: diesel::sql_types::Text, value: diesel::sql_types::Text, local: diesel::sql_types::Bool)
        -> diesel::sql_types::Text;
}

impl Deref for TenantConnection {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.inner
    }
}

impl DerefMut for TenantConnection {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.inner
    }
}

/// Makes the server's connections.
struct Manager {
    url: SecretString,
    counts: Arc<Counts>,
}

impl ManageConnection for Manager {
    type Connection = TenantConnection;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<TenantConnection, Self::Error> {
        let mut connection =
            TenantConnection::connect(&self.url).map_err(diesel::r2d2::Error::ConnectionError)?;
        // English messages, which is how [`StoreError`] knows a time-out. Only a superuser may; others have the database's.
        connection
            .batch_execute(
                "SELECT set_config('lc_messages', 'C', false) WHERE current_setting('is_superuser') = 'on'",
            )
            .map_err(diesel::r2d2::Error::QueryError)?;
        connection.batch_execute(SERVER_SESSION).map_err(diesel::r2d2::Error::QueryError)?;
        self.counts.forget();
        connection.counts = Arc::clone(&self.counts);
        Ok(connection)
    }

    /// Whether PostgreSQL has hung up, as far as it can be told without asking it: a look into the socket costs a
    /// microsecond, where a query would cost every request a round trip. A restarted PostgreSQL is noticed here.
    fn is_valid(&self, connection: &mut TenantConnection) -> Result<(), Self::Error> {
        // The first look may find PostgreSQL's last words; only the next one finds the end behind them.
        for _ in 0..2 {
            if let Some(Err(error)) = connection.inner.notifications_iter().next() {
                return Err(diesel::r2d2::Error::QueryError(error));
            }
        }
        Ok(())
    }

    fn has_broken(&self, connection: &mut TenantConnection) -> bool {
        std::thread::panicking() || diesel::r2d2::R2D2Connection::is_broken(&mut connection.inner)
    }
}

/// While PostgreSQL is away the pool tries again several times a second. Who waits for a connection is told, and logged.
#[derive(Debug)]
struct Quiet;

impl HandleError<diesel::r2d2::Error> for Quiet {
    fn handle_error(&self, error: diesel::r2d2::Error) {
        log::debug!("pool: {error}");
    }
}

/// A place in the queue: whether the work has begun, or is not wanted any more. Given up when it is dropped, as with a client that hung up.
#[derive(Default)]
struct Turn(Arc<AtomicBool>);

impl Turn {
    /// Waits for the answer, for [`POOL_WAIT`] at most since the request was there, until the work begins.
    async fn wait<T, E: From<StoreError>>(
        &self,
        since: Instant,
        mut answered: oneshot::Receiver<Result<T, E>>,
    ) -> Result<T, E> {
        let done = match timeout(left(since), &mut answered).await {
            Ok(done) => done,
            Err(_) if self.give_up() => return Err(busy().into()),
            Err(_) => answered.await,
        };
        done.unwrap_or_else(|_| Err(busy().into()))
    }

    /// `false`: the work has begun.
    fn give_up(&self) -> bool {
        !self.0.swap(true, Ordering::Relaxed)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.give_up();
    }
}

/// What is left of [`POOL_WAIT`]. Whoever has had a connection before gets another one where there is one.
fn left(since: Instant) -> Duration {
    POOL_WAIT.saturating_sub(since.elapsed()).max(LEAST_WAIT)
}

fn busy() -> StoreError {
    StoreError::Unavailable("all connections are busy".to_owned())
}

/// The way to the database for requests.
#[derive(Clone)]
pub struct Db {
    pool: Pool<Manager>,
    /// As many as connections that may be held at once.
    threads: Arc<Threads>,
    /// Who waits for whom.
    gatherings: Arc<Gatherings>,
    /// Connections that reads of one kind may hold: others have a way beside them.
    readers: usize,
}

impl Db {
    /// A pool of `size` connections, all opened now, so that a wrong URL shows at the start and not at the first request.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] with libpq's words.
    pub fn connect(url: SecretString, size: u32) -> Result<Self, StoreError> {
        let manager = Manager { url, counts: Arc::default() };
        // One by hand first: the pool would only say "timed out".
        drop(manager.connect().map_err(|error| StoreError::Unavailable(error.to_string()))?);
        let pool = Pool::builder()
            .max_size(size)
            .test_on_check_out(true)
            .error_handler(Box::new(Quiet))
            .connection_timeout(POOL_WAIT)
            .max_lifetime(Some(LIFETIME))
            .idle_timeout(None)
            .build_unchecked(manager);
        wait_until_open(&pool, size)?;
        Self::with(pool, size)
    }

    /// A way to the same connections for others, who hold `size` of them at most. Where all shares together are no more than there are
    /// connections, nobody waits for those who have another share.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the system gives no more threads.
    pub fn share(&self, size: u32) -> Result<Self, StoreError> {
        Self::with(self.pool.clone(), size)
    }

    fn with(pool: Pool<Manager>, size: u32) -> Result<Self, StoreError> {
        let threads = Threads::new(size).map_err(|error| StoreError::Unavailable(error.to_string()))?;
        let readers = usize::try_from(size / 2).unwrap_or(1).max(1);
        Ok(Self { pool, threads: Arc::new(threads), gatherings: Arc::default(), readers })
    }

    /// Runs `work` on a connection that sees the rows of `tenant`, on a thread that may block.
    ///
    /// # Errors
    /// What `work` returns, or [`StoreError::Unavailable`] when no connection is free in time.
    pub async fn run<T, E, F>(&self, tenant: TenantId, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut TenantConnection) -> Result<T, E> + Send + 'static,
    {
        let (asked, (answer, answered)) = (Instant::now(), oneshot::channel());
        let turn = Turn::default();
        let (pool, ours) = (self.pool.clone(), Arc::clone(&turn.0));
        self.threads.have_done(move || {
            if ours.swap(true, Ordering::Relaxed) {
                return;
            }
            let done = || {
                // Whoever has a thread only waits where PostgreSQL is away, and not much longer than who has none.
                let mut connection = pool
                    .get_timeout(left(asked))
                    .map_err(|error| StoreError::Unavailable(error.to_string()))?;
                connection.enter(tenant).map_err(StoreError::from)?;
                work(&mut connection)
            };
            // Nobody may be waiting any more.
            let _ = answer.send(done());
        });
        turn.wait(asked, answered).await
    }

    /// Reads one thing of `tenant`, together with what others want at the same moment. `since`: when the request began to wait, if it has
    /// waited before.
    ///
    /// # Errors
    /// Those of the read, or [`StoreError::Unavailable`] when no connection is free in time.
    pub async fn together<R: Together>(
        &self,
        tenant: TenantId,
        common: R::Common,
        wanted: R::Wanted,
        since: Option<Instant>,
    ) -> Result<Option<R::Found>, StoreError> {
        let since = since.unwrap_or_else(Instant::now);
        let (answer, mut answered) = oneshot::channel();
        let turn = Turn::default();
        let taken = Arc::clone(&turn.0);
        let gathering = R::gathering(&self.gatherings);
        let begin = || {
            let (gathering, pool) = (Arc::clone(gathering), self.pool.clone());
            let reader = Reader { gathering, pool, queue: self.threads.queue() };
            self.threads.have_done(move || reader.read());
        };
        if gathering.add(Asked { tenant, common, wanted, since, at: Instant::now(), taken, answer }) {
            begin();
        }
        if let Ok(done) = timeout(PATIENCE, &mut answered).await {
            return done.unwrap_or_else(|_| Err(busy()));
        }
        if gathering.is_overdue(self.readers) {
            begin();
        }
        turn.wait(since, answered).await
    }

    /// Runs `work` that belongs to no tenant; no tenant's rows are visible.
    ///
    /// # Errors
    /// As [`Db::run`].
    pub async fn run_without_tenant<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut TenantConnection) -> Result<T, E> + Send + 'static,
    {
        self.run(TenantId(uuid::Uuid::nil()), work).await
    }
}

/// The pool itself would give up after [`POOL_WAIT`], which is too little for many connections to a far database.
fn wait_until_open(pool: &Pool<Manager>, size: u32) -> Result<(), StoreError> {
    let begun = Instant::now();
    loop {
        let open = pool.state().connections;
        if open >= size {
            return Ok(());
        }
        if begun.elapsed() > OPENING_LIMIT {
            return Err(StoreError::Unavailable(format!(
                "only {open} of {size} connections could be opened within {} s; lower --pool-size or --api-pool-size, or raise \
                 max_connections of PostgreSQL",
                OPENING_LIMIT.as_secs()
            )));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}
