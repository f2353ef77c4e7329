//! What has been kept long enough: metadata and history of reports that were delivered long ago, and old entries of the
//! audit trail.

use jiff::Timestamp;
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Expr, ExprTrait, LockBehavior, LockType},
};
use uuid::Uuid;

use super::{
    Conn, StoreError, Tx,
    entity::{
        brev, hendelse, innhold, jobb,
        melding::{self, Column as C},
        revisjon,
    },
    millis, time,
};
use crate::model::{FiksOrgId, melding::Tilstand};

/// Delivered reports of one organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Utgatt {
    pub mottaker: FiksOrgId,
    pub antall: u64,
    /// When the first and the last of them were delivered.
    pub eldste: Timestamp,
    pub nyeste: Timestamp,
}

/// The next organisation, in the order of their ids, that has any report.
pub async fn neste_mottaker(conn: &impl Conn, etter: Option<FiksOrgId>) -> Result<Option<FiksOrgId>, StoreError> {
    let mut query = melding::Entity::find().select_only().column(C::MottakerId);
    if let Some(etter) = etter {
        query = query.filter(C::MottakerId.gt(etter.0));
    }
    let next: Option<Uuid> = query.order_by_asc(C::MottakerId).limit(1).into_tuple().one(conn.raw()).await?;
    Ok(next.map(FiksOrgId))
}

/// An organisation's reports that were delivered before an instant; `None` when there are none.
pub async fn utgatte(conn: &impl Conn, mottaker: FiksOrgId, grense: Timestamp) -> Result<Option<Utgatt>, StoreError> {
    let found: Option<(i64, Option<i64>, Option<i64>)> = delivered(mottaker, grense)
        .select_only()
        .column_as(Expr::cust("COUNT(*)"), "antall")
        .column_as(Expr::col(C::Levert).min(), "eldste")
        .column_as(Expr::col(C::Levert).max(), "nyeste")
        .into_tuple()
        .one(conn.raw())
        .await?;
    match found {
        Some((antall, Some(eldste), Some(nyeste))) => Ok(Some(Utgatt {
            mottaker,
            antall: u64::try_from(antall).unwrap_or_default(),
            eldste: time(eldste)?,
            nyeste: time(nyeste)?,
        })),
        _ => Ok(None),
    }
}

/// Deletes up to `antall` of [`utgatte`] with all that hangs on them, the oldest first. Two that do so at the same time
/// take different ones. `None` when there are none left.
pub async fn slett(tx: &Tx, mottaker: FiksOrgId, grense: Timestamp, antall: u64) -> Result<Option<Utgatt>, StoreError> {
    let rows: Vec<(Uuid, i64)> = delivered(mottaker, grense)
        .select_only()
        .column(C::Id)
        .column(C::Levert)
        .order_by_asc(C::Levert)
        .limit(antall)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .into_tuple()
        .all(&tx.0)
        .await?;
    let (Some((_, eldste)), Some((_, nyeste))) = (rows.first().copied(), rows.last().copied()) else {
        return Ok(None);
    };
    let ids: Vec<Uuid> = rows.into_iter().map(|(id, _)| id).collect();
    hendelse::Entity::delete_many().filter(hendelse::Column::MeldingId.is_in(ids.clone())).exec(&tx.0).await?;
    brev::Entity::delete_many().filter(brev::Column::MeldingId.is_in(ids.clone())).exec(&tx.0).await?;
    // A delivered report has neither content nor a job. Should one have, it must not stand in the way for ever.
    innhold::Entity::delete_many().filter(innhold::Column::MeldingId.is_in(ids.clone())).exec(&tx.0).await?;
    jobb::Entity::delete_many().filter(jobb::Column::MeldingId.is_in(ids.clone())).exec(&tx.0).await?;
    let gone = melding::Entity::delete_many().filter(C::Id.is_in(ids)).exec(&tx.0).await?;
    Ok(Some(Utgatt { mottaker, antall: gone.rows_affected, eldste: time(eldste)?, nyeste: time(nyeste)? }))
}

fn delivered(mottaker: FiksOrgId, grense: Timestamp) -> Select<melding::Entity> {
    melding::Entity::find()
        .filter(C::MottakerId.eq(mottaker.0))
        .filter(C::Levert.lt(millis(grense)))
        .filter(C::Tilstand.eq(Tilstand::Levert.as_str()))
}

/// How many entries of the audit trail are older than an instant.
pub async fn gammel_revisjon(conn: &impl Conn, grense: Timestamp) -> Result<u64, StoreError> {
    let query = revisjon::Entity::find().filter(revisjon::Column::Id.lt(first_id(grense)));
    let n: Option<i64> =
        query.select_only().column_as(Expr::cust("COUNT(*)"), "antall").into_tuple().one(conn.raw()).await?;
    Ok(u64::try_from(n.unwrap_or_default()).unwrap_or_default())
}

/// Deletes up to `antall` of [`gammel_revisjon`], the oldest first, and returns how many there were.
pub async fn slett_revisjon(tx: &Tx, grense: Timestamp, antall: u64) -> Result<u64, StoreError> {
    let old: Vec<Uuid> = revisjon::Entity::find()
        .select_only()
        .column(revisjon::Column::Id)
        .filter(revisjon::Column::Id.lt(first_id(grense)))
        .order_by_asc(revisjon::Column::Id)
        .limit(antall)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .into_tuple()
        .all(&tx.0)
        .await?;
    if old.is_empty() {
        return Ok(0);
    }
    let gone = revisjon::Entity::delete_many().filter(revisjon::Column::Id.is_in(old)).exec(&tx.0).await?;
    Ok(gone.rows_affected)
}

/// The first identifier of a millisecond: they begin with 48 bits of time (RFC 9562 §5.7).
fn first_id(at: Timestamp) -> Uuid {
    Uuid::from_u128(u128::try_from(at.as_millisecond()).unwrap_or_default() << 80)
}
