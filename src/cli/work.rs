//! `rollcall work`

use super::{database, output};
use crate::app::work;
use crate::clock::Clock;
use crate::store::Db;
use actix_web::rt::signal::unix::{SignalKind, signal};
use futures_util::future::{Either, select};
use std::pin::pin;
use std::time::Duration;

/// Arguments of `work`.
#[derive(Debug, clap::Args)]
pub(super) struct WorkArgs {
    #[command(flatten)]
    database: database::DatabaseArgs,

    /// Do what is due now, and stop
    #[arg(long)]
    once: bool,

    /// Seconds between two looks
    #[arg(long, default_value_t = 5, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=3600), conflicts_with = "once")]
    every: u64,
}

pub(super) fn run(args: &WorkArgs) -> anyhow::Result<()> {
    super::log("info");
    let database = args.database.open(false)?;
    // Only to see that it is there and up to date; the work itself is done with the rights of the server.
    drop(database.connect()?);
    let url = database.url.clone();
    let worked = actix_web::rt::System::new().block_on(async {
        let db = Db::connect(url, 1).map_err(crate::app::AppError::from)?;
        if args.once {
            let done = work::run(&db, &Clock::system(), work::whole).await?;
            output::line(format_args!("dates of accounts put on record: {done}"));
            return Ok(());
        }
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let stop = async move {
            select(pin!(interrupt.recv()), pin!(terminate.recv())).await;
        };
        let clock = Clock::system();
        let working = work::forever(&db, &clock, Duration::from_secs(args.every));
        match select(pin!(working), pin!(stop)).await {
            Either::Left((never, _)) => match never {},
            Either::Right(_) => Ok(()),
        }
    });
    database.release()?;
    worked
}
