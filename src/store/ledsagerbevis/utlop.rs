//! Cards by their last day: which are about to expire, and when those on them are to be told.

use jiff::civil::Date;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::OnConflict,
};

use super::{Bevisrad, read};
use crate::{
    model::{FiksOrgId, ledsagerbevis::BevisId},
    store::{
        Conn, StoreError, Tx,
        entity::{ledsagerbevis, utlopsvarsel},
        parse,
    },
};

/// A card that somebody is to be told of, and since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forfalt {
    pub bevis: BevisId,
    pub neste: Date,
}

/// Says from which day on those on a card are to be told next; `None`: never.
pub async fn sett(tx: &Tx, bevis: BevisId, neste: Option<Date>) -> Result<(), StoreError> {
    use utlopsvarsel::Column as C;
    let Some(neste) = neste else {
        utlopsvarsel::Entity::delete_by_id(bevis.0).exec(&tx.0).await?;
        return Ok(());
    };
    let row = utlopsvarsel::ActiveModel { bevis_id: Set(bevis.0), neste: Set(neste.to_string()) };
    let known = OnConflict::column(C::BevisId).update_column(C::Neste).to_owned();
    utlopsvarsel::Entity::insert(row).on_conflict(known).exec_without_returning(&tx.0).await?;
    Ok(())
}

/// Cards whose day has come, those that have waited longest first, from after one of them on.
pub async fn forfalte(
    conn: &impl Conn,
    today: Date,
    etter: Option<&Forfalt>,
    antall: u64,
) -> Result<Vec<Forfalt>, StoreError> {
    use utlopsvarsel::Column as C;
    let mut query = utlopsvarsel::Entity::find().filter(C::Neste.lte(today.to_string()));
    if let Some(Forfalt { bevis, neste }) = etter {
        let neste = neste.to_string();
        let same = Condition::all().add(C::Neste.eq(neste.clone())).add(C::BevisId.gt(bevis.0));
        query = query.filter(Condition::any().add(C::Neste.gt(neste)).add(same));
    }
    let rows = query.order_by_asc(C::Neste).order_by_asc(C::BevisId).limit(antall).all(conn.raw()).await?;
    rows.into_iter().map(read_forfalt).collect()
}

/// From which day on those on a card are to be told.
pub async fn neste(conn: &impl Conn, bevis: BevisId) -> Result<Option<Forfalt>, StoreError> {
    utlopsvarsel::Entity::find_by_id(bevis.0).one(conn.raw()).await?.map(read_forfalt).transpose()
}

/// A card, whichever organisation's.
pub async fn bevis(conn: &impl Conn, id: BevisId) -> Result<Option<Bevisrad>, StoreError> {
    ledsagerbevis::Entity::find_by_id(id.0).one(conn.raw()).await?.map(read).transpose()
}

/// An organisation's cards whose last day is one of these, revoked ones aside; the soonest first, from after one of them on.
pub async fn mellom(
    conn: &impl Conn,
    organisasjon: FiksOrgId,
    (fra, til): (Date, Date),
    etter: Option<(Date, BevisId)>,
    antall: u64,
) -> Result<Vec<Bevisrad>, StoreError> {
    use ledsagerbevis::Column as C;
    let mut query = ledsagerbevis::Entity::find()
        .filter(C::OrganisasjonId.eq(organisasjon.0))
        .filter(C::Utlopsdato.gte(fra.to_string()))
        .filter(C::Utlopsdato.lte(til.to_string()))
        .filter(C::Revokert.is_null());
    if let Some((date, id)) = etter {
        let date = date.to_string();
        let same = Condition::all().add(C::Utlopsdato.eq(date.clone())).add(C::Id.gt(id.0));
        query = query.filter(Condition::any().add(C::Utlopsdato.gt(date)).add(same));
    }
    let query = query.order_by_asc(C::Utlopsdato).order_by_asc(C::Id).limit(antall);
    query.all(conn.raw()).await?.into_iter().map(read).collect()
}

fn read_forfalt(row: utlopsvarsel::Model) -> Result<Forfalt, StoreError> {
    Ok(Forfalt { bevis: BevisId(row.bevis_id), neste: parse(&row.neste, "utlopsvarsel.neste")? })
}
