//! Sums of the kept counters (`store::tall`) with what is not folded into them yet, each in one statement: two could see a
//! folding between them.
//!
//! Columns stand without their tables' names: the counters have the same ones as the reports.

use jiff::Timestamp;
use sea_orm::sea_query::{Alias, CaseStatement, Condition, Expr, ExprTrait, Func, Query, SelectStatement, UnionType};

use super::{
    super::{
        entity::{
            melding::{self, Column as C},
            meldingsendring::{self as endring, Column as E},
            meldingsperiode::{self as perioder, Column as P},
            meldingstall as tall,
        },
        tall::{ALLE, DOGN, TELLERE, TIME, Teller},
    },
    deling::{Deling, HOUR, Spenn},
};
use crate::model::utvalg::Periode;

/// How many reports of each kind there are, the kind being these columns' values.
pub(super) fn alle(which: &Condition, kind: &[E]) -> SelectStatement {
    let from = |select: &mut SelectStatement| {
        select.columns(kind.iter().copied()).column(E::Antall).cond_where(which.clone()).take()
    };
    let mut rows = from(Query::select().from(tall::Entity));
    rows.union(UnionType::All, from(Query::select().from(endring::Entity)));
    let mut query = Query::select();
    query.columns(kind.iter().copied()).expr_as(sum(Expr::col(E::Antall)), E::Antall);
    query.from_subquery(rows, Alias::new("alle")).group_by_columns(kind.iter().copied());
    if !kind.is_empty() {
        query.and_having(Expr::col(E::Antall).sum().ne(Expr::cust("0")));
    }
    query.take()
}

/// Rows that together count a period: the start of a day or an hour, and what is counted ([`TELLERE`]). `which` is given what
/// stands for the office's column; where it narrows nothing, the sums are everyone's. `now` decides what is cheapest, and not
/// what comes out.
pub(super) fn periode(which: impl Fn(Expr) -> Condition, periode: Periode, now: Timestamp) -> SelectStatement {
    let parts = Deling::of(periode, now);
    let sums = || match which(Expr::col(P::RessursId)) {
        all if all.is_empty() => all.add(Expr::col(P::MottakerId).eq(ALLE)).add(Expr::col(P::RessursId).eq(ALLE)),
        some => some,
    };
    let office = || Expr::col(P::RessursId);
    // Not to be looked up in an index: what came in within an hour is less than all that an office has.
    let any_office = || Expr::cust("COALESCE(ressurs_id, ressurs_id)");
    let mut rows: Vec<SelectStatement> = Vec::new();
    for (length, spans) in [(DOGN, parts.dogn.as_slice()), (TIME, parts.timer.as_slice())] {
        rows.extend(spans.iter().map(|span| {
            let mut row = Query::select();
            row.column(P::Start).from(perioder::Entity).cond_where(sums());
            row.and_where(Expr::col(P::Lengde).eq(length)).cond_where(within(P::Start, *span));
            TELLERE.iter().fold(&mut row, |row, (column, _)| row.column(*column)).take()
        }));
    }
    rows.extend(parts.hele.map(|span| {
        let mut row = Query::select();
        row.column(E::Start).from(endring::Entity).cond_where(which(office())).cond_where(within(E::Start, span));
        counted(&mut row, || Expr::col(E::Antall)).take()
    }));
    let one_by_one = parts.rest.iter().map(|span| (span, "1")).chain(parts.utenfor.iter().map(|span| (span, "-1")));
    rows.extend(one_by_one.map(|(span, each)| {
        let mut row = Query::select();
        let hour = Expr::cust(format!("mottatt - mottatt % {HOUR}"));
        row.expr_as(hour, P::Start)
            .from(melding::Entity)
            .cond_where(which(any_office()))
            .cond_where(within(C::Mottatt, *span));
        counted(&mut row, || Expr::cust(each)).take()
    }));
    let mut rows = rows.into_iter();
    match rows.next() {
        Some(mut first) => first.unions(rows.map(|row| (UnionType::All, row))).take(),
        // A period that is empty: the reports of no time.
        None => {
            let mut none = Query::select();
            none.column(P::Start).from(perioder::Entity).cond_where(within(P::Start, (0, 0)));
            TELLERE.iter().fold(&mut none, |row, (column, _)| row.column(*column)).take()
        }
    }
}

/// Some of what is counted, added up over a period.
pub(super) fn over(rows: SelectStatement, sums: impl IntoIterator<Item = Expr>) -> SelectStatement {
    let mut query = Query::select();
    query.from_subquery(rows, Alias::new("deler"));
    sums.into_iter().fold(&mut query, |query, column| query.expr(sum(column))).take()
}

/// A sum as a whole number that is there even if there is nothing to add: PostgreSQL's is a decimal one.
pub(super) fn sum(column: Expr) -> Expr {
    Expr::from(Func::coalesce([column.sum(), Expr::cust("0")])).cast_as("BIGINT")
}

fn within(column: impl sea_orm::sea_query::IntoColumnRef + Copy, (from, to): Spenn) -> Condition {
    Condition::all().add(Expr::col(column).gte(from)).add(Expr::col(column).lt(to))
}

fn counted(row: &mut SelectStatement, each: impl Fn() -> Expr) -> &mut SelectStatement {
    TELLERE.iter().fold(row, |row, (column, teller): &(P, Teller)| {
        let one = CaseStatement::new().case(teller.condition(), each()).finally(Expr::cust("0"));
        row.expr_as(one, *column)
    })
}
