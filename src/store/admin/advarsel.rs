//! Reports that somebody should look into. There are few among many, and they are found by their state: to walk from the newest
//! report to the last of them would be to walk through all.

use jiff::Timestamp;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, IntoIden as _, Query, SelectStatement, UnionType};

use super::{
    super::{
        entity::melding::{self, Column as C},
        millis,
    },
    Omrade, kinds, sok,
};
use crate::model::utvalg::{Advarsel, Utvalg};

/// The columns `id` and `mottatt` of those that fit.
///
/// A part for each state, since SQLite thinks that one of several states narrows nothing. Each is answered from the queue's index
/// alone, or it would think that dear. No index is walked in the order of `mottatt` with a plus sign, or looked up by it.
pub(super) fn advarte(omrade: &Omrade, utvalg: &Utvalg, (advarsel, now): (Advarsel, Timestamp)) -> SelectStatement {
    let came = || Expr::cust("+mottatt");
    let mut parts = advarsel.tilstander().iter().map(|(tilstand, age)| {
        let mut part = Query::select();
        part.column(C::Id).expr_as(came(), C::Mottatt).from(melding::Entity).and_where_option(omrade.mottatt_av());
        part.and_where(Expr::col(C::Tilstand).eq(tilstand.as_str()));
        if let Some(latest) = now.checked_sub(*age).ok().filter(|latest| *latest < now) {
            part.and_where(came().lte(millis(latest)));
        }
        part.and_where_option(utvalg.periode.fra.map(|fra| came().gte(millis(fra))));
        part.and_where_option(utvalg.periode.til.map(|til| came().lt(millis(til))));
        part.take()
    });
    let mut found = parts.next().unwrap_or_default();
    found.unions(parts.map(|part| (UnionType::All, part)));
    let mut narrowed = kinds(utvalg).add_option(omrade.hos(Expr::col(C::RessursId)));
    if let Some(text) = &utvalg.sok {
        narrowed = narrowed.add(sok::meldinger(text));
    }
    if narrowed.is_empty() {
        return found;
    }
    let few = Alias::new("funnet").into_iden();
    let column = |column: C| Expr::col((few.clone(), column));
    Query::select()
        .expr(column(C::Id))
        .expr(column(C::Mottatt))
        .from_subquery(found, few.clone())
        .inner_join(melding::Entity, column(C::Id).equals((melding::Entity, C::Id)))
        .cond_where(narrowed)
        .take()
}
