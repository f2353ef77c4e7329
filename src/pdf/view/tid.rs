//! Times as Norwegians write them.

use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz::TimeZoneDatabase,
};

use crate::pdf::{Sprak, ord};

/// A moment in Norwegian local time. The time zone is the program's own, never the machine's.
pub(super) fn vis(moment: Timestamp, sprak: Sprak) -> String {
    match TimeZoneDatabase::bundled().get("Europe/Oslo") {
        Ok(oslo) => skriv(moment.to_zoned(oslo).datetime(), sprak),
        Err(_) => moment.to_string(),
    }
}

/// `sendingstidspunkt` holds local time without a zone; some senders add one. `None` when the text says something else,
/// or more than can be written here.
pub(super) fn les(text: &str, sprak: Sprak) -> Option<String> {
    if !text.contains('T') {
        return None;
    }
    let skrevet = match text.parse::<Timestamp>() {
        Ok(moment) if moment.subsec_nanosecond() == 0 => return Some(vis(moment, sprak)),
        Ok(_) => return None,
        Err(_) => text.parse::<DateTime>().ok()?,
    };
    // Without a zone only: `[Europe/Oslo]` and the like would be lost.
    let plain = text.chars().all(|character| character.is_ascii_digit() || matches!(character, '-' | ':' | 'T'));
    (plain && skrevet.subsec_nanosecond() == 0).then(|| skriv(skrevet, sprak))
}

/// `15. januar 2029`, the same in both written forms.
pub(super) fn dag(dato: Date) -> String {
    let maaned = usize::try_from(dato.month()).ok().and_then(|month| ord::MAANEDER.get(month.checked_sub(1)?));
    format!("{}. {} {}", dato.day(), maaned.copied().unwrap_or_default(), dato.year())
}

fn skriv(tid: DateTime, sprak: Sprak) -> String {
    format!("{} {} {:02}.{:02}.{:02}", dag(tid.date()), ord::KLOKKA.paa(sprak), tid.hour(), tid.minute(), tid.second())
}
