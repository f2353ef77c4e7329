//! The outbox: what is still to be done for a report. A job is written in the transaction that makes it necessary, and
//! leaves in the one that does it.
//!
//! A worker holds a job by a lease on its row: a random mark and an end. Only the holder of the mark may finish the
//! job; when the lease has ended, another worker may take it.

use jiff::Timestamp;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait, LockBehavior, LockType},
};
use uuid::Uuid;

use super::{Conn, StoreError, Tx, entity::jobb, millis, parse};
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

/// Leases up to `antall` jobs that are due, in one statement: two workers never get the same one.
pub async fn claim(
    tx: &Tx,
    kanaler: &[Kanal],
    leie: Uuid,
    now: Timestamp,
    until: Timestamp,
    antall: u64,
) -> Result<Vec<Jobb>, StoreError> {
    use jobb::Column as C;
    let free = Condition::any().add(C::LeieUtloper.is_null()).add(C::LeieUtloper.lte(millis(now)));
    let due = jobb::Entity::find()
        .select_only()
        .column(C::Id)
        .filter(C::Kanal.is_in(kanaler.iter().map(Kanal::as_str)))
        .filter(C::Tidligst.lte(millis(now)))
        .filter(free)
        .order_by_asc(C::Tidligst)
        .limit(antall)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .into_query();
    let rows = jobb::Entity::update_many()
        .col_expr(C::LeieMerke, Expr::value(leie))
        .col_expr(C::LeieUtloper, Expr::value(millis(until)))
        .col_expr(C::Forsok, Expr::col(C::Forsok).add(1))
        .filter(C::Id.in_subquery(due))
        .exec_with_returning(&tx.0)
        .await?;
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
    let done = jobb::Entity::delete_many().filter(held(jobb)).exec(&tx.0).await?;
    Ok(done.rows_affected == 1)
}

/// Gives a job back, to be tried again at `tidligst`.
pub async fn retry(tx: &Tx, jobb: &Jobb, tidligst: Timestamp) -> Result<bool, StoreError> {
    use jobb::Column as C;
    let given = jobb::Entity::update_many()
        .col_expr(C::LeieMerke, Expr::value(Option::<Uuid>::None))
        .col_expr(C::LeieUtloper, Expr::value(Option::<i64>::None))
        .col_expr(C::Tidligst, Expr::value(millis(tidligst)))
        .filter(held(jobb))
        .exec(&tx.0)
        .await?;
    Ok(given.rows_affected == 1)
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
    let due: Option<i64> = jobb::Entity::find()
        .select_only()
        .column(jobb::Column::Tidligst)
        .filter(jobb::Column::Kanal.is_in(kanaler.iter().map(Kanal::as_str)))
        .order_by_asc(jobb::Column::Tidligst)
        .limit(1)
        .into_tuple()
        .one(conn.raw())
        .await?;
    due.map(super::time).transpose()
}

fn held(jobb: &Jobb) -> Condition {
    Condition::all().add(jobb::Column::Id.eq(jobb.id)).add(jobb::Column::LeieMerke.eq(jobb.leie))
}
