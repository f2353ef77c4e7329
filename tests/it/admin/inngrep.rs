//! Moving a report by hand: along the state machine only, and never away from its letter.

use jiff::SignedDuration;
use meldeport::{model::melding::Tilstand, system::Clock as _};
use reqwest::Method;
use serde_json::{Value, json};

use super::{V2_ADMIN, jobs, literal, put, report, set, trail};
use crate::support::{Answer, Gate, answer};

on_every_database! {
    a_report_that_waits_can_be_confirmed_by_hand,
    a_report_that_waits_can_be_refused_by_hand,
    a_letter_can_be_confirmed_refused_and_followed_up_by_hand,
    a_report_that_was_not_handed_over_can_be,
    every_other_step_is_refused_with_those_that_are_possible,
    a_receipt_by_hand_is_as_the_system_s_own,
    sending_again_pushes_what_is_next,
    a_letter_that_got_lost_is_laid_out_again,
    a_report_that_waits_moves_to_the_office_s_channel_with_its_deadline,
    what_is_done_by_hand_is_written_down,
}

async fn send_again(t: &Gate, id: &str) -> Answer {
    t.kommune().post(format!("{V2_ADMIN}/send/{id}")).await
}

async fn receipt(t: &Gate, body: &Value) -> Answer {
    answer(t.kommune().request(Method::POST, format!("{V2_ADMIN}/status")).json(body)).await
}

async fn all_jobs(t: &Gate, id: &str) -> i64 {
    t.database.count("jobb", &format!("melding_id = {}", literal(t, id))).await
}

async fn content(t: &Gate, id: &str) -> i64 {
    t.database.count("innhold", &format!("melding_id = {}", literal(t, id))).await
}

/// A report whose letter is laid out, and the letter.
async fn letter(t: &Gate) -> (String, String) {
    let (id, _) = t.deliver().await;
    put(&t.kommune(), &format!("/status/{id}/AVVIST_FAGSYSTEM")).await;
    t.run_jobs().await;
    let letters = t.letters().await;
    let letter = letters.iter().find(|letter| letter["bekymringsmeldingId"] == *id).unwrap();
    (id, letter["brevId"].as_str().unwrap().to_owned())
}

async fn a_report_that_waits_can_be_confirmed_by_hand(t: &mut Gate) {
    let (id, _) = t.deliver().await;
    assert_eq!(put(&t.kommune(), &format!("/status/{id}/LEVERT")).await.status, 204);
    assert_eq!(t.states(&id).await, ["AKSEPTERT", "SENDT_FAGSYSTEM", "LEVERT"]);
    assert_eq!((all_jobs(t, &id).await, content(t, &id).await), (0, 0), "it can never become a letter");
    assert!(report(t, &id).await.slettet.is_some());
    // Saying so again changes nothing, whoever says it.
    assert_eq!(put(&t.kommune(), &format!("/status/{id}/LEVERT")).await.status, 204);
    t.kommune().post(t.queue(format!("/{id}/mottatt"))).await.json(200);
    assert_eq!(t.states(&id).await.len(), 3);
}

async fn a_report_that_waits_can_be_refused_by_hand(t: &mut Gate) {
    let (id, _) = t.deliver().await;
    let now = t.clock.now().as_millisecond();
    assert_eq!(put(&t.kommune(), &format!("/status/{id}/AVVIST_FAGSYSTEM")).await.status, 204);
    assert_eq!((all_jobs(t, &id).await, jobs(t, &id, "PRINT", now).await), (1, 1), "the letter goes out now");
    assert_eq!(content(t, &id).await, 1);
    assert_eq!(report(t, &id).await.frist, None);
}

async fn a_letter_can_be_confirmed_refused_and_followed_up_by_hand(t: &mut Gate) {
    let (posted, first) = letter(t).await;
    let (refused, second) = letter(t).await;
    let is = async |letter: &str, status: &str| {
        let id = literal(t, letter);
        t.database.count("brev", &format!("id = {id} AND status = '{status}' AND ferdig IS NOT NULL")).await == 1
    };
    assert!(t.spool().join(&first).is_dir() && t.spool().join(&second).is_dir());
    assert_eq!(put(&t.kommune(), &format!("/status/{posted}/LEVERT")).await.status, 204);
    assert_eq!(content(t, &posted).await, 0);
    assert!(is(&first, "POSTLAGT").await && !t.spool().join(&first).exists(), "it is not printed any more");
    assert_eq!(put(&t.kommune(), &format!("/status/{refused}/AVVIST_PRINT")).await.status, 204);
    assert_eq!((content(t, &refused).await, all_jobs(t, &refused).await), (1, 0));
    assert!(is(&second, "AVVIST").await && !t.spool().join(&second).exists());
    assert!(t.letters().await.is_empty());
    assert_eq!(put(&t.kommune(), &format!("/status/{refused}/LEVERT")).await.status, 204);
    assert!(content(t, &refused).await == 0 && is(&second, "AVVIST").await);
    let states = t.states(&refused).await;
    assert_eq!(states[2..], ["AVVIST_FAGSYSTEM", "SENDT_PRINT", "AVVIST_PRINT", "LEVERT"]);
}

