//! Who has access to which cards by the telephone: the one place that says so.

use std::collections::HashMap;

use jiff::Timestamp;
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait as _, SelectStatement, SimpleExpr, UnionType},
};
use uuid::Uuid;

use super::{Bevisrad, deling, read};
use crate::{
    model::ledsagerbevis::{BevisId, Personrolle},
    store::{
        Conn, StoreError,
        entity::{ledsagerbevis, ledsagerbevisdeling, ledsagerbevisperson},
        parse, time,
    },
};

/// What a number has to do with a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adgang {
    Eier,
    Forvalter,
    /// Shared by one of those, until a moment.
    Delt {
        utloper: Timestamp,
    },
}

/// The cards that somebody with this telephone number has access to now, revoked ones aside. Newest first. Who is on a card
/// and has had it shared as well, is on it.
pub async fn med_telefon(
    conn: &impl Conn,
    telefon: [u8; 32],
    now: Timestamp,
    antall: u64,
) -> Result<Vec<(Bevisrad, Adgang)>, StoreError> {
    let query = ledsagerbevis::Entity::find()
        .filter(ledsagerbevis::Column::Id.in_subquery(tilgjengelige(&Expr::value(telefon.to_vec()), now)))
        .filter(ledsagerbevis::Column::Revokert.is_null());
    let rows = query.order_by_desc(ledsagerbevis::Column::Id).limit(antall).all(conn.raw()).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let access = adganger(conn, telefon, now, &rows.iter().map(|row| row.id).collect::<Vec<_>>()).await?;
    let with = |row: ledsagerbevis::Model| {
        // Between the two look-ups somebody may have lost access: then it is gone.
        let adgang = access.get(&row.id).copied();
        adgang.map(|adgang| Ok((read(row)?, adgang)))
    };
    rows.into_iter().filter_map(with).collect()
}

/// Whether anybody with this number has access to a card that is not revoked.
pub async fn kjent_telefon(conn: &impl Conn, telefon: [u8; 32], now: Timestamp) -> Result<bool, StoreError> {
    Ok(!med_telefon(conn, telefon, now, 1).await?.is_empty())
}

/// Whether somebody, by the row of the person or of the sharing, still has access to a card.
pub async fn har_adgang(conn: &impl Conn, bevis: BevisId, hvem: Uuid, now: Timestamp) -> Result<bool, StoreError> {
    use ledsagerbevisperson::Column as P;
    let card =
        ledsagerbevis::Entity::find_by_id(bevis.0).filter(ledsagerbevis::Column::Revokert.is_null()).one(conn.raw());
    if card.await?.is_none() {
        return Ok(false);
    }
    let person = ledsagerbevisperson::Entity::find_by_id(hvem).filter(P::BevisId.eq(bevis.0)).filter(P::Til.is_null());
    if person.one(conn.raw()).await?.is_some() {
        return Ok(true);
    }
    let shared = ledsagerbevisdeling::Entity::find_by_id(hvem)
        .filter(ledsagerbevisdeling::Column::BevisId.eq(bevis.0))
        .filter(deling::live(now));
    Ok(shared.one(conn.raw()).await?.is_some())
}

/// The ids of the cards that a number has access to now, revoked ones too, each part by an index of its own. The number is a
/// value, or a column of the query that this becomes part of.
pub(super) fn tilgjengelige(telefon: &SimpleExpr, now: Timestamp) -> SelectStatement {
    use ledsagerbevisdeling::Column as D;
    use ledsagerbevisperson::Column as P;
    let shared = ledsagerbevisdeling::Entity::find()
        .select_only()
        .column(D::BevisId)
        .filter(Expr::col((ledsagerbevisdeling::Entity, D::TelefonIndeks)).eq(telefon.clone()))
        .filter(deling::live(now))
        .into_query();
    let mut on = ledsagerbevisperson::Entity::find()
        .select_only()
        .column(P::BevisId)
        .filter(Expr::col((ledsagerbevisperson::Entity, P::TelefonIndeks)).eq(telefon.clone()))
        .filter(P::Til.is_null())
        .into_query();
    on.union(UnionType::Distinct, shared).take()
}

async fn adganger(
    conn: &impl Conn,
    telefon: [u8; 32],
    now: Timestamp,
    cards: &[Uuid],
) -> Result<HashMap<Uuid, Adgang>, StoreError> {
    use ledsagerbevisdeling::Column as D;
    use ledsagerbevisperson::Column as P;
    let mut found = HashMap::new();
    let shared: Vec<(Uuid, i64)> = ledsagerbevisdeling::Entity::find()
        .select_only()
        .column(D::BevisId)
        .column(D::Utloper)
        .filter(D::TelefonIndeks.eq(telefon.to_vec()))
        .filter(deling::live(now))
        .filter(D::BevisId.is_in(cards.iter().copied()))
        .order_by_asc(D::Utloper)
        .into_tuple()
        .all(conn.raw())
        .await?;
    for (card, utloper) in shared {
        found.insert(card, Adgang::Delt { utloper: time(utloper)? });
    }
    let on: Vec<(Uuid, String)> = ledsagerbevisperson::Entity::find()
        .select_only()
        .column(P::BevisId)
        .column(P::Rolle)
        .filter(P::TelefonIndeks.eq(telefon.to_vec()))
        .filter(P::Til.is_null())
        .filter(P::BevisId.is_in(cards.iter().copied()))
        .into_tuple()
        .all(conn.raw())
        .await?;
    for (card, rolle) in on {
        let adgang = match parse::<Personrolle>(&rolle, "ledsagerbevisperson.rolle")? {
            Personrolle::Eier => Adgang::Eier,
            // The owner may have the same number.
            Personrolle::Forvalter if found.get(&card) == Some(&Adgang::Eier) => continue,
            Personrolle::Forvalter => Adgang::Forvalter,
        };
        found.insert(card, adgang);
    }
    Ok(found)
}
