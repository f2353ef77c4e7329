//! Cards on paper: each has a place of its own in a status list. Which of them count is not stored, but follows from the card:
//! paper that promises more than its card does now, or shows another photo, counts no longer.

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait, JoinType, QueryFilter, QuerySelect,
    sea_query::{Expr, ExprTrait, OnConflict},
};
use uuid::Uuid;

use super::statusliste::{self, Listeplass, signed, unsigned};
use crate::{
    model::ledsagerbevis::{BevisId, Gyldighet},
    store::{
        Conn, StoreError, Tx,
        entity::{ledsagerbevis, papirkort},
    },
};

/// What a card on paper says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Papir {
    pub bevis: BevisId,
    pub antall_ledsagere: u8,
    pub gyldighet: Gyldighet,
    pub bilde: Option<Uuid>,
}

impl Papir {
    fn utlopsdato(&self) -> Option<String> {
        match self.gyldighet {
            Gyldighet::Til(date) => Some(date.to_string()),
            Gyldighet::Varig => None,
        }
    }
}

/// The place of a card on paper: the one that paper which says the same has already, or the first of these that is free in the
/// newest list; and whether it is a new one. When all of them are taken, the list is filling up, and the next one is begun. Call
/// it with the card [locked](super::lock).
pub async fn plasser(tx: &Tx, papir: &Papir, forslag: &[u32]) -> Result<(Listeplass, bool), StoreError> {
    if let Some(held) = held(tx, papir).await? {
        return Ok((held, false));
    }
    let newest = antall_lister(tx).await?;
    for liste in [newest, newest + 1] {
        for indeks in forslag {
            let plass = Listeplass { liste, indeks: *indeks };
            if take(tx, papir, plass).await? {
                return Ok((plass, true));
            }
        }
    }
    Err(StoreError::Conflict)
}

async fn held(tx: &Tx, papir: &Papir) -> Result<Option<Listeplass>, StoreError> {
    use papirkort::Column as C;
    let same = papirkort::Entity::find()
        .filter(C::BevisId.eq(papir.bevis.0))
        .filter(C::AntallLedsagere.eq(i32::from(papir.antall_ledsagere)))
        .filter(match papir.utlopsdato() {
            Some(date) => C::Utlopsdato.eq(date),
            None => C::Utlopsdato.is_null(),
        })
        .filter(match papir.bilde {
            Some(bilde) => C::BildeId.eq(bilde),
            None => C::BildeId.is_null(),
        });
    let found = same.one(&tx.0).await?;
    found.map(|row| Listeplass::read(row.liste, row.indeks)).transpose()
}

async fn take(tx: &Tx, papir: &Papir, plass: Listeplass) -> Result<bool, StoreError> {
    let row = papirkort::ActiveModel {
        liste: Set(signed(plass.liste)?),
        indeks: Set(signed(plass.indeks)?),
        bevis_id: Set(papir.bevis.0),
        antall_ledsagere: Set(papir.antall_ledsagere.into()),
        utlopsdato: Set(papir.utlopsdato()),
        bilde_id: Set(papir.bilde),
    };
    let mut free = OnConflict::new();
    free.do_nothing();
    Ok(papirkort::Entity::insert(row).on_conflict(free).exec_without_returning(&tx.0).await? == 1)
}

/// How many lists there are for paper.
pub async fn antall_lister(conn: &impl Conn) -> Result<u32, StoreError> {
    statusliste::antall::<papirkort::Entity>(conn, papirkort::Column::Liste).await
}

/// The places in a list whose paper does not count.
pub async fn trukket(conn: &impl Conn, liste: u32) -> Result<Vec<u32>, StoreError> {
    use ledsagerbevis::Column as B;
    use papirkort::Column as P;
    let card = papirkort::Entity::belongs_to(ledsagerbevis::Entity).from(P::BevisId).to(B::Id).into();
    let bevis = |column: B| Expr::col((ledsagerbevis::Entity, column));
    let papir = |column: P| Expr::col((papirkort::Entity, column));
    // A date is written so that the earlier one comes first as text too.
    let sooner = Condition::all()
        .add(B::Utlopsdato.is_not_null())
        .add(Condition::any().add(P::Utlopsdato.is_null()).add(bevis(B::Utlopsdato).lt(papir(P::Utlopsdato))));
    let another_photo = Condition::any()
        .add(bevis(B::BildeId).ne(papir(P::BildeId)))
        .add(Condition::all().add(B::BildeId.is_null()).add(P::BildeId.is_not_null()))
        .add(Condition::all().add(B::BildeId.is_not_null()).add(P::BildeId.is_null()));
    let gone = Condition::any()
        .add(B::Revokert.is_not_null())
        .add(bevis(B::AntallLedsagere).lt(papir(P::AntallLedsagere)))
        .add(sooner)
        .add(another_photo);
    let query = papirkort::Entity::find()
        .select_only()
        .column(P::Indeks)
        .join(JoinType::InnerJoin, card)
        .filter(P::Liste.eq(signed(liste)?))
        .filter(gone);
    let places: Vec<i32> = query.into_tuple().all(conn.raw()).await?;
    places.into_iter().map(unsigned).collect()
}
