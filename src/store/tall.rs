//! Counters of reports, which figures and totals are read from instead of the reports.
//!
//! Triggers of the database write a row in `meldingsendring` for each report that comes, goes, or becomes another kind of
//! report: one more of this kind, one fewer of that. Whoever sends a report waits for nobody there. [`brett`] folds those rows
//! into the sums, some at a time. Whoever reads adds the rows that are not folded yet, in the same statement, so that the
//! answer is exact whether anybody folds or not; it only takes longer when nobody does.

use std::collections::BTreeMap;

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait as _, EntityTrait, QueryFilter, QuerySelect, QueryTrait as _,
    sea_query::{Expr, ExprTrait, LockBehavior, LockType, OnConflict, Order, Query},
};
use uuid::Uuid;

use super::{
    Conn, StoreError, Tx,
    entity::{
        meldingsendring::{self as endring, Column as E},
        meldingsperiode::{self as periode, Column as P},
        meldingstall::{self as tall, Column as T},
    },
    millis, time,
};
use crate::model::{
    melding::{Kanal, Skjematype, Tilstand},
    virkedag::{dagens_start, norsk_dag},
};

/// How long a row of sums of a period is: the hour that begins then, or the Norwegian day.
pub(super) const TIME: &str = "TIME";
pub(super) const DOGN: &str = "DOGN";

/// Stands for receiver and office in the sums of a period that are everyone's: whoever sees all reports is not to add up the
/// days of each office.
pub(super) const ALLE: Uuid = Uuid::nil();

/// Rows in one statement: within what both databases take as parameters.
const ROWS: usize = 1000;
/// Keys named in one condition.
const KEYS: usize = 100;

/// What the sums of a period count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Teller {
    Skjema(Skjematype),
    FraFagsystem,
    /// Delivered in this channel.
    Levert(Kanal),
}

pub(super) const TELLERE: [(P, Teller); 7] = [
    (P::Private, Teller::Skjema(Skjematype::Privat)),
    (P::Offentlige, Teller::Skjema(Skjematype::Offentlig)),
    (P::FraFagsystem, Teller::FraFagsystem),
    (P::LevertPrint, Teller::Levert(Kanal::Print)),
    (P::LevertFiksIo, Teller::Levert(Kanal::Fagsystem)),
    (P::LevertManueltMottak, Teller::Levert(Kanal::ManuellMottak)),
    (P::LevertSvarinn, Teller::Levert(Kanal::Svarinn)),
];

impl Teller {
    fn counts(self, row: &endring::Model) -> bool {
        match self {
            Self::Skjema(skjematype) => row.skjematype == skjematype.as_str(),
            Self::FraFagsystem => row.fra_fagsystem,
            Self::Levert(kanal) => row.tilstand == Tilstand::Levert.as_str() && row.kanal == kanal.as_str(),
        }
    }

    /// The same of a row in `melding` or `meldingsendring`.
    pub(super) fn condition(self) -> Expr {
        match self {
            Self::Skjema(skjematype) => Expr::col(E::Skjematype).eq(skjematype.as_str()),
            Self::FraFagsystem => Expr::col(E::FraFagsystem).eq(true),
            Self::Levert(kanal) => {
                Expr::col(E::Tilstand).eq(Tilstand::Levert.as_str()).and(Expr::col(E::Kanal).eq(kanal.as_str()))
            }
        }
    }
}

