//! Answers that are too long for memory, as a stream of pieces.

use crate::app::AppError;
use crate::http::envelope::Failure;
use actix_web::Error;
use actix_web::error::ErrorInternalServerError;
use actix_web::web::Bytes;
use futures_util::stream::{self, Stream};
use std::future::Future;

/// What is written piece by piece.
pub(super) trait Pieces {
    /// What it is called in the log, such as `a report of tenant …`.
    fn name(&self) -> String;

    /// The next piece; `None` at the end.
    fn step(&mut self) -> impl Future<Output = Result<Option<Bytes>, AppError>>;
}

/// The stream. What can go wrong at once is an answer of its own: the first piece is read before anything is answered. A stream
/// that breaks off later ends without its end, and is not mistaken for a whole one.
pub(super) async fn stream<P: Pieces + 'static>(
    mut pieces: P,
) -> Result<impl Stream<Item = Result<Bytes, Error>> + 'static, Failure> {
    let first = pieces.step().await.map_err(Failure::problem)?;
    Ok(stream::unfold(Some((first, pieces)), |state| async {
        let (read, mut pieces) = state?;
        let step = match read {
            Some(piece) => Ok(Some(piece)),
            None => pieces.step().await,
        };
        match step {
            Ok(piece) => Some((Ok(piece?), Some((None, pieces)))),
            Err(error) => {
                let name = pieces.name();
                log::error!("{name} broke off: {error}");
                Some((Err(ErrorInternalServerError(format!("{name} broke off"))), None))
            }
        }
    }))
}
