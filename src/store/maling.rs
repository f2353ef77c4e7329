//! What is told of the database to whoever watches the gateway. Each question goes by an index and stops at [`MOST`]: a
//! look costs the same however much has been stored, and however much waits.

use jiff::{SignedDuration, Timestamp};
use sea_orm::{ConnectionTrait, Statement, TryGetable};

use super::{Conn, Store, StoreError, millis, time};
use crate::{
    model::{brev::Brevstatus, kortbrev::Kortbrevstatus, melding::Tilstand},
    system::metrics::{Metrics, Queue, Reason, State},
};

/// The most that is counted of anything.
pub const MOST: u64 = 10_000;

/// States of reports that are on their way.
pub const UNDERVEIS: [Tilstand; 5] = [
    Tilstand::Akseptert,
    Tilstand::SendtFagsystem,
    Tilstand::AvvistFagsystem,
    Tilstand::SendtPrint,
    Tilstand::AvvistPrint,
];

/// The ages that reports are counted by: each is up to this many hours, and what is older than the last is the fourth.
pub const ALDRE: [i64; 3] = [1, 24, 48];

/// Tables whose rows are work to be done, with what those rows are known by.
const KOER: [(&str, &str); 4] =
    [("jobb", "1 = 1"), ("varsel", "ferdig IS NULL"), ("sms", "1 = 1"), ("kortbrev", "status = 'BESTILT'")];

/// Work that is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ko {
    pub navn: &'static str,
    /// Rows whose time has come, done or not at this moment by somebody.
    pub forfalt: u64,
    /// When the first of them came to its time.
    pub siden: Option<Timestamp>,
}

/// Letters that wait for the print supplier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brevbunke {
    pub antall: u64,
    pub eldste: Option<Timestamp>,
}

/// What connections there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forbindelser {
    pub ledige: u64,
    pub opptatt: u64,
}

/// Lets what can happen be told before it has: what begins at 1 has not been seen to grow.
pub(super) fn fra_null(metrics: &Metrics) {
    for tilstand in Tilstand::ALL {
        let _ = metrics.reports.get_or_create(&State { state: tilstand.as_str() });
    }
    for (queue, _) in KOER {
        let queue = Queue { queue };
        for family in [&metrics.takeovers, &metrics.failed, &metrics.given_up] {
            let _ = family.get_or_create(&queue);
        }
    }
    for reason in StoreError::REASONS {
        let _ = metrics.write_failures.get_or_create(&Reason { reason });
    }
}

/// Reports in a state, by age: up to one, 24, 48 hours, and older.
pub async fn ventende(conn: &impl Conn, tilstand: Tilstand, now: Timestamp) -> Result<[u64; 4], StoreError> {
    let row = one(conn, sql_ventende(tilstand, now)).await?;
    let mut counts = [0; 4];
    for (n, count) in counts.iter_mut().enumerate() {
        *count = number(&row, &format!("n{n}"))?;
    }
    Ok(counts)
}

/// The nearest deadline of a report that waits.
pub async fn frist(conn: &impl Conn) -> Result<Option<Timestamp>, StoreError> {
    get::<Option<i64>>(&one(conn, sql_frist()).await?, "frist")?.map(time).transpose()
}

pub async fn koer(conn: &impl Conn, now: Timestamp) -> Result<Vec<Ko>, StoreError> {
    let mut all = Vec::new();
    for (navn, which) in KOER {
        let row = one(conn, sql_ko(navn, which, now)).await?;
        let siden = get::<Option<i64>>(&row, "siden")?.map(time).transpose()?;
        all.push(Ko { navn, forfalt: number(&row, "antall")?, siden });
    }
    Ok(all)
}

