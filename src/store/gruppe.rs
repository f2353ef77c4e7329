//! Groups of those who work with companion cards, and who is in them. A group is never read without its organisation.

use std::collections::HashMap;

use jiff::Timestamp;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Select, sea_query::Expr};
use uuid::Uuid;

use super::{
    Conn, StoreError, Tx, digest,
    entity::{gruppe, gruppemedlem},
    millis, parse, time,
};
use crate::model::{
    FiksOrgId, GruppeId,
    gruppe::{Gruppe, Gruppemedlem, Medlemsart, Medlemskap},
};

/// The table, the column of digests and the sealed columns of a member: their names are part of what is sealed.
pub const MEDLEM: &str = "gruppemedlem";
pub const PERSON: &str = "gruppemedlem.person";
pub const NAVN: &str = "navn";
pub const FNR: &str = "fnr";

/// Every group of an organisation, oldest first.
pub async fn av_organisasjon(conn: &impl Conn, organisasjon: FiksOrgId) -> Result<Vec<Gruppe>, StoreError> {
    let query = gruppe::Entity::find().filter(gruppe::Column::OrganisasjonId.eq(organisasjon.0));
    query.order_by_asc(gruppe::Column::Id).all(conn.raw()).await?.into_iter().map(read).collect()
}

pub async fn find(conn: &impl Conn, organisasjon: FiksOrgId, id: GruppeId) -> Result<Option<Gruppe>, StoreError> {
    let query = gruppe::Entity::find_by_id(id.0).filter(gruppe::Column::OrganisasjonId.eq(organisasjon.0));
    query.one(conn.raw()).await?.map(read).transpose()
}

pub async fn insert(tx: &Tx, new: &Gruppe) -> Result<(), StoreError> {
    let row = gruppe::ActiveModel {
        id: Set(new.id.0),
        organisasjon_id: Set(new.organisasjon.0),
        navn: Set(new.navn.clone()),
        opprettet: Set(millis(new.opprettet)),
    };
    gruppe::Entity::insert(row).exec_without_returning(&tx.0).await?;
    Ok(())
}

pub async fn rename(tx: &Tx, id: GruppeId, navn: &str) -> Result<(), StoreError> {
    let update = gruppe::Entity::update_many().col_expr(gruppe::Column::Navn, Expr::value(navn));
    update.filter(gruppe::Column::Id.eq(id.0)).exec(&tx.0).await?;
    Ok(())
}

/// What a person is in which groups now, by the keyed digest of the fødselsnummer.
pub async fn av_person(conn: &impl Conn, person: [u8; 32]) -> Result<Vec<Medlemskap>, StoreError> {
    let query = current().filter(gruppemedlem::Column::Person.eq(person.to_vec()));
    let rows = query.order_by_asc(gruppemedlem::Column::Id).all(conn.raw()).await?;
    let ids = rows.iter().map(|row| row.gruppe_id);
    let groups = gruppe::Entity::find().filter(gruppe::Column::Id.is_in(ids)).all(conn.raw()).await?;
    let owners: HashMap<Uuid, Uuid> = groups.into_iter().map(|row| (row.id, row.organisasjon_id)).collect();
    let membership = |row: gruppemedlem::Model| {
        let owner = owners.get(&row.gruppe_id).ok_or_else(|| StoreError::corrupt("gruppemedlem.gruppe_id"))?;
        Ok(Medlemskap {
            id: row.id,
            organisasjon: FiksOrgId(*owner),
            gruppe: GruppeId(row.gruppe_id),
            art: parse(&row.art, "art")?,
        })
    };
    rows.into_iter().map(membership).collect()
}

/// The present members of a group, in the order in which they came.
pub async fn medlemmer(conn: &impl Conn, gruppe: GruppeId) -> Result<Vec<Gruppemedlem>, StoreError> {
    let query = current().filter(gruppemedlem::Column::GruppeId.eq(gruppe.0));
    query.order_by_asc(gruppemedlem::Column::Id).all(conn.raw()).await?.into_iter().map(read_medlem).collect()
}

/// Members by their ids, those who have left too.
pub async fn medlemmer_med_id(
    conn: &impl Conn,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<Gruppemedlem>, StoreError> {
    let query = gruppemedlem::Entity::find().filter(gruppemedlem::Column::Id.is_in(ids));
    query.all(conn.raw()).await?.into_iter().map(read_medlem).collect()
}

pub async fn insert_medlem(tx: &Tx, new: &Gruppemedlem) -> Result<(), StoreError> {
    let row = gruppemedlem::ActiveModel {
        id: Set(new.id),
        gruppe_id: Set(new.gruppe.0),
        art: Set(new.art.as_str().to_owned()),
        person: Set(new.person.to_vec()),
        navn: Set(new.navn.clone()),
        fnr: Set(new.fnr.clone()),
        gitt: Set(millis(new.gitt)),
        tatt: Set(new.tatt.map(millis)),
    };
    gruppemedlem::Entity::insert(row).exec_without_returning(&tx.0).await?;
    Ok(())
}

/// Seals a member's name and number anew.
pub async fn reseal_medlem(tx: &Tx, id: Uuid, navn: &[u8], fnr: &[u8]) -> Result<(), StoreError> {
    let update = gruppemedlem::Entity::update_many()
        .col_expr(gruppemedlem::Column::Navn, Expr::value(navn))
        .col_expr(gruppemedlem::Column::Fnr, Expr::value(fnr));
    update.filter(gruppemedlem::Column::Id.eq(id)).exec(&tx.0).await?;
    Ok(())
}

/// Ends a membership.
pub async fn end_medlem(tx: &Tx, id: Uuid, tatt: Timestamp) -> Result<(), StoreError> {
    let update = gruppemedlem::Entity::update_many().col_expr(gruppemedlem::Column::Tatt, Expr::value(millis(tatt)));
    update.filter(gruppemedlem::Column::Id.eq(id)).exec(&tx.0).await?;
    Ok(())
}

/// Deletes the memberships that ended before an instant.
pub async fn delete_tidligere(tx: &Tx, grense: Timestamp) -> Result<(), StoreError> {
    let old = gruppemedlem::Entity::delete_many().filter(gruppemedlem::Column::Tatt.lt(millis(grense)));
    old.exec(&tx.0).await?;
    Ok(())
}

fn current() -> Select<gruppemedlem::Entity> {
    gruppemedlem::Entity::find().filter(gruppemedlem::Column::Tatt.is_null())
}

fn read(row: gruppe::Model) -> Result<Gruppe, StoreError> {
    Ok(Gruppe {
        id: GruppeId(row.id),
        organisasjon: FiksOrgId(row.organisasjon_id),
        navn: row.navn,
        opprettet: time(row.opprettet)?,
    })
}

fn read_medlem(row: gruppemedlem::Model) -> Result<Gruppemedlem, StoreError> {
    Ok(Gruppemedlem {
        id: row.id,
        gruppe: GruppeId(row.gruppe_id),
        art: parse::<Medlemsart>(&row.art, "art")?,
        person: digest(&row.person)?,
        navn: row.navn,
        fnr: row.fnr,
        gitt: time(row.gitt)?,
        tatt: row.tatt.map(time).transpose()?,
    })
}
