//! Norwegian working days, and the day by which an office must have receipted a report.
//!
//! KS Fiks bekymringsmelding prints a report that was not receipted "within two working days" and says no more. Here the
//! days are reckoned as Norwegian law reckons a time limit in days (domstolloven §§ 148 and 149): the day on which it
//! begins to run is not counted, the last day is counted whole, and Saturdays, public holidays and the days equal to them
//! are no working days. So the limit is a date, which can be told in a warning without an hour: whatever became available
//! in the course of a Friday can be receipted until the end of Tuesday. `docs/frister.md` has examples.
//!
//! Which days are public holidays stands in two acts: helligdagsfredloven (24 February 1995 no. 12) § 2, and lov om 1 og
//! 17 mai (26 April 1947 no. 1) § 1. Christmas Eve and New Year's Eve are in neither, and count as working days.

#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use jiff::{
    Timestamp, ToSpan, Zoned,
    civil::{Date, Weekday},
    tz::{TimeZone, TimeZoneDatabase},
};

/// Working days that the office has, after the day on which it could first fetch the report.
const FRIST: usize = 2;

/// The holidays with a fixed date, as month and day. One that falls on a weekend is not moved to another day.
const FASTE: [(i8, i8); 5] = [
    (1, 1),   // første nyttårsdag
    (5, 1),   // offentlig høytidsdag
    (5, 17),  // grunnlovsdag
    (12, 25), // første juledag
    (12, 26), // andre juledag
];

/// The others, in days after første påskedag.
const BEVEGELIGE: [i16; 7] = [
    -3, // skjærtorsdag
    -2, // langfredag
    0,  // første påskedag
    1,  // andre påskedag
    39, // Kristi himmelfartsdag
    49, // første pinsedag
    50, // andre pinsedag
];

/// The time zone of the program, never the machine's.
static OSLO: LazyLock<TimeZone> =
    LazyLock::new(|| TimeZoneDatabase::bundled().get("Europe/Oslo").unwrap_or(TimeZone::UTC));

/// A Monday to Friday that is no public holiday.
pub fn er_virkedag(date: Date) -> bool {
    !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday) && !er_helligdag(date)
}

/// The last day on which a report can be receipted: the second working day after the Norwegian day on which it became
/// available. For texts; what must be compared with a clock is [`kvitteringsfrist`].
pub fn frist_dato(tilgjengelig: Timestamp) -> Date {
    norsk_dag(tilgjengelig).series(1.day()).skip(1).filter(|dag| er_virkedag(*dag)).nth(FRIST - 1).unwrap_or(Date::MAX)
}

/// The instant from which an unreceipted report that became available then is to be printed: Norwegian midnight at the
/// end of [`frist_dato`]. A receipt before this instant is in time.
pub fn kvitteringsfrist(tilgjengelig: Timestamp) -> Timestamp {
    let day_after = frist_dato(tilgjengelig).tomorrow();
    day_after.and_then(|day| day.to_zoned(OSLO.clone())).map_or(Timestamp::MAX, |midnight| midnight.timestamp())
}

/// The last day before a deadline, for texts: the day that [`frist_dato`] gave.
pub fn siste_dag(frist: Timestamp) -> Date {
    norsk_dag(frist.checked_sub(1.millisecond()).unwrap_or(frist))
}

/// The Norwegian calendar day of an instant.
pub fn norsk_dag(tidspunkt: Timestamp) -> Date {
    OSLO.to_datetime(tidspunkt).date()
}

/// When a Norwegian calendar day begins.
pub fn dagens_start(dag: Date) -> Timestamp {
    dag.to_zoned(OSLO.clone()).map_or(Timestamp::MAX, |midnight| midnight.timestamp())
}

/// The wall clock in Norway.
pub fn norsk_tid(moment: Timestamp) -> Zoned {
    moment.to_zoned(OSLO.clone())
}

/// When the wall clock in Norway shows a whole hour of a day.
pub fn klokken(dag: Date, time: i8) -> Timestamp {
    let shown = dag.at(time, 0, 0, 0).to_zoned(OSLO.clone());
    shown.map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

/// A public holiday other than a plain Sunday. Easter is known from 1583 on.
fn er_helligdag(date: Date) -> bool {
    FASTE.contains(&(date.month(), date.day()))
        || computus::gregorian_jiff_date(i32::from(date.year()))
            .is_ok_and(|easter| BEVEGELIGE.contains(&(date.day_of_year() - easter.day_of_year())))
}
