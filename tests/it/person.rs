//! A person who has logged in reports through a portal.

use jiff::SignedDuration;
use meldeport::{
    crypto::{
        asice::{self, Trust},
        cms,
    },
    http::operations::{Krav, OPERASJONER},
    sandbox::town::GATEWAY_ORGNR,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Gate, V1, V2, answer, id_of, start_of_tests};

on_every_database! {
    the_form_becomes_the_protocol_s_payload,
    a_private_reporter_is_who_has_logged_in,
    deviations_are_told_in_the_form_s_own_names,
    a_form_sent_again_is_the_same_report,
    only_a_person_who_has_logged_in_may_report,
}

pub fn public() -> Value {
    json!({
        "kommunenummer": "9999", "kommunenavn": "Lillevik kommune",
        "bydelsnummer": "01", "bydelsnavn": "Lillevik sentrum barnevern",
        "melder": {
            "rolle": "Lærer", "telefonnummer": "00000000", "epost": "fiktiv@example.invalid",
            "virksomhet": { "navn": "Fjelltoppen skole", "adresse": { "adresselinje1": "Fjellveien 1" } }
        },
        "barn": [{
            "fnr": "ukjent", "ufoedt": false, "personnavn": "Fiktivt Barn", "orientert": false,
            "adresse": { "adresselinje1": "Strandveien 2" }
        }],
        "foresatte": [{ "personnavn": "Fiktiv Forelder", "orientert": true }],
        "melding": { "melding": "Oppdiktet.", "historie": "Ingen." }
    })
}

pub fn private() -> Value {
    json!({
        "kommunenummer": "9999", "kommunenavn": "Lillevik kommune",
        "bydelsnummer": "01", "bydelsnavn": "Lillevik sentrum barnevern",
        "melder": { "fnr": "21868499143", "telefonnummer": "00000000" },
        "barn": [{ "personnavn": "Fiktivt Barn", "adresse": { "adresselinje1": "Strandveien 2" } }],
        "melding": "Oppdiktet."
    })
}

async fn report(t: &Gate, token: String, version: &str, form: &str, body: &Value) -> Answer {
    let mut portal = t.skole();
    portal.token = token;
    answer(portal.request(Method::POST, format!("{version}/mottak/skjema/{form}")).json(body)).await
}

async fn received(t: &Gate, id: &str) -> Value {
    t.run_jobs().await;
    let content = t.kommune().get(t.queue(format!("/{id}/innhold"))).await;
    let zip = cms::open(&content.body, &[t.kontor(0).nokkel.private_key().unwrap()]).unwrap();
    let trust = Trust { anchors: vec![t.town.authority.certificate.clone()], orgnr: Some(GATEWAY_ORGNR.to_owned()) };
    let container = asice::open(zip.expose(), &trust, start_of_tests()).unwrap();
    serde_json::from_slice(container.files[0].1.expose()).unwrap()
}

async fn the_form_becomes_the_protocol_s_payload(t: &mut Gate) {
    for version in [V1, V2] {
        let mut form = public();
        form["melding"]["historie"] = version.into();
        let id = id_of(&report(t, t.person(|_| {}), version, "offentlig", &form).await);
        let got = received(t, &id).await;
        assert_eq!(got["offentligMelder"]["personnavn"], "Fiktiv Melder");
        assert_eq!(got["offentligMelder"]["rolle"], "Lærer");
        assert_eq!(got["offentligBarn"][0]["personnavn"], "Fiktivt Barn");
        assert_eq!(got["sendingstidspunkt"], "2027-01-15T13:00:00");
        assert_eq!(got["leveringskanal"], "Fjelltoppen skole");
        assert!(got.get("melder").is_none() && got.get("barn").is_none());
        assert_eq!(got["melding"]["historie"], version);
    }
}

