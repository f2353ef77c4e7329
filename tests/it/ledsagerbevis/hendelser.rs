//! Everything that happened to a card, with who and when.

use jiff::SignedDuration;
use meldeport::{domain::oppsett::Oppsett, model::gruppe::Medlemsart};
use reqwest::Method;
use serde_json::{Value, json};

use super::{gruppe, medlem};
use crate::support::{
    Gate, answer,
    bevis::{EIER, FORELDER, kort, nytt, person, utsted},
};

on_every_database! {
    each_event_says_who_did_what_to_whom_and_when,
    a_new_number_shows_who_had_access_when,
}

const WORKER: &str = "05857090073";

pub async fn hendelser(t: &Gate, id: &str) -> Value {
    t.kommune().get(kort(t, &format!("/{id}/hendelser"))).await.json(200)
}

/// What happened, in KS's words and ours.
pub async fn typer(t: &Gate, id: &str) -> Vec<String> {
    let all = hendelser(t, id).await;
    let all = all["hendelser"].as_array().unwrap();
    all.iter().map(|event| event["hendelseType"].as_str().unwrap().to_owned()).collect()
}

async fn each_event_says_who_did_what_to_whom_and_when(t: &mut Gate) {
    t.apply(Oppsett { roller: t.town.roller(), ..Oppsett::default() }).await;
    let group = gruppe(t, t.town.kommune.organisasjon.id).await;
    medlem(t, group, Medlemsart::Bruker, WORKER).await;
    let card = utsted(t, &nytt()).await;
    let id = card["id"].as_str().unwrap();
    t.send_sms().await;
    t.clock.advance(SignedDuration::from_mins(90));
    let worker = t.logged_in(WORKER);
    let remove = worker.request(Method::PATCH, kort(t, &format!("/{id}/forvalter")));
    answer(remove.json(&json!({ "fnr": FORELDER.fnr }))).await.json(201);
    let all = hendelser(t, id).await;
    let first = &all["hendelser"][0];
    assert_eq!(
        (&first["hendelseType"], &first["tidspunkt"]),
        (&json!("OPPRETTET"), &json!("2027-01-15T12:00:00.000Z"))
    );
    let by = &first["utfortAv"];
    assert_eq!((&by["type"], &by["id"]), (&json!("INTEGRASJON"), &json!(t.town.kommune.integrasjon)));
    assert!(!by["navn"].as_str().unwrap().is_empty());
    assert!(first.get("gjelder").is_none());
    let added = &all["hendelser"][1];
    assert_eq!(added["gjelder"], json!({ "navn": FORELDER.navn, "rolle": "FORVALTER" }));
    let events = all["hendelser"].as_array().unwrap();
    let sent = events.iter().find(|event| event["hendelseType"] == "SENDT_UTSTEDET_TIL").unwrap();
    assert_eq!(sent["utfortAv"], json!({ "type": "PLATTFORM" }));
    assert_eq!(sent["gjelder"], json!({ "navn": EIER.navn, "rolle": "EIER" }));
    let last = events.last().unwrap();
    assert_eq!(
        (&last["hendelseType"], &last["tidspunkt"]),
        (&json!("FORVALTER_FJERNET"), &json!("2027-01-15T13:30:00.000Z"))
    );
    assert_eq!((&last["utfortAv"]["type"], &last["utfortAv"]["navn"]), (&json!("PERSON"), &json!("Fiktiv Medlem")));
    let access = |of: crate::support::bevis::Oppdiktet, rolle: &str| json!({ "navn": of.navn, "rolle": rolle, "telefonnummer": of.telefonnummer, "fra": "2027-01-15T12:00:00.000Z" });
    let mut gone = access(FORELDER, "FORVALTER");
    gone["til"] = "2027-01-15T13:30:00.000Z".into();
    assert_eq!(all["tilganger"], json!([access(EIER, "EIER"), gone]));
    // A revocation ends everybody's access.
    t.clock.advance(SignedDuration::from_mins(30));
    let revoke = t.kommune().request(Method::PATCH, kort(t, &format!("/{id}")));
    assert_eq!(answer(revoke.json(&json!({ "revokertGrunn": "Feil." }))).await.status, 200);
    let until: Vec<Value> =
        hendelser(t, id).await["tilganger"].as_array().unwrap().iter().map(|one| one["til"].clone()).collect();
    assert_eq!(until, ["2027-01-15T14:00:00.000Z", "2027-01-15T13:30:00.000Z"]);
    t.kommune().get(kort(t, &format!("/{}/hendelser", t.ids.uuid()))).await.problem(404, "LEDSAGERBEVIS.IKKE_FUNNET");
}

async fn a_new_number_shows_who_had_access_when(t: &mut Gate) {
    let card = utsted(t, &nytt()).await;
    let id = card["id"].as_str().unwrap();
    t.clock.advance(SignedDuration::from_hours(1));
    let mut moved = person(FORELDER);
    moved["telefonnummer"] = "+47 999 99 995".into();
    let add = t.kommune().request(Method::POST, kort(t, &format!("/{id}/forvalter")));
    answer(add.json(&json!({ "forvalter": moved }))).await.json(201);
    let all = hendelser(t, id).await;
    let rows = all["tilganger"].as_array().unwrap();
    let shown: Vec<_> = rows.iter().map(|one| (one["telefonnummer"].as_str().unwrap(), one["til"].as_str())).collect();
    let until = Some("2027-01-15T13:00:00.000Z");
    assert_eq!(shown, [(EIER.telefonnummer, None), (FORELDER.telefonnummer, until), ("+47 999 99 995", None)]);
    t.send_sms().await;
}
