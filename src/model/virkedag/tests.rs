use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{DateTime, date};

use super::*;

const HELLIGDAGER: &str = include_str!("helligdager.tsv");
const DOCUMENT: &str = include_str!("../../../docs/frister.md");

/// When the report became available, the last day for its receipt, and why. Reckoned by hand with a wall calendar.
const CASES: &[(&str, &str, &str)] = &[
    // An ordinary week.
    ("2026-06-01T08:00+02", "2026-06-03", "Monday"),
    ("2026-06-02T08:00+02", "2026-06-04", "Tuesday"),
    ("2026-06-03T08:00+02", "2026-06-05", "Wednesday"),
    ("2026-06-04T12:00+02", "2026-06-08", "Thursday: Friday and Monday"),
    ("2026-06-05T07:00+02", "2026-06-09", "Friday morning"),
    ("2026-06-05T16:05+02", "2026-06-09", "Friday after hours is still Friday"),
    ("2026-06-06T12:00+02", "2026-06-09", "Saturday"),
    ("2026-06-07T23:59:59+02", "2026-06-09", "Sunday's last second"),
    ("2026-06-08T00:00:00+02", "2026-06-10", "Monday's first second"),
    // The day is the Norwegian one.
    ("2026-06-08T21:59:59.999Z", "2026-06-10", "still Monday in Norway"),
    ("2026-06-08T22:00:00Z", "2026-06-11", "Tuesday in Norway, in summer"),
    ("2026-11-16T22:59:59Z", "2026-11-18", "still Monday in Norway"),
    ("2026-11-16T23:00:00Z", "2026-11-19", "Tuesday in Norway, in winter"),
    ("2026-11-15T23:30:00Z", "2026-11-18", "Sunday in UTC, Monday in Norway"),
    ("2026-11-19T23:30:00Z", "2026-11-24", "Thursday in UTC, Friday in Norway"),
    ("2026-12-31T23:30:00Z", "2027-01-05", "2026 in UTC, New Year's Day in Norway"),
    ("2027-01-03T23:30:00Z", "2027-01-06", "Sunday in UTC, Monday in Norway"),
    // The clocks go forward on 29 March 2026, and back on 25 October.
    ("2026-03-29T01:59:59+01", "2026-03-31", "before the hour that does not exist"),
    ("2026-03-29T03:00:00+02", "2026-03-31", "after it"),
    ("2026-03-29T21:59:59Z", "2026-03-31", "Sunday's last second, by summer time"),
    ("2026-03-29T22:00:00Z", "2026-04-01", "Monday's first second, by summer time"),
    ("2026-10-23T16:05+02", "2026-10-27", "Friday before the clocks go back"),
    ("2026-10-25T02:30+02", "2026-10-27", "the hour that comes twice, first"),
    ("2026-10-25T02:30+01", "2026-10-27", "and again"),
    ("2026-10-25T22:30:00Z", "2026-10-27", "Sunday by winter time, Monday had it been summer time"),
    ("2026-10-25T23:00:00Z", "2026-10-28", "Monday's first second, by winter time"),
    // Easter 2026: 2 to 6 April.
    ("2026-03-28T10:00+01", "2026-03-31", "Saturday before Easter week"),
    ("2026-03-30T10:00+02", "2026-04-01", "Monday of Easter week"),
    ("2026-03-31T10:00+02", "2026-04-07", "Tuesday of Easter week: Wednesday, and Tuesday after Easter"),
    ("2026-04-01T09:00+02", "2026-04-08", "Wednesday of Easter week"),
    ("2026-04-01T23:59:59+02", "2026-04-08", "its last second"),
    ("2026-04-02T10:00+02", "2026-04-08", "skjærtorsdag"),
    ("2026-04-03T10:00+02", "2026-04-08", "langfredag"),
    ("2026-04-04T10:00+02", "2026-04-08", "påskeaften"),
    ("2026-04-05T10:00+02", "2026-04-08", "første påskedag"),
    ("2026-04-06T10:00+02", "2026-04-08", "andre påskedag"),
    ("2026-04-07T10:00+02", "2026-04-09", "Tuesday after Easter"),
    ("2035-03-20T10:00+01", "2035-03-27", "earliest Easter: 25 March 2035, when the clocks go forward"),
    ("2038-04-21T10:00+02", "2038-04-28", "latest Easter: 25 April 2038"),
    // 1 May.
    ("2026-04-29T10:00+02", "2026-05-04", "Wednesday before a Friday 1 May"),
    ("2026-04-30T10:00+02", "2026-05-05", "Thursday before a Friday 1 May"),
    ("2026-05-01T10:00+02", "2026-05-05", "1 May, a Friday"),
    ("2027-04-30T16:05+02", "2027-05-04", "Friday before a Saturday 1 May: no other day off instead"),
    ("2024-04-29T10:00+02", "2024-05-02", "Monday before a Wednesday 1 May"),
    ("2028-04-28T14:00+02", "2028-05-03", "Friday before a Monday 1 May"),
    // Kristi himmelfart, a Thursday, and the Friday after it.
    ("2026-05-13T10:00+02", "2026-05-18", "day before: the Friday between is a working day"),
    ("2026-05-14T10:00+02", "2026-05-18", "Kristi himmelfartsdag"),
    ("2027-05-05T10:00+02", "2027-05-10", "day before, in 2027"),
    // 17 May.
    ("2026-05-15T16:05+02", "2026-05-19", "Friday before a Sunday 17 May: no other day off instead"),
    ("2026-05-17T10:00+02", "2026-05-19", "17 May, a Sunday"),
    ("2025-05-16T10:00+02", "2025-05-20", "16 May before a Saturday 17 May"),
    ("2025-05-17T10:00+02", "2025-05-20", "17 May, a Saturday"),
    ("2028-05-15T10:00+02", "2028-05-18", "15 May before a Wednesday 17 May"),
    ("2028-05-16T16:05+02", "2028-05-19", "16 May before a Wednesday 17 May"),
    ("2028-05-17T10:00+02", "2028-05-19", "17 May, a Wednesday"),
    ("2024-05-16T10:00+02", "2024-05-22", "16 May before a Friday 17 May, with pinse next"),
    // Pinse.
    ("2026-05-22T10:00+02", "2026-05-27", "Friday before pinse"),
    ("2026-05-25T10:00+02", "2026-05-27", "andre pinsedag"),
    ("2027-05-14T16:05+02", "2027-05-19", "Friday before andre pinsedag that is 17 May too"),
    ("2027-05-17T10:00+02", "2027-05-19", "both"),
    ("2043-05-15T10:00+02", "2043-05-20", "Friday before første pinsedag that is 17 May too"),
    // Christmas and New Year.
    ("2026-12-23T12:00+01", "2026-12-28", "lille julaften: Christmas Eve, a Thursday, counts"),
    ("2026-12-24T10:00+01", "2026-12-29", "Christmas Eve"),
    ("2026-12-25T10:00+01", "2026-12-29", "første juledag"),
    ("2026-12-26T10:00+01", "2026-12-29", "andre juledag, a Saturday"),
    ("2026-12-29T10:00+01", "2026-12-31", "New Year's Eve, a Thursday, counts"),
    ("2026-12-30T10:00+01", "2027-01-04", "New Year's Eve and Monday"),
    ("2026-12-31T23:59:59+01", "2027-01-05", "last second of the year"),
    ("2027-01-01T00:00:00+01", "2027-01-05", "first second of the next"),
    ("2024-12-23T10:00+01", "2024-12-27", "Christmas Eve, a Tuesday, and Friday"),
    ("2024-12-24T10:00+01", "2024-12-30", "Friday between the holidays, and Monday"),
    ("2022-12-23T10:00+01", "2022-12-28", "Christmas Eve on a Saturday, andre juledag on a Monday"),
    ("2027-12-24T10:00+01", "2027-12-28", "both Christmas days on a weekend"),
    ("2050-12-30T10:00+01", "2051-01-03", "New Year's Day on a Sunday"),
    // Leap day.
    ("2028-02-28T10:00+01", "2028-03-01", "day before a leap day"),
    ("2028-02-29T10:00+01", "2028-03-02", "leap day"),
    ("2024-02-28T10:00+01", "2024-03-01", "day before a leap day, a Wednesday"),
    ("2027-02-26T10:00+01", "2027-03-02", "end of February without one"),
];

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn holidays() -> BTreeSet<Date> {
    let lines = HELLIGDAGER.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split_once('\t').unwrap().0.parse().unwrap()).collect()
}

