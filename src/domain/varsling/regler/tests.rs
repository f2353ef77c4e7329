use jiff::civil::date;

use super::*;
use crate::model::RessursId;

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn waiting(eldste: Timestamp, nyeste: Timestamp) -> Ventende {
    Ventende { bydel: RessursId(uuid::Uuid::nil()), antall: 1, eldste, nyeste, frist: None }
}

/// Looks every minute, and gives the Norwegian times of the warnings.
fn told(from: &str, days: i64, due: impl Fn(Timestamp, Option<Timestamp>) -> bool) -> Vec<String> {
    let start = moment(from);
    let mut last = None;
    let mut times = Vec::new();
    for minute in 0..days * 24 * 60 {
        let now = start + SignedDuration::from_mins(minute);
        if due(now, last) {
            last = Some(now);
            times.push(norsk_tid(now).strftime("%d.%m %H:%M").to_string());
        }
    }
    times
}

fn of_one_report(from: &str, days: i64) -> Vec<String> {
    let came = moment(from);
    told(from, days, |now, last| now >= came + VENT && ikke_hentet(now, &waiting(came, came), last).is_some())
}

#[test]
fn what_waits_is_told_of_after_two_hours_and_then_three_times_a_day() {
    // Thursday 10:20 in winter, over a weekend.
    let times = of_one_report("2027-01-14T09:20:00Z", 5);
    let mut expected = vec!["14.01 12:20".to_owned(), "14.01 15:00".to_owned()];
    for day in 15..=18 {
        expected.extend([8, 12, 15].map(|hour| format!("{day}.01 {hour:02}:00")));
    }
    expected.push("19.01 08:00".to_owned());
    assert_eq!(times, expected);
}

#[test]
fn the_times_follow_the_wall_clock() {
    for (from, days) in [("2027-03-26T11:00:00Z", ["27", "28", "29"]), ("2027-10-29T10:00:00Z", ["30", "31", "01"])] {
        let times = of_one_report(from, 4);
        for day in days {
            let hours: Vec<&str> = times.iter().filter(|t| t.starts_with(day)).map(|t| &t[6..]).collect();
            assert_eq!(hours, ["08:00", "12:00", "15:00"], "{day} {times:?}");
        }
    }
}

#[test]
fn a_first_warning_shortly_before_a_time_of_day_stands_for_it() {
    // Told at 11:30: not again at 12.
    assert_eq!(of_one_report("2027-01-14T08:30:00Z", 1)[..2], ["14.01 11:30", "14.01 15:00"]);
    // In the night, and again when the office opens.
    assert_eq!(of_one_report("2027-01-14T21:00:00Z", 1)[..2], ["15.01 00:00", "15.01 08:00"]);
}

#[test]
fn one_that_comes_later_is_told_of_in_its_turn_and_many_are_told_of_together() {
    let first = moment("2027-01-14T15:00:00Z");
    let at = |now: &str, nyeste: &str, last: &str| {
        ikke_hentet(moment(now), &waiting(first, moment(nyeste)), Some(moment(last)))
    };
    // The office was told at 18:00 (17:00Z); another one has waited two hours at 18:30.
    let (newer, told) = ("2027-01-14T15:30:00Z", "2027-01-14T17:00:00Z");
    assert_eq!(at("2027-01-14T17:30:00Z", newer, told), None, "not two within an hour");
    assert!(at("2027-01-14T18:00:00Z", newer, told).is_some(), "an evening's report does not wait for the morning");
    assert_eq!(at("2027-01-14T23:00:00Z", "2027-01-14T15:00:00Z", told), None, "nothing new");
}

#[test]
fn after_a_long_silence_there_is_one_warning() {
    let came = moment("2027-01-11T09:00:00Z");
    let last = Some(moment("2027-01-11T14:00:00Z"));
    let now = moment("2027-01-14T12:20:00Z");
    let mark = ikke_hentet(now, &waiting(came, came), last).unwrap();
    assert_eq!(mark, "igjen 2027-01-14T11:00:00Z");
    assert_eq!(ikke_hentet(now + SignedDuration::from_mins(2), &waiting(came, came), Some(now)), None);
}

