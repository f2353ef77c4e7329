//! Letters, from the decision to print until they are posted or refused.

use jiff::Timestamp;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};

use super::{Conn, StoreError, Tx, entity::brev, from_json, millis, parse, time, to_json};
use crate::model::{
    BrevId, MeldingId,
    brev::{Brev, Brevstatus},
    side::Markor,
};

pub async fn insert(tx: &Tx, new: &Brev) -> Result<(), StoreError> {
    let row = brev::ActiveModel {
        id: Set(new.id.0),
        melding_id: Set(new.melding.0),
        adresse: Set(to_json(&new.adresse)?),
        sertifikat: Set(new.sertifikat.clone()),
        status: Set(new.status.to_string()),
        opprettet: Set(millis(new.opprettet)),
        lagt_ut: Set(new.lagt_ut.map(millis)),
        hentet: Set(new.hentet.map(millis)),
        ferdig: Set(new.ferdig.map(millis)),
        arsak: Set(new.arsak.clone()),
    };
    brev::Entity::insert(row).exec_without_returning(&tx.0).await?;
    Ok(())
}

pub async fn find(conn: &impl Conn, id: BrevId) -> Result<Option<Brev>, StoreError> {
    brev::Entity::find_by_id(id.0).one(conn.raw()).await?.map(read).transpose()
}

/// The letter of a report that is still to be printed. There is at most one.
pub async fn klart(conn: &impl Conn, melding: MeldingId) -> Result<Option<Brev>, StoreError> {
    brev::Entity::find()
        .filter(brev::Column::MeldingId.eq(melding.0))
        .filter(brev::Column::Status.eq(Brevstatus::Klar.as_str()))
        .order_by_desc(brev::Column::Id)
        .one(conn.raw())
        .await?
        .map(read)
        .transpose()
}

/// Letters that wait for the print supplier, oldest first.
pub async fn ventende(conn: &impl Conn, etter: Option<Markor>, antall: u64) -> Result<Vec<Brev>, StoreError> {
    let mut query = brev::Entity::find()
        .filter(brev::Column::Status.eq(Brevstatus::Klar.as_str()))
        .filter(brev::Column::LagtUt.is_not_null());
    if let Some(Markor(id)) = etter {
        query = query.filter(brev::Column::Id.gt(id));
    }
    query.order_by_asc(brev::Column::Id).limit(antall).all(conn.raw()).await?.into_iter().map(read).collect()
}

/// The print supplier can take it now.
pub async fn set_lagt_ut(tx: &Tx, id: BrevId, now: Timestamp) -> Result<(), StoreError> {
    note(tx, id, brev::Column::LagtUt, now).await
}

/// The letter is to be laid out again.
pub async fn unset_lagt_ut(tx: &Tx, id: BrevId) -> Result<(), StoreError> {
    brev::Entity::update_many()
        .col_expr(brev::Column::LagtUt, Expr::value(Option::<i64>::None))
        .filter(brev::Column::Id.eq(id.0))
        .exec(&tx.0)
        .await?;
    Ok(())
}

/// The print supplier has fetched it; only the first time counts.
pub async fn set_hentet(tx: &Tx, id: BrevId, now: Timestamp) -> Result<(), StoreError> {
    note(tx, id, brev::Column::Hentet, now).await
}

async fn note(tx: &Tx, id: BrevId, column: brev::Column, now: Timestamp) -> Result<(), StoreError> {
    brev::Entity::update_many()
        .col_expr(column, Expr::value(millis(now)))
        .filter(brev::Column::Id.eq(id.0))
        .filter(column.is_null())
        .exec(&tx.0)
        .await?;
    Ok(())
}

/// The letter is posted or refused. Call it with the report [locked](super::melding::lock).
pub async fn finish(
    tx: &Tx,
    id: BrevId,
    status: Brevstatus,
    now: Timestamp,
    arsak: Option<&str>,
) -> Result<(), StoreError> {
    brev::Entity::update_many()
        .col_expr(brev::Column::Status, Expr::value(status.as_str()))
        .col_expr(brev::Column::Ferdig, Expr::value(millis(now)))
        .col_expr(brev::Column::Arsak, Expr::value(arsak.map(str::to_owned)))
        .filter(brev::Column::Id.eq(id.0))
        .exec(&tx.0)
        .await?;
    Ok(())
}

fn read(row: brev::Model) -> Result<Brev, StoreError> {
    Ok(Brev {
        id: BrevId(row.id),
        melding: MeldingId(row.melding_id),
        adresse: from_json(&row.adresse, "brev.adresse")?,
        sertifikat: row.sertifikat,
        status: parse(&row.status, "brev.status")?,
        opprettet: time(row.opprettet)?,
        lagt_ut: row.lagt_ut.map(time).transpose()?,
        hentet: row.hentet.map(time).transpose()?,
        ferdig: row.ferdig.map(time).transpose()?,
        arsak: row.arsak,
    })
}