/// 1 January 2020 to 31 December 2050.
fn days() -> impl Iterator<Item = Date> {
    date(2020, 1, 1).series(1.day()).take_while(|day| day.year() <= 2050)
}

#[test]
fn the_holidays_are_those_of_an_independent_list() {
    let listed = holidays();
    assert_eq!(listed.len(), 31 * 12 - 3, "twelve a year; 17 May met pinse in 2027, 2032 and 2043");
    assert_eq!(days().count(), 11_323);
    for day in days() {
        assert_eq!(er_helligdag(day), listed.contains(&day), "{day}");
    }
}

#[test]
fn a_working_day_is_monday_to_friday_without_the_listed_holidays() {
    let listed = holidays();
    for day in days() {
        let working = day.weekday().to_monday_one_offset() <= 5 && !listed.contains(&day);
        assert_eq!(er_virkedag(day), working, "{day}");
    }
}

#[test]
fn the_last_day_for_a_receipt_is_the_one_reckoned_by_hand() {
    for (sent, last, why) in CASES {
        assert_eq!(frist_dato(at(sent)), last.parse::<Date>().unwrap(), "{sent}: {why}");
    }
    let moments: BTreeMap<_, _> = CASES.iter().map(|(sent, last, _)| (at(sent), *last)).collect();
    assert_eq!(moments.len(), CASES.len(), "every case is another moment");
    assert!(moments.values().is_sorted(), "who comes later never has less time");
}

