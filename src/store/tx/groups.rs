//! How SQLite is written to: pieces of work queue up, and one task commits them in groups. There is no timer: while one group is
//! being written to disk, the next one forms. Every piece still succeeds or fails by itself.

use std::sync::Arc;

use sea_orm::{DatabaseConnection, SqliteTransactionMode, TransactionOptions};
use tokio::sync::{Notify, mpsc, watch};
use tracing::Instrument as _;

use super::{
    super::{log::Log, reserve::Reserve},
    ATTEMPTS, Bounded, StoreError, Tx, pause,
    piece::{Outcome, Piece},
};
use crate::system::{metrics::Metrics, spor::SPOR};

/// Pieces of work that may wait; more callers wait in turn.
const QUEUE: usize = 1024;
/// Pieces of work in one group; a bound on how much is done again when one of them fails.
const GROUP: usize = 128;
/// Bytes of content after which a group is full. All in it wait for all of it, and the log on disk grows by it.
const GROUP_BYTES: usize = 16 << 20;

/// The way into the queue. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Queue {
    pub pieces: mpsc::Sender<Box<dyn Piece>>,
    stop: Arc<Notify>,
    /// Ends with the task.
    ended: watch::Receiver<()>,
}

impl Queue {
    pub fn open(db: Bounded<DatabaseConnection>, log: Log, reserve: Option<Reserve>, metrics: Arc<Metrics>) -> Self {
        let (pieces, received) = mpsc::channel(QUEUE);
        let (running, ended) = watch::channel(());
        let stop = Arc::new(Notify::new());
        let from = Pieces { queue: received, stop: stop.clone() };
        tokio::spawn(async move {
            write(from, db, log, reserve, metrics).await;
            drop(running);
        });
        Self { pieces, stop, ended }
    }

    /// Takes no more pieces, writes those that wait, and lets go of the file.
    pub async fn close(&self) {
        self.stop.notify_one();
        let _ = self.ended.clone().changed().await;
    }
}

struct Pieces {
    queue: mpsc::Receiver<Box<dyn Piece>>,
    stop: Arc<Notify>,
}

impl Pieces {
    /// Waits for a piece; `None` when no more will come.
    async fn next(&mut self) -> Option<Box<dyn Piece>> {
        tokio::select! {
            biased;
            () = self.stop.notified() => {
                self.queue.close();
                self.queue.recv().await
            }
            piece = self.queue.recv() => piece,
        }
    }
}

async fn write(
    mut pieces: Pieces,
    db: Bounded<DatabaseConnection>,
    log: Log,
    reserve: Option<Reserve>,
    metrics: Arc<Metrics>,
) {
    let mut group = Vec::with_capacity(GROUP);
    while gather(&mut pieces, &mut group).await {
        if let Some(reserve) = &reserve {
            refuse_without_room(reserve, &db, &mut group).await;
        }
        if group.is_empty() {
            continue;
        }
        let bytes = content(&group);
        log.make_place_for(bytes).await;
        for piece in &group {
            metrics.write_wait.observe(piece.begun().elapsed().as_secs_f64());
        }
        let span = tracing::debug_span!(target: SPOR, "group", pieces = group.len());
        let ended = write_group(&db, &mut group, &metrics).instrument(span).await;
        log.grew(bytes);
        for piece in group.drain(..) {
            piece.finish(ended.clone());
        }
    }
    log.close().await;
    if let Err(error) = db.pool().clone().close().await {
        tracing::warn!(%error, "the connection that writes was not closed");
    }
}

/// Takes the pieces that wait, as many as make a group; `false` when no more will come.
async fn gather(pieces: &mut Pieces, group: &mut Vec<Box<dyn Piece>>) -> bool {
    let Some(first) = pieces.next().await else { return false };
    let mut bytes = first.bytes();
    group.push(first);
    while group.len() < GROUP && bytes < GROUP_BYTES {
        let Ok(next) = pieces.queue.try_recv() else { break };
        bytes = bytes.saturating_add(next.bytes());
        group.push(next);
    }
    true
}

/// Bytes of content that a group writes.
fn content(group: &[Box<dyn Piece>]) -> u64 {
    group.iter().map(|piece| piece.bytes() as u64).sum()
}

/// Takes new content out of a group when there is no room for it. What brings none is let through: it may be what makes room.
async fn refuse_without_room(reserve: &Reserve, db: &Bounded<DatabaseConnection>, group: &mut Vec<Box<dyn Piece>>) {
    let content = content(group);
    if content == 0 || reserve.has_room_for(db, content).await {
        return;
    }
    for piece in group.extract_if(.., |piece| piece.bytes() > 0) {
        piece.finish(Err(StoreError::Full));
    }
}

