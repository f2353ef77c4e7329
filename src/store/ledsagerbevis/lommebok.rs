//! Copies of cards on phones: each has a place of its own in a status list. Which of them count is not stored, but follows
//! from the cards and from who has access to them.

use jiff::Timestamp;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait, OnConflict},
};

use super::{
    adgang::tilgjengelige,
    statusliste::{self, Listeplass, signed, unsigned},
};
use crate::{
    model::ledsagerbevis::BevisId,
    store::{
        Conn, StoreError, Tx,
        entity::{kortengangsverdi, kortkopi, ledsagerbevis},
        millis, time,
    },
};

/// A copy of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kopi {
    pub bevis: BevisId,
    /// Keyed digest of the number that fetches it.
    pub telefon: [u8; 32],
    /// Keyed digest of the phone's key.
    pub innehaver: [u8; 32],
    pub utloper: Timestamp,
}

/// Notes that a challenge was answered. False when it was before.
pub async fn bruk_engangsverdi(tx: &Tx, avtrykk: [u8; 32], utloper: Timestamp) -> Result<bool, StoreError> {
    use kortengangsverdi::Column as C;
    let row = kortengangsverdi::ActiveModel { avtrykk: Set(avtrykk.to_vec()), utloper: Set(millis(utloper)) };
    let mut once = OnConflict::column(C::Avtrykk);
    once.do_nothing();
    let taken = kortengangsverdi::Entity::insert(row).on_conflict(once).exec_without_returning(&tx.0).await?;
    Ok(taken == 1)
}

/// The place of a copy: the one that the same phone has for the same card already, or the first of these that is free in the
/// newest list. When all of them are taken, the list is filling up, and the next one is begun.
pub async fn plasser(tx: &Tx, kopi: &Kopi, forslag: &[u32]) -> Result<Listeplass, StoreError> {
    if let Some(held) = forny(tx, kopi).await? {
        return Ok(held);
    }
    let newest = antall_lister(tx).await?;
    for liste in [newest, newest + 1] {
        for indeks in forslag {
            let plass = Listeplass { liste, indeks: *indeks };
            if ta(tx, kopi, plass).await? {
                return Ok(plass);
            }
        }
        // The same phone may have asked twice at once.
        if let Some(held) = forny(tx, kopi).await? {
            return Ok(held);
        }
    }
    Err(StoreError::Conflict)
}

/// When the copies run out that other phones have of a card by the same number, outdated ones too: soonest first.
pub async fn andre(tx: &Tx, kopi: &Kopi, now: Timestamp) -> Result<Vec<Timestamp>, StoreError> {
    use kortkopi::Column as C;
    let another = Condition::any().add(C::Innehaver.is_null()).add(C::Innehaver.ne(kopi.innehaver.to_vec()));
    let query = kortkopi::Entity::find()
        .select_only()
        .column(C::Utloper)
        .filter(C::BevisId.eq(kopi.bevis.0))
        .filter(C::Telefon.eq(kopi.telefon.to_vec()))
        .filter(C::Utloper.gt(millis(now)))
        .filter(another)
        .order_by_asc(C::Utloper);
    let ends: Vec<i64> = query.into_tuple().all(&tx.0).await?;
    ends.into_iter().map(time).collect()
}

/// The place that the phone has already; it is the copy's for longer now.
async fn forny(tx: &Tx, kopi: &Kopi) -> Result<Option<Listeplass>, StoreError> {
    use kortkopi::Column as C;
    let held = kortkopi::Entity::find()
        .filter(C::BevisId.eq(kopi.bevis.0))
        .filter(C::Telefon.eq(kopi.telefon.to_vec()))
        .filter(C::Innehaver.eq(kopi.innehaver.to_vec()));
    let Some(held) = held.lock_exclusive().one(&tx.0).await? else { return Ok(None) };
    let longest = Ord::max(held.utloper, millis(kopi.utloper));
    let update = kortkopi::Entity::update_many()
        .col_expr(C::Utloper, Expr::value(longest))
        .filter(C::Liste.eq(held.liste))
        .filter(C::Indeks.eq(held.indeks));
    update.exec(&tx.0).await?;
    Ok(Some(Listeplass::read(held.liste, held.indeks)?))
}

async fn ta(tx: &Tx, kopi: &Kopi, plass: Listeplass) -> Result<bool, StoreError> {
    let row = kortkopi::ActiveModel {
        liste: Set(signed(plass.liste)?),
        indeks: Set(signed(plass.indeks)?),
        bevis_id: Set(kopi.bevis.0),
        telefon: Set(kopi.telefon.to_vec()),
        innehaver: Set(Some(kopi.innehaver.to_vec())),
        utloper: Set(millis(kopi.utloper)),
    };
    // The place is taken, or the phone has one.
    let mut free = OnConflict::new();
    free.do_nothing();
    Ok(kortkopi::Entity::insert(row).on_conflict(free).exec_without_returning(&tx.0).await? == 1)
}

/// Lets none of a card's copies count: they say more than the card does now. Each phone gets a new one when it fetches again.
pub async fn foreld(tx: &Tx, bevis: BevisId) -> Result<(), StoreError> {
    use kortkopi::Column as C;
    let outdated = kortkopi::Entity::update_many()
        .col_expr(C::Innehaver, Expr::value(Option::<Vec<u8>>::None))
        .filter(C::BevisId.eq(bevis.0));
    outdated.exec(&tx.0).await?;
    Ok(())
}

/// How many lists there are for phones.
pub async fn antall_lister(conn: &impl Conn) -> Result<u32, StoreError> {
    statusliste::antall::<kortkopi::Entity>(conn, kortkopi::Column::Liste).await
}

/// The places in a list whose copies do not count: the card is revoked or says less now, or the number has no access to it any
/// more.
pub async fn trukket(conn: &impl Conn, liste: u32, now: Timestamp) -> Result<Vec<u32>, StoreError> {
    use kortkopi::Column as C;
    let revoked = ledsagerbevis::Entity::find()
        .select_only()
        .column(ledsagerbevis::Column::Id)
        // One look-up for each copy, however many revoked cards there are.
        .filter(Expr::col((ledsagerbevis::Entity, ledsagerbevis::Column::Id)).equals((kortkopi::Entity, C::BevisId)))
        .filter(ledsagerbevis::Column::Revokert.is_not_null())
        .into_query();
    let theirs = tilgjengelige(&Expr::col((kortkopi::Entity, C::Telefon)), now);
    let gone = Condition::any()
        .add(C::Innehaver.is_null())
        .add(C::BevisId.in_subquery(revoked))
        .add(C::BevisId.not_in_subquery(theirs));
    let query =
        kortkopi::Entity::find().select_only().column(C::Indeks).filter(C::Liste.eq(signed(liste)?)).filter(gone);
    let places: Vec<i32> = query.into_tuple().all(conn.raw()).await?;
    places.into_iter().map(unsigned).collect()
}

/// Forgets challenges that have run out, and gives back the places of copies that ran out before `before`.
pub async fn sweep(tx: &Tx, now: Timestamp, before: Timestamp) -> Result<(), StoreError> {
    kortengangsverdi::Entity::delete_many()
        .filter(kortengangsverdi::Column::Utloper.lte(millis(now)))
        .exec(&tx.0)
        .await?;
    kortkopi::Entity::delete_many().filter(kortkopi::Column::Utloper.lt(millis(before))).exec(&tx.0).await?;
    Ok(())
}
