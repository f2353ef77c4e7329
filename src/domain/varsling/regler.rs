//! When a warning is due.

use jiff::{SignedDuration, Timestamp, civil::Date};

use crate::{
    epost::tekst::Aarsak,
    model::{
        melding::Tilstand,
        virkedag::{er_virkedag, klokken, kvitteringsfrist, norsk_tid},
    },
    store::varselgrunn::Ventende,
};

/// How long a report may wait before its office is warned (SvarInn: two hours, then three times a day).
pub(super) const VENT: SignedDuration = SignedDuration::from_hours(2);

/// When what still waits is told again, every day of the week, by the wall clock in Norway: when the office opens, before
/// lunch, and while there still is somebody to ask for help. A report cannot wait for Monday.
const KLOKKESLETT: [i8; 3] = [8, 12, 15];

/// Two warnings of what waits are at least so far apart, however many reports come.
const MELLOMROM: SignedDuration = SignedDuration::from_hours(1);

/// From which hour of a deadline's day it is near.
const SISTE_DAG_FRA: i8 = 9;

/// A letter is told of when this time has passed, with those that followed it.
const SAMLES: SignedDuration = SignedDuration::from_mins(5);

/// Days before a certificate's end.
const TERSKLER: [u16; 4] = [1, 7, 30, 90];

const DAG: i64 = 24 * 60 * 60;

/// The mark of the warning that reports wait, if one is due. `forrige` is when the office was last told.
pub(super) fn ikke_hentet(now: Timestamp, ventende: &Ventende, forrige: Option<Timestamp>) -> Option<String> {
    // With the day: after weeks of silence, what was told before them is told anew.
    let first = || Some(format!("ny {} {}", norsk_tid(now).date(), ventende.nyeste));
    let Some(forrige) = forrige else { return first() };
    let daily = siste_klokkeslett(now);
    if forrige < before(daily, MELLOMROM) {
        return Some(format!("igjen {daily}"));
    }
    // One that had not waited long enough to be told of then.
    let untold = ventende.nyeste > before(forrige, VENT);
    if untold && forrige <= before(now, MELLOMROM) { first() } else { None }
}

/// The date of the deadlines that are near, and the instant when they have passed.
pub(super) fn frist_naer(now: Timestamp) -> Option<(Date, Timestamp)> {
    let today = norsk_tid(now).date();
    (now >= klokken(today, SISTE_DAG_FRA)).then(|| (today, slutten_av(today)))
}

/// Whether reports that lie still are told of again. `forrige` is when the office was last told.
pub(super) fn avvist_igjen(now: Timestamp, forrige: Timestamp) -> Option<String> {
    let today = norsk_tid(now).date();
    let [morning, ..] = KLOKKESLETT;
    let morning = klokken(today, morning);
    let due = er_virkedag(today) && now >= morning && forrige < before(morning, MELLOMROM);
    due.then(|| format!("igjen {today}"))
}

/// Whether letters are told of now: the first of them went out at `forste`.
pub(super) fn brev_samlet(now: Timestamp, forste: Timestamp) -> bool {
    forste <= before(now, SAMLES)
}

/// Why a report goes out as a letter, with the number and time of the event that says that it does. `None` when it does
/// not any more.
pub(super) fn brev(hendelser: &[(i32, Timestamp, Tilstand)]) -> Option<(i32, Timestamp, Aarsak)> {
    let at = hendelser.iter().rposition(|(_, _, tilstand)| *tilstand == Tilstand::SendtPrint)?;
    let (earlier, rest) = hendelser.split_at(at);
    let ((nr, tidspunkt, _), later) = rest.split_first()?;
    if later.iter().any(|(_, _, tilstand)| *tilstand == Tilstand::AvvistPrint) {
        return None;
    }
    let aarsak = match earlier.last() {
        Some((_, _, Tilstand::AvvistFagsystem)) => Aarsak::AvvistAvFagsystem,
        Some((_, handed_over, Tilstand::SendtFagsystem)) if *tidspunkt >= kvitteringsfrist(*handed_over) => {
            Aarsak::IkkeKvittertInnenFrist
        }
        _ => Aarsak::Bestilt,
    };
    Some((*nr, *tidspunkt, aarsak))
}

/// The nearest threshold that holds, and the days that are left (0 and 0 after the end). One that was passed while the
/// gateway was down is not made up for when a nearer one holds.
pub(super) fn terskel(now: Timestamp, utloper: Timestamp) -> Option<(u16, u16)> {
    let left = utloper.as_second() - now.as_second();
    if left < 0 {
        return Some((0, 0));
    }
    let terskel = TERSKLER.into_iter().find(|dager| left <= i64::from(*dager) * DAG)?;
    // Rounded up: with an hour left, the certificate has not run out.
    let days = (left + DAG - 1) / DAG;
    Some((terskel, u16::try_from(days).unwrap_or(terskel).max(1)))
}

/// Norwegian midnight at the end of a day.
pub(super) fn slutten_av(dag: Date) -> Timestamp {
    dag.tomorrow().map_or(Timestamp::MAX, |day_after| klokken(day_after, 0))
}

pub(super) fn before(moment: Timestamp, by: SignedDuration) -> Timestamp {
    moment.checked_sub(by).unwrap_or(Timestamp::MIN)
}

/// The latest of the times of day, today's or yesterday's.
fn siste_klokkeslett(now: Timestamp) -> Timestamp {
    let today = norsk_tid(now).date();
    let yesterday = today.yesterday().unwrap_or(today);
    let mut times = [yesterday, today].into_iter().flat_map(|dag| KLOKKESLETT.map(|time| klokken(dag, time)));
    times.rfind(|time| *time <= now).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests;
