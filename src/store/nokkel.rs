//! Certificates that reports are sealed to, newest first.

use jiff::Timestamp;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait, Order, QueryFilter, QueryOrder,
    sea_query::{Expr, NullOrdering},
};

use super::{Conn, StoreError, Tx, entity::nokkel, millis, parse, time};
use crate::model::{
    Bydelsnummer, Kommunenummer,
    nokkel::{Nokkel, NokkelEier},
};

/// Each owner's current certificate, and before it in time those that were replaced after `since`.
pub async fn gjeldende(
    conn: &impl Conn,
    eiere: impl IntoIterator<Item = NokkelEier>,
    since: Timestamp,
) -> Result<Vec<Nokkel>, StoreError> {
    nokkel::Entity::find()
        .filter(eiere.into_iter().map(owned_by).fold(Condition::any(), Condition::add))
        .filter(Condition::any().add(nokkel::Column::Avlost.is_null()).add(nokkel::Column::Avlost.gt(millis(since))))
        .order_by_with_nulls(nokkel::Column::Avlost, Order::Desc, NullOrdering::First)
        .order_by_desc(nokkel::Column::Registrert)
        .order_by_desc(nokkel::Column::Id)
        .all(conn.raw())
        .await?
        .into_iter()
        .map(read)
        .collect()
}

/// The current certificates of the offices of these municipalities.
pub async fn til_kommuner(conn: &impl Conn, kommuner: &[Kommunenummer]) -> Result<Vec<Nokkel>, StoreError> {
    nokkel::Entity::find()
        .filter(nokkel::Column::Kommunenummer.is_in(kommuner.iter().map(Kommunenummer::as_str)))
        .filter(nokkel::Column::Avlost.is_null())
        .all(conn.raw())
        .await?
        .into_iter()
        .map(read)
        .collect()
}

/// Lets every certificate of an office, the former ones too, follow it to its new number.
pub async fn renumber(tx: &Tx, kommune: Kommunenummer, fra: Bydelsnummer, til: Bydelsnummer) -> Result<(), StoreError> {
    nokkel::Entity::update_many()
        .col_expr(nokkel::Column::Bydelsnummer, Expr::value(til.as_str()))
        .filter(owned_by(NokkelEier::Bydel(kommune, fra)))
        .exec(&tx.0)
        .await?;
    Ok(())
}

/// Registers a certificate as the owner's current one; the former current one is replaced at the same time.
pub async fn replace(tx: &Tx, new: &Nokkel) -> Result<(), StoreError> {
    nokkel::Entity::update_many()
        .col_expr(nokkel::Column::Avlost, Expr::value(millis(new.registrert)))
        .filter(owned_by(new.eier))
        .filter(nokkel::Column::Avlost.is_null())
        .exec(&tx.0)
        .await?;
    let (kommunenummer, bydelsnummer) = match new.eier {
        NokkelEier::Bydel(kommune, bydel) => (Some(kommune.to_string()), Some(bydel.to_string())),
        NokkelEier::Print => (None, None),
    };
    let row = nokkel::ActiveModel {
        id: Set(new.id),
        kommunenummer: Set(kommunenummer),
        bydelsnummer: Set(bydelsnummer),
        pem: Set(new.pem.clone()),
        registrert: Set(millis(new.registrert)),
        avlost: Set(new.avlost.map(millis)),
    };
    nokkel::Entity::insert(row).exec_without_returning(&tx.0).await?;
    Ok(())
}

fn owned_by(eier: NokkelEier) -> Condition {
    let (kommune, bydel) = (nokkel::Column::Kommunenummer, nokkel::Column::Bydelsnummer);
    match eier {
        NokkelEier::Bydel(k, b) => Condition::all().add(kommune.eq(k.as_str())).add(bydel.eq(b.as_str())),
        NokkelEier::Print => Condition::all().add(kommune.is_null()).add(bydel.is_null()),
    }
}

pub(super) fn read(row: nokkel::Model) -> Result<Nokkel, StoreError> {
    let eier = match (row.kommunenummer, row.bydelsnummer) {
        (Some(k), Some(b)) => NokkelEier::Bydel(parse(&k, "kommunenummer")?, parse(&b, "bydelsnummer")?),
        _ => NokkelEier::Print,
    };
    let avlost = row.avlost.map(time).transpose()?;
    Ok(Nokkel { id: row.id, eier, pem: row.pem, registrert: time(row.registrert)?, avlost })
}