/// Runs every piece in one transaction. Most groups have no refusals, so the first try spends nothing on keeping the
/// pieces apart; if one refuses, all is rolled back and run again with a savepoint round each.
async fn write_group(
    db: &Bounded<DatabaseConnection>,
    group: &mut [Box<dyn Piece>],
    metrics: &Metrics,
) -> Result<(), StoreError> {
    let mut apart = false;
    let mut attempt = 1;
    loop {
        let conflict = match try_group(db, group, apart, metrics).await {
            Ok(Tried::Committed) => return Ok(()),
            Ok(Tried::Refused) => {
                apart = true;
                continue;
            }
            Ok(Tried::Conflict) => StoreError::Conflict,
            Err(error) => error,
        };
        if !matches!(conflict, StoreError::Conflict) || attempt == ATTEMPTS {
            return Err(conflict);
        }
        metrics.write_conflicts.inc();
        pause(attempt).await;
        attempt += 1;
    }
}

enum Tried {
    /// All that wanted to be written is.
    Committed,
    Refused,
    Conflict,
}

async fn try_group(
    db: &Bounded<DatabaseConnection>,
    group: &mut [Box<dyn Piece>],
    apart: bool,
    metrics: &Metrics,
) -> Result<Tried, StoreError> {
    // IMMEDIATE: a transaction that first reads and then writes would otherwise fail at once when another process
    // writes, however long the busy timeout is.
    let immediate = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    let tx = Tx::begun(db.begin(immediate).await?);
    let alone = group.len() == 1;
    for piece in group.iter_mut() {
        let outcome = if apart {
            let inner = Tx::begun(tx.0.begin().await?);
            let outcome = piece.run(&inner).await;
            match outcome {
                Outcome::Done => {
                    let events = inner.1.take();
                    inner.0.commit().await?;
                    events.into_iter().for_each(|event| tx.1.note(event));
                }
                Outcome::Refused | Outcome::Conflict => inner.0.rollback().await?,
                Outcome::Failed(_) => {}
            }
            outcome
        } else {
            piece.run(&tx).await
        };
        match outcome {
            Outcome::Done => {}
            Outcome::Refused if apart => {}
            Outcome::Refused if alone => {
                tx.0.rollback().await?;
                return Ok(Tried::Committed);
            }
            Outcome::Refused => {
                tx.0.rollback().await?;
                return Ok(Tried::Refused);
            }
            Outcome::Conflict => {
                tx.0.rollback().await?;
                return Ok(Tried::Conflict);
            }
            // Everyone in the group is told what it was. There may be no transaction left to roll back.
            Outcome::Failed(error) => {
                let _ = tx.0.rollback().await;
                return Err(error);
            }
        }
    }
    tx.commit(metrics).await?;
    Ok(Tried::Committed)
}

#[cfg(test)]
mod tests {
    use futures_util::future::BoxFuture;
    use tokio::sync::oneshot;

    use super::{super::piece::Work, *};

    fn nothing<'t>(_: &'t Tx, (): &'t ()) -> BoxFuture<'t, Result<(), StoreError>> {
        Box::pin(async { Ok(()) })
    }

    fn piece(bytes: usize) -> Box<dyn Piece> {
        let (answer, _) = oneshot::channel();
        Box::new(Work::new("prøve", bytes, (), nothing, answer))
    }

    #[tokio::test]
    async fn a_group_is_full_when_it_has_many_pieces_or_much_content() {
        let (sender, queue) = mpsc::channel(QUEUE);
        let mut pieces = Pieces { queue, stop: Arc::default() };
        let large = GROUP_BYTES / 2;
        let sizes = [vec![0; GROUP + 1], vec![large, large, 3 * GROUP_BYTES, 0, large]].concat();
        for bytes in sizes {
            sender.send(piece(bytes)).await.unwrap();
        }
        drop(sender);
        let (mut group, mut taken) = (Vec::new(), Vec::new());
        while gather(&mut pieces, &mut group).await {
            taken.push(group.drain(..).map(|piece| piece.bytes()).filter(|bytes| *bytes > 0).collect::<Vec<_>>());
        }
        assert_eq!(taken, [vec![], vec![large, large], vec![3 * GROUP_BYTES], vec![large]]);
    }
}