/// Receiver, office, form, from a case system, channel, state.
type Slag = (Uuid, Uuid, String, bool, String, String);
/// Receiver, length, start, office.
type Sted = (Uuid, &'static str, i64, Uuid);

/// How many changes have not been folded into the sums, counted up to a bound.
pub async fn ventende(conn: &impl Conn, bound: u64) -> Result<u64, StoreError> {
    let some = endring::Entity::find().select_only().column(E::Id).limit(bound).into_query();
    let count = Query::select().expr(Expr::cust("COUNT(*)")).from_subquery(some, "noen").take();
    let row = conn.raw().query_one(&count).await?.ok_or_else(|| StoreError::corrupt("a count"))?;
    Ok(row.try_get_by_index::<i64>(0)?.unsigned_abs())
}

/// Folds up to `antall` changes into the sums, the oldest first, and returns how many there were. Two that do so at the same
/// time take different ones, and write the sums in the same order: one waits for the other, and never both.
pub async fn brett(tx: &Tx, antall: u64) -> Result<u64, StoreError> {
    let oldest = Query::select()
        .column(E::Id)
        .from(endring::Entity)
        .order_by(E::Id, Order::Asc)
        .limit(antall)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .take();
    let taken = endring::Entity::delete_many().filter(E::Id.in_subquery(oldest)).exec_with_returning(&tx.0).await?;
    let (mut totals, mut periods) = (BTreeMap::<Slag, i64>::new(), BTreeMap::<Sted, [i64; 7]>::new());
    for row in &taken {
        // Reports of before offices had identifiers may have none.
        let office = row.ressurs_id.unwrap_or_default();
        let day = millis(dagens_start(norsk_dag(time(row.start)?)));
        for (length, start) in [(TIME, row.start), (DOGN, day)] {
            for (mottaker, office) in [(row.mottaker_id, office), (ALLE, ALLE)] {
                let sums = periods.entry((mottaker, length, start, office)).or_default();
                for (sum, (_, teller)) in sums.iter_mut().zip(TELLERE) {
                    *sum += if teller.counts(row) { row.antall } else { 0 };
                }
            }
        }
        let kind = (row.skjematype.clone(), row.fra_fagsystem, row.kanal.clone(), row.tilstand.clone());
        *totals.entry((row.mottaker_id, office, kind.0, kind.1, kind.2, kind.3)).or_default() += row.antall;
    }
    totals.retain(|_, sum| *sum != 0);
    periods.retain(|_, sums| sums.iter().any(|sum| *sum != 0));
    add_totals(tx, &totals).await?;
    add_periods(tx, &periods).await?;
    Ok(taken.len() as u64)
}

async fn add_totals(tx: &Tx, totals: &BTreeMap<Slag, i64>) -> Result<(), StoreError> {
    let there =
        OnConflict::columns([T::MottakerId, T::RessursId, T::Skjematype, T::FraFagsystem, T::Kanal, T::Tilstand])
            .value(T::Antall, Expr::cust("meldingstall.antall + excluded.antall"))
            .to_owned();
    let rows =
        totals.iter().map(|((mottaker, office, skjematype, fra_fagsystem, kanal, tilstand), sum)| tall::ActiveModel {
            mottaker_id: Set(*mottaker),
            ressurs_id: Set(*office),
            skjematype: Set(skjematype.clone()),
            fra_fagsystem: Set(*fra_fagsystem),
            kanal: Set(kanal.clone()),
            tilstand: Set(tilstand.clone()),
            antall: Set(*sum),
        });
    for part in rows.collect::<Vec<_>>().chunks(ROWS) {
        tall::Entity::insert_many(part.to_vec()).on_conflict(there.clone()).exec_without_returning(&tx.0).await?;
    }
    let fewer: Vec<_> = totals.iter().filter(|(_, sum)| **sum < 0).map(|(slag, _)| slag).collect();
    for part in fewer.chunks(KEYS) {
        let keys = part.iter().fold(
            Condition::any(),
            |any, (mottaker, office, skjematype, fra_fagsystem, kanal, tilstand)| {
                let one = Condition::all().add(T::MottakerId.eq(*mottaker)).add(T::RessursId.eq(*office));
                let one = one.add(T::Skjematype.eq(skjematype)).add(T::FraFagsystem.eq(*fra_fagsystem));
                any.add(one.add(T::Kanal.eq(kanal)).add(T::Tilstand.eq(tilstand)))
            },
        );
        tall::Entity::delete_many().filter(T::Antall.eq(0)).filter(keys).exec(&tx.0).await?;
    }
    Ok(())
}

async fn add_periods(tx: &Tx, periods: &BTreeMap<Sted, [i64; 7]>) -> Result<(), StoreError> {
    let mut there = OnConflict::columns([P::MottakerId, P::Lengde, P::Start, P::RessursId]);
    for (column, _) in TELLERE {
        let name = sea_orm::Iden::to_string(&column);
        there.value(column, Expr::cust(format!("meldingsperiode.{name} + excluded.{name}")));
    }
    let rows = periods.iter().map(|((mottaker, lengde, start, office), sums)| {
        let [private, offentlige, fra_fagsystem, print, fiks_io, manuelt, svarinn] = *sums;
        periode::ActiveModel {
            mottaker_id: Set(*mottaker),
            lengde: Set((*lengde).to_owned()),
            start: Set(*start),
            ressurs_id: Set(*office),
            private: Set(private),
            offentlige: Set(offentlige),
            fra_fagsystem: Set(fra_fagsystem),
            levert_print: Set(print),
            levert_fiks_io: Set(fiks_io),
            levert_manuelt_mottak: Set(manuelt),
            levert_svarinn: Set(svarinn),
        }
    });
    for part in rows.collect::<Vec<_>>().chunks(ROWS) {
        periode::Entity::insert_many(part.to_vec()).on_conflict(there.clone()).exec_without_returning(&tx.0).await?;
    }
    let fewer: Vec<_> =
        periods.iter().filter(|(_, sums)| sums.iter().any(|sum| *sum < 0)).map(|(sted, _)| sted).collect();
    for part in fewer.chunks(KEYS) {
        let keys = part.iter().fold(Condition::any(), |any, (mottaker, lengde, start, office)| {
            let one = Condition::all().add(P::MottakerId.eq(*mottaker)).add(P::Lengde.eq(*lengde));
            any.add(one.add(P::Start.eq(*start)).add(P::RessursId.eq(*office)))
        });
        let empty = TELLERE.into_iter().fold(Condition::all(), |all, (column, _)| all.add(column.eq(0)));
        periode::Entity::delete_many().filter(empty).filter(keys).exec(&tx.0).await?;
    }
    Ok(())
}
