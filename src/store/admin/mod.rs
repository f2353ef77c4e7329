//! What administrators read: lists, counts and single reports, over hundreds of thousands of them.
//!
//! Every list and count is answered from an index alone. A page is found in two steps, first its ids in the index and then
//! those rows, so that a page far down costs no rows that it does not show. [`plan`] tells how the database goes about it.

use jiff::Timestamp;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select, sea_query::Expr};
use uuid::Uuid;

use super::{
    Conn, StoreError, Tx,
    entity::melding::{self, Column as C},
    melding::read,
    millis,
};
use crate::model::{
    FiksOrgId, MeldingId, RessursId,
    melding::{Melding, Skjematype},
    utvalg::{Periode, Utvalg},
};

mod bydeler;
mod plan;
mod sok;
mod statistikk;

pub use bydeler::{antall_bydeler, bydeler, navn};
pub use plan::{Plan, plan};
pub use statistikk::{per_bydel, per_time, periodetall, tilstander};

/// Whose reports a query may find.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Omrade {
    /// Those that these organisations receive; `None`: everyone's.
    pub mottakere: Option<Vec<FiksOrgId>>,
    /// Only these offices'; `None`: every office's.
    pub bydeler: Option<Vec<RessursId>>,
}

impl Omrade {
    fn condition(&self) -> Condition {
        let mut all = Condition::all();
        match self.mottakere.as_deref() {
            None => {}
            Some([one]) => all = all.add(C::MottakerId.eq(one.0)),
            Some(several) => all = all.add(C::MottakerId.is_in(several.iter().map(|id| id.0))),
        }
        if let Some(bydeler) = &self.bydeler {
            all = all.add(C::RessursId.is_in(bydeler.iter().map(|id| id.0)));
        }
        all
    }
}

/// A place in a list that has the newest first: after the report that came in then and has this id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Etter {
    pub mottatt: Timestamp,
    pub id: MeldingId,
}

/// Where a page starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// After so many.
    Hopp(u64),
    Etter(Etter),
}

pub async fn find(conn: &impl Conn, omrade: &Omrade, id: MeldingId) -> Result<Option<Melding>, StoreError> {
    melding::Entity::find_by_id(id.0).filter(omrade.condition()).one(conn.raw()).await?.map(read).transpose()
}

/// Like [`find`], and keeps others from changing the report until the transaction ends.
pub async fn lock(tx: &Tx, omrade: &Omrade, id: MeldingId) -> Result<Option<Melding>, StoreError> {
    let query = melding::Entity::find_by_id(id.0).filter(omrade.condition()).lock_exclusive();
    query.one(&tx.0).await?.map(read).transpose()
}

/// One page of the reports that fit, newest first.
pub async fn side(
    conn: &impl Conn,
    omrade: &Omrade,
    utvalg: &Utvalg,
    start: Start,
    antall: u64,
) -> Result<Vec<Melding>, StoreError> {
    let ids: Vec<Uuid> = side_query(omrade, utvalg, start, antall).into_tuple().all(conn.raw()).await?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = melding::Entity::find()
        .filter(C::Id.is_in(ids))
        .order_by_desc(C::Mottatt)
        .order_by_desc(C::Id)
        .all(conn.raw())
        .await?;
    rows.into_iter().map(read).collect()
}

/// How many reports fit.
pub async fn antall(conn: &impl Conn, omrade: &Omrade, utvalg: &Utvalg) -> Result<u64, StoreError> {
    let n: Option<i64> = antall_query(omrade, utvalg).into_tuple().one(conn.raw()).await?;
    Ok(count(n.unwrap_or_default()))
}

fn side_query(omrade: &Omrade, utvalg: &Utvalg, start: Start, antall: u64) -> Select<melding::Entity> {
    let query = fitting(omrade, utvalg)
        .select_only()
        .column(C::Id)
        .order_by_desc(C::Mottatt)
        .order_by_desc(C::Id)
        .limit(antall);
    match start {
        Start::Hopp(n) => query.offset(n),
        Start::Etter(Etter { mottatt, id }) => {
            let mottatt = millis(mottatt);
            let further = Condition::any().add(C::Mottatt.lt(mottatt)).add(C::Id.lt(id.0));
            query.filter(C::Mottatt.lte(mottatt)).filter(further)
        }
    }
}

fn antall_query(omrade: &Omrade, utvalg: &Utvalg) -> Select<melding::Entity> {
    fitting(omrade, utvalg).select_only().column_as(all_rows(), "antall")
}

/// `COUNT(*)`: no column, so that any index will do.
fn all_rows() -> Expr {
    Expr::cust("COUNT(*)")
}

fn count(n: i64) -> u64 {
    u64::try_from(n).unwrap_or_default()
}

fn within(query: Select<melding::Entity>, periode: Periode) -> Select<melding::Entity> {
    let query = periode.fra.into_iter().fold(query, |query, fra| query.filter(C::Mottatt.gte(millis(fra))));
    periode.til.into_iter().fold(query, |query, til| query.filter(C::Mottatt.lt(millis(til))))
}

fn fitting(omrade: &Omrade, utvalg: &Utvalg) -> Select<melding::Entity> {
    let mut query = within(melding::Entity::find().filter(omrade.condition()), utvalg.periode);
    if let Some((advarsel, now)) = utvalg.advarsel {
        let rows = advarsel.tilstander().iter().map(|(tilstand, age)| (tilstand, now.checked_sub(*age).unwrap_or(now)));
        // The states by themselves, too: they are what the index is looked up by.
        query = query.filter(C::Tilstand.is_in(advarsel.tilstander().iter().map(|(tilstand, _)| tilstand.as_str())));
        query = query.filter(rows.fold(Condition::any(), |any, (tilstand, latest)| {
            let one = Condition::all().add(C::Tilstand.eq(tilstand.as_str()));
            any.add(if latest < now { one.add(C::Mottatt.lte(millis(latest))) } else { one })
        }));
    }
    if let Some(fra_fagsystem) = utvalg.fra_fagsystem {
        query = query.filter(C::FraFagsystem.eq(fra_fagsystem));
    }
    if let Some(typer) = &utvalg.skjematyper {
        query = query.filter(C::Skjematype.is_in(typer.iter().copied().map(Skjematype::as_str)));
    }
    if let Some(kanal) = utvalg.kanal {
        query = query.filter(C::Kanal.eq(kanal.as_str()));
    }
    if let Some(text) = &utvalg.sok {
        query = query.filter(sok::meldinger(text));
    }
    query
}
