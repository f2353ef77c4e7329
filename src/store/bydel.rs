//! Offices as their municipality's own administration sees and changes them: active or not, and by their own id.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{
    Conn, StoreError, Tx,
    entity::{bydel, kommune},
    kommune::{bydel_row, read_bydel, read_kommune},
};
use crate::model::{
    FiksOrgId, IntegrasjonId, Kommunenummer,
    kommune::{Bydel, Kommune},
};

/// The municipalities that these organisations receive for, by number.
pub async fn kommuner_til(
    conn: &impl Conn,
    organisasjoner: impl IntoIterator<Item = FiksOrgId>,
) -> Result<Vec<Kommune>, StoreError> {
    let theirs = kommune::Column::OrganisasjonId.is_in(organisasjoner.into_iter().map(|id| id.0));
    let query = kommune::Entity::find().filter(theirs);
    query.order_by_asc(kommune::Column::Kommunenummer).all(conn.raw()).await?.into_iter().map(read_kommune).collect()
}

/// Every office of these organisations (`None`: of all), active or not, by number; each with its municipality.
pub async fn til_organisasjoner(
    conn: &impl Conn,
    organisasjoner: Option<&[FiksOrgId]>,
) -> Result<Vec<(Kommune, Bydel)>, StoreError> {
    let mut query = bydel::Entity::find().find_also_related(kommune::Entity);
    if let Some(only) = organisasjoner {
        query = query.filter(kommune::Column::OrganisasjonId.is_in(only.iter().map(|id| id.0)));
    }
    let rows = query.order_by_asc(bydel::Column::Kommunenummer).order_by_asc(bydel::Column::Bydelsnummer);
    let both = |(office, municipality): (bydel::Model, Option<kommune::Model>)| {
        let municipality = municipality.ok_or_else(|| StoreError::corrupt("bydel.kommunenummer"))?;
        Ok((read_kommune(municipality)?, read_bydel(office)?))
    };
    rows.all(conn.raw()).await?.into_iter().map(both).collect()
}

/// The office that reports through this access to the SvarInn look-alike are fetched for.
pub async fn med_svarinn(conn: &impl Conn, integrasjon: IntegrasjonId) -> Result<Option<Bydel>, StoreError> {
    let query = bydel::Entity::find().filter(bydel::Column::SvarinnIntegrasjonId.eq(integrasjon.0));
    query.one(conn.raw()).await?.map(read_bydel).transpose()
}

/// Keeps others from changing the municipality's offices until the transaction ends, and gives all of them, by number.
/// (SQLite has one writer, so there is nothing to lock.)
pub async fn hold(tx: &Tx, nummer: Kommunenummer) -> Result<Vec<Bydel>, StoreError> {
    kommune::Entity::find_by_id(nummer.as_str()).lock_exclusive().one(&tx.0).await?;
    bydel::Entity::find()
        .filter(bydel::Column::Kommunenummer.eq(nummer.as_str()))
        .order_by_asc(bydel::Column::Bydelsnummer)
        .all(&tx.0)
        .await?
        .into_iter()
        .map(read_bydel)
        .collect()
}

pub async fn insert(tx: &Tx, new: &Bydel) -> Result<(), StoreError> {
    bydel::Entity::insert(bydel_row(new)?).exec_without_returning(&tx.0).await?;
    Ok(())
}

/// Writes everything about an office that is known by its own id: its number may be another one than before.
pub async fn update(tx: &Tx, new: &Bydel) -> Result<(), StoreError> {
    let query = bydel::Entity::update_many().set(bydel_row(new)?).filter(bydel::Column::RessursId.eq(new.id.0));
    query.exec(&tx.0).await?;
    Ok(())
}
