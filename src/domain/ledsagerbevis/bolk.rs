//! When cards end, cut into blocks that can be walked along newest card first: years, and months at the ends of a span.
//!
//! Which cards count is a question of what day it is, so nothing that is stored can say it. But a card ends in one month of
//! one year, and a span of days is a few whole years, the months at its ends, and two months that are looked at card by card.
//! However many cards there are, a page of them is found in the newest of each of those blocks.

use jiff::civil::{Date, date};

use crate::model::ledsagerbevis::{Gyldighet, Tilstand};

/// The years that have a block of their own. What is before the first stands in it, and what is after the last in that.
const FORSTE: i16 = 2020;
const SISTE: i16 = 2045;

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
            let month = (year == date.year()).then(|| format!("{slag} {year}-{:02}", date.month()));
            [format!("{slag} {year}")].into_iter().chain(month).collect()
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
    let year_of = |date: Option<Date>, open: i16| date.map_or(open, |date| date.year().clamp(FORSTE, SISTE));
    for year in year_of(spenn.fra, FORSTE)..=year_of(spenn.til, SISTE) {
        let first = if year == FORSTE { Date::MIN } else { date(year, 1, 1) };
        let last = if year == SISTE { Date::MAX } else { date(year, 12, 31) };
        let hel = spenn.rommer_alle(first, last);
        if hel || year == FORSTE || year == SISTE {
            found.push(Bolk { navn: format!("{slag} {year}"), hel });
            continue;
        }
        for month in 1..=12 {
            let first = date(year, month, 1);
            let last = first.last_of_month();
            let touched = spenn.fra.is_none_or(|fra| fra <= last) && spenn.til.is_none_or(|til| first <= til);
            if touched {
                let hel = spenn.rommer_alle(first, last);
                found.push(Bolk { navn: format!("{slag} {year}-{month:02}"), hel });
            }
        }
    }
    found
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
                assert!(blocks.len() < 110, "{}", blocks.len());
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
        assert_eq!(names[6..], [("N 2026", true), ("N 2027-01", true), ("N 2027-02", true), ("N 2027-03", false)]);
    }
}
