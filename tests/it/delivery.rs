//! The outbox: leases, and what every channel keeps to.

use jiff::{SignedDuration, Timestamp};
use meldeport::{
    delivery::{Worker, WorkerSettings, channels},
    domain::leveranse::Utfall,
    model::{MeldingId, melding::Kanal, virkedag::kvitteringsfrist},
    store::{self, StoreError, jobb::Jobb},
    system::Clock as _,
};

use crate::support::Gate;

on_every_database! {
    two_workers_never_get_the_same_job,
    a_dead_workers_job_is_taken_over_and_its_late_finish_changes_nothing,
    a_job_that_is_given_back_waits_for_its_time,
    a_stale_worker_cannot_give_a_job_back,
    a_job_for_an_unknown_channel_waits,
    every_channel_keeps_the_contract,
    jobs_are_done_in_batches_until_none_is_left,
}

const LEASE: SignedDuration = SignedDuration::from_secs(60);

/// Leases what is due for a channel, as a worker does.
async fn claim(t: &Gate, kanal: Kanal, at_most: u64) -> Vec<Jobb> {
    let now = t.clock.now();
    let context = (kanal, t.ids.uuid(), now, now + LEASE, at_most);
    let work = t.services().store.write("leie", context, |tx, (kanal, mark, now, until, at_most)| {
        Box::pin(async move { store::jobb::claim(tx, &[*kanal], *mark, *now, *until, *at_most).await })
    });
    work.await.unwrap()
}

/// Puts a job in the outbox.
async fn add(t: &Gate, melding: &str, kanal: Kanal, due: Timestamp) {
    let context = (t.ids.uuid(), MeldingId(melding.parse().unwrap()), kanal, due);
    let work = t.services().store.write("jobb", context, |tx, (id, melding, kanal, due)| {
        Box::pin(async move { store::jobb::insert(tx, *id, *melding, *kanal, *due).await })
    });
    let _: () = work.await.map_err(|error: StoreError| error).unwrap();
}

async fn two_workers_never_get_the_same_job(t: &mut Gate) {
    for _ in 0..10 {
        t.send(&t.report()).await;
    }
    let claims = futures_util::future::join_all((0..6).map(|_| claim(t, Kanal::Fagsystem, 3))).await;
    let mut ids: Vec<_> = claims.iter().flatten().map(|job| job.id).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "one worker each");
    assert!(claims.iter().all(|jobs| jobs.len() <= 3));
    t.clock.advance(LEASE);
    t.run_jobs().await;
    assert_eq!(t.waiting().await.len(), 10);
}

async fn a_dead_workers_job_is_taken_over_and_its_late_finish_changes_nothing(t: &mut Gate) {
    let id = t.send(&t.report()).await;
    let [dead] = &claim(t, Kanal::Fagsystem, 10).await[..] else { panic!("one job") };
    assert_eq!(dead.forsok, 1);
    t.clock.advance(LEASE - SignedDuration::from_millis(1));
    t.run_jobs().await;
    assert_eq!(t.states(&id).await, ["AKSEPTERT"], "it is somebody's until its lease ends");
    t.clock.advance(SignedDuration::from_millis(1));
    let [heir] = &claim(t, Kanal::Fagsystem, 10).await[..] else { panic!("the job again") };
    assert_eq!((heir.id, heir.forsok), (dead.id, 2));
    assert_ne!(heir.leie, dead.leie);
    // The first one was only slow, and comes back while the other is at it.
    assert_eq!(t.services().overlever(dead).await.unwrap(), Utfall::Overtatt);
    assert_eq!(t.states(&id).await, ["AKSEPTERT"]);
    assert_eq!(t.services().overlever(heir).await.unwrap(), Utfall::Ferdig);
    assert_eq!(t.services().overlever(dead).await.unwrap(), Utfall::Overtatt);
    assert_eq!(t.services().overlever(heir).await.unwrap(), Utfall::Overtatt);
    assert_eq!(t.states(&id).await, ["AKSEPTERT", "SENDT_FAGSYSTEM"]);
}

async fn a_job_that_is_given_back_waits_for_its_time(t: &mut Gate) {
    let id = t.send(&t.report()).await;
    let [job] = &claim(t, Kanal::Fagsystem, 10).await[..] else { panic!("one job") };
    let later = t.clock.now() + SignedDuration::from_mins(5);
    assert!(t.services().prov_igjen(job, later).await.unwrap());
    t.run_jobs().await;
    assert_eq!(t.states(&id).await, ["AKSEPTERT"]);
    t.clock.set(later);
    t.run_jobs().await;
    assert_eq!(t.states(&id).await, ["AKSEPTERT", "SENDT_FAGSYSTEM"]);
}

