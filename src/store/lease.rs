//! Leases: a row that is work to be done is held by a random mark and an end. Only the holder of the mark may end the work
//! or give it back; when the lease has ended, another worker may take the row.
//!
//! Which rows are work is said by whoever asks; how they are taken is the same for all, and stands here.

use jiff::Timestamp;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ModelTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, LockBehavior, LockType},
};
use uuid::Uuid;

use super::{Conn, StoreError, Tx, happened::Event, millis, time};

/// The columns of a row that is leased.
pub(super) enum Felt {
    Id,
    /// From when on the work may be done.
    Tidligst,
    /// How often the row has been leased.
    Forsok,
    Merke,
    Utloper,
}

/// A table whose rows are leased.
pub(super) trait Leid: EntityTrait {
    const TABELL: &'static str;
    fn felt(felt: Felt) -> Self::Column;
}

macro_rules! leid {
    ($($entity:ident),*) => {$(
        impl Leid for super::entity::$entity::Entity {
            const TABELL: &'static str = stringify!($entity);

            fn felt(felt: Felt) -> Self::Column {
                use super::entity::$entity::Column as C;
                match felt {
                    Felt::Id => C::Id,
                    Felt::Tidligst => C::Tidligst,
                    Felt::Forsok => C::Forsok,
                    Felt::Merke => C::LeieMerke,
                    Felt::Utloper => C::LeieUtloper,
                }
            }
        }
    )*};
}

leid!(jobb, varsel, sms, kortbrev);

/// Leases up to `antall` of these rows that are due: each is locked as it is found, and rows that others have locked are passed
/// over, so two workers never get the same one. (SQLite has one writer, so there is nothing to lock.)
pub(super) async fn claim<E: Leid>(
    tx: &Tx,
    which: Condition,
    merke: Uuid,
    now: Timestamp,
    until: Timestamp,
    antall: u64,
) -> Result<Vec<E::Model>, StoreError>
where
    E::Model: ModelTrait<Entity = E>,
{
    let free = Condition::any().add(E::felt(Felt::Utloper).is_null()).add(E::felt(Felt::Utloper).lte(millis(now)));
    let due: Vec<(Uuid, Option<i64>)> = E::find()
        .select_only()
        .column(E::felt(Felt::Id))
        .column(E::felt(Felt::Utloper))
        .filter(which)
        .filter(E::felt(Felt::Tidligst).lte(millis(now)))
        .filter(free)
        .order_by_asc(E::felt(Felt::Tidligst))
        .limit(antall)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .into_tuple()
        .all(&tx.0)
        .await?;
    if due.is_empty() {
        return Ok(Vec::new());
    }
    for (_, abandoned) in &due {
        if abandoned.is_some() {
            tx.1.note(Event::Overtatt(E::TABELL));
        }
    }
    let rows = E::update_many()
        .col_expr(E::felt(Felt::Merke), Expr::value(merke))
        .col_expr(E::felt(Felt::Utloper), Expr::value(millis(until)))
        .col_expr(E::felt(Felt::Forsok), Expr::col(E::felt(Felt::Forsok)).add(1))
        .filter(E::felt(Felt::Id).is_in(due.into_iter().map(|(id, _)| id)))
        .exec_with_returning(&tx.0)
        .await?;
    Ok(rows)
}

/// The row, as long as the lease is ours.
pub(super) fn held<E: Leid>(id: Uuid, merke: Uuid) -> Condition {
    Condition::all().add(E::felt(Felt::Id).eq(id)).add(E::felt(Felt::Merke).eq(merke))
}

/// Ends the work by removing the row. False when the lease is no longer ours: what was done under it must not be kept.
pub(super) async fn finish<E: Leid>(tx: &Tx, id: Uuid, merke: Uuid) -> Result<bool, StoreError> {
    Ok(E::delete_many().filter(held::<E>(id, merke)).exec(&tx.0).await?.rows_affected == 1)
}

/// Gives the row back, to be tried again at `tidligst`. False when the lease is no longer ours.
pub(super) async fn retry<E: Leid>(tx: &Tx, id: Uuid, merke: Uuid, tidligst: Timestamp) -> Result<bool, StoreError> {
    let given = E::update_many()
        .col_expr(E::felt(Felt::Merke), Expr::value(Option::<Uuid>::None))
        .col_expr(E::felt(Felt::Utloper), Expr::value(Option::<i64>::None))
        .col_expr(E::felt(Felt::Tidligst), Expr::value(millis(tidligst)))
        .filter(held::<E>(id, merke))
        .exec(&tx.0)
        .await?;
    Ok(given.rows_affected == 1)
}

/// When the next of these rows is due; `None` when there is none.
pub(super) async fn next_due<E: Leid>(conn: &impl Conn, which: Condition) -> Result<Option<Timestamp>, StoreError> {
    let due: Option<i64> = E::find()
        .select_only()
        .column(E::felt(Felt::Tidligst))
        .filter(which)
        .order_by_asc(E::felt(Felt::Tidligst))
        .limit(1)
        .into_tuple()
        .one(conn.raw())
        .await?;
    due.map(time).transpose()
}
