//! Ctrl-C and SIGTERM stop the measuring, not the process: what was started is stopped and removed first.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use actix_web::rt::System;
use actix_web::rt::signal::unix::{SignalKind, signal};

use crate::Outcome;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Starts listening for the signals, for the life of the process.
pub(crate) fn listen() {
    thread::spawn(|| System::new().block_on(wait()));
}

/// An error when the run should end.
pub(crate) fn check() -> Outcome<()> {
    if interrupted() { Err("interrupted".into()) } else { Ok(()) }
}

/// True when the run should end.
pub(crate) fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

async fn wait() {
    if let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    {
        let mut first = std::pin::pin!(interrupt.recv());
        let mut second = std::pin::pin!(terminate.recv());
        std::future::poll_fn(|context| {
            if first.as_mut().poll(context).is_ready() {
                std::task::Poll::Ready(Some(()))
            } else {
                second.as_mut().poll(context)
            }
        })
        .await;
        INTERRUPTED.store(true, Ordering::Relaxed);
    }
}
