//! How many reports fit: from the counters, where they are kept by what is asked for; else counted, row by row of an index.

use jiff::Timestamp;
use sea_orm::{
    ConnectionTrait as _, QuerySelect as _, QueryTrait as _,
    sea_query::{Expr, ExprTrait, Query, SelectStatement},
};

use super::{
    super::{
        Conn, StoreError,
        entity::{melding::Column as C, meldingsperiode::Column as P},
    },
    Omrade, advarsel, count, fitting, kinds, sok, tall,
};
use crate::model::{
    melding::Skjematype,
    utvalg::{Periode, Utvalg},
};

/// How many reports fit.
pub async fn antall(conn: &impl Conn, omrade: &Omrade, utvalg: &Utvalg, now: Timestamp) -> Result<u64, StoreError> {
    let row = conn.raw().query_one(&query(conn, omrade, utvalg, now).await?).await?;
    let row = row.ok_or_else(|| StoreError::corrupt("a count"))?;
    Ok(count(row.try_get_by_index(0)?))
}

pub(super) async fn query(
    conn: &impl Conn,
    omrade: &Omrade,
    utvalg: &Utvalg,
    now: Timestamp,
) -> Result<SelectStatement, StoreError> {
    // No column, so that any index will do.
    let all = || Expr::cust("COUNT(*)");
    let one_by_one = || fitting(omrade, utvalg).select_only().column_as(all(), "antall").into_query();
    // A warning depends on when the report came in, and there are few.
    if let Some(advarsel) = utvalg.advarsel {
        let found = advarsel::advarte(omrade, utvalg, advarsel);
        return Ok(Query::select().expr(all()).from_subquery(found, "advarte").take());
    }
    if let Some(text) = &utvalg.sok
        && !sok::bare_bydeler(conn, text).await?
    {
        return Ok(one_by_one());
    }
    let which = |bydel: Expr| {
        let named = utvalg.sok.as_ref().map(|text| bydel.clone().in_subquery(sok::offices(text)));
        omrade.condition_on(bydel).add_option(named)
    };
    if utvalg.periode == Periode::default() {
        return Ok(tall::alle(&which(Expr::col(C::RessursId)).add(kinds(utvalg)), &[]));
    }
    Ok(match of_a_period(utvalg) {
        Some(sum) => tall::over(tall::periode(which, utvalg.periode, now), [sum]),
        None => one_by_one(),
    })
}

/// What the sums of a period say of these kinds; `None` where they do not.
fn of_a_period(utvalg: &Utvalg) -> Option<Expr> {
    let form = |skjematype| match skjematype {
        Skjematype::Privat => Expr::col(P::Private),
        Skjematype::Offentlig => Expr::col(P::Offentlige),
    };
    let both = || form(Skjematype::Privat).add(form(Skjematype::Offentlig));
    match (utvalg.kanal, utvalg.fra_fagsystem, utvalg.skjematyper.as_deref()) {
        (None, None, None) => Some(both()),
        (None, None, Some([one])) => Some(form(*one)),
        (None, Some(true), None) => Some(Expr::col(P::FraFagsystem)),
        (None, Some(false), None) => Some(both().sub(Expr::col(P::FraFagsystem))),
        _ => None,
    }
}