#[test]
fn a_deadline_is_near_from_nine_o_clock_on_its_day() {
    assert_eq!(frist_naer(moment("2027-01-18T07:59:59.999Z")), None);
    let monday = Some((date(2027, 1, 18), moment("2027-01-18T23:00:00Z")));
    assert_eq!(frist_naer(moment("2027-01-18T08:00:00Z")), monday);
    assert_eq!(frist_naer(moment("2027-01-18T22:59:59.999Z")), monday);
    assert_eq!(frist_naer(moment("2027-01-18T23:00:00Z")), None);
    // Summer time.
    assert_eq!(frist_naer(moment("2027-07-05T07:00:00Z")).unwrap().1, moment("2027-07-05T22:00:00Z"));
}

#[test]
fn what_lies_still_is_told_of_again_on_the_mornings_of_working_days() {
    // From the Tuesday before Easter 2027 to the Wednesday after it, told of at noon on the Tuesday.
    let first = moment("2027-03-23T11:00:00Z");
    let times = told("2027-03-23T11:00:00Z", 8, |now, last| avvist_igjen(now, last.unwrap_or(first)).is_some());
    assert_eq!(times, ["24.03 08:00", "30.03 08:00", "31.03 08:00"]);
}

#[test]
fn why_a_report_became_a_letter_is_in_its_history() {
    use Tilstand as T;
    let handed_over = moment("2027-01-15T12:00:00Z");
    let deadline = kvitteringsfrist(handed_over);
    let at = |steps: &[(T, Timestamp)]| {
        let events = (1..).zip(steps).map(|(nr, (tilstand, at))| (nr, *at, *tilstand));
        brev(&events.collect::<Vec<_>>())
    };
    let start = [(T::Akseptert, handed_over), (T::SendtFagsystem, handed_over)];
    let with = |steps: &[(T, Timestamp)]| at(&[&start[..], steps].concat());
    let soon = handed_over + SignedDuration::from_mins(1);
    assert_eq!(with(&[(T::SendtPrint, deadline)]), Some((3, deadline, Aarsak::IkkeKvittertInnenFrist)));
    assert_eq!(with(&[(T::SendtPrint, soon)]), Some((3, soon, Aarsak::Bestilt)), "before its time");
    let refused = [(T::AvvistFagsystem, soon), (T::SendtPrint, soon)];
    assert_eq!(with(&refused), Some((4, soon, Aarsak::AvvistAvFagsystem)));
    assert_eq!(with(&[&refused[..], &[(T::Levert, soon)]].concat()), Some((4, soon, Aarsak::AvvistAvFagsystem)));
    let came_back = [&refused[..], &[(T::AvvistPrint, soon)]].concat();
    assert_eq!(with(&came_back), None, "no letter comes");
    assert_eq!(with(&[&came_back[..], &[(T::Levert, soon)]].concat()), None);
    let anew = [&came_back[..], &[(T::SendtPrint, deadline)]].concat();
    assert_eq!(with(&anew), Some((6, deadline, Aarsak::Bestilt)));
    assert_eq!(with(&[]), None);
}

#[test]
fn the_nearest_threshold_of_a_certificate_holds() {
    let end = moment("2027-07-17T21:59:59Z");
    let left = |seconds: i64| terskel(end - SignedDuration::from_secs(seconds), end);
    let day = 24 * 60 * 60;
    for (seconds, expected) in [
        (90 * day + 1, None),
        (90 * day, Some((90, 90))),
        (90 * day - 100, Some((90, 90))),
        (30 * day + 1, Some((90, 31))),
        (30 * day, Some((30, 30))),
        (12 * day, Some((30, 12))),
        (7 * day, Some((7, 7))),
        (day + 1, Some((7, 2))),
        (day, Some((1, 1))),
        (0, Some((1, 1))),
        (-1, Some((0, 0))),
        (-400 * day, Some((0, 0))),
    ] {
        assert_eq!(left(seconds), expected, "{seconds}");
    }
}
