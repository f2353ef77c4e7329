//! Offices, as their administrators see them: active or not.

use std::collections::HashMap;

use sea_orm::{
    ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait as _, Select,
};
use uuid::Uuid;

use super::{
    super::{
        Conn, StoreError,
        entity::{
            bydel::{self, Column as C},
            kommune,
        },
        kommune::{read_bydel, read_kommune},
    },
    Omrade, sok,
};
use crate::model::{FiksOrgId, RessursId, kommune::Bydel};

/// One page of offices with the organisation that receives for each, by number.
pub async fn bydeler(
    conn: &impl Conn,
    omrade: &Omrade,
    text: Option<&str>,
    fra: u64,
    antall: u64,
) -> Result<Vec<(FiksOrgId, Bydel)>, StoreError> {
    let query = fitting(omrade, text).order_by_asc(C::Kommunenummer).order_by_asc(C::Bydelsnummer);
    let rows = query.offset(fra).limit(antall).all(conn.raw()).await?;
    let numbers: Vec<_> = rows.iter().map(|row| row.kommunenummer.clone()).collect();
    let kommuner =
        kommune::Entity::find().filter(kommune::Column::Kommunenummer.is_in(numbers)).all(conn.raw()).await?;
    let owners = kommuner.into_iter().map(|row| read_kommune(row).map(|kommune| (kommune.kommunenummer, kommune)));
    let owners: HashMap<_, _> = owners.collect::<Result<_, _>>()?;
    rows.into_iter()
        .map(|row| {
            let bydel = read_bydel(row)?;
            let owner = owners.get(&bydel.kommunenummer).ok_or_else(|| StoreError::corrupt("bydel.kommunenummer"))?;
            Ok((owner.organisasjon, bydel))
        })
        .collect()
}

/// How many offices fit.
pub async fn antall_bydeler(conn: &impl Conn, omrade: &Omrade, text: Option<&str>) -> Result<u64, StoreError> {
    Ok(fitting(omrade, text).count(conn.raw()).await?)
}

/// The names of offices that exist.
pub async fn navn(
    conn: &impl Conn,
    bydeler: impl IntoIterator<Item = RessursId>,
) -> Result<HashMap<RessursId, String>, StoreError> {
    let query = bydel::Entity::find().filter(C::RessursId.is_in(bydeler.into_iter().map(|id| id.0)));
    let rows: Vec<(Uuid, String)> =
        query.select_only().column(C::RessursId).column(C::Navn).into_tuple().all(conn.raw()).await?;
    Ok(rows.into_iter().map(|(id, navn)| (RessursId(id), navn)).collect())
}

fn fitting(omrade: &Omrade, text: Option<&str>) -> Select<bydel::Entity> {
    let mut all = Condition::all();
    if let Some(mottakere) = &omrade.mottakere {
        let kommuner = kommune::Entity::find()
            .select_only()
            .column(kommune::Column::Kommunenummer)
            .filter(kommune::Column::OrganisasjonId.is_in(mottakere.iter().map(|id| id.0)))
            .into_query();
        all = all.add(C::Kommunenummer.in_subquery(kommuner));
    }
    if let Some(bydeler) = &omrade.bydeler {
        all = all.add(C::RessursId.is_in(bydeler.iter().map(|id| id.0)));
    }
    text.into_iter().fold(bydel::Entity::find().filter(all), |query, text| query.filter(sok::bydeler(text)))
}
