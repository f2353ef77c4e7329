//! Letters with companion cards, from the order until they are posted or will not be. Rows are work that is leased
//! (`store::lease`) until the letter is laid out for the print supplier. Whoever locks the card as well locks that first.

use bytes::Bytes;
use jiff::Timestamp;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, UpdateMany,
    sea_query::Expr,
};
use uuid::Uuid;

use super::{
    Conn, StoreError, Tx, digest,
    entity::{kortbrev, kortbrevinnhold},
    lease, millis, parse, time,
};
use crate::model::{
    BrevId,
    kortbrev::{Forseglet, Kortbrev, Kortbrevstatus},
    ledsagerbevis::BevisId,
    side::Markor,
};

/// A letter that this worker has leased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kortbrevleie {
    pub brev: Kortbrev,
    /// How often it has been leased, this time included.
    pub forsok: u32,
    pub leie: Uuid,
}

/// Orders a letter.
pub async fn bestill(tx: &Tx, id: BrevId, bevis: BevisId, now: Timestamp) -> Result<(), StoreError> {
    let row = kortbrev::ActiveModel {
        id: Set(id.0),
        bevis_id: Set(bevis.0),
        status: Set(Kortbrevstatus::Bestilt.to_string()),
        opprettet: Set(millis(now)),
        sha256: Set(None),
        storrelse: Set(None),
        sertifikat: Set(None),
        lagt_ut: Set(None),
        hentet: Set(None),
        ferdig: Set(None),
        arsak: Set(None),
        tidligst: Set(millis(now)),
        forsok: Set(0),
        leie_merke: Set(None),
        leie_utloper: Set(None),
    };
    kortbrev::Entity::insert(row).exec_without_returning(&tx.0).await?;
    Ok(())
}

/// Leases up to `antall` letters that are to be laid out: two workers never get the same one.
pub async fn claim(
    tx: &Tx,
    leie: Uuid,
    now: Timestamp,
    until: Timestamp,
    antall: u64,
) -> Result<Vec<Kortbrevleie>, StoreError> {
    let rows = lease::claim::<kortbrev::Entity>(tx, to_do(), leie, now, until, antall).await?;
    rows.into_iter()
        .map(|row| {
            let forsok = row.forsok.unsigned_abs();
            Ok(Kortbrevleie { brev: read(row)?, forsok, leie })
        })
        .collect()
}

/// When the next letter is due; `None` when there is none.
pub async fn next_due(conn: &impl Conn) -> Result<Option<Timestamp>, StoreError> {
    lease::next_due::<kortbrev::Entity>(conn, to_do()).await
}

/// Gives a letter back, to be tried again at `tidligst`.
pub async fn retry(tx: &Tx, leie: &Kortbrevleie, tidligst: Timestamp) -> Result<bool, StoreError> {
    lease::retry::<kortbrev::Entity>(tx, leie.brev.id.0, leie.leie, tidligst).await
}

/// Keeps the sealed PDF; the lease goes on. False when that is no longer ours.
pub async fn forsegl(tx: &Tx, leie: &Kortbrevleie, om: &Forseglet, pdf: &Bytes) -> Result<bool, StoreError> {
    let size = i64::try_from(om.storrelse).map_err(|_| StoreError::Internal("a letter is too large".to_owned()))?;
    let update = ours(leie)
        .col_expr(kortbrev::Column::Status, Expr::value(Kortbrevstatus::Klar.as_str()))
        .col_expr(kortbrev::Column::Sha256, Expr::value(om.sha256.to_vec()))
        .col_expr(kortbrev::Column::Storrelse, Expr::value(size))
        .col_expr(kortbrev::Column::Sertifikat, Expr::value(om.sertifikat.clone()))
        .filter(kortbrev::Column::Status.eq(Kortbrevstatus::Bestilt.as_str()));
    if update.exec(&tx.0).await?.rows_affected != 1 {
        return Ok(false);
    }
    let row = kortbrevinnhold::ActiveModel { brev_id: Set(leie.brev.id.0), pdf: Set(pdf.to_vec()) };
    kortbrevinnhold::Entity::insert(row).exec_without_returning(&tx.0).await?;
    Ok(true)
}

/// The print supplier can take it now, and the lease ends. False when that is no longer ours.
pub async fn set_lagt_ut(tx: &Tx, leie: &Kortbrevleie, now: Timestamp) -> Result<bool, StoreError> {
    let update = ended(ours(leie))
        .col_expr(kortbrev::Column::LagtUt, Expr::value(millis(now)))
        .filter(kortbrev::Column::Status.eq(Kortbrevstatus::Klar.as_str()));
    Ok(update.exec(&tx.0).await?.rows_affected == 1)
}

/// The letter will not be sent, and its content is erased. False when the lease is no longer ours.
pub async fn ikke_sendt(tx: &Tx, leie: &Kortbrevleie, now: Timestamp, arsak: &str) -> Result<bool, StoreError> {
    let update = ended(ours(leie))
        .col_expr(kortbrev::Column::Status, Expr::value(Kortbrevstatus::IkkeSendt.as_str()))
        .col_expr(kortbrev::Column::Ferdig, Expr::value(millis(now)))
        .col_expr(kortbrev::Column::Arsak, Expr::value(arsak))
        .filter(to_do());
    let done = update.exec(&tx.0).await?.rows_affected == 1;
    if done {
        erase(tx, leie.brev.id).await?;
    }
    Ok(done)
}