async fn a_report_that_was_not_handed_over_can_be(t: &mut Gate) {
    let id = t.send(&t.report()).await;
    assert_eq!(put(&t.kommune(), &format!("/status/{id}/SENDT_FAGSYSTEM")).await.status, 204);
    let now = report(t, &id).await;
    assert_eq!(now.tilstand, Tilstand::SendtFagsystem);
    let frist = now.frist.unwrap().as_millisecond();
    assert_eq!((all_jobs(t, &id).await, jobs(t, &id, "PRINT", frist).await), (1, 1), "its letter is in the outbox");
    assert_eq!(t.waiting().await, [id]);
}

async fn every_other_step_is_refused_with_those_that_are_possible(t: &mut Gate) {
    let (id, _) = t.deliver().await;
    for (from, possible) in [
        ("AKSEPTERT", &["SENDT_FAGSYSTEM"][..]),
        ("SENDT_FAGSYSTEM", &["LEVERT", "AVVIST_FAGSYSTEM"]),
        ("AVVIST_FAGSYSTEM", &[]),
        ("SENDT_PRINT", &["LEVERT", "AVVIST_PRINT"]),
        ("AVVIST_PRINT", &["LEVERT"]),
        ("LEVERT", &[]),
    ] {
        set(t, &id, &format!("tilstand = '{from}'")).await;
        for to in Tilstand::ALL.map(Tilstand::as_str).into_iter().filter(|to| *to != from && !possible.contains(to)) {
            let refused = put(&t.kommune(), &format!("/status/{id}/{to}")).await;
            let body = refused.problem(400, "BEKYMRINGSMELDING.TILSTAND_IKKE_MULIG");
            assert_eq!(body["errorJson"], json!({ "tilstand": from, "mulige": possible }), "{to}");
        }
    }
    assert_eq!((all_jobs(t, &id).await, content(t, &id).await, t.states(&id).await.len()), (1, 1, 2));
    put(&t.kommune(), &format!("/status/{id}/SENDT")).await.problem(400, "FORESPORSEL.PARAMETER");
}

async fn a_receipt_by_hand_is_as_the_system_s_own(t: &mut Gate) {
    let (id, _) = t.deliver().await;
    let konto = t.kontor(0).bydel.konto.id;
    let body =
        |kind: &str| json!({ "meldingId": id, "meldingstype": format!("no.ks.fiks.bekymringsmelding.{kind}.v1") });
    for wrong in [json!({ "meldingId": id }), json!({ "meldingstype": body("mottatt")["meldingstype"] }), body("sendt")]
    {
        receipt(t, &wrong).await.problem(400, "FORESPORSEL.KROPP");
    }
    let mut other = body("mottatt");
    other["fiksIoKonto"] = json!(t.ids.uuid());
    receipt(t, &other).await.problem(400, "BEKYMRINGSMELDING.FEIL_KONTO");
    let mut refused = body("FEILET");
    refused["fiksIoKonto"] = json!(konto);
    for _ in 0..2 {
        assert_eq!(receipt(t, &refused).await.status, 204);
    }
    assert_eq!(t.states(&id).await, ["AKSEPTERT", "SENDT_FAGSYSTEM", "AVVIST_FAGSYSTEM"]);
    let possible = receipt(t, &body("mottatt")).await.problem(400, "BEKYMRINGSMELDING.TILSTAND_IKKE_MULIG");
    assert_eq!(possible["errorJson"]["mulige"], json!([]));
    set(t, &id, "tilstand = 'AVVIST_PRINT'").await;
    for _ in 0..2 {
        assert_eq!(receipt(t, &body("mottatt")).await.status, 204);
    }
    assert_eq!((report(t, &id).await.tilstand, content(t, &id).await), (Tilstand::Levert, 0));
    receipt(t, &body("feilet")).await.problem(400, "BEKYMRINGSMELDING.TILSTAND_IKKE_MULIG");
    let unknown = json!({ "meldingId": t.ids.uuid(), "meldingstype": body("mottatt")["meldingstype"] });
    receipt(t, &unknown).await.problem(404, "BEKYMRINGSMELDING.IKKE_FUNNET");
}

