//! Figures, from the kept counters: they cost what there are kinds, offices and days of, however many reports came in.

use jiff::{Timestamp, civil::Date};
use sea_orm::{
    ConnectionTrait as _, QueryResult, TryGetable,
    sea_query::{Condition, Expr, ExprTrait, Order, SelectStatement},
};
use std::collections::BTreeMap;

use super::{
    super::{
        Conn, StoreError,
        entity::{meldingsendring::Column as E, meldingsperiode::Column as P},
        parse,
        tall::TELLERE,
        time,
    },
    Omrade, count, tall,
};
use crate::model::{
    RessursId,
    melding::Tilstand,
    utvalg::{BydelAndel, Periode, PeriodeTall},
    virkedag::norsk_dag,
};

/// How many reports are in each state that any is in.
pub async fn tilstander(conn: &impl Conn, omrade: &Omrade) -> Result<Vec<(Tilstand, u64)>, StoreError> {
    let rows = conn.raw().query_all(&tilstander_query(omrade)).await?;
    let read = |row: &QueryResult| Ok((parse(&get::<String>(row, 0)?, "tilstand")?, count(get(row, 1)?)));
    rows.iter().map(read).collect()
}

/// What came in within a period.
pub async fn periodetall(
    conn: &impl Conn,
    omrade: &Omrade,
    periode: Periode,
    now: Timestamp,
) -> Result<PeriodeTall, StoreError> {
    let row = conn.raw().query_one(&periodetall_query(omrade, periode, now)).await?;
    let row = row.ok_or_else(|| StoreError::corrupt("a sum"))?;
    let n = |place| Ok::<_, StoreError>(count(get(&row, place)?));
    Ok(PeriodeTall {
        private: n(0)?,
        offentlige: n(1)?,
        fra_fagsystem: n(2)?,
        levert_print: n(3)?,
        levert_fiks_io: n(4)?,
        levert_manuelt_mottak: n(5)?,
        levert_svarinn: n(6)?,
    })
}

/// How many private and public reports came in on each Norwegian day on which any did, oldest first.
pub async fn per_dogn(
    conn: &impl Conn,
    omrade: &Omrade,
    periode: Periode,
    now: Timestamp,
) -> Result<Vec<(Date, u64, u64)>, StoreError> {
    let mut days = BTreeMap::<Date, (i64, i64)>::new();
    // A row is a day's, or an hour's of one.
    for row in conn.raw().query_all(&per_dogn_query(omrade, periode, now)).await? {
        let (private, offentlige) = days.entry(norsk_dag(time(get(&row, 0)?)?)).or_default();
        *private += get::<i64>(&row, 1)?;
        *offentlige += get::<i64>(&row, 2)?;
    }
    let any = days.into_iter().filter(|(_, (private, offentlige))| private + offentlige > 0);
    Ok(any.map(|(day, (private, offentlige))| (day, count(private), count(offentlige))).collect())
}

/// How many reports of each kind these offices have, whenever they came in.
pub async fn per_bydel(conn: &impl Conn, bydeler: &[RessursId]) -> Result<Vec<BydelAndel>, StoreError> {
    if bydeler.is_empty() {
        return Ok(Vec::new());
    }
    let rows = conn.raw().query_all(&per_bydel_query(bydeler)).await?;
    let read = |row: &QueryResult| {
        Ok(BydelAndel {
            bydel: RessursId(get(row, 0)?),
            tilstand: parse(&get::<String>(row, 1)?, "tilstand")?,
            kanal: parse(&get::<String>(row, 2)?, "kanal")?,
            antall: count(get(row, 3)?),
        })
    };
    rows.iter().map(read).collect()
}

fn get<T: TryGetable>(row: &QueryResult, place: usize) -> Result<T, StoreError> {
    Ok(row.try_get_by_index(place)?)
}

pub(super) fn tilstander_query(omrade: &Omrade) -> SelectStatement {
    tall::alle(&omrade.condition(), &[E::Tilstand])
}

pub(super) fn periodetall_query(omrade: &Omrade, periode: Periode, now: Timestamp) -> SelectStatement {
    tall::over(
        tall::periode(|bydel| omrade.condition_on(bydel), periode, now),
        TELLERE.map(|(column, _)| Expr::col(column)),
    )
}

pub(super) fn per_dogn_query(omrade: &Omrade, periode: Periode, now: Timestamp) -> SelectStatement {
    let mut query = tall::over(tall::periode(|bydel| omrade.condition_on(bydel), periode, now), []);
    query.column(P::Start).expr(tall::sum(Expr::col(P::Private))).expr(tall::sum(Expr::col(P::Offentlige)));
    query.group_by_col(P::Start).order_by(P::Start, Order::Asc).take()
}

pub(super) fn per_bydel_query(bydeler: &[RessursId]) -> SelectStatement {
    let which = Condition::all().add(Expr::col(E::RessursId).is_in(bydeler.iter().map(|id| id.0)));
    tall::alle(&which, &[E::RessursId, E::Tilstand, E::Kanal])
}
