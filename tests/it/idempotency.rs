//! A sender may send again whenever it is in doubt: the report is taken once.

use std::collections::HashSet;

use futures_util::future::join_all;
use jiff::SignedDuration;
use meldeport::model::integrasjon::Privilegium;
use reqwest::Method;

use crate::support::{Caller, Gate, Report, Sak, V1, V2, answer, form, id_of};

on_every_database! {
    a_key_leads_to_the_same_report_also_after_a_restart,
    a_key_is_for_one_content,
    a_key_belongs_to_its_integration,
    a_key_can_be_used_again_when_it_has_run_out,
    twins_with_a_key_become_one_report,
    twins_without_a_key_become_one_report,
    the_same_envelope_is_the_same_report_for_a_day,
    a_key_that_met_a_known_envelope_is_taken,
    a_refused_report_leaves_its_key_free,
    a_repeated_send_is_its_report_whatever_has_changed,
    keys_that_are_not_keys_are_refused,
    what_has_run_out_is_swept_away,
}

async fn reports(t: &Gate) -> i64 {
    t.run_jobs().await;
    t.database.count("melding", "1 = 1").await
}

async fn a_key_leads_to_the_same_report_also_after_a_restart(t: &mut Gate) {
    let report = t.report();
    let id = id_of(&t.post(&report, Some("nokkel-1")).await);
    assert_eq!(id_of(&t.post(&report, Some("nokkel-1")).await), id);
    t.restart().await;
    assert_eq!(id_of(&t.post(&report, Some("nokkel-1")).await), id);
    t.run_jobs().await;
    t.kommune().post(t.queue(format!("/{id}/mottatt"))).await.json(200);
    assert_eq!(id_of(&t.post(&report, Some("nokkel-1")).await), id, "also when it has been delivered");
    assert_eq!(reports(t).await, 1);
    assert_eq!(t.states(&id).await, ["AKSEPTERT", "SENDT_FAGSYSTEM", "LEVERT"]);
}

async fn a_key_is_for_one_content(t: &mut Gate) {
    let report = t.report();
    let id = id_of(&t.post(&report, Some("nokkel-1")).await);
    let code = "IDEMPOTENS.ANNET_INNHOLD";
    t.post(&t.report(), Some("nokkel-1")).await.problem(422, code);
    // Another letter, another kind and another office are other contents too.
    let letter = Report { letter: t.report().letter, ..report.clone() };
    t.post(&letter, Some("nokkel-1")).await.problem(422, code);
    for path in [t.send_path(V2, 0, Sak::Privat), t.send_path(V1, 1, Sak::Offentlig)] {
        let request = t.skole().request(Method::POST, path).header("Idempotency-Key", "nokkel-1");
        answer(request.multipart(report.form())).await.problem(422, code);
    }
    assert_eq!(reports(t).await, 1);
    assert_eq!(id_of(&t.post(&report, Some("nokkel-1")).await), id);
}

async fn a_key_belongs_to_its_integration(t: &mut Gate) {
    let skole = t.town.skole.organisasjon.id;
    let second = t.integration(skole, true, &[(skole, Privilegium::Send)]).await;
    let first = id_of(&t.post(&t.report(), Some("1")).await);
    let request = t.through(t.skole(), second).request(Method::POST, t.send_path(V2, 0, Sak::Offentlig));
    let other = answer(request.header("Idempotency-Key", "1").multipart(t.report().form())).await;
    assert_ne!(id_of(&other), first);
    assert_eq!(reports(t).await, 2);
}

async fn a_key_can_be_used_again_when_it_has_run_out(t: &mut Gate) {
    let (first, second) = (t.report(), t.report());
    let id = id_of(&t.post(&first, Some("1")).await);
    t.clock.advance(SignedDuration::from_hours(24) - SignedDuration::from_millis(1));
    t.post(&second, Some("1")).await.problem(422, "IDEMPOTENS.ANNET_INNHOLD");
    t.clock.advance(SignedDuration::from_millis(1));
    let new = id_of(&t.post(&second, Some("1")).await);
    assert_ne!(new, id);
    t.post(&first, Some("1")).await.problem(422, "IDEMPOTENS.ANNET_INNHOLD");
    assert_eq!(reports(t).await, 2);
}

/// Sends the same report many times at once.
async fn twins(t: &Gate, key: Option<&str>) -> Vec<crate::support::Answer> {
    let (report, caller) = (t.report(), t.skole());
    let path = t.send_path(V2, 0, Sak::Offentlig);
    let send = |caller: &Caller| {
        let request = caller.request(Method::POST, &path);
        let request = key.into_iter().fold(request, |request, key| request.header("Idempotency-Key", key));
        tokio::spawn(answer(request.multipart(report.form())))
    };
    join_all((0..40).map(|_| send(&caller))).await.into_iter().map(Result::unwrap).collect()
}

