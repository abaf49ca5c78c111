//! A watch over the private cluster while the server runs: a postmaster that was killed is started again.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::cluster::Cluster;
use super::error::PostgresError;

/// How often to look. Every request fails while PostgreSQL is away, and a look is a system call or two.
const INTERVAL: Duration = Duration::from_millis(200);

/// Keeps a [`Cluster`] running until it is told to stop it.
#[derive(Debug)]
pub struct Supervisor {
    /// Dropped to end the watch.
    watch: Option<Sender<()>>,
    thread: Option<JoinHandle<Result<(), PostgresError>>>,
}

impl Supervisor {
    /// Watches `cluster` from a thread of its own. When PostgreSQL has ended and cannot be started again, `on_failure`
    /// is called, and [`Supervisor::stop`] returns why.
    ///
    /// # Errors
    /// The operating system gives no thread.
    pub fn watch(
        mut cluster: Cluster,
        on_failure: impl FnOnce() + Send + 'static,
    ) -> Result<Self, std::io::Error> {
        let (watch, ended) = channel();
        let thread = thread::Builder::new().name("postgres-supervisor".to_owned()).spawn(move || {
            while ended.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                if let Err(error) = cluster.revive() {
                    log::error!("PostgreSQL could not be started again: {error}");
                    on_failure();
                    return Err(error);
                }
            }
            cluster.stop()
        })?;
        Ok(Self { watch: Some(watch), thread: Some(thread) })
    }

    /// Ends the watch and stops the cluster, as [`Cluster::stop`] does. Blocks until a start that has begun is over.
    ///
    /// # Errors
    /// Why PostgreSQL could not be started again, or why it does not go away.
    pub fn stop(mut self) -> Result<(), PostgresError> {
        self.end()
    }

    fn end(&mut self) -> Result<(), PostgresError> {
        self.watch = None;
        // A thread that panicked has dropped its cluster, which stops it.
        self.thread.take().map_or(Ok(()), |thread| thread.join().unwrap_or(Ok(())))
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            log::warn!("{error}");
        }
    }
}