async fn sending_again_pushes_what_is_next(t: &mut Gate) {
    let id = t.send(&t.report()).await;
    let later = t.clock.now().as_millisecond() + 3_600_000;
    t.database.execute(&format!("UPDATE jobb SET tidligst = {later}")).await;
    assert_eq!(send_again(t, &id).await.status, 204);
    assert_eq!((all_jobs(t, &id).await, jobs(t, &id, "FIKS_IO", t.clock.now().as_millisecond()).await), (1, 1));
    t.run_jobs().await;
    assert_eq!(t.states(&id).await, ["AKSEPTERT", "SENDT_FAGSYSTEM"]);
    for state in ["AVVIST_FAGSYSTEM", "AVVIST_PRINT"] {
        // With a letter that waits, or that was given up, and with none.
        for tries in [Some(0), Some(99), None] {
            set(t, &id, &format!("tilstand = '{state}'")).await;
            t.database
                .execute(&tries.map_or("DELETE FROM jobb".to_owned(), |n| format!("UPDATE jobb SET forsok = {n}")))
                .await;
            t.clock.advance(SignedDuration::from_mins(1));
            assert_eq!(send_again(t, &id).await.status, 204);
            let now = t.clock.now().as_millisecond();
            assert_eq!((all_jobs(t, &id).await, jobs(t, &id, "PRINT", now).await), (1, 1), "{state}");
            assert_eq!(t.database.count("jobb", "forsok = 0").await, 1, "it is tried as often as a new one");
        }
    }
    t.run_jobs().await;
    assert_eq!(t.states(&id).await, ["AKSEPTERT", "SENDT_FAGSYSTEM", "SENDT_PRINT"]);
    put(&t.kommune(), &format!("/status/{id}/LEVERT")).await;
    send_again(t, &id).await.problem(400, "BEKYMRINGSMELDING.ALT_LEVERT");
    send_again(t, &t.ids.uuid().to_string()).await.problem(404, "BEKYMRINGSMELDING.IKKE_FUNNET");
}

async fn a_letter_that_got_lost_is_laid_out_again(t: &mut Gate) {
    let (id, letter) = letter(t).await;
    let folder = t.spool().join(&letter);
    std::fs::remove_dir_all(&folder).unwrap();
    for _ in 0..2 {
        assert_eq!(send_again(t, &id).await.status, 204);
        t.run_jobs().await;
        assert!(folder.is_dir());
    }
    assert_eq!(t.letters().await.len(), 1, "the same one");
    assert_eq!((t.letters().await[0]["brevId"].clone(), all_jobs(t, &id).await), (json!(letter), 0));
    assert_eq!(t.states(&id).await[2..], ["AVVIST_FAGSYSTEM", "SENDT_PRINT"]);
}

async fn a_report_that_waits_moves_to_the_office_s_channel_with_its_deadline(t: &mut Gate) {
    let (id, _) = t.deliver().await;
    let before = report(t, &id).await;
    t.database.execute("UPDATE bydel SET kanal = 'MANUELL_MOTTAK'").await;
    t.clock.advance(SignedDuration::from_hours(5));
    assert_eq!(send_again(t, &id).await.status, 204);
    let after = report(t, &id).await;
    assert_eq!((after.kanal.as_str(), after.tilstand, after.frist), ("MANUELL_MOTTAK", before.tilstand, before.frist));
    let frist = before.frist.unwrap().as_millisecond();
    assert_eq!((all_jobs(t, &id).await, jobs(t, &id, "PRINT", frist).await), (1, 1), "its letter is where it was");
    assert!(t.waiting().await.is_empty());
    t.kommune().post(t.queue(format!("/{id}/mottatt"))).await.problem(409, "BEKYMRINGSMELDING.FEIL_KANAL");
    // And back.
    t.database.execute("UPDATE bydel SET kanal = 'FIKS_IO'").await;
    assert_eq!(send_again(t, &id).await.status, 204);
    t.kommune().post(t.queue(format!("/{id}/mottatt"))).await.json(200);
    assert_eq!(t.states(&id).await, ["AKSEPTERT", "SENDT_FAGSYSTEM", "LEVERT"]);
}

async fn what_is_done_by_hand_is_written_down(t: &mut Gate) {
    let (id, _) = t.deliver().await;
    send_again(t, &id).await;
    put(&t.kommune(), &format!("/status/{id}/LEVERT")).await;
    // Nothing was done, so there is nothing to write down.
    put(&t.kommune(), &format!("/status/{id}/LEVERT")).await;
    put(&t.kommune(), &format!("/status/{id}/AVVIST_PRINT")).await;
    let organisasjon = t.town.kommune.organisasjon.id;
    let trail = trail(t, organisasjon).await;
    let what: Vec<_> = trail.iter().map(|(handling, ..)| handling.as_str()).collect();
    assert_eq!(what, ["oppdaterStatusByBekymringsmeldingId", "sendOrdreById"]);
    assert_eq!(trail[0].2, json!({ "tilstand": "LEVERT", "kanal": "FIKS_IO" }));
    let by = format!("aktor_id = {}", literal(t, &t.town.kommune.integrasjon.to_string()));
    let before = format!("{by} AND tilstand_for LIKE '%SENDT_FAGSYSTEM%' AND objekt_id = {}", literal(t, &id));
    assert_eq!(t.database.count("revisjon", &before).await, 2);
    let history = t.history(crate::support::V2, &id).await;
    assert!(history[2]["beskrivelse"].as_str().unwrap().starts_with("En administrator"), "{history:?}");
}
