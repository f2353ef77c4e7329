//! The main job: a report travels from a case system to the municipality, and nobody between can read it.

use meldeport::crypto::{
    asice::{self, Trust},
    cms,
};

use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Gate, Report, Sak, V1, V2, answer, id_of, start_of_tests};

on_every_database! {
    a_report_comes_out_as_it_went_in,
    times_are_norwegian_in_v1_and_utc_in_v2,
    summer_is_two_hours_ahead,
    a_report_is_erased_when_it_has_been_received,
    a_refused_report_goes_out_as_a_letter,
    receipts_can_be_repeated,
    receipts_need_a_report_that_was_handed_over,
    a_failure_message_with_a_birth_number_is_refused,
}

/// What the municipality gets out of an envelope, with all checks that it can make.
fn open(t: &Gate, kontor: usize, envelope: &[u8]) -> Vec<(String, Vec<u8>)> {
    let key = t.kontor(kontor).nokkel.private_key().unwrap();
    let zip = cms::open(envelope, &[key]).unwrap();
    let orgnr = t.town.skole.organisasjon.organisasjonsnummer.to_string();
    let trust = Trust { anchors: vec![t.town.authority.certificate.clone()], orgnr: Some(orgnr) };
    let container = asice::open(zip.expose(), &trust, start_of_tests()).unwrap();
    container.files.into_iter().map(|(name, content)| (name, content.expose().clone())).collect()
}

async fn send(t: &Gate, version: &str, kontor: usize, sak: Sak, report: &Report) -> Answer {
    answer(t.skole().request(Method::POST, t.send_path(version, kontor, sak)).multipart(report.form())).await
}

async fn a_report_comes_out_as_it_went_in(t: &mut Gate) {
    let routes = [(V1, 0), (V2, 0), (V1, 1)];
    for (version, kontor) in routes {
        for sak in [Sak::Offentlig, Sak::Privat] {
            let report = t.report_to(kontor);
            let id = id_of(&send(t, version, kontor, sak, &report).await);
            t.clock.advance(SignedDuration::from_mins(1));
            t.run_jobs().await;
            t.clock.advance(SignedDuration::from_mins(1));

            let listed = t.kommune().get(t.queue("")).await.json(200);
            let row = &listed["meldinger"][0];
            assert_eq!(row["bekymringsmeldingId"], id.as_str());
            assert_eq!(row["bydelsnummer"], t.kontor(kontor).bydel.bydelsnummer.as_str());
            assert_eq!(row["skjematype"], sak.path().to_uppercase().as_str());
            assert_eq!(row["apiVersjon"], if version == V1 { "V1" } else { "V2" });
            assert_eq!(row["avsender"]["organisasjonsnummer"], "999999992");
            assert_eq!(row["profil"], "KS");
            assert_eq!(t.kommune().get(t.queue(format!("/{id}"))).await.json(200), *row);

            let content = t.kommune().get(t.queue(format!("/{id}/innhold"))).await;
            assert_eq!(content.body, report.asice, "the envelope is handed on byte for byte");
            let files = open(t, kontor, &content.body);
            assert_eq!(
                files,
                [
                    ("bekymringsmelding.json".to_owned(), report.json.clone()),
                    ("bekymringsmelding.pdf".to_owned(), report.pdf.clone())
                ]
            );

            let receipt = t.kommune().post(t.queue(format!("/{id}/mottatt"))).await.json(200);
            assert_eq!(receipt["tilstand"], "LEVERT");
            assert_eq!(t.states(&id).await, ["AKSEPTERT", "SENDT_FAGSYSTEM", "LEVERT"]);
            assert!(t.waiting().await.is_empty());
        }
    }
}

async fn times_are_norwegian_in_v1_and_utc_in_v2(t: &mut Gate) {
    let id = t.send(&t.report()).await;
    t.clock.advance(SignedDuration::from_millis(61_005));
    t.run_jobs().await;
    t.clock.advance(SignedDuration::from_hours(1));
    t.kommune().post(t.queue(format!("/{id}/mottatt"))).await.json(200);
    // KS's client reads a LocalDateTime and shows it as it is.
    assert_eq!(
        times(&t.history(V1, &id).await),
        [
            ("AKSEPTERT", "2027-01-15T13:00:00.000"),
            ("SENDT_FAGSYSTEM", "2027-01-15T13:01:01.005"),
            ("LEVERT", "2027-01-15T14:01:01.005"),
        ]
    );
    assert_eq!(
        times(&t.history(V2, &id).await),
        [
            ("AKSEPTERT", "2027-01-15T12:00:00.000Z"),
            ("SENDT_FAGSYSTEM", "2027-01-15T12:01:01.005Z"),
            ("LEVERT", "2027-01-15T13:01:01.005Z"),
        ]
    );
    assert!(t.history(V1, &id).await.iter().all(|entry| entry["bekymringsmeldingId"] == id.as_str()));
}

async fn summer_is_two_hours_ahead(t: &mut Gate) {
    t.clock.set("2027-07-01T22:30:00Z".parse().unwrap());
    let (id, _) = t.deliver().await;
    assert_eq!(times(&t.history(V1, &id).await)[0], ("AKSEPTERT", "2027-07-02T00:30:00.000"));
}

fn times(history: &[Value]) -> Vec<(&str, &str)> {
    history.iter().map(|row| (row["tilstand"].as_str().unwrap(), row["tidspunkt"].as_str().unwrap())).collect()
}