async fn a_private_reporter_is_who_has_logged_in(t: &mut Gate) {
    let id = id_of(&report(t, t.person(|_| {}), V1, "privat", &private()).await);
    let got = received(t, &id).await;
    assert_eq!(got["privatMelder"], json!({ "personnavn": "Fiktiv Melder", "telefonnummer": "00000000" }));
    let mut hidden = private();
    hidden["melder"]["skjultIdentitet"] = true.into();
    let id = id_of(&report(t, t.person(|_| {}), V1, "privat", &hidden).await);
    assert_eq!(received(t, &id).await["privatMelder"]["personnavn"], "Skjult identitet");
    let other = report(t, t.person(|claims| claims["pid"] = "17912099997".into()), V1, "privat", &private()).await;
    assert_eq!(other.problem(403, "SKJEMA.FEIL_PERSON")["errorJson"]["peker"], "/melder/fnr");
}

async fn deviations_are_told_in_the_form_s_own_names(t: &mut Gate) {
    let mut form = public();
    form["barn"] = json!([]);
    form["melder"].as_object_mut().unwrap().remove("rolle");
    let told = report(t, t.person(|_| {}), V2, "offentlig", &form).await.problem(400, "SKJEMA.AVVIK");
    let pointers: Vec<_> = told["errorJson"]["avvik"].as_array().unwrap().iter().map(|a| a["peker"].clone()).collect();
    assert_eq!(pointers, ["/barn", "/melder"]);
}

async fn a_form_sent_again_is_the_same_report(t: &mut Gate) {
    let mut form = private();
    form["melder"] = json!({ "telefonnummer": "00000000" });
    let first = id_of(&report(t, t.person(|_| {}), V1, "privat", &form).await);
    t.clock.advance(SignedDuration::from_secs(30));
    assert_eq!(id_of(&report(t, t.person(|_| {}), V1, "privat", &form).await), first);
    let neighbour = t.person(|claims| claims["pid"] = "17912099997".into());
    assert_ne!(id_of(&report(t, neighbour, V1, "privat", &form).await), first, "another person's is another report");
    form["melding"] = "Noe annet.".into();
    assert_ne!(id_of(&report(t, t.person(|_| {}), V1, "privat", &form).await), first);
    t.run_jobs().await;
}

async fn only_a_person_who_has_logged_in_may_report(t: &mut Gate) {
    let rows: Vec<_> = OPERASJONER.iter().filter(|row| matches!(row.krav, Krav::Person(_))).collect();
    assert_eq!(rows.len(), 2, "each is called below");
    let now = meldeport::system::Clock::now(&*t.clock).as_second();
    let refusals: Vec<(String, u16, &str)> = vec![
        (String::new(), 401, "TILGANG.PERSONTOKEN_MANGLER"),
        (t.skole().token, 401, "TILGANG.PERSONTOKEN_UGYLDIG"),
        (t.person(|claims| claims["iss"] = "http://noen-andre.test".into()), 401, "TILGANG.PERSONTOKEN_UGYLDIG"),
        (t.person(|claims| claims["exp"] = (now - 60).into()), 401, "TILGANG.PERSONTOKEN_UGYLDIG"),
        (t.person(|claims| claims["pid"] = "2186849914".into()), 401, "TILGANG.PERSONTOKEN_UGYLDIG"),
        (t.person(|claims| claims["acr"] = "idporten-loa-low".into()), 403, "TILGANG.NIVA_FOR_LAVT"),
    ];
    for (version, form, body) in [(V1, "offentlig", public()), (V2, "privat", private())] {
        for (token, status, code) in &refusals {
            report(t, token.clone(), version, form, &body).await.problem(*status, code);
        }
        let mut portal = t.kommune();
        portal.token = t.person(|_| {});
        let request = portal.request(Method::POST, format!("{version}/mottak/skjema/{form}")).json(&body);
        answer(request).await.problem(403, "TILGANG.PRIVILEGIUM_MANGLER");
    }
}
