//! The municipality's list: pages, filters, and waiting for a report to come.

use std::time::Duration;

use jiff::SignedDuration;
use tokio::{task::yield_now, time::timeout};

use crate::support::{Gate, Sak, V2, answer, id_of, ids_of};
use reqwest::Method;

on_every_database! {
    pages_follow_each_other_without_gaps,
    filters_narrow_the_list,
    a_waiting_call_wakes_up_when_a_report_comes,
    a_waiting_call_is_answered_when_the_gateway_stops,
    an_empty_queue_is_an_empty_list,
    parameters_out_of_range_are_refused,
}

async fn pages_follow_each_other_without_gaps(t: &mut Gate) {
    let mut sent = Vec::new();
    for _ in 0..7 {
        sent.push(t.send(&t.report()).await);
        t.clock.advance(SignedDuration::from_millis(1));
    }
    t.run_jobs().await;
    let mut seen = Vec::new();
    let mut path = t.queue("?antall=3");
    let mut pages = 0;
    loop {
        let page = t.kommune().get(&path).await.json(200);
        seen.extend(ids_of(&page));
        pages += 1;
        if pages == 1 {
            // What has been seen may be receipted while one goes on.
            t.kommune().post(t.queue(format!("/{}/mottatt", seen[2]))).await.json(200);
        }
        let Some(next) = page["nesteMarkor"].as_str() else { break };
        path = t.queue(format!("?antall=3&markor={next}"));
    }
    assert_eq!(seen, sent, "oldest first");
    assert_eq!(pages, 3);
    // A page that is exactly full is the last one.
    let full = t.kommune().get(t.queue("?antall=6")).await.json(200);
    assert_eq!((ids_of(&full).len(), full["nesteMarkor"].is_null()), (6, true));
}

async fn filters_narrow_the_list(t: &mut Gate) {
    let mut ids = Vec::new();
    for kontor in [0, 1] {
        let report = t.report_to(kontor);
        let request = t.skole().request(Method::POST, t.send_path("/bekymringsmelding/api/v1", kontor, Sak::Privat));
        ids.push(id_of(&answer(request.multipart(report.form())).await));
        t.clock.advance(SignedDuration::from_millis(1));
    }
    t.run_jobs().await;
    let list = async |query: &str| ids_of(&t.kommune().get(t.queue(query)).await.json(200));
    assert_eq!(list("").await, ids);
    assert_eq!(list("?bydelsnummer=01").await, ids[..1]);
    assert_eq!(list("?bydelsnummer=02").await, ids[1..]);
    assert_eq!(list("?kommunenummer=9999&bydelsnummer=02").await, ids[1..]);
    assert!(list("?kommunenummer=0301").await.is_empty());
    assert!(list("?bydelsnummer=00").await.is_empty());
}

/// Calls the list and gives the call back once the gateway has begun to wait.
async fn begin_to_wait(t: &Gate) -> tokio::task::JoinHandle<crate::support::Answer> {
    let request = t.kommune().request(Method::GET, t.queue("?vent=60"));
    let call = tokio::spawn(answer(request));
    while t.services().signaler.ko.receiver_count() == 0 {
        yield_now().await;
    }
    call
}

async fn a_waiting_call_wakes_up_when_a_report_comes(t: &mut Gate) {
    let call = begin_to_wait(t).await;
    let (id, _) = t.deliver().await;
    let page = timeout(Duration::from_secs(30), call).await.expect("an answer before `vent` is over").unwrap();
    assert_eq!(ids_of(&page.json(200)), [id]);
}

async fn a_waiting_call_is_answered_when_the_gateway_stops(t: &mut Gate) {
    let call = begin_to_wait(t).await;
    timeout(Duration::from_secs(30), t.close()).await.expect("nobody holds the gateway up");
    assert_eq!(call.await.unwrap().json(200), serde_json::json!({ "meldinger": [] }));
}

async fn an_empty_queue_is_an_empty_list(t: &mut Gate) {
    assert_eq!(t.kommune().get(t.queue("")).await.json(200), serde_json::json!({ "meldinger": [] }));
    // Another organisation's integration is not told that there is a queue.
    let other = format!("{V2}/avhenting/{}/meldinger", t.town.skole.organisasjon.id);
    t.kommune().get(other).await.problem(404, "BEKYMRINGSMELDING.ORGANISASJON_IKKE_FUNNET");
}

async fn parameters_out_of_range_are_refused(t: &mut Gate) {
    for wrong in ["antall=0", "antall=201", "antall=x", "vent=61", "vent=-1", "markor=x", "bydelsnummer=1"] {
        let refused = t.kommune().get(t.queue(format!("?{wrong}"))).await;
        let body = refused.problem(400, "FORESPORSEL.PARAMETER");
        let name = wrong.split('=').next().unwrap();
        assert!(body["message"].as_str().unwrap().contains(name), "{wrong}: {body}");
    }
}
