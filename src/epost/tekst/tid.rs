//! Dates and times written out. Month names are the same in both written forms.

use jiff::{Timestamp, civil::Date, tz::TimeZoneDatabase};

const MAANEDER: [&str; 12] = [
    "januar",
    "februar",
    "mars",
    "april",
    "mai",
    "juni",
    "juli",
    "august",
    "september",
    "oktober",
    "november",
    "desember",
];

/// Names of the days of the week, from Monday.
pub(super) type Ukedager = [&'static str; 7];

/// `fredag 22. januar 2027`
pub(super) fn dag(dato: Date, ukedager: &Ukedager) -> String {
    let name = |names: &[&'static str], index: i8| {
        usize::try_from(index).ok().and_then(|index| names.get(index)).copied().unwrap_or_default()
    };
    let ukedag = name(ukedager, dato.weekday().to_monday_zero_offset());
    format!("{ukedag} {}. {} {}", dato.day(), name(&MAANEDER, dato.month() - 1), dato.year())
}

/// `fredag 22. januar 2027 kl. 16.05`, Norwegian local time. The time zone is the program's own, never the machine's.
pub(super) fn tidspunkt(moment: Timestamp, ukedager: &Ukedager) -> String {
    match TimeZoneDatabase::bundled().get("Europe/Oslo") {
        Ok(oslo) => {
            let tid = moment.to_zoned(oslo).datetime();
            format!("{} kl. {:02}.{:02}", dag(tid.date(), ukedager), tid.hour(), tid.minute())
        }
        Err(_) => moment.to_string(),
    }
}
