//! When cards end, cut into blocks that can be walked along newest card first: years, months, the tens of a month's days, days.
//!
//! Which cards count is a question of what day it is, so nothing that is stored can say it. But a span of days is a few whole
//! years, with a few whole months, tens and days at its ends. However many cards there are, a page of them is found in the
//! newest of each of those blocks.

use jiff::{
    ToSpan as _,
    civil::{Date, date},
};

use crate::model::ledsagerbevis::{Gyldighet, Tilstand};

/// The years that have a block of their own. What is before the first stands in it, and what is after the last in that; these
/// two are not cut further.
const FORSTE: i16 = 2020;
const SISTE: i16 = 2045;
/// Letters of a date, as it is written, that name a block: its year, its month, the tens of its day, all of it.
const BOKSTAVER: [usize; 4] = [4, 7, 9, 10];

/// Days, both ends included; `None`: without an end to that side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spenn {
    pub fra: Option<Date>,
    pub til: Option<Date>,
}

impl Spenn {
    pub fn rommer(self, date: Date) -> bool {
        self.fra.is_none_or(|fra| fra <= date) && self.til.is_none_or(|til| date <= til)
    }

    fn is_empty(self) -> bool {
        matches!((self.fra, self.til), (Some(fra), Some(til)) if fra > til)
    }

    fn is_open(self) -> bool {
        self.fra.is_none() && self.til.is_none()
    }
}

/// A block, and whether all in it fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bolk {
    pub navn: String,
    pub hel: bool,
}

/// The blocks that a card stands in.
pub fn bolker_for(revokert: bool, gyldighet: Gyldighet) -> Vec<String> {
    let slag = if revokert { 'R' } else { 'N' };
    let mut found = match gyldighet {
        Gyldighet::Varig => vec![format!("{slag} varig")],
        Gyldighet::Til(date) => {
            let year = date.year().clamp(FORSTE, SISTE);
            let cut = year == date.year() && year != FORSTE && year != SISTE;
            let parts = BOKSTAVER.into_iter().filter(|_| cut).map(|letters| navn(slag, date, letters));
            if cut { parts.collect() } else { vec![format!("{slag} {year}")] }
        }
    };
    if revokert {
        found.push("R".to_owned());
    }
    found
}

/// The blocks that hold all cards in a state that end in a span, and when they may end; `None` when every card fits.
pub fn bolker(tilstand: Option<Tilstand>, spenn: Spenn, today: Date) -> Option<(Vec<Bolk>, Spenn)> {
    let latest = |one: Option<Date>, other: Date| Some(one.map_or(other, |one| one.max(other)));
    let earliest = |one: Option<Date>, other: Date| Some(one.map_or(other, |one| one.min(other)));
    let (slag, ends) = match tilstand {
        None if spenn.is_open() => return None,
        None => ("NR", spenn),
        Some(Tilstand::Aktivt) => ("N", Spenn { fra: latest(spenn.fra, today), ..spenn }),
        Some(Tilstand::Utlopt) => {
            // There is no day before the first: then nothing has expired.
            let Ok(yesterday) = today.yesterday() else { return Some((Vec::new(), spenn)) };
            ("N", Spenn { til: earliest(spenn.til, yesterday), ..spenn })
        }
        Some(Tilstand::Revokert) if spenn.is_open() => {
            return Some((vec![Bolk { navn: "R".to_owned(), hel: true }], spenn));
        }
        Some(Tilstand::Revokert) => ("R", spenn),
    };
    let mut found = Vec::new();
    for slag in slag.chars() {
        if spenn.is_open() && tilstand == Some(Tilstand::Aktivt) {
            found.push(Bolk { navn: format!("{slag} varig"), hel: true });
        }
        found.extend(within(slag, ends));
    }
    Some((found, ends))
}

fn within(slag: char, spenn: Spenn) -> Vec<Bolk> {
    let mut found = Vec::new();
    if spenn.is_empty() {
        return found;
    }
    let mut outer = |year: i16, first: Date, last: Date| {
        if spenn.fra.is_none_or(|fra| fra <= last) && spenn.til.is_none_or(|til| first <= til) {
            found.push(Bolk { navn: format!("{slag} {year}"), hel: spenn.rommer_alle(first, last) });
        }
    };
    outer(FORSTE, Date::MIN, date(FORSTE, 12, 31));
    outer(SISTE, date(SISTE, 1, 1), Date::MAX);
    let (first, last) = (date(FORSTE + 1, 1, 1), date(SISTE - 1, 12, 31));
    let mut day = spenn.fra.map_or(first, |fra| fra.max(first));
    let end = spenn.til.map_or(last, |til| til.min(last));
    while day <= end {
        // The largest that begins here and fits; a day always does.
        let fits = |letters: &usize| rundt(day, *letters).0 == day && rundt(day, *letters).1 <= end;
        let letters = BOKSTAVER.into_iter().find(fits).unwrap_or(10);
        found.push(Bolk { navn: navn(slag, day, letters), hel: true });
        day = rundt(day, letters).1.saturating_add(1.day());
    }
    found
}