#[test]
fn the_time_ends_at_norwegian_midnight() {
    for (sent, midnight) in [
        ("2027-02-05T16:05+01", "2027-02-09T23:00:00Z"),
        ("2026-06-05T16:05+02", "2026-06-09T22:00:00Z"),
        ("2026-03-27T16:05+01", "2026-03-31T22:00:00Z"),
        ("2026-10-23T16:05+02", "2026-10-27T23:00:00Z"),
        ("2035-03-21T16:05+01", "2035-03-28T22:00:00Z"),
        ("2026-12-31T15:00+01", "2027-01-05T23:00:00Z"),
    ] {
        assert_eq!(kvitteringsfrist(at(sent)), at(midnight), "{sent}");
    }
}

#[test]
fn every_day_leaves_two_whole_working_days_and_at_most_eight_days_in_all() {
    let midnight = |day: Date| day.to_zoned(OSLO.clone()).unwrap().timestamp();
    let mut longest = 0;
    for day in days().filter(|day| day.year() < 2050) {
        let first = midnight(day);
        let next = midnight(day.tomorrow().unwrap());
        let last = frist_dato(first);
        let between = day.series(1.day()).skip(1).take_while(|other| *other <= last);
        assert_eq!(between.filter(|other| er_virkedag(*other)).count(), 2, "{day}");
        assert!(er_virkedag(last), "{day}");
        assert_eq!(frist_dato(next - 1.nanosecond()), last, "{day}: the hour does not matter");
        assert_eq!(kvitteringsfrist(first), midnight(last.tomorrow().unwrap()), "{day}");
        longest = longest.max((last - day).get_days() + 1);
    }
    assert_eq!(longest, 8, "the document says so");
    assert!(DOCUMENT.contains("eight days"));
}

#[test]
fn the_ends_of_time_have_a_deadline_too() {
    assert_eq!(kvitteringsfrist(Timestamp::MAX), Timestamp::MAX);
    assert!(kvitteringsfrist(Timestamp::MIN) > Timestamp::MIN);
}

#[test]
fn the_document_says_what_the_program_does() {
    let mut rows = 0;
    let table = DOCUMENT.lines().skip_while(|line| !line.starts_with("| Available")).skip(2);
    for line in table.take_while(|line| line.starts_with('|')) {
        let [available, last, printed, why] =
            line.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>().try_into().unwrap();
        let local = DateTime::strptime("%a %d %b %Y %H:%M", available).unwrap();
        assert_eq!(local.strftime("%a %-d %b %Y %H:%M").to_string(), available, "{line}");
        let moment = OSLO.to_timestamp(local).unwrap();
        assert_eq!(frist_dato(moment).strftime("%a %-d %b %Y").to_string(), last, "{line}");
        let midnight = OSLO.to_datetime(kvitteringsfrist(moment));
        assert_eq!(midnight.strftime("%a %-d %b %Y %H:%M").to_string(), printed, "{line}");
        assert!(!why.is_empty(), "{line}");
        rows += 1;
    }
    assert!(rows >= 12, "{rows} rows");
}
