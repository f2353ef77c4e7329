//! Who changed or read what.

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::{Conn, StoreError, Tx, entity::revisjon, from_json, millis, time, to_json};
use crate::model::{
    FiksOrgId, IntegrasjonId,
    revisjon::{Aktor, Revisjon},
    side::Markor,
};

/// Adds an entry, in the transaction that does what it tells of.
pub async fn append(tx: &Tx, new: &Revisjon) -> Result<(), StoreError> {
    let row = revisjon::ActiveModel {
        id: Set(new.id),
        tidspunkt: Set(millis(new.tidspunkt)),
        aktor_type: Set(new.aktor.kind().to_owned()),
        aktor_id: Set(new.aktor.id()),
        organisasjon_id: Set(new.organisasjon.map(|id| id.0)),
        handling: Set(new.handling.clone()),
        objekt_id: Set(new.objekt),
        tilstand_for: Set(new.for_endring.as_ref().map(to_json).transpose()?),
        tilstand_etter: Set(new.etter_endring.as_ref().map(to_json).transpose()?),
    };
    revisjon::Entity::insert(row).exec_without_returning(&tx.0).await?;
    Ok(())
}

/// What concerned an organisation, newest first; with `objekter`, only what was done to one of those.
pub async fn av_organisasjon(
    conn: &impl Conn,
    organisasjon: FiksOrgId,
    objekter: Option<&[Uuid]>,
    eldre_enn: Option<Markor>,
    antall: u64,
) -> Result<Vec<Revisjon>, StoreError> {
    let mut query = revisjon::Entity::find().filter(revisjon::Column::OrganisasjonId.eq(organisasjon.0));
    if let Some(objekter) = objekter {
        query = query.filter(revisjon::Column::ObjektId.is_in(objekter.iter().copied()));
    }
    if let Some(Markor(id)) = eldre_enn {
        query = query.filter(revisjon::Column::Id.lt(id));
    }
    query.order_by_desc(revisjon::Column::Id).limit(antall).all(conn.raw()).await?.into_iter().map(read).collect()
}

/// What was done to one thing, of these kinds, oldest first.
pub async fn av_objekt(conn: &impl Conn, objekt: Uuid, handlinger: &[&str]) -> Result<Vec<Revisjon>, StoreError> {
    let query = revisjon::Entity::find()
        .filter(revisjon::Column::ObjektId.eq(objekt))
        .filter(revisjon::Column::Handling.is_in(handlinger.iter().copied()));
    query.order_by_asc(revisjon::Column::Id).all(conn.raw()).await?.into_iter().map(read).collect()
}

/// The entries that tell of one kind of act on these objects, in no order.
pub async fn om(
    conn: &impl Conn,
    objekter: impl IntoIterator<Item = Uuid>,
    handling: &str,
) -> Result<Vec<Revisjon>, StoreError> {
    let query = revisjon::Entity::find()
        .filter(revisjon::Column::ObjektId.is_in(objekter))
        .filter(revisjon::Column::Handling.eq(handling));
    query.all(conn.raw()).await?.into_iter().map(read).collect()
}

fn read(row: revisjon::Model) -> Result<Revisjon, StoreError> {
    let aktor = match (row.aktor_type.as_str(), row.aktor_id) {
        ("INTEGRASJON", Some(id)) => Aktor::Integrasjon(IntegrasjonId(id)),
        ("PERSON", Some(id)) => Aktor::Person(id),
        ("PLATTFORM", None) => Aktor::Plattform,
        _ => return Err(StoreError::corrupt("aktor_type")),
    };
    Ok(Revisjon {
        id: row.id,
        tidspunkt: time(row.tidspunkt)?,
        aktor,
        organisasjon: row.organisasjon_id.map(FiksOrgId),
        handling: row.handling,
        objekt: row.objekt_id,
        for_endring: row.tilstand_for.map(|text| from_json(&text, "tilstand_for")).transpose()?,
        etter_endring: row.tilstand_etter.map(|text| from_json(&text, "tilstand_etter")).transpose()?,
    })
}
