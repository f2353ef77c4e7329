//! A report stays in the channel that it was handed over in, whatever the office chooses later, and none is stranded by a
//! change.

use meldeport::model::melding::Kanal;
use reqwest::Method;

use crate::support::{Answer, Gate, Svarinn, answer};

on_every_database! {
    a_report_can_be_had_in_its_own_channel_only,
    a_report_goes_into_the_channel_that_the_office_has_when_it_is_handed_over,
    every_channel_s_reports_have_their_letter_ready,
}

/// The channels that an office takes its reports from itself.
const PULLED: [Kanal; 3] = [Kanal::Fagsystem, Kanal::Svarinn, Kanal::ManuellMottak];

/// The ids that wait in a channel; of manual reception, the first.
async fn waiting(t: &Gate, svarinn: &Svarinn, kanal: Kanal) -> Vec<String> {
    match kanal {
        Kanal::Fagsystem => t.waiting().await,
        Kanal::Svarinn => svarinn.waiting().await,
        _ => {
            let first = t.kommune().get(t.manuell("neste/metadata")).await;
            if first.status == 204 {
                return Vec::new();
            }
            vec![first.json(200)["meldingId"].as_str().unwrap().to_owned()]
        }
    }
}

/// Every call of a channel that names a report: fetch it, have it, refuse it.
async fn attempts(t: &Gate, svarinn: &Svarinn, kanal: Kanal, id: &str) -> Vec<Answer> {
    let kommune = t.kommune();
    match kanal {
        Kanal::Fagsystem => {
            let feilet = kommune.request(Method::POST, t.queue(format!("/{id}/feilet")));
            vec![
                kommune.get(t.queue(format!("/{id}/innhold"))).await,
                kommune.post(t.queue(format!("/{id}/mottatt"))).await,
                answer(feilet.json(&serde_json::json!({ "melding": "Feil 17" }))).await,
            ]
        }
        Kanal::Svarinn => vec![
            svarinn.get(format!("/forsendelse/{id}")).await,
            svarinn.post(format!("/kvitterMottak/forsendelse/{id}")).await,
            svarinn.post(format!("/mottakFeilet/forsendelse/{id}")).await,
        ],
        _ => vec![
            kommune.get(t.manuell(format!("neste/ack?meldingId={id}"))).await,
            kommune.get(t.manuell(format!("neste/nac?meldingId={id}"))).await,
        ],
    }
}

/// Fetches a report and confirms it, as the channel has it.
async fn take(t: &Gate, svarinn: &Svarinn, kanal: Kanal, id: &str) -> bytes::Bytes {
    let kommune = t.kommune();
    match kanal {
        Kanal::Fagsystem => {
            let content = kommune.get(t.queue(format!("/{id}/innhold"))).await;
            kommune.post(t.queue(format!("/{id}/mottatt"))).await.json(200);
            content.body
        }
        Kanal::Svarinn => {
            let content = svarinn.get(format!("/forsendelse/{id}")).await;
            assert_eq!(svarinn.post(format!("/kvitterMottak/forsendelse/{id}")).await.status, 200);
            content.body
        }
        _ => {
            let content = kommune.get(t.manuell("neste/data")).await.json(200);
            kommune.get(t.manuell(format!("neste/ack?meldingId={id}"))).await.json(200);
            crate::manuell::bytes_of(&content).into()
        }
    }
}

async fn a_report_can_be_had_in_its_own_channel_only(t: &mut Gate) {
    let svarinn = t.svarinn(0).await;
    for own in PULLED {
        for later in PULLED {
            let (id, report) = t.deliver_in(own).await;
            // The office chooses another channel while the report waits.
            t.set_kanal(0, later).await;
            for kanal in PULLED.into_iter().filter(|kanal| *kanal != own) {
                assert!(waiting(t, &svarinn, kanal).await.is_empty(), "{own} {later}: not in {kanal}");
                for refused in attempts(t, &svarinn, kanal, &id).await {
                    let body = refused.problem(409, "BEKYMRINGSMELDING.FEIL_KANAL");
                    assert_eq!(body["errorJson"]["kanal"], own.as_str(), "{own} {later} {kanal}");
                }
            }
            assert_eq!(t.states(&id).await, ["AKSEPTERT", "SENDT_FAGSYSTEM"], "{own} {later}");
            assert_eq!(waiting(t, &svarinn, own).await, [id.as_str()], "{own} {later}: it waits where it was");
            assert_eq!(take(t, &svarinn, own, &id).await, report.asice, "{own} {later}");
            assert_eq!(t.states(&id).await, ["AKSEPTERT", "SENDT_FAGSYSTEM", "LEVERT"]);
        }
    }
}

async fn a_report_goes_into_the_channel_that_the_office_has_when_it_is_handed_over(t: &mut Gate) {
    let svarinn = t.svarinn(0).await;
    for accepted in PULLED {
        for chosen in PULLED {
            t.set_kanal(0, accepted).await;
            let report = t.report();
            let id = t.send(&report).await;
            assert_eq!(t.database.count("jobb", &format!("kanal = '{accepted}'")).await, 1);
            t.set_kanal(0, chosen).await;
            t.run_jobs().await;
            for kanal in PULLED {
                let expected = if kanal == chosen { vec![id.clone()] } else { Vec::new() };
                assert_eq!(waiting(t, &svarinn, kanal).await, expected, "{accepted} {chosen}: {kanal}");
            }
            assert_eq!(take(t, &svarinn, chosen, &id).await, report.asice, "{accepted} {chosen}");
        }
    }
}

async fn every_channel_s_reports_have_their_letter_ready(t: &mut Gate) {
    let svarinn = t.svarinn(0).await;
    for kanal in PULLED {
        let (id, _) = t.deliver_in(kanal).await;
        let later = format!("kanal = 'PRINT' AND tidligst > {}", t.now());
        assert_eq!(t.database.count("jobb", &later).await, 1, "{kanal}: due at the deadline");
        take(t, &svarinn, kanal, &id).await;
        assert_eq!(t.database.count("jobb", "1 = 1").await, 0, "{kanal}: never, once it has been confirmed");
        assert_eq!(t.database.count("innhold", "1 = 1").await, 0, "{kanal}: erased");
    }
}