/// Letters with reports, and letters with companion cards.
pub async fn brev(conn: &impl Conn) -> Result<[(&'static str, Brevbunke); 2], StoreError> {
    let pile = async |tabell, status| {
        let row = one(conn, sql_brev(tabell, status)).await?;
        let eldste = get::<Option<i64>>(&row, "eldste")?.map(time).transpose()?;
        Ok::<_, StoreError>((tabell, Brevbunke { antall: number(&row, "antall")?, eldste }))
    };
    Ok([pile("brev", Brevstatus::Klar.as_str()).await?, pile("kortbrev", Kortbrevstatus::Klar.as_str()).await?])
}

/// How the database answers each of the questions, in its own words.
pub async fn plan(conn: &impl Conn, now: Timestamp) -> Result<Vec<Vec<String>>, StoreError> {
    let mut questions: Vec<String> = UNDERVEIS.iter().map(|tilstand| sql_ventende(*tilstand, now)).collect();
    questions.push(sql_frist());
    questions.extend(KOER.iter().map(|(navn, which)| sql_ko(navn, which, now)));
    questions.extend(["brev", "kortbrev"].map(|tabell| sql_brev(tabell, "KLAR")));
    let mut plans = Vec::new();
    for question in questions {
        let (ask, column) = match conn.raw().get_database_backend() {
            sea_orm::DbBackend::Sqlite => ("EXPLAIN QUERY PLAN", "detail"),
            _ => ("EXPLAIN", "QUERY PLAN"),
        };
        let backend = conn.raw().get_database_backend();
        let rows = conn.raw().query_all_raw(Statement::from_string(backend, format!("{ask} {question}"))).await?;
        plans.push(rows.iter().map(|row| get(row, column)).collect::<Result<_, _>>()?);
    }
    Ok(plans)
}

impl Store {
    /// Writes that wait for their turn.
    pub fn skriveko(&self) -> u64 {
        self.writer.waiting() as u64
    }

    /// The connections that read; on PostgreSQL, all of them.
    pub fn forbindelser(&self) -> Forbindelser {
        let (all, ledige) = match self.backend {
            super::Backend::Sqlite => {
                let pool = self.read.pool().get_sqlite_connection_pool();
                (pool.size(), pool.num_idle())
            }
            super::Backend::Postgres => {
                let pool = self.read.pool().get_postgres_connection_pool();
                (pool.size(), pool.num_idle())
            }
        };
        Forbindelser { ledige: ledige as u64, opptatt: u64::from(all).saturating_sub(ledige as u64) }
    }
}

/// Those with the nearest deadlines, which are the oldest ones.
fn sql_ventende(tilstand: Tilstand, now: Timestamp) -> String {
    let [first, second, third] = ALDRE.map(|hours| {
        let then = now.checked_sub(SignedDuration::from_hours(hours)).unwrap_or(Timestamp::MIN);
        millis(then)
    });
    format!(
        "SELECT COUNT(CASE WHEN mottatt > {first} THEN 1 END) AS n0, \
         COUNT(CASE WHEN mottatt <= {first} AND mottatt > {second} THEN 1 END) AS n1, \
         COUNT(CASE WHEN mottatt <= {second} AND mottatt > {third} THEN 1 END) AS n2, \
         COUNT(CASE WHEN mottatt <= {third} THEN 1 END) AS n3 \
         FROM (SELECT mottatt FROM melding WHERE tilstand = '{tilstand}' ORDER BY frist LIMIT {MOST}) AS part"
    )
}

fn sql_frist() -> String {
    format!("SELECT MIN(frist) AS frist FROM melding WHERE tilstand = '{}'", Tilstand::SendtFagsystem)
}

fn sql_ko(tabell: &str, which: &str, now: Timestamp) -> String {
    let now = millis(now);
    format!(
        "SELECT COUNT(*) AS antall, MIN(tidligst) AS siden FROM \
         (SELECT tidligst FROM {tabell} WHERE {which} AND tidligst <= {now} ORDER BY tidligst LIMIT {MOST}) AS part"
    )
}

/// Ids are made in the order of time.
fn sql_brev(tabell: &str, status: &str) -> String {
    format!(
        "SELECT COUNT(*) AS antall, MIN(opprettet) AS eldste FROM \
         (SELECT opprettet FROM {tabell} WHERE status = '{status}' ORDER BY id LIMIT {MOST}) AS part"
    )
}

async fn one(conn: &impl Conn, sql: String) -> Result<sea_orm::QueryResult, StoreError> {
    let statement = Statement::from_string(conn.raw().get_database_backend(), sql);
    conn.raw().query_one_raw(statement).await?.ok_or_else(|| StoreError::corrupt("a count"))
}

fn get<T: TryGetable>(row: &sea_orm::QueryResult, name: &str) -> Result<T, StoreError> {
    Ok(row.try_get("", name)?)
}

fn number(row: &sea_orm::QueryResult, name: &str) -> Result<u64, StoreError> {
    Ok(get::<i64>(row, name)?.unsigned_abs())
}
