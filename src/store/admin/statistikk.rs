//! Counts, each in one pass over an index.

use jiff::Timestamp;
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{CaseStatement, Expr, ExprTrait},
};
use uuid::Uuid;

use super::{
    super::{
        Conn, StoreError,
        entity::melding::{self, Column as C},
        parse, time,
    },
    Omrade, all_rows, count, within,
};
use crate::model::{
    RessursId,
    melding::{Kanal, Skjematype, Tilstand},
    utvalg::{BydelAndel, Periode, PeriodeTall},
};

const HOUR: i64 = 3_600_000;

/// How many reports are in each state that any is in.
pub async fn tilstander(conn: &impl Conn, omrade: &Omrade) -> Result<Vec<(Tilstand, u64)>, StoreError> {
    let rows: Vec<(String, i64)> = tilstander_query(omrade).into_tuple().all(conn.raw()).await?;
    rows.into_iter().map(|(tilstand, n)| Ok((parse(&tilstand, "tilstand")?, count(n)))).collect()
}

/// What came in within a period.
pub async fn periodetall(conn: &impl Conn, omrade: &Omrade, periode: Periode) -> Result<PeriodeTall, StoreError> {
    let row: Option<(i64, i64, i64, i64, i64, i64, i64)> =
        periodetall_query(omrade, periode).into_tuple().one(conn.raw()).await?;
    let (private, offentlige, fra_fagsystem, print, fiks_io, manuelt, svarinn) = row.unwrap_or_default();
    Ok(PeriodeTall {
        private: count(private),
        offentlige: count(offentlige),
        fra_fagsystem: count(fra_fagsystem),
        levert_print: count(print),
        levert_fiks_io: count(fiks_io),
        levert_manuelt_mottak: count(manuelt),
        levert_svarinn: count(svarinn),
    })
}

/// How many reports of each form came in in each hour that any came in, oldest first. Hours, because a day is not as long
/// as another one where clocks are changed, and no time zone has a summer time that begins within an hour.
pub async fn per_time(
    conn: &impl Conn,
    omrade: &Omrade,
    periode: Periode,
) -> Result<Vec<(Timestamp, Skjematype, u64)>, StoreError> {
    let rows: Vec<(i64, String, i64)> = per_time_query(omrade, periode).into_tuple().all(conn.raw()).await?;
    rows.into_iter()
        .map(|(hour, skjematype, n)| {
            Ok((time(hour.saturating_mul(HOUR))?, parse(&skjematype, "skjematype")?, count(n)))
        })
        .collect()
}

/// How many reports of each kind these offices have, whenever they came in.
pub async fn per_bydel(conn: &impl Conn, bydeler: &[RessursId]) -> Result<Vec<BydelAndel>, StoreError> {
    if bydeler.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(Uuid, String, String, i64)> = per_bydel_query(bydeler).into_tuple().all(conn.raw()).await?;
    rows.into_iter()
        .map(|(bydel, tilstand, kanal, n)| {
            Ok(BydelAndel {
                bydel: RessursId(bydel),
                tilstand: parse(&tilstand, "tilstand")?,
                kanal: parse(&kanal, "kanal")?,
                antall: count(n),
            })
        })
        .collect()
}

pub(super) fn tilstander_query(omrade: &Omrade) -> Select<melding::Entity> {
    let query = melding::Entity::find().filter(omrade.condition()).select_only();
    query.column(C::Tilstand).column_as(all_rows(), "antall").group_by(C::Tilstand)
}

/// Counted in one pass over the index. Grouping by the kinds would read better, but SQLite sorts all rows to group them.
pub(super) fn periodetall_query(omrade: &Omrade, periode: Periode) -> Select<melding::Entity> {
    let form = |skjematype: Skjematype| C::Skjematype.eq(skjematype.as_str());
    let delivered = |kanal: Kanal| C::Tilstand.eq(Tilstand::Levert.as_str()).and(C::Kanal.eq(kanal.as_str()));
    let kinds = [
        ("private", form(Skjematype::Privat)),
        ("offentlige", form(Skjematype::Offentlig)),
        ("fra_fagsystem", C::FraFagsystem.eq(true)),
        ("levert_print", delivered(Kanal::Print)),
        ("levert_fiks_io", delivered(Kanal::Fagsystem)),
        ("levert_manuelt_mottak", delivered(Kanal::ManuellMottak)),
        ("levert_svarinn", delivered(Kanal::Svarinn)),
    ];
    let query = within(melding::Entity::find().filter(omrade.condition()), periode).select_only();
    kinds.into_iter().fold(query, |query, (name, kind)| {
        let one: Expr = CaseStatement::new().case(kind, Expr::val(1)).into();
        query.column_as(one.count(), name)
    })
}

pub(super) fn per_time_query(omrade: &Omrade, periode: Periode) -> Select<melding::Entity> {
    // The number stands in the text: as a parameter it would not be the same expression twice for PostgreSQL.
    let hour = || Expr::col((melding::Entity, C::Mottatt)).div(Expr::cust(HOUR.to_string()));
    within(melding::Entity::find().filter(omrade.condition()), periode)
        .select_only()
        .column_as(hour(), "time")
        .column(C::Skjematype)
        .column_as(all_rows(), "antall")
        .group_by(hour())
        .group_by(C::Skjematype)
        .order_by_asc(hour())
}

pub(super) fn per_bydel_query(bydeler: &[RessursId]) -> Select<melding::Entity> {
    let kind = [C::RessursId, C::Tilstand, C::Kanal];
    let query = melding::Entity::find().filter(C::RessursId.is_in(bydeler.iter().map(|id| id.0)));
    let query = query.select_only().columns(kind).column_as(all_rows(), "antall");
    kind.into_iter().fold(query, |query, column| query.group_by(column))
}
