//! The outbox: what is still to be done for a report. A job is written in the transaction that makes it necessary, and
//! leaves in the one that does it.
//!
//! A worker holds a job by a lease (`store::lease`).

use jiff::Timestamp;
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, sea_query::Expr};
use uuid::Uuid;

use super::{Conn, StoreError, Tx, entity::jobb, lease, millis, parse};
use crate::model::{MeldingId, melding::Kanal};

/// When a job is due that never is.
const ALDRI: Timestamp = Timestamp::constant(253_370_764_800, 0); // 9999-01-01

/// A job, leased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jobb {
    pub id: Uuid,
    pub melding: MeldingId,
    pub kanal: Kanal,
    /// How often it has been leased, this time included.
    pub forsok: u32,
    pub leie: Uuid,
}

pub async fn insert(
    tx: &Tx,
    id: Uuid,
    melding: MeldingId,
    kanal: Kanal,
    tidligst: Timestamp,
) -> Result<(), StoreError> {
    let row = jobb::ActiveModel {
        id: Set(id),
        melding_id: Set(melding.0),
        kanal: Set(kanal.to_string()),
        tidligst: Set(millis(tidligst)),
        forsok: Set(0),
        leie_merke: Set(None),
        leie_utloper: Set(None),
    };
    jobb::Entity::insert(row).exec_without_returning(&tx.0).await?;
    Ok(())
}

/// Ends every job of a report, leased or not: whoever holds one finds it gone.
pub async fn cancel(tx: &Tx, melding: MeldingId) -> Result<(), StoreError> {
    jobb::Entity::delete_many().filter(jobb::Column::MeldingId.eq(melding.0)).exec(&tx.0).await?;
    Ok(())
}

/// Leases up to `antall` jobs that are due: two workers never get the same one.
pub async fn claim(
    tx: &Tx,
    kanaler: &[Kanal],
    leie: Uuid,
    now: Timestamp,
    until: Timestamp,
    antall: u64,
) -> Result<Vec<Jobb>, StoreError> {
    let rows = lease::claim::<jobb::Entity>(tx, of(kanaler), leie, now, until, antall).await?;
    rows.into_iter()
        .map(|row| {
            Ok(Jobb {
                id: row.id,
                melding: MeldingId(row.melding_id),
                kanal: parse(&row.kanal, "kanal")?,
                forsok: row.forsok.unsigned_abs(),
                leie,
            })
        })
        .collect()
}

/// Whether a job is still ours; if so, nobody else takes it until the transaction ends. (SQLite has one writer, so there is
/// nothing to lock.) Whoever locks the report as well locks that first.
pub async fn hold(tx: &Tx, jobb: &Jobb) -> Result<bool, StoreError> {
    let query = jobb::Entity::find().select_only().column(jobb::Column::Id).filter(held(jobb));
    let found: Option<Uuid> = query.lock_exclusive().into_tuple().one(&tx.0).await?;
    Ok(found.is_some())
}

/// Ends a job. False when the lease is no longer ours: what was done under it must not be kept.
pub async fn finish(tx: &Tx, jobb: &Jobb) -> Result<bool, StoreError> {
    lease::finish::<jobb::Entity>(tx, jobb.id, jobb.leie).await
}

/// Gives a job back, to be tried again at `tidligst`.
pub async fn retry(tx: &Tx, jobb: &Jobb, tidligst: Timestamp) -> Result<bool, StoreError> {
    lease::retry::<jobb::Entity>(tx, jobb.id, jobb.leie, tidligst).await
}

/// Lets a job that was looked at too early wait until `tidligst`; that was no try.
pub async fn put_off(tx: &Tx, jobb: &Jobb, tidligst: Timestamp) -> Result<bool, StoreError> {
    let given = jobb::Entity::update_many().col_expr(jobb::Column::Forsok, Expr::value(0)).filter(held(jobb));
    given.exec(&tx.0).await?;
    retry(tx, jobb, tidligst).await
}

/// Gives a job up: it stays, with the number of its tries, and is never due again.
pub async fn give_up(tx: &Tx, jobb: &Jobb) -> Result<bool, StoreError> {
    retry(tx, jobb, ALDRI).await
}

/// When the next job of these channels is due; `None` when there is none.
pub async fn next_due(conn: &impl Conn, kanaler: &[Kanal]) -> Result<Option<Timestamp>, StoreError> {
    lease::next_due::<jobb::Entity>(conn, of(kanaler)).await
}

fn of(kanaler: &[Kanal]) -> Condition {
    Condition::all().add(jobb::Column::Kanal.is_in(kanaler.iter().map(Kanal::as_str)))
}

fn held(jobb: &Jobb) -> Condition {
    lease::held::<jobb::Entity>(jobb.id, jobb.leie)
}
