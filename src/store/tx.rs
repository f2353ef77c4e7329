//! The one way to write: a named transaction that is run again when another one was in the way.
//!
//! On PostgreSQL each piece of work has a transaction of its own; the server groups commits by itself. SQLite has one
//! writer: the pieces of work queue up and a single task commits them in groups. There is no timer: while one group is
//! being written to disk, the next one forms. Every piece still succeeds or fails by itself.

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, SqliteTransactionMode, TransactionOptions};
use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};
use tracing::Instrument as _;

use super::{Backend, StoreError, bounded::Bounded, happened::Happened, reserve::Reserve};
use crate::system::{
    metrics::{Metrics, Reason},
    spor::SPOR,
};

/// A write transaction. The functions of the store take it by reference; only [`Store::write`](super::Store::write) makes and ends one.
#[derive(Debug)]
pub struct Tx(pub(super) Bounded<DatabaseTransaction>, pub(super) Happened);

impl Tx {
    fn begun(raw: Bounded<DatabaseTransaction>) -> Self {
        Self(raw, Happened::default())
    }

    /// Commits, and counts what was done.
    async fn commit(self, metrics: &Metrics) -> Result<(), StoreError> {
        self.0.commit().await?;
        Happened::count(self.1.take(), metrics);
        Ok(())
    }
}

/// Something that can be read from: a transaction, or the store outside of one.
pub trait Conn: Send + Sync + sealed::Sealed {
    #[doc(hidden)]
    type Raw: ConnectionTrait + Send + Sync;
    #[doc(hidden)]
    fn raw(&self) -> &Self::Raw;
}

pub(super) mod sealed {
    pub trait Sealed {}
}

impl sealed::Sealed for Tx {}

impl Conn for Tx {
    type Raw = Bounded<DatabaseTransaction>;

    fn raw(&self) -> &Self::Raw {
        &self.0
    }
}

/// The error type of a piece of work: a rule that said no, or the store's own error.
pub trait WorkError: From<StoreError> + Send + 'static {
    fn store(&self) -> Option<&StoreError>;
}

impl WorkError for StoreError {
    fn store(&self) -> Option<&StoreError> {
        Some(self)
    }
}

/// Times that a piece of work is run before the conflict is reported.
const ATTEMPTS: u32 = 6;
/// Pieces of work in one group; a bound on how much is done again when one of them fails.
const GROUP: usize = 128;
/// Bytes of content after which a group is full. All in it wait for all of it, and the log on disk grows by it.
const GROUP_BYTES: usize = 16 << 20;
/// Pieces of work that may wait; more callers wait in turn.
const QUEUE: usize = 1024;

/// Writes to the database. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    way: Way,
    metrics: Arc<Metrics>,
}

#[derive(Clone)]
enum Way {
    Sqlite(mpsc::Sender<Box<dyn Piece>>),
    Postgres(Bounded<DatabaseConnection>),
}

impl fmt::Debug for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite(_) => "Sqlite",
            Self::Postgres(_) => "Postgres",
        })
    }
}

impl Writer {
    pub fn start(
        backend: Backend,
        db: Bounded<DatabaseConnection>,
        reserve: Option<Reserve>,
        metrics: Arc<Metrics>,
    ) -> Self {
        let way = match backend {
            Backend::Postgres => Way::Postgres(db),
            Backend::Sqlite => {
                let (sender, receiver) = mpsc::channel(QUEUE);
                tokio::spawn(write_groups(db, receiver, reserve, metrics.clone()));
                Way::Sqlite(sender)
            }
        };
        Self { way, metrics }
    }

    /// Pieces of work that wait for the one writer.
    pub fn waiting(&self) -> usize {
        match &self.way {
            Way::Sqlite(queue) => queue.max_capacity().saturating_sub(queue.capacity()),
            Way::Postgres(_) => 0,
        }
    }

