//! What administrators read: lists, counts and single reports, over hundreds of thousands of them.
//!
//! Figures, and totals wherever it can be, come from kept counters (`store::tall`); lists from an index alone. A page is found
//! in two steps, first its ids in the index and then those rows, so that a page far down costs no rows that it does not show.
//! [`plan`] tells how the database goes about it.

use jiff::Timestamp;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait as _, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait as _,
    Select,
    sea_query::{Expr, ExprTrait, Order, Query, SelectStatement},
};
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
    utvalg::Utvalg,
};

mod advarsel;
mod antall;
mod bydeler;
mod deling;
mod plan;
mod sok;
mod statistikk;
mod tall;

pub use antall::antall;
pub use bydeler::{antall_bydeler, bydeler, navn};
pub use plan::{Plan, plan};
pub use statistikk::{per_bydel, per_dogn, periodetall, tilstander};

/// Whose reports a query may find.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Omrade {
    /// Those that these organisations receive; `None`: everyone's.
    pub mottakere: Option<Vec<FiksOrgId>>,
    /// Only these offices'; `None`: every office's.
    pub bydeler: Option<Vec<RessursId>>,
}

impl Omrade {
    /// The columns stand without their table: counters have the same ones.
    fn condition(&self) -> Condition {
        self.condition_on(Expr::col(C::RessursId))
    }

    /// The same with what stands for the office's column.
    fn condition_on(&self, bydel: Expr) -> Condition {
        Condition::all().add_option(self.mottatt_av()).add_option(self.hos(bydel))
    }

    fn mottatt_av(&self) -> Option<Expr> {
        Some(match self.mottakere.as_deref()? {
            [one] => Expr::col(C::MottakerId).eq(one.0),
            several => Expr::col(C::MottakerId).is_in(several.iter().map(|id| id.0)),
        })
    }

    fn hos(&self, bydel: Expr) -> Option<Expr> {
        Some(bydel.is_in(self.bydeler.as_ref()?.iter().map(|id| id.0)))
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
    let found = conn.raw().query_all(&side_query(omrade, utvalg, start, antall)).await?;
    let ids: Vec<Uuid> = found.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?;
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

fn side_query(omrade: &Omrade, utvalg: &Utvalg, start: Start, antall: u64) -> SelectStatement {
    let mut query = match utvalg.advarsel {
        Some(advarsel) => {
            let found = advarsel::advarte(omrade, utvalg, advarsel);
            Query::select().column(C::Id).from_subquery(found, "advarte").take()
        }
        None => fitting(omrade, utvalg).select_only().column(C::Id).into_query(),
    };
    query.order_by(C::Mottatt, Order::Desc).order_by(C::Id, Order::Desc).limit(antall);
    match start {
        Start::Hopp(n) => query.offset(n),
        Start::Etter(Etter { mottatt, id }) => {
            let (mottatt, came) = (millis(mottatt), || Expr::col(C::Mottatt));
            let further = came().lt(mottatt).or(Expr::col(C::Id).lt(id.0));
            query.and_where(came().lte(mottatt)).and_where(further)
        }
    };
    query
}

fn count(n: i64) -> u64 {
    u64::try_from(n).unwrap_or_default()
}

/// Those that fit, whether there is a warning about them or not.
fn fitting(omrade: &Omrade, utvalg: &Utvalg) -> Select<melding::Entity> {
    let mut query = melding::Entity::find().filter(omrade.condition()).filter(kinds(utvalg));
    if let Some(fra) = utvalg.periode.fra {
        query = query.filter(C::Mottatt.gte(millis(fra)));
    }
    if let Some(til) = utvalg.periode.til {
        query = query.filter(C::Mottatt.lt(millis(til)));
    }
    if let Some(text) = &utvalg.sok {
        query = query.filter(sok::meldinger(text));
    }
    query
}

/// What counters are kept by. The columns stand without their table.
fn kinds(utvalg: &Utvalg) -> Condition {
    let fra_fagsystem = utvalg.fra_fagsystem.map(|fra_fagsystem| Expr::col(C::FraFagsystem).eq(fra_fagsystem));
    let typer = utvalg.skjematyper.as_ref();
    let typer = typer.map(|typer| Expr::col(C::Skjematype).is_in(typer.iter().copied().map(Skjematype::as_str)));
    let kanal = utvalg.kanal.map(|kanal| Expr::col(C::Kanal).eq(kanal.as_str()));
    Condition::all().add_option(fra_fagsystem).add_option(typer).add_option(kanal)
}