pub async fn find(conn: &impl Conn, id: BrevId) -> Result<Option<Kortbrev>, StoreError> {
    kortbrev::Entity::find_by_id(id.0).one(conn.raw()).await?.map(read).transpose()
}

/// The letter of a card, if one was ordered.
pub async fn av_bevis(conn: &impl Conn, bevis: BevisId) -> Result<Option<Kortbrev>, StoreError> {
    let query = kortbrev::Entity::find().filter(kortbrev::Column::BevisId.eq(bevis.0));
    query.one(conn.raw()).await?.map(read).transpose()
}

/// Letters that wait for the print supplier, oldest first.
pub async fn ventende(conn: &impl Conn, etter: Option<Markor>, antall: u64) -> Result<Vec<Kortbrev>, StoreError> {
    let mut query = kortbrev::Entity::find()
        .filter(kortbrev::Column::Status.eq(Kortbrevstatus::Klar.as_str()))
        .filter(kortbrev::Column::LagtUt.is_not_null());
    if let Some(Markor(id)) = etter {
        query = query.filter(kortbrev::Column::Id.gt(id));
    }
    query.order_by_asc(kortbrev::Column::Id).limit(antall).all(conn.raw()).await?.into_iter().map(read).collect()
}

/// The sealed PDF, until it is erased.
pub async fn pdf(conn: &impl Conn, id: BrevId) -> Result<Option<Bytes>, StoreError> {
    let row = kortbrevinnhold::Entity::find_by_id(id.0).one(conn.raw()).await?;
    Ok(row.map(|row| Bytes::from(row.pdf)))
}

/// The print supplier has fetched it; only the first time counts.
pub async fn set_hentet(tx: &Tx, id: BrevId, now: Timestamp) -> Result<(), StoreError> {
    kortbrev::Entity::update_many()
        .col_expr(kortbrev::Column::Hentet, Expr::value(millis(now)))
        .filter(kortbrev::Column::Id.eq(id.0))
        .filter(kortbrev::Column::Hentet.is_null())
        .exec(&tx.0)
        .await?;
    Ok(())
}

/// The letter is posted or refused: its content is erased, and no worker has it any more. Call it with the card
/// [locked](super::ledsagerbevis::lock).
pub async fn finish(tx: &Tx, brev: &Kortbrev) -> Result<(), StoreError> {
    ended(kortbrev::Entity::update_many())
        .col_expr(kortbrev::Column::Status, Expr::value(brev.status.as_str()))
        .col_expr(kortbrev::Column::LagtUt, Expr::value(brev.lagt_ut.map(millis)))
        .col_expr(kortbrev::Column::Ferdig, Expr::value(brev.ferdig.map(millis)))
        .col_expr(kortbrev::Column::Arsak, Expr::value(brev.arsak.clone()))
        .filter(kortbrev::Column::Id.eq(brev.id.0))
        .exec(&tx.0)
        .await?;
    erase(tx, brev.id).await
}

async fn erase(tx: &Tx, id: BrevId) -> Result<(), StoreError> {
    kortbrevinnhold::Entity::delete_by_id(id.0).exec(&tx.0).await?;
    Ok(())
}

/// Letters that a worker has still to lay out.
fn to_do() -> Condition {
    let unfinished = [Kortbrevstatus::Bestilt, Kortbrevstatus::Klar].map(Kortbrevstatus::as_str);
    Condition::all().add(kortbrev::Column::Status.is_in(unfinished)).add(kortbrev::Column::LagtUt.is_null())
}

fn ours(leie: &Kortbrevleie) -> UpdateMany<kortbrev::Entity> {
    kortbrev::Entity::update_many().filter(lease::held::<kortbrev::Entity>(leie.brev.id.0, leie.leie))
}

fn ended(update: UpdateMany<kortbrev::Entity>) -> UpdateMany<kortbrev::Entity> {
    update
        .col_expr(kortbrev::Column::LeieMerke, Expr::value(Option::<Uuid>::None))
        .col_expr(kortbrev::Column::LeieUtloper, Expr::value(Option::<i64>::None))
}

fn read(row: kortbrev::Model) -> Result<Kortbrev, StoreError> {
    let forseglet = match (row.sha256, row.storrelse) {
        (Some(sha256), Some(size)) => {
            Some(Forseglet { sha256: digest(&sha256)?, storrelse: size.unsigned_abs(), sertifikat: row.sertifikat })
        }
        (None, None) => None,
        _ => return Err(StoreError::corrupt("kortbrev.sha256")),
    };
    Ok(Kortbrev {
        id: BrevId(row.id),
        bevis: BevisId(row.bevis_id),
        status: parse(&row.status, "kortbrev.status")?,
        opprettet: time(row.opprettet)?,
        forseglet,
        lagt_ut: row.lagt_ut.map(time).transpose()?,
        hentet: row.hentet.map(time).transpose()?,
        ferdig: row.ferdig.map(time).transpose()?,
        arsak: row.arsak,
    })
}
