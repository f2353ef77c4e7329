//! What a period is put together from: whole Norwegian days, whole hours on both sides of them, and at both ends part of an
//! hour: what is left of it, or the whole of it without the rest, whichever takes less counting.

use jiff::{Timestamp, ToSpan};

use super::super::millis;
use crate::model::{
    utvalg::Periode,
    virkedag::{dagens_start, norsk_dag},
};

pub(super) const HOUR: i64 = 3_600_000;

/// From the first millisecond, and before the second.
pub(super) type Spenn = (i64, i64);

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Deling {
    /// Where the reports themselves are counted.
    pub rest: Vec<Spenn>,
    /// Where they are counted and taken away: what the hours have that the period has not.
    pub utenfor: Vec<Spenn>,
    pub timer: Vec<Spenn>,
    pub dogn: Option<Spenn>,
    /// The hours and days together.
    pub hele: Option<Spenn>,
}

impl Deling {
    /// `now` is when somebody asks. What comes out is the same whenever that is; a period until now is the cheaper for it,
    /// since nothing has come in in what is still to come of the hour.
    pub fn of(periode: Periode, now: Timestamp) -> Self {
        let fra = periode.fra.map_or(i64::MIN, millis);
        let til = periode.til.map_or(i64::MAX, millis);
        if periode.fra.map_or(i64::MIN, |_| up(fra)) >= periode.til.map_or(i64::MAX, |_| down(til)) {
            return Self { rest: some([(fra, til)]), ..Self::default() };
        }
        let (mut parts, now) = (Self::default(), millis(now));
        let first = periode.fra.map_or(i64::MIN, |_| {
            let whole = parts.end((fra, up(fra)), (down(fra), fra), now);
            if whole { down(fra) } else { up(fra) }
        });
        let last = periode.til.map_or(i64::MAX, |_| {
            let whole = parts.end((down(til), til), (til, up(til)), now);
            if whole { up(til) } else { down(til) }
        });
        let morning = periode.fra.map_or(i64::MIN, |_| next_day(first));
        let evening = periode.til.map_or(i64::MAX, |_| day(last));
        let (timer, dogn) = if morning < evening {
            (some([(first, morning), (evening, last)]), Some((morning, evening)))
        } else {
            (some([(first, last)]), None)
        };
        Self { timer, dogn, hele: Some((first, last)), ..parts }
    }

    /// An hour that the period begins or ends in. Whether it is among the whole hours: less time of it has passed outside of the
    /// period than inside, so there is less to take away than to add.
    fn end(&mut self, inside: Spenn, outside: Spenn, now: i64) -> bool {
        let passed = |(from, to): Spenn| to.min(now).saturating_sub(from).max(0);
        let whole = passed(outside) < passed(inside);
        let (counted, part) = if whole { (&mut self.utenfor, outside) } else { (&mut self.rest, inside) };
        counted.extend(some([part]));
        whole
    }
}

fn some<const N: usize>(spans: [Spenn; N]) -> Vec<Spenn> {
    spans.into_iter().filter(|(from, to)| from < to).collect()
}

/// The last whole hour.
fn down(at: i64) -> i64 {
    at - at.rem_euclid(HOUR)
}

/// The next whole hour.
fn up(at: i64) -> i64 {
    at.saturating_add((HOUR - at.rem_euclid(HOUR)) % HOUR)
}

/// When the Norwegian day of an instant began.
fn day(at: i64) -> i64 {
    millis(dagens_start(norsk_dag(instant(at))))
}

/// When the next Norwegian day begins, or this one where it just does.
fn next_day(at: i64) -> i64 {
    let today = norsk_dag(instant(at));
    match millis(dagens_start(today)) {
        start if start == at => start,
        _ => today.checked_add(1.day()).map_or(i64::MAX, |tomorrow| millis(dagens_start(tomorrow))),
    }
}