fn navn(slag: char, date: Date, letters: usize) -> String {
    format!("{slag} {:.letters$}", date.to_string())
}

/// The first and the last day that have so many letters in common with this one.
fn rundt(date: Date, letters: usize) -> (Date, Date) {
    match letters {
        4 => (date.first_of_year(), date.last_of_year()),
        7 => (date.first_of_month(), date.last_of_month()),
        9 => {
            let tens = date.day() / 10 * 10;
            let first = date.saturating_sub((date.day() - tens.max(1)).days());
            (first, date.last_of_month().min(first.saturating_add((tens + 9 - first.day()).days())))
        }
        _ => (date, date),
    }
}

impl Spenn {
    fn rommer_alle(self, first: Date, last: Date) -> bool {
        self.fra.is_none_or(|fra| fra <= first) && self.til.is_none_or(|til| last <= til)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Date = date(2027, 1, 15);

    fn fits(revokert: bool, gyldighet: Gyldighet, tilstand: Option<Tilstand>, spenn: Spenn) -> bool {
        let state = crate::model::ledsagerbevis::tilstand(revokert, gyldighet, TODAY);
        let in_time = match gyldighet {
            Gyldighet::Varig => spenn.is_open(),
            Gyldighet::Til(date) => spenn.rommer(date),
        };
        tilstand.is_none_or(|tilstand| tilstand == state) && in_time
    }

    #[test]
    fn the_blocks_hold_what_fits_and_each_card_once() {
        let days = [
            date(1999, 5, 5),
            date(2020, 1, 1),
            date(2026, 12, 31),
            date(2027, 1, 1),
            date(2027, 1, 14),
            TODAY,
            date(2027, 1, 16),
            date(2027, 1, 31),
            date(2027, 2, 1),
            date(2028, 2, 29),
            date(2029, 1, 15),
            date(2044, 12, 31),
            date(2045, 1, 1),
            date(2075, 6, 1),
            date(9999, 12, 31),
        ];
        let ends: Vec<_> = days.into_iter().map(Some).chain([None]).collect();
        let cards: Vec<_> = days.into_iter().map(Gyldighet::Til).chain([Gyldighet::Varig]).collect();
        let states = [None, Some(Tilstand::Aktivt), Some(Tilstand::Utlopt), Some(Tilstand::Revokert)];
        for (fra, til) in ends.iter().flat_map(|fra| ends.iter().map(|til| (*fra, *til))) {
            let spenn = Spenn { fra, til };
            for tilstand in states {
                let Some((blocks, ends)) = bolker(tilstand, spenn, TODAY) else {
                    assert!(tilstand.is_none() && spenn.is_open());
                    continue;
                };
                assert!(blocks.len() < 140, "{}", blocks.len());
                for (revokert, card) in cards.iter().flat_map(|card| [(false, *card), (true, *card)]) {
                    let own = bolker_for(revokert, card);
                    let hits = blocks.iter().filter(|block| own.contains(&block.navn)).filter(|block| match card {
                        Gyldighet::Varig => true,
                        Gyldighet::Til(date) => block.hel || ends.rommer(date),
                    });
                    let expected = usize::from(fits(revokert, card, tilstand, spenn));
                    assert_eq!(hits.count(), expected, "{tilstand:?} {spenn:?} {revokert} {card:?}");
                }
            }
        }
    }

    #[test]
    fn a_span_of_years_is_a_few_blocks() {
        let (expired, _) = bolker(Some(Tilstand::Utlopt), Spenn::default(), date(2027, 3, 10)).unwrap();
        let names: Vec<_> = expired.iter().map(|block| (block.navn.as_str(), block.hel)).collect();
        assert_eq!(names.len(), 7 + 3);
        assert_eq!(names[0], ("N 2020", true));
        assert_eq!(names[6..], [("N 2026", true), ("N 2027-01", true), ("N 2027-02", true), ("N 2027-03-0", true)]);
        let spenn = Spenn { fra: Some(date(2027, 2, 19)), til: Some(date(2027, 3, 11)) };
        let names: Vec<_> = within('N', spenn).into_iter().map(|block| block.navn).collect();
        assert_eq!(names, ["N 2027-02-19", "N 2027-02-2", "N 2027-03-0", "N 2027-03-10", "N 2027-03-11"]);
    }
}
