//! Checks whether eleven digits can be a *fødselsnummer* or a D-number.
//!
//! Numbers issued from 1 January 2032 follow a wider rule (Skatteetaten, «Nytt fødselsnummer fra 2032»): the weighted
//! sum with the first control digit may leave 0, 1, 2 or 3 when divided by 11, where older numbers leave 0. The second
//! control digit is as before, and is computed with the first one as given. Both kinds are accepted at all times, for a
//! number does not tell when it was issued. It no longer tells the century either, so 29 February is accepted in every
//! year that two digits could make a leap year.
//!
//! Test series add to the month: Skatteetaten (Tenor, Test-Norge) 80, Norsk helsenett (SyntPop) 65, NAV (Dolly) 40.
//! Health care also adds 40 in its H-numbers, which identify nobody outside the institution that made them.

use jiff::civil::Date;

/// What sort of number it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Nummerslag {
    Fodselsnummer,
    /// The day is 40 too high: for people who are not, or not yet, registered as living in Norway.
    DNummer,
}

/// Which series the month places it in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Serie {
    /// The population register: a real person may have this number.
    Folkeregisteret,
    /// Month + 40: NAV's test people (Dolly), or an H-number.
    Nav,
    /// Month + 65: Norsk helsenett's test people (SyntPop).
    Nhn,
    /// Month + 80: Skatteetaten's test people (Tenor, Test-Norge).
    Skatteetaten,
}

/// Which rule the first control digit follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kontrollregel {
    /// The rule since 1964, which numbers issued later may follow too.
    Fra1964,
    /// Allowed from 2032 only.
    Fra2032,
}

/// A well-formed number. The digits themselves are not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fnr {
    pub slag: Nummerslag,
    pub serie: Serie,
    pub regel: Kontrollregel,
}

/// Why it cannot be such a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum UgyldigFnr {
    #[error("not eleven digits")]
    IkkeElleveSifre,
    #[error("the first six digits are no date in any series")]
    Dato,
    #[error("the control digits do not match")]
    Kontrollsiffer,
}

/// Weights for the first control digit; the digit itself counts once.
const VEKTER_1: [u32; 10] = [3, 7, 6, 1, 8, 9, 4, 5, 2, 1];
/// Weights for the second.
const VEKTER_2: [u32; 11] = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1];

impl Fnr {
    /// Judges eleven ASCII digits.
    pub fn kontroller(text: &str) -> Result<Self, UgyldigFnr> {
        let digits = <[u8; 11]>::try_from(text.as_bytes()).map_err(|_| UgyldigFnr::IkkeElleveSifre)?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return Err(UgyldigFnr::IkkeElleveSifre);
        }
        let digits = digits.map(|digit| u32::from(digit - b'0'));
        let [d1, d2, m1, m2, y1, y2, ..] = digits;
        let (slag, serie) = date(10 * d1 + d2, 10 * m1 + m2, 10 * y1 + y2).ok_or(UgyldigFnr::Dato)?;
        let regel = match remainder(&VEKTER_1, &digits) {
            0 => Kontrollregel::Fra1964,
            1..=3 => Kontrollregel::Fra2032,
            _ => return Err(UgyldigFnr::Kontrollsiffer),
        };
        match remainder(&VEKTER_2, &digits) {
            0 => Ok(Self { slag, serie, regel }),
            _ => Err(UgyldigFnr::Kontrollsiffer),
        }
    }

    /// The date of birth that a number tells on a day. From 2032 on none tells the century.
    pub fn fodselsdato(text: &str, today: Date) -> Option<Date> {
        Self::kontroller(text).ok().filter(|fnr| fnr.regel == Kontrollregel::Fra1964 && today.year() < 2032)?;
        let digits = text.bytes().map(|byte| i16::from(byte - b'0')).collect::<Vec<_>>();
        let [d1, d2, m1, m2, y1, y2, i1, i2, i3, ..] = digits[..] else { return None };
        let (day, month, year) = ((10 * d1 + d2) % 40, 10 * m1 + m2, 10 * y1 + y2);
        let century = match (100 * i1 + 10 * i2 + i3, year) {
            (0..=499, _) | (900..=999, 40..) => 1900,
            (500..=749, 54..) => 1800,
            (500..=999, ..40) => 2000,
            _ => return None,
        };
        let added = [0, 40, 65, 80].into_iter().find(|added| (1..=12).contains(&(month - added)))?;
        Date::new(century + year, i8::try_from(month - added).ok()?, i8::try_from(day).ok()?).ok()
    }

    /// Whether the number belongs to a test series (or is an H-number): no living person is known by it.
    pub fn syntetisk(&self) -> bool {
        self.serie != Serie::Folkeregisteret
    }
}

fn remainder(weights: &[u32], digits: &[u32]) -> u32 {
    weights.iter().zip(digits).map(|(weight, digit)| weight * digit).sum::<u32>() % 11
}

/// The kind and the series, when day, month and two-digit year make a date in one.
fn date(day: u32, month: u32, year: u32) -> Option<(Nummerslag, Serie)> {
    let (slag, day) = match day {
        1..=31 => (Nummerslag::Fodselsnummer, day),
        41..=71 => (Nummerslag::DNummer, day - 40),
        _ => return None,
    };
    let (serie, month) = match month {
        1..=12 => (Serie::Folkeregisteret, month),
        41..=52 => (Serie::Nav, month - 40),
        66..=77 => (Serie::Nhn, month - 65),
        81..=92 => (Serie::Skatteetaten, month - 80),
        _ => return None,
    };
    let days = match month {
        2 if year.is_multiple_of(4) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    (day <= days).then_some((slag, serie))
}

#[cfg(test)]
mod tests;
