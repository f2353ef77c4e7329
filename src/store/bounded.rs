//! A bound on how long the database may say nothing.
//!
//! A server that has stopped, or whose cable is out, refuses nothing: its connections are open, and a statement waits for as
//! long as TCP does, a quarter of an hour and more. So each statement has a time in which an answer comes or the caller is told.
//! What was not answered in time is unknown, the commit too: the caller repeats, and finds what is there.

use std::time::Duration;

use async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr,
    Statement, TransactionOptions, TransactionTrait as _,
};
use tokio::time::timeout;
use tracing::{Instrument as _, Span};

use crate::system::spor::SPOR;

/// A pool or a transaction whose every statement ends in time.
#[derive(Debug, Clone)]
pub struct Bounded<C> {
    inner: C,
    /// From when it is asked for until it is answered; `None`: no bound.
    limit: Option<Duration>,
    /// The same of a statement of a transaction, which has its connection already.
    in_transaction: Option<Duration>,
}

/// How much later than the server we give up: its own answer says what was slow, and leaves the connection good.
const AFTER_THE_SERVER: Duration = Duration::from_secs(1);

impl Bounded<DatabaseConnection> {
    /// `statement` is what the server is told, `acquire` how long the pool makes a caller wait.
    ///
    /// SQLite is given no bound: nobody but this process can keep it waiting, other than for its lock, which has one.
    /// And a statement that is dropped goes on in its thread.
    pub fn new(inner: DatabaseConnection, statement: Option<Duration>, acquire: Duration) -> Self {
        let statement = statement.filter(|_| inner.get_database_backend() == DbBackend::Postgres);
        let in_transaction = statement.map(|limit| limit.saturating_add(AFTER_THE_SERVER));
        Self { inner, limit: in_transaction.map(|limit| limit.saturating_add(acquire)), in_transaction }
    }

    pub fn pool(&self) -> &DatabaseConnection {
        &self.inner
    }

    pub async fn begin(&self, options: TransactionOptions) -> Result<Bounded<DatabaseTransaction>, DbErr> {
        let inner = within(self.limit, self.inner.begin_with_options(options)).instrument(span("BEGIN")).await?;
        Ok(Bounded { inner, limit: self.in_transaction, in_transaction: self.in_transaction })
    }
}

impl Bounded<DatabaseTransaction> {
    /// A savepoint.
    pub async fn begin(&self) -> Result<Self, DbErr> {
        let inner = within(self.limit, self.inner.begin()).await?;
        Ok(Self { inner, limit: self.limit, in_transaction: self.in_transaction })
    }

    pub async fn commit(self) -> Result<(), DbErr> {
        within(self.limit, self.inner.commit()).instrument(span("COMMIT")).await
    }

    pub async fn rollback(self) -> Result<(), DbErr> {
        within(self.limit, self.inner.rollback()).await
    }
}

async fn within<T>(limit: Option<Duration>, answer: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
    let Some(limit) = limit else { return answer.await };
    let silent = || Err(DbErr::Conn(RuntimeErr::Internal("it did not answer in time".to_owned())));
    timeout(limit, answer).await.unwrap_or_else(|_| silent())
}

/// A statement in a trace: its first word, with the wait for a connection where it has none. Outside of a call or a job there is
/// nothing that it would belong to.
fn span(sql: &str) -> Span {
    if Span::current().is_none() {
        return Span::none();
    }
    let first = sql.split_whitespace().next().unwrap_or_default();
    tracing::debug_span!(target: SPOR, "statement", otel.kind = "client", otel.name = first)
}

#[async_trait]
impl<C: ConnectionTrait> ConnectionTrait for Bounded<C> {
    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let span = span(&statement.sql);
        within(self.limit, self.inner.execute_raw(statement)).instrument(span).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        within(self.limit, self.inner.execute_unprepared(sql)).instrument(span(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let span = span(&statement.sql);
        within(self.limit, self.inner.query_one_raw(statement)).instrument(span).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let span = span(&statement.sql);
        within(self.limit, self.inner.query_all_raw(statement)).instrument(span).await
    }
}
