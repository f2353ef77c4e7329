//! A clock that jumps, as clocks of machines do: nothing is lost for it, nothing happens twice, and what waits goes on when
//! the time that it waits for is there.

use jiff::{SignedDuration, Timestamp};
use meldeport::{
    model::{melding::Kanal, virkedag::kvitteringsfrist},
    store,
    system::Clock as _,
};

use crate::{
    brev::{LEASE, feilet, mottatt},
    support::{Gate, id_of},
};

on_every_database! {
    a_day_forward_and_back_loses_nothing_and_repeats_nothing,
    a_token_from_before_a_jump_is_judged_by_the_clock_of_now,
    the_deadline_over_a_change_of_summer_time_is_kept_once,
}

const DAY: SignedDuration = SignedDuration::from_hours(24);
const HANDED_OVER: [&str; 2] = ["AKSEPTERT", "SENDT_FAGSYSTEM"];

/// Takes what is to be handed over, and dies.
async fn die_over_jobs(t: &Gate) {
    let now = t.clock.now();
    let context = (t.ids.uuid(), now, now + LEASE);
    let work = t.services().store.write("leie", context, |tx, (mark, now, until)| {
        Box::pin(async move { store::jobb::claim(tx, &[Kanal::Fagsystem], *mark, *now, *until, 100).await })
    });
    assert_eq!(work.await.unwrap().len(), 1);
}

async fn a_day_forward_and_back_loses_nothing_and_repeats_nothing(t: &mut Gate) {
    let start = t.clock.now();
    let early = t.send(&t.report()).await;
    t.clock.set(start + DAY);
    let late = t.send(&t.report()).await;
    t.run_jobs().await;
    let held = t.send(&t.report()).await;
    die_over_jobs(t).await;
    // The same envelope, a day before it came in the first time.
    t.clock.set(start);
    let report = t.report();
    let again = t.send(&report).await;
    t.clock.set(start + DAY - SignedDuration::from_mins(1));
    assert_eq!(id_of(&t.post(&report, None).await), again, "a repeated send is recognised on both sides of a jump");
    t.clock.set(start);
    t.run_jobs().await;
    mottatt(t, &early).await.json(200);
    mottatt(t, &early).await.json(200);
    feilet(t, &late).await.json(200);
    t.run_jobs().await;
    let letters = t.letters().await.len();
    assert_eq!(letters, 1);
    for at in [start + DAY, start, start + DAY + SignedDuration::from_mins(2)] {
        t.clock.set(at);
        t.run_jobs().await;
    }
    assert_eq!(t.letters().await.len(), 1, "one letter, however often its hour comes");
    assert_eq!(t.states(&early).await, ["AKSEPTERT", "SENDT_FAGSYSTEM", "LEVERT"]);
    assert_eq!(t.states(&late).await, ["AKSEPTERT", "SENDT_FAGSYSTEM", "AVVIST_FAGSYSTEM", "SENDT_PRINT"]);
    assert_eq!(
        t.states(&held).await,
        HANDED_OVER,
        "what was leased in a time that did not come is taken over when it does"
    );
    assert_eq!(t.states(&again).await, HANDED_OVER);
}

async fn a_token_from_before_a_jump_is_judged_by_the_clock_of_now(t: &mut Gate) {
    let start = t.clock.now();
    let before = t.kommune();
    before.get(t.queue("")).await.json(200);
    t.clock.set(start + DAY);
    before.get(t.queue("")).await.problem(401, "TILGANG.TOKEN_UTLOPT");
    t.kommune().get(t.queue("")).await.json(200);
    t.clock.set(start);
    before.get(t.queue("")).await.json(200);
}

async fn the_deadline_over_a_change_of_summer_time_is_kept_once(t: &mut Gate) {
    // A Friday; on the Sunday the hour from two to three comes twice.
    let friday: Timestamp = "2027-10-29T08:30:00Z".parse().unwrap();
    t.clock.set(friday);
    let (id, _) = t.deliver().await;
    let deadline = kvitteringsfrist(friday);
    // Through the hour that comes twice, as a clock goes that is set to local time.
    for at in ["2027-10-31T00:30:00Z", "2027-10-31T01:30:00Z", "2027-10-31T00:30:00Z", "2027-10-31T01:30:00Z"] {
        t.clock.set(at.parse().unwrap());
        t.run_jobs().await;
    }
    t.clock.set(deadline - SignedDuration::from_secs(1));
    t.run_jobs().await;
    assert_eq!(t.states(&id).await, HANDED_OVER, "not a second too early");
    let hour = SignedDuration::from_hours(1);
    for at in [deadline, deadline - hour, deadline + hour, deadline] {
        t.clock.set(at);
        t.run_jobs().await;
    }
    assert_eq!(t.letters().await.len(), 1);
    assert_eq!(t.states(&id).await.last().map(String::as_str), Some("SENDT_PRINT"));
}