    /// `bytes` is how much content the work writes, where that is more than rows.
    pub async fn write<C, T, E, F>(&self, name: &'static str, bytes: usize, context: C, work: F) -> Result<T, E>
    where
        C: Send + Sync + 'static,
        T: Send + 'static,
        E: WorkError,
        F: for<'t> Fn(&'t Tx, &'t C) -> BoxFuture<'t, Result<T, E>> + Send + Sync + 'static,
    {
        let (answer, result) = oneshot::channel();
        let begun = Instant::now();
        let piece = Box::new(Work { name, bytes, context, work, result: None, answer, begun });
        let span = tracing::debug_span!(target: SPOR, "transaction", otel.name = name);
        let written = async {
            match &self.way {
                Way::Sqlite(queue) => queue.send(piece).await.map_err(|_| closed())?,
                Way::Postgres(db) => write_alone(db, piece, &self.metrics).await,
            }
            result.await.unwrap_or_else(|_| Err(closed().into()))
        };
        let result = written.instrument(span).await;
        self.metrics.write_seconds.observe(begun.elapsed().as_secs_f64());
        if let Err(failed) = &result
            && let Some(error) = failed.store()
        {
            self.metrics.write_failures.get_or_create(&Reason { reason: error.reason() }).inc();
        }
        result
    }
}

fn closed() -> StoreError {
    StoreError::Unavailable("the store is closed".to_owned())
}

/// How one run of a piece of work went.
#[derive(Debug)]
enum Outcome {
    Done,
    Refused,
    Conflict,
    /// The database could not: nothing of the transaction is left, whatever else was done in it.
    Failed(StoreError),
}

/// A piece of work whose types are hidden, so that one queue can hold them all.
#[async_trait]
pub(super) trait Piece: Send {
    fn name(&self) -> &'static str;
    fn bytes(&self) -> usize;
    /// When the caller asked for it.
    fn begun(&self) -> Instant;
    async fn run(&mut self, tx: &Tx) -> OutcomeOf;
    /// Answers the caller. `committed` is how the transaction ended when the last run was done.
    fn finish(self: Box<Self>, committed: Result<(), StoreError>);
}

/// Keeps [`Outcome`] private to this file although [`Piece`] is visible in the store.
#[derive(Debug)]
pub(super) struct OutcomeOf(Outcome);

struct Work<C, T, E, F> {
    name: &'static str,
    bytes: usize,
    context: C,
    work: F,
    result: Option<Result<T, E>>,
    answer: oneshot::Sender<Result<T, E>>,
    begun: Instant,
}

#[async_trait]
impl<C, T, E, F> Piece for Work<C, T, E, F>
where
    C: Send + Sync + 'static,
    T: Send + 'static,
    E: WorkError,
    F: for<'t> Fn(&'t Tx, &'t C) -> BoxFuture<'t, Result<T, E>> + Send + Sync + 'static,
{
    fn name(&self) -> &'static str {
        self.name
    }

    fn bytes(&self) -> usize {
        self.bytes
    }

    fn begun(&self) -> Instant {
        self.begun
    }

    async fn run(&mut self, tx: &Tx) -> OutcomeOf {
        let result = (self.work)(tx, &self.context).await;
        let outcome = match &result {
            Ok(_) => Outcome::Done,
            Err(error) => match error.store() {
                Some(StoreError::Conflict) => Outcome::Conflict,
                Some(failed @ (StoreError::Full | StoreError::Unavailable(_))) => Outcome::Failed(failed.clone()),
                _ => Outcome::Refused,
            },
        };
        self.result = Some(result);
        OutcomeOf(outcome)
    }

    fn finish(self: Box<Self>, committed: Result<(), StoreError>) {
        let answer = match (self.result, committed) {
            (Some(Err(refused)), _) => Err(refused),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (_, Err(error)) => Err(error.into()),
            (None, Ok(())) => Err(closed().into()),
        };
        // A caller that has gone away finds its answer when it asks again.
        let _ = self.answer.send(answer);
    }
}

