//! A piece of work that wants to be written: its types are hidden, it can be run again, and it answers who asked for it.

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use tokio::{sync::oneshot, time::Instant};

use super::{StoreError, Tx, WorkError, closed};

/// How one run of a piece of work went.
#[derive(Debug)]
pub(super) enum Outcome {
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
    async fn run(&mut self, tx: &Tx) -> Outcome;
    /// Answers the caller. `committed` is how the transaction ended when the last run was done.
    fn finish(self: Box<Self>, committed: Result<(), StoreError>);
}

pub(super) struct Work<C, T, E, F> {
    name: &'static str,
    bytes: usize,
    context: C,
    work: F,
    result: Option<Result<T, E>>,
    answer: oneshot::Sender<Result<T, E>>,
    begun: Instant,
}

impl<C, T, E, F> Work<C, T, E, F> {
    /// Asked for now. `bytes` is how much content it writes, where that is more than rows.
    pub fn new(name: &'static str, bytes: usize, context: C, work: F, answer: oneshot::Sender<Result<T, E>>) -> Self {
        Self { name, bytes, context, work, result: None, answer, begun: Instant::now() }
    }
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

    async fn run(&mut self, tx: &Tx) -> Outcome {
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
        outcome
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