async fn a_stale_worker_cannot_give_a_job_back(t: &mut Gate) {
    t.send(&t.report()).await;
    let [dead] = &claim(t, Kanal::Fagsystem, 10).await[..] else { panic!("one job") };
    t.clock.advance(LEASE);
    let [heir] = &claim(t, Kanal::Fagsystem, 10).await[..] else { panic!("the job again") };
    assert!(!t.services().prov_igjen(dead, t.clock.now()).await.unwrap());
    assert!(claim(t, Kanal::Fagsystem, 10).await.is_empty(), "it is still the other one's");
    assert_eq!(t.services().overlever(heir).await.unwrap(), Utfall::Ferdig);
}

async fn a_job_for_an_unknown_channel_waits(t: &mut Gate) {
    let id = t.send(&t.report()).await;
    t.run_jobs().await;
    let unknown: Vec<Kanal> =
        Kanal::ALL.into_iter().filter(|kanal| !channels::all().iter().any(|c| c.kanal() == *kanal)).collect();
    for kanal in unknown {
        add(t, &id, kanal, t.clock.now()).await;
        t.run_jobs().await;
        let waits = format!("kanal = '{kanal}' AND forsok = 0 AND tidligst <= {}", t.clock.now().as_millisecond());
        assert_eq!(t.database.count("jobb", &waits).await, 1, "{kanal}");
    }
}

/// A report with a job for this channel that is due, and nothing else.
async fn due(t: &Gate, kanal: Kanal) -> String {
    if kanal == Kanal::Print {
        let (id, _) = t.deliver().await;
        t.clock.set(kvitteringsfrist(t.clock.now()));
        return id;
    }
    let id = t.send(&t.report()).await;
    t.database.execute(&format!("UPDATE jobb SET kanal = '{kanal}' WHERE melding_id = {}", t.database.uuid(&id))).await;
    id
}

/// Whatever a channel does, a job is done once, and a worker that has lost its lease changes nothing.
async fn every_channel_keeps_the_contract(t: &mut Gate) {
    let all = channels::all();
    let mut kinds: Vec<_> = all.iter().map(|channel| channel.kanal().as_str()).collect();
    kinds.dedup();
    assert_eq!(kinds.len(), all.len(), "one channel of a kind");
    for channel in &all {
        let kanal = channel.kanal();
        let id = due(t, kanal).await;
        let [lost] = &claim(t, kanal, 10).await[..] else { panic!("{kanal}: one job") };
        t.clock.advance(LEASE);
        let [ours] = &claim(t, kanal, 10).await[..] else { panic!("{kanal}: the job again") };
        let before = t.states(&id).await;
        assert_eq!(channel.deliver(t.services(), lost).await.unwrap(), Utfall::Overtatt, "{kanal}");
        assert!(!channel.give_up(t.services(), lost).await.unwrap(), "{kanal}");
        assert_eq!(t.states(&id).await, before, "{kanal}");
        assert_eq!(channel.deliver(t.services(), ours).await.unwrap(), Utfall::Ferdig, "{kanal}");
        let after = t.states(&id).await;
        assert_eq!(after.len(), before.len() + 1, "{kanal}: one step");
        assert_eq!(count(t, kanal, &id).await, 0, "{kanal}");
        for late in [lost, ours] {
            assert_eq!(channel.deliver(t.services(), late).await.unwrap(), Utfall::Overtatt, "{kanal}: done once");
        }
        // A job for a report that has come to its end does nothing but end.
        t.database
            .execute(&format!("UPDATE melding SET tilstand = 'LEVERT' WHERE id = {}", t.database.uuid(&id)))
            .await;
        add(t, &id, kanal, t.clock.now()).await;
        let [needless] = &claim(t, kanal, 10).await[..] else { panic!("{kanal}: a job") };
        assert_eq!(channel.deliver(t.services(), needless).await.unwrap(), Utfall::Overflodig, "{kanal}");
        assert_eq!(count(t, kanal, &id).await, 0, "{kanal}");
        assert_eq!(t.states(&id).await, after, "{kanal}");
        t.database.execute("DELETE FROM jobb").await;
    }
}

async fn count(t: &Gate, kanal: Kanal, id: &str) -> i64 {
    t.database.count("jobb", &format!("kanal = '{kanal}' AND melding_id = {}", t.database.uuid(id))).await
}

async fn jobs_are_done_in_batches_until_none_is_left(t: &mut Gate) {
    let mut sent = Vec::new();
    for _ in 0..7 {
        sent.push(t.send(&t.report()).await);
        t.clock.advance(SignedDuration::from_millis(1));
    }
    let worker = Worker::new(t.services().clone(), WorkerSettings { batch: 3, ..WorkerSettings::default() });
    let mut taken = Vec::new();
    loop {
        taken.push(worker.run_due().await.unwrap());
        if taken.last() == Some(&0) {
            break;
        }
    }
    assert_eq!(taken, [3, 3, 1, 0]);
    assert_eq!(t.waiting().await, sent);
}
