//! The roles that persons hold.

use std::collections::HashMap;

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, sea_query::Expr};
use uuid::Uuid;

use super::{Conn, StoreError, Tx, digest, entity::rolle, millis, parse, time};
use crate::model::{
    FiksOrgId, RessursId,
    rolle::{Rolle, Rolleinnehav},
};

/// Everything that a person holds, by the keyed digest of the fødselsnummer.
pub async fn av_person(conn: &impl Conn, person: [u8; 32]) -> Result<Vec<Rolleinnehav>, StoreError> {
    let query = rolle::Entity::find().filter(rolle::Column::Person.eq(person.to_vec()));
    query.order_by_asc(rolle::Column::Id).all(conn.raw()).await?.into_iter().map(read).collect()
}

/// Every role at an organisation, oldest first.
pub async fn av_organisasjon(conn: &impl Conn, organisasjon: FiksOrgId) -> Result<Vec<Rolleinnehav>, StoreError> {
    let query = rolle::Entity::find().filter(rolle::Column::OrganisasjonId.eq(organisasjon.0));
    query.order_by_asc(rolle::Column::Id).all(conn.raw()).await?.into_iter().map(read).collect()
}

pub async fn insert(tx: &Tx, new: &Rolleinnehav) -> Result<(), StoreError> {
    let row = rolle::ActiveModel {
        id: Set(new.id),
        organisasjon_id: Set(new.organisasjon.0),
        person: Set(new.person.to_vec()),
        rolle: Set(new.rolle.as_str().to_owned()),
        ressurs_id: Set(new.bydel.map(|id| id.0)),
        merkelapp: Set(new.merkelapp.clone()),
        gitt: Set(millis(new.gitt)),
    };
    rolle::Entity::insert(row).exec_without_returning(&tx.0).await?;
    Ok(())
}

/// Changes what the holder of a role is known by.
pub async fn set_merkelapp(tx: &Tx, id: Uuid, merkelapp: &str) -> Result<(), StoreError> {
    let update = rolle::Entity::update_many().col_expr(rolle::Column::Merkelapp, Expr::value(merkelapp));
    update.filter(rolle::Column::Id.eq(id)).exec(&tx.0).await?;
    Ok(())
}

/// What the holders of these roles are known by; nothing for a role that is no longer held.
pub async fn merkelapper(
    conn: &impl Conn,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<HashMap<Uuid, String>, StoreError> {
    let rows = rolle::Entity::find().filter(rolle::Column::Id.is_in(ids)).all(conn.raw()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.merkelapp)).collect())
}

/// False when the organisation has no such role.
pub async fn delete(tx: &Tx, organisasjon: FiksOrgId, id: Uuid) -> Result<bool, StoreError> {
    let query = rolle::Entity::delete_by_id(id).filter(rolle::Column::OrganisasjonId.eq(organisasjon.0));
    Ok(query.exec(&tx.0).await?.rows_affected == 1)
}

fn read(row: rolle::Model) -> Result<Rolleinnehav, StoreError> {
    Ok(Rolleinnehav {
        id: row.id,
        organisasjon: FiksOrgId(row.organisasjon_id),
        person: digest(&row.person)?,
        rolle: parse::<Rolle>(&row.rolle, "rolle")?,
        bydel: row.ressurs_id.map(RessursId),
        merkelapp: row.merkelapp,
        gitt: time(row.gitt)?,
    })
}