async fn twins_with_a_key_become_one_report(t: &mut Gate) {
    let answers = twins(t, Some("tvilling")).await;
    let (accepted, waiting): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 201);
    let ids: HashSet<_> = accepted.iter().map(|answer| id_of(answer)).collect();
    assert_eq!(ids.len(), 1);
    for answer in waiting {
        answer.problem(409, "IDEMPOTENS.UNDERVEIS");
        assert_eq!(answer.header("retry-after"), Some("1"));
    }
    assert_eq!(reports(t).await, 1);
}

async fn twins_without_a_key_become_one_report(t: &mut Gate) {
    let ids: HashSet<_> = twins(t, None).await.iter().map(id_of).collect();
    assert_eq!(ids.len(), 1, "KS's client sends no key, and every twin is told the report's id");
    assert_eq!(reports(t).await, 1);
    assert_eq!(t.database.count("hendelse", "tilstand = 'AKSEPTERT'").await, 1);
}

async fn the_same_envelope_is_the_same_report_for_a_day(t: &mut Gate) {
    let report = t.report();
    let id = id_of(&t.post(&report, None).await);
    t.clock.advance(SignedDuration::from_hours(24) - SignedDuration::from_millis(1));
    assert_eq!(id_of(&t.post(&report, None).await), id);
    // The letter is encrypted anew by a client that starts over with its PDF; the envelope is what counts.
    let letter = t.report().letter;
    let again = t.skole().request(Method::POST, t.send_path(V1, 0, Sak::Offentlig));
    assert_eq!(id_of(&answer(again.multipart(form(&letter, &report.asice))).await), id);
    t.clock.advance(SignedDuration::from_millis(1));
    let new = id_of(&t.post(&report, None).await);
    assert_ne!(new, id);
    assert_eq!(id_of(&t.post(&report, None).await), new);
    assert_eq!(reports(t).await, 2);
}

async fn a_key_that_met_a_known_envelope_is_taken(t: &mut Gate) {
    let report = t.report();
    let id = id_of(&t.post(&report, None).await);
    assert_eq!(id_of(&t.post(&report, Some("ny")).await), id);
    t.post(&t.report(), Some("ny")).await.problem(422, "IDEMPOTENS.ANNET_INNHOLD");
    assert_eq!(id_of(&t.post(&report, Some("ny")).await), id);
    assert_eq!(reports(t).await, 1);
}

async fn a_refused_report_leaves_its_key_free(t: &mut Gate) {
    let report = t.report();
    let unsealed = Report { asice: report.pdf.clone(), ..report.clone() };
    t.post(&unsealed, Some("1")).await.problem(422, "KONVOLUTT.UKRYPTERT");
    t.post(&report, Some("1")).await.json(201);
    assert_eq!(reports(t).await, 1);
}

async fn a_repeated_send_is_its_report_whatever_has_changed(t: &mut Gate) {
    let report = t.report();
    let id = id_of(&t.post(&report, Some("1")).await);
    // The answer was lost, and the office was closed before the sender tried again.
    t.database.execute("UPDATE bydel SET aktiv = false").await;
    t.post(&t.report(), None).await.problem(404, "BEKYMRINGSMELDING.BYDEL_UKJENT");
    t.post(&t.report(), Some("1")).await.problem(422, "IDEMPOTENS.ANNET_INNHOLD");
    for key in [Some("1"), None, Some("2")] {
        assert_eq!(id_of(&t.post(&report, key).await), id, "{key:?}");
    }
    t.post(&t.report(), Some("2")).await.problem(422, "IDEMPOTENS.ANNET_INNHOLD");
    assert_eq!(reports(t).await, 1);
}

async fn keys_that_are_not_keys_are_refused(t: &mut Gate) {
    let report = t.report();
    let long = "x".repeat(256);
    for key in ["", " ", "to ord", "æøå", &long] {
        let refused = t.post(&report, Some(key)).await;
        refused.problem(400, "IDEMPOTENS.UGYLDIG_NOKKEL");
    }
    t.post(&report, Some(&long[..255])).await.json(201);
    assert_eq!(reports(t).await, 1);
}

async fn what_has_run_out_is_swept_away(t: &mut Gate) {
    t.post(&t.report(), Some("1")).await.json(201);
    t.clock.advance(SignedDuration::from_hours(12));
    t.post(&t.report(), Some("2")).await.json(201);
    t.clock.advance(SignedDuration::from_hours(12));
    t.services().rydd().await.unwrap();
    for table in ["idempotens", "duplikatvern"] {
        assert_eq!(t.database.count(table, "1 = 1").await, 1, "{table}");
    }
    assert_eq!(reports(t).await, 2);
}
