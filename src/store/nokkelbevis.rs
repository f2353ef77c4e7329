//! Certificates that wait for their owner to show the private key. At most one for each office.

use jiff::Timestamp;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};

use super::{Conn, StoreError, Tx, digest, entity::nokkelbevis, millis, time};
use crate::model::{NokkelbevisId, RessursId, nokkel::Nokkelbevis};

/// What waits for these offices at a moment.
pub async fn ventende(
    conn: &impl Conn,
    bydeler: impl IntoIterator<Item = RessursId>,
    now: Timestamp,
) -> Result<Vec<Nokkelbevis>, StoreError> {
    nokkelbevis::Entity::find()
        .filter(nokkelbevis::Column::RessursId.is_in(bydeler.into_iter().map(|id| id.0)))
        .filter(nokkelbevis::Column::Utloper.gt(millis(now)))
        .all(conn.raw())
        .await?
        .into_iter()
        .map(read)
        .collect()
}

/// Lets a certificate wait in the place of the one that did.
pub async fn replace(tx: &Tx, new: &Nokkelbevis) -> Result<(), StoreError> {
    delete(tx, new.bydel).await?;
    let row = nokkelbevis::ActiveModel {
        id: Set(new.id.0),
        ressurs_id: Set(new.bydel.0),
        pem: Set(new.pem.clone()),
        utfordring: Set(new.utfordring.clone()),
        svar_sha256: Set(new.svar_sha256.to_vec()),
        utloper: Set(millis(new.utloper)),
        forsok: Set(new.forsok),
    };
    nokkelbevis::Entity::insert(row).exec_without_returning(&tx.0).await?;
    Ok(())
}

/// Notes how many wrong answers there have been.
pub async fn set_forsok(tx: &Tx, id: NokkelbevisId, forsok: i32) -> Result<(), StoreError> {
    nokkelbevis::Entity::update_many()
        .col_expr(nokkelbevis::Column::Forsok, Expr::value(forsok))
        .filter(nokkelbevis::Column::Id.eq(id.0))
        .exec(&tx.0)
        .await?;
    Ok(())
}

/// Nothing waits for the office any more.
pub async fn delete(tx: &Tx, bydel: RessursId) -> Result<(), StoreError> {
    let query = nokkelbevis::Entity::delete_many().filter(nokkelbevis::Column::RessursId.eq(bydel.0));
    query.exec(&tx.0).await?;
    Ok(())
}

fn read(row: nokkelbevis::Model) -> Result<Nokkelbevis, StoreError> {
    Ok(Nokkelbevis {
        id: NokkelbevisId(row.id),
        bydel: RessursId(row.ressurs_id),
        pem: row.pem,
        utfordring: row.utfordring,
        svar_sha256: digest(&row.svar_sha256)?,
        utloper: time(row.utloper)?,
        forsok: row.forsok,
    })
}