async fn a_report_is_erased_when_it_has_been_received(t: &mut Gate) {
    let (id, _) = t.deliver().await;
    assert_eq!(t.database.count("innhold", "1 = 1").await, 1);
    let row = t.kommune().get(t.queue(format!("/{id}"))).await.json(200);
    // It came on a Friday, so the two working days end with Tuesday.
    assert_eq!(row["kvitteringsfrist"], "2027-01-19T23:00:00.000Z");
    t.clock.advance(SignedDuration::from_mins(5));
    let receipt = t.kommune().post(t.queue(format!("/{id}/mottatt"))).await.json(200);
    assert_eq!(
        receipt,
        json!({
            "bekymringsmeldingId": id, "tilstand": "LEVERT", "tidspunkt": "2027-01-15T12:05:00.000Z",
        })
    );
    assert_eq!(t.database.count("innhold", "1 = 1").await, 0, "both envelopes are gone from the database");
    let gone = t.kommune().get(t.queue(format!("/{id}/innhold"))).await.problem(410, "BEKYMRINGSMELDING.SLETTET");
    assert_eq!(gone["errorJson"], json!({ "slettet": "2027-01-15T12:05:00Z" }));
    let row = t.kommune().get(t.queue(format!("/{id}"))).await.json(200);
    assert_eq!((&row["tilstand"], &row["slettetTidspunkt"]), (&json!("LEVERT"), &json!("2027-01-15T12:05:00.000Z")));
    assert!(row["kvitteringsfrist"].is_null());
}

async fn feilet(t: &Gate, id: &str, melding: &str) -> Answer {
    let request = t.kommune().request(Method::POST, t.queue(format!("/{id}/feilet")));
    answer(request.json(&json!({ "melding": melding }))).await
}

async fn a_refused_report_goes_out_as_a_letter(t: &mut Gate) {
    let (id, _) = t.deliver().await;
    assert_eq!(feilet(t, &id, "Filen kunne ikke leses: feil 17").await.json(200)["tilstand"], "AVVIST_FAGSYSTEM");
    assert_eq!(t.states(&id).await, ["AKSEPTERT", "SENDT_FAGSYSTEM", "AVVIST_FAGSYSTEM"]);
    let history = t.history(V2, &id).await;
    assert!(history[2]["beskrivelse"].as_str().unwrap().contains("feil 17"), "the sender can read why");
    assert!(t.waiting().await.is_empty());
    assert_eq!(t.database.count("jobb", "kanal = 'PRINT'").await, 1);
    assert_eq!(t.database.count("innhold", "1 = 1").await, 1, "the letter is still to be printed");
    let not_waiting = t.kommune().get(t.queue(format!("/{id}/innhold"))).await;
    let not_waiting = not_waiting.problem(409, "BEKYMRINGSMELDING.FEIL_TILSTAND");
    assert_eq!(not_waiting["errorJson"], json!({ "tilstand": "AVVIST_FAGSYSTEM" }));
}

async fn receipts_can_be_repeated(t: &mut Gate) {
    let (received, _) = t.deliver().await;
    let (failed, _) = t.deliver().await;
    let mottatt = async |id: &str| t.kommune().post(t.queue(format!("/{id}/mottatt"))).await;
    let first = (mottatt(&received).await.json(200), feilet(t, &failed, "Feil 17").await.json(200));
    t.clock.advance(SignedDuration::from_hours(30));
    let again = (mottatt(&received).await.json(200), feilet(t, &failed, "En annen tekst").await.json(200));
    assert_eq!(first, again, "the same answer, with the time of the first");
    feilet(t, &received, "Feil 17").await.problem(409, "BEKYMRINGSMELDING.FEIL_TILSTAND");
    mottatt(&failed).await.problem(409, "BEKYMRINGSMELDING.FEIL_TILSTAND");
    assert_eq!(t.states(&received).await.len(), 3);
    assert_eq!(t.states(&failed).await.len(), 3);
    assert_eq!(t.database.count("jobb", "1 = 1").await, 1, "one letter");
}

async fn receipts_need_a_report_that_was_handed_over(t: &mut Gate) {
    let id = t.send(&t.report()).await;
    for rest in ["", "/innhold"] {
        let answer = t.kommune().get(t.queue(format!("/{id}{rest}"))).await;
        answer.problem(404, "BEKYMRINGSMELDING.IKKE_FUNNET");
    }
    t.kommune().post(t.queue(format!("/{id}/mottatt"))).await.problem(404, "BEKYMRINGSMELDING.IKKE_FUNNET");
    feilet(t, &id, "Feil 17").await.problem(404, "BEKYMRINGSMELDING.IKKE_FUNNET");
    t.run_jobs().await;
    t.kommune().post(t.queue(format!("/{id}/mottatt"))).await.json(200);
}

async fn a_failure_message_with_a_birth_number_is_refused(t: &mut Gate) {
    let (id, _) = t.deliver().await;
    let refused = feilet(t, &id, "Fant ikke barnet 010101 12345").await;
    refused.problem(400, "BEKYMRINGSMELDING.FEILMELDING_PERSONDATA");
    assert!(!refused.text().contains("12345"));
    for empty in ["", "  "] {
        feilet(t, &id, empty).await.problem(400, "FORESPORSEL.KROPP");
    }
    feilet(t, &id, &"å".repeat(501)).await.problem(400, "FORESPORSEL.KROPP");
    assert_eq!(t.states(&id).await, ["AKSEPTERT", "SENDT_FAGSYSTEM"]);
    feilet(t, &id, &"å".repeat(500)).await.json(200);
}