async fn write_alone(db: &Bounded<DatabaseConnection>, mut piece: Box<dyn Piece>, metrics: &Metrics) {
    for attempt in 1..=ATTEMPTS {
        let outcome = match db.begin(TransactionOptions::default()).await {
            Err(error) => Err(StoreError::from(error)),
            Ok(tx) => {
                if attempt == 1 {
                    metrics.write_wait.observe(piece.begun().elapsed().as_secs_f64());
                }
                let tx = Tx::begun(tx);
                let OutcomeOf(outcome) = piece.run(&tx).await;
                match outcome {
                    Outcome::Done => tx.commit(metrics).await.map(|()| outcome),
                    Outcome::Refused | Outcome::Conflict => {
                        let _ = tx.0.rollback().await;
                        Ok(outcome)
                    }
                    // Rolled back on the way to the pool: a server that does not answer must not make the caller wait twice.
                    Outcome::Failed(_) => Ok(outcome),
                }
            }
        };
        match outcome {
            Ok(Outcome::Conflict) | Err(StoreError::Conflict) if attempt < ATTEMPTS => {
                metrics.write_conflicts.inc();
                tracing::debug!(transaction = piece.name(), attempt, "conflict, running again");
                pause(attempt).await;
            }
            Ok(_) => return piece.finish(Ok(())),
            Err(error) => return piece.finish(Err(error)),
        }
    }
}

/// Waits 2, 4, 8 … ms. Transactions are short and the database queues them, so there is no need for jitter.
async fn pause(attempt: u32) {
    tokio::time::sleep(Duration::from_millis(1 << attempt)).await;
}

async fn write_groups(
    db: Bounded<DatabaseConnection>,
    mut queue: mpsc::Receiver<Box<dyn Piece>>,
    reserve: Option<Reserve>,
    metrics: Arc<Metrics>,
) {
    let mut group = Vec::with_capacity(GROUP);
    while gather(&mut queue, &mut group).await {
        if let Some(reserve) = &reserve {
            refuse_without_room(reserve, &db, &mut group).await;
        }
        if group.is_empty() {
            continue;
        }
        for piece in &group {
            metrics.write_wait.observe(piece.begun().elapsed().as_secs_f64());
        }
        let span = tracing::debug_span!(target: SPOR, "group", pieces = group.len());
        let ended = write_group(&db, &mut group, &metrics).instrument(span).await;
        for piece in group.drain(..) {
            piece.finish(ended.clone());
        }
    }
}

/// Takes the pieces that wait, as many as make a group; `false` when no more will come.
async fn gather(queue: &mut mpsc::Receiver<Box<dyn Piece>>, group: &mut Vec<Box<dyn Piece>>) -> bool {
    let Some(first) = queue.recv().await else { return false };
    let mut bytes = first.bytes();
    group.push(first);
    while group.len() < GROUP && bytes < GROUP_BYTES {
        let Ok(next) = queue.try_recv() else { break };
        bytes = bytes.saturating_add(next.bytes());
        group.push(next);
    }
    true
}

/// Takes new content out of a group when there is no room for it. What brings none is let through: it may be what makes room.
async fn refuse_without_room(reserve: &Reserve, db: &Bounded<DatabaseConnection>, group: &mut Vec<Box<dyn Piece>>) {
    let content = group.iter().map(|piece| piece.bytes()).sum::<usize>();
    if content == 0 || reserve.has_room_for(db, content as u64).await {
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
        let OutcomeOf(outcome) = if apart {
            let inner = Tx::begun(tx.0.begin().await?);
            let outcome = piece.run(&inner).await;
            match outcome.0 {
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
    use super::*;

    fn nothing<'t>(_: &'t Tx, (): &'t ()) -> BoxFuture<'t, Result<(), StoreError>> {
        Box::pin(async { Ok(()) })
    }

    fn piece(bytes: usize) -> Box<dyn Piece> {
        let (answer, _) = oneshot::channel();
        Box::new(Work {
            name: "prøve", bytes, context: (), work: nothing, result: None, answer, begun: Instant::now()
        })
    }

    #[tokio::test]
    async fn a_group_is_full_when_it_has_many_pieces_or_much_content() {
        let (sender, mut queue) = mpsc::channel(QUEUE);
        let large = GROUP_BYTES / 2;
        let sizes = [vec![0; GROUP + 1], vec![large, large, 3 * GROUP_BYTES, 0, large]].concat();
        for bytes in sizes {
            sender.send(piece(bytes)).await.unwrap();
        }
        drop(sender);
        let (mut group, mut taken) = (Vec::new(), Vec::new());
        while gather(&mut queue, &mut group).await {
            taken.push(group.drain(..).map(|piece| piece.bytes()).filter(|bytes| *bytes > 0).collect::<Vec<_>>());
        }
        assert_eq!(taken, [vec![], vec![large, large], vec![3 * GROUP_BYTES], vec![large]]);
    }
}