fn instant(at: i64) -> Timestamp {
    Timestamp::from_millisecond(at).unwrap_or(if at < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn told(spans: impl IntoIterator<Item = Spenn>) -> Vec<String> {
        spans.into_iter().map(|(from, to)| format!("{} {}", instant(from), instant(to))).collect()
    }

    #[test]
    fn a_month_is_days_with_hours_and_minutes_round_them() {
        // The clocks go forward in the night to 28 March.
        let periode = Periode { fra: Some(at("2027-03-27T20:30:00Z")), til: Some(at("2027-03-29T00:10:00Z")) };
        let parts = Deling::of(periode, at("2027-06-01T00:00:00Z"));
        assert_eq!(told(parts.utenfor), [""; 0]);
        assert_eq!(
            told(parts.rest),
            ["2027-03-27T20:30:00Z 2027-03-27T21:00:00Z", "2027-03-29T00:00:00Z 2027-03-29T00:10:00Z"]
        );
        assert_eq!(
            told(parts.timer),
            ["2027-03-27T21:00:00Z 2027-03-27T23:00:00Z", "2027-03-28T22:00:00Z 2027-03-29T00:00:00Z"]
        );
        assert_eq!(told(parts.dogn), ["2027-03-27T23:00:00Z 2027-03-28T22:00:00Z"], "a day of 23 hours");
    }

    #[test]
    fn an_hour_of_which_most_is_counted_is_counted_whole() {
        let periode = Periode { fra: Some(at("2027-03-27T20:05:00Z")), til: Some(at("2027-03-29T00:10:00Z")) };
        // Ten minutes of the last hour have passed, and no more.
        let parts = Deling::of(periode, at("2027-03-29T00:10:00Z"));
        assert_eq!(parts.rest, []);
        assert_eq!(
            told(parts.utenfor),
            ["2027-03-27T20:00:00Z 2027-03-27T20:05:00Z", "2027-03-29T00:10:00Z 2027-03-29T01:00:00Z"]
        );
        assert_eq!(
            told(parts.timer),
            ["2027-03-27T20:00:00Z 2027-03-27T23:00:00Z", "2027-03-28T22:00:00Z 2027-03-29T01:00:00Z"]
        );
    }

    #[test]
    fn a_period_within_an_hour_is_neither_hours_nor_days() {
        let periode = Periode { fra: Some(at("2027-03-27T20:10:00Z")), til: Some(at("2027-03-27T20:50:00Z")) };
        let parts = Deling::of(periode, at("2027-03-27T20:50:00Z"));
        assert_eq!(told(parts.rest), ["2027-03-27T20:10:00Z 2027-03-27T20:50:00Z"]);
        assert_eq!((parts.timer, parts.dogn, parts.hele), (vec![], None, None));
    }

    #[test]
    fn all_time_is_days() {
        let parts = Deling::of(Periode::default(), at("2027-03-27T20:50:00Z"));
        assert_eq!(parts, Deling { dogn: Some((i64::MIN, i64::MAX)), hele: parts.hele, ..Deling::default() });
    }

    proptest! {
        /// Whatever the period is, an instant is in exactly one part of it, or in none when it lies outside.
        #[test]
        fn every_instant_is_counted_once(
            fra in prop::option::of(1_700_000_000_000_i64..1_900_000_000_000),
            length in prop_oneof![0_i64..2 * HOUR, 0_i64..80 * HOUR, 0_i64..9_000 * HOUR],
            til in any::<bool>(),
            near in -50 * HOUR..50 * HOUR,
            asked in -2 * HOUR..2 * HOUR,
        ) {
            let begin = fra.unwrap_or(1_800_000_000_000);
            let end = til.then_some(begin + length);
            let periode = Periode { fra: fra.map(instant), til: end.map(instant) };
            let parts = Deling::of(periode, instant(end.unwrap_or(begin) + asked));
            let all: Vec<_> = parts.rest.iter().chain(&parts.timer).chain(&parts.dogn).copied().collect();
            for around in [begin, begin + length] {
                let moment = around + near;
                let inside = fra.is_none_or(|fra| fra <= moment) && end.is_none_or(|end| moment < end);
                let times = |spans: &[Spenn]| spans.iter().filter(|(from, to)| *from <= moment && moment < *to).count();
                prop_assert_eq!(times(&all), usize::from(inside) + times(&parts.utenfor));
            }
            for (from, to) in parts.timer.iter().chain(&parts.dogn) {
                for edge in [from, to] {
                    prop_assert!(edge % HOUR == 0 || [i64::MIN, i64::MAX].contains(edge));
                }
            }
        }
    }
}
