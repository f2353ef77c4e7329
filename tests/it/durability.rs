//! A report that was answered with 201 is never lost, whatever happens to the process.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures_util::future::join_all;
use reqwest::Method;
use tokio::sync::Notify;

use crate::support::{Caller, Report, Site};

on_every_database! {
    every_acknowledged_report_survives_a_kill,
    a_gateway_that_is_killed_leaves_its_jobs_to_the_next,
    a_worker_beside_the_gateway_delivers_and_stops_in_good_order,
    a_gateway_that_is_stopped_the_moment_it_is_ready_stops_in_good_order,
}

const KILLS: usize = 3;
/// Senders at once, and the reports that each has to send.
const SENDERS: usize = 8;
const EACH: usize = 16;
/// Acknowledged reports after which a gateway is killed.
const BEFORE_KILL: usize = 25;

/// One of the reports, and what is known of it.
struct Sent {
    report: Report,
    id: Option<String>,
}

/// Sends until all are acknowledged or the gateway has gone.
async fn sender(
    caller: Caller,
    path: String,
    mut reports: Vec<Sent>,
    progress: Arc<(AtomicUsize, Notify)>,
) -> Vec<Sent> {
    for sent in reports.iter_mut().filter(|sent| sent.id.is_none()) {
        let Ok(response) = caller.request(Method::POST, &path).multipart(sent.report.form()).send().await else {
            break;
        };
        let status = response.status();
        // The head may come and the rest not: then the sender does not know.
        let Ok(body) = response.json::<serde_json::Value>().await else { break };
        assert_eq!(status, 201, "{body}");
        sent.id = Some(body["uuid"].as_str().unwrap().to_owned());
        progress.0.fetch_add(1, Ordering::SeqCst);
        progress.1.notify_one();
    }
    reports
}

async fn every_acknowledged_report_survives_a_kill(t: &mut Site) {
    let mut work: Vec<Vec<Sent>> =
        (0..SENDERS).map(|_| (0..EACH).map(|_| Sent { report: t.report(), id: None }).collect()).collect();
    let mut acknowledged = HashSet::new();
    for round in 0..=KILLS {
        let mut server = t.serve().await;
        let progress = Arc::new((AtomicUsize::new(0), Notify::new()));
        let caller = t.caller(&server, &t.town.skole);
        let senders = work
            .drain(..)
            .map(|reports| tokio::spawn(sender(caller.clone(), t.send_path(), reports, progress.clone())));
        let senders: Vec<_> = senders.collect();
        if round < KILLS {
            // In the middle: many are acknowledged, and each sender has another one under way.
            while progress.0.load(Ordering::SeqCst) < BEFORE_KILL && !senders.iter().all(|sender| sender.is_finished())
            {
                progress.1.notified().await;
            }
            server.kill();
        }
        work = join_all(senders).await.into_iter().map(Result::unwrap).collect();
        for id in work.iter().flatten().filter_map(|sent| sent.id.clone()) {
            acknowledged.insert(id);
        }
    }
    // Everything has been acknowledged by now, in one of the rounds, each report with an id of its own.
    let all: Vec<&Sent> = work.iter().flatten().collect();
    let ids: HashSet<_> = all.iter().map(|sent| sent.id.clone().expect("the last round sends all")).collect();
    assert_eq!(ids.len(), SENDERS * EACH, "no id twice");
    assert_eq!(ids, acknowledged, "and none that was given out in an earlier round is forgotten");
    // A job that a killed process held is free when its lease ends.
    t.run_jobs_later().await;
    let server = t.serve().await;
    let (skole, kommune) = (t.caller(&server, &t.town.skole), t.caller(&server, &t.town.kommune));
    for sent in &all {
        let id = sent.id.as_ref().unwrap();
        let history = skole.get(t.status_path(id)).await.json(200);
        let states: Vec<_> = history.as_array().unwrap().iter().map(|entry| entry["tilstand"].as_str()).collect();
        assert_eq!(states, [Some("AKSEPTERT"), Some("SENDT_FAGSYSTEM")]);
        let content = kommune.get(t.queue(&format!("/{id}/innhold"))).await;
        assert!(content.body == sent.report.asice, "whole, byte for byte");
    }
    // What was under way when a process died is whole or absent: sent again, it became the same report or a new one.
    for table in ["melding", "innhold", "duplikatvern"] {
        assert_eq!(t.database.count(table, "1 = 1").await, i64::try_from(all.len()).unwrap(), "{table}");
    }
    assert_eq!(t.database.count("hendelse", "1 = 1").await, 2 * i64::try_from(all.len()).unwrap());
    // Each has its letter in the outbox for the day that nobody receipts, and nothing else.
    assert_eq!(t.database.count("jobb", "kanal <> 'PRINT'").await, 0);
    assert_eq!(t.database.count("jobb", "1 = 1").await, i64::try_from(all.len()).unwrap());
}

async fn a_gateway_that_is_killed_leaves_its_jobs_to_the_next(t: &mut Site) {
    let mut first = t.serve().await;
    let request = t.caller(&first, &t.town.skole).request(Method::POST, t.send_path());
    let id = crate::support::id_of(&crate::support::answer(request.multipart(t.report().form())).await);
    // It may have delivered, hold the lease, or not have got to it.
    first.kill();
    t.run_jobs_later().await;
    let second = t.serve().await;
    let page = t.caller(&second, &t.town.kommune).get(t.queue("")).await.json(200);
    assert_eq!(crate::support::ids_of(&page), [id]);
}

async fn a_worker_beside_the_gateway_delivers_and_stops_in_good_order(t: &mut Site) {
    let mut gateway = t.serve_only().await;
    let request = t.caller(&gateway, &t.town.skole).request(Method::POST, t.send_path());
    let id = crate::support::id_of(&crate::support::answer(request.multipart(t.report().form())).await);
    let kommune = t.caller(&gateway, &t.town.kommune);
    assert_eq!(kommune.get(t.queue("")).await.json(200), serde_json::json!({ "meldinger": [] }));
    let mut worker = t.work().await;
    let page = kommune.get(t.queue("?vent=60")).await.json(200);
    assert_eq!(crate::support::ids_of(&page), [id]);
    assert_eq!(worker.stop(), Some(0));
    assert!(worker.log.lock().unwrap().contains("\"stopped\""), "and says so");
    drop(kommune);
    assert_eq!(gateway.stop(), Some(0));
}

async fn a_gateway_that_is_stopped_the_moment_it_is_ready_stops_in_good_order(t: &mut Site) {
    for _ in 0..3 {
        assert_eq!(t.serve().await.stop(), Some(0));
    }
}
