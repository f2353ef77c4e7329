//! Intermunicipal cooperation, KS's own example: municipality A is the host of a child-protection service for itself, B and
//! C. Each has its own organisation, offices, users and responsibility; A's case system fetches for all three by one
//! integration, and letters go to A.

use std::collections::HashSet;

use jiff::SignedDuration;
use meldeport::{
    domain::{oppsett::Oppsett, roller::NyRolle},
    model::{integrasjon::Privilegium, kommune::Postadresse, rolle::Rolle},
    system::Secret,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Gate, Nabo, Person, V2, answer, id_of, ids_of};

on_every_database! {
    the_host_fetches_for_all_and_each_keeps_its_own_house,
    a_municipality_that_takes_its_privilege_back_is_out_of_the_host_s_reach,
    letters_go_to_the_host,
}

/// The chief administrators of A, B and C, then what else each needs. Synthetic.
const CHIEFS: [&str; 3] = ["01817790174", "02828090286", "03838490289"];
const SERVICE: [&str; 3] = ["04848890281", "05857090154", "06867590178"];
const CASE_WORKERS: [&str; 3] = ["04848890362", "05857090235", "06867590259"];

fn host_address() -> Postadresse {
    Postadresse {
        navn: "Barnevernet A".to_owned(),
        adresselinje1: "Vertsgata 1".to_owned(),
        adresselinje2: None,
        adresselinje3: None,
        postnummer: "9996".to_owned(),
        poststed: "VERTSBY".to_owned(),
    }
}

/// The host's integration with the privilege to fetch for these.
fn host_fetches_for(host: &Nabo, municipalities: &[&Nabo]) -> Oppsett {
    let mut oppsett = host.oppsett();
    oppsett.integrasjoner[0].privilegier =
        municipalities.iter().map(|municipality| (municipality.organisasjon.id, Privilegium::Hent)).collect();
    oppsett
}

/// A, B and C, each set up by itself, with its own chief administrator.
async fn cooperation(t: &Gate) -> [Nabo; 3] {
    let mut all = [t.nabo("9996", &["00"]).await, t.nabo("9997", &["00"]).await, t.nabo("9998", &["00"]).await];
    for (municipality, chief) in all.iter_mut().zip(CHIEFS) {
        municipality.bydeler[0].adresse = Some(host_address());
        let first = NyRolle {
            organisasjon: municipality.organisasjon.id,
            rolle: Rolle::Hovedadministrator,
            bydel: None,
            merkelapp: "leder".to_owned(),
            fnr: Secret::new(chief.to_owned()),
        };
        t.apply(Oppsett { roller: vec![first], ..municipality.oppsett() }).await;
    }
    let [a, b, c] = &all;
    t.apply(host_fetches_for(a, &[a, b, c])).await;
    t.clock.advance(SignedDuration::from_secs(5));
    all
}

fn roles(of: &Nabo) -> String {
    format!("{V2}/konfigurasjon/{}/roller", of.organisasjon.id)
}

async fn appoint(of: &Nabo, who: &Person, fnr: &str, rolle: &str) -> Answer {
    let body = json!({ "fnr": fnr, "rolle": rolle, "merkelapp": format!("ansatt {}", &fnr[..3]) });
    answer(who.request(Method::POST, roles(of)).json(&body)).await
}

/// What the host's system finds in one municipality's queue.
async fn fetched(t: &Gate, host: &Nabo, of: &Nabo) -> Answer {
    host.caller(t).get(of.queue("")).await
}

/// Sends one report to each and puts it in its queue.
async fn reports(t: &Gate, all: &[Nabo; 3]) -> Vec<String> {
    let mut sent = Vec::new();
    for municipality in all {
        sent.push(id_of(&municipality.post(t, V2, "00", &municipality.report(t)).await));
    }
    t.run_jobs().await;
    sent
}

async fn the_host_fetches_for_all_and_each_keeps_its_own_house(t: &mut Gate) {
    let all = cooperation(t).await;
    let [a, b, c] = &all;
    // Each appoints its own people, and nobody else's.
    for (n, municipality) in all.iter().enumerate() {
        let (chief, service) = (t.logged_in(CHIEFS[n]), t.logged_in(SERVICE[n]));
        appoint(municipality, &chief, SERVICE[n], "TJENESTEADMINISTRATOR").await.json(201);
        t.clock.advance(SignedDuration::from_millis(1));
        appoint(municipality, &service, CASE_WORKERS[n], "BRUKER").await.json(201);
        for other in all.iter().filter(|other| other.organisasjon.id != municipality.organisasjon.id) {
            for (who, rolle) in [(&chief, "TJENESTEADMINISTRATOR"), (&service, "BRUKER")] {
                let refused = appoint(other, who, CASE_WORKERS[n], rolle).await;
                refused.problem(404, "BEKYMRINGSMELDING.ORGANISASJON_IKKE_FUNNET");
            }
        }
    }
    for (n, municipality) in all.iter().enumerate() {
        let held = t.logged_in(CHIEFS[n]).get(roles(municipality)).await.json(200);
        let held: Vec<_> = held.as_array().unwrap().iter().map(|role| role["rolle"].as_str().unwrap()).collect();
        assert_eq!(held, ["HOVEDADMINISTRATOR", "TJENESTEADMINISTRATOR", "BRUKER"]);
        // A case worker of the host who is to receive by hand for B as well is B's to appoint.
        let mine = t.logged_in(CASE_WORKERS[n]).get(format!("{V2}/konfigurasjon/roller/mine")).await.json(200);
        assert_eq!(mine.as_array().unwrap().len(), 1);
    }
    appoint(b, &t.logged_in(SERVICE[1]), CASE_WORKERS[0], "BRUKER").await.json(201);
    let mine = t.logged_in(CASE_WORKERS[0]).get(format!("{V2}/konfigurasjon/roller/mine")).await.json(200);
    let at: Vec<Value> = mine.as_array().unwrap().iter().map(|role| role["fiksOrgId"].clone()).collect();
    assert_eq!(at, [json!(a.organisasjon.id), json!(b.organisasjon.id)]);

    // One integration of the host's fetches and receipts for all three.
    let sent = reports(t, &all).await;
    for (municipality, id) in all.iter().zip(&sent) {
        let page = fetched(t, a, municipality).await.json(200);
        assert_eq!(ids_of(&page), [id.as_str()]);
        assert_eq!(page["meldinger"][0]["kommunenummer"], municipality.kommune.kommunenummer.as_str());
        let host = a.caller(t);
        assert_eq!(host.get(municipality.queue(&format!("/{id}/innhold"))).await.status, 200);
        host.post(municipality.queue(&format!("/{id}/mottatt"))).await.json(200);
        assert_eq!(t.states(id).await.last().unwrap(), "LEVERT");
    }
    // B's own system reaches neither A nor C.
    for other in [a, c] {
        b.caller(t).get(other.queue("")).await.problem(404, "BEKYMRINGSMELDING.ORGANISASJON_IKKE_FUNNET");
    }
    // To fetch for B is not to set B up: the host's system may appoint nobody there.
    let body = json!({ "fnr": CASE_WORKERS[2], "rolle": "BRUKER", "merkelapp": "ansatt 1" });
    let refused = answer(a.caller(t).request(Method::POST, roles(b)).json(&body)).await;
    refused.problem(403, "TILGANG.PRIVILEGIUM_MANGLER");
}

async fn a_municipality_that_takes_its_privilege_back_is_out_of_the_host_s_reach(t: &mut Gate) {
    let all = cooperation(t).await;
    let [a, b, c] = &all;
    let sent = reports(t, &all).await;
    assert_eq!(ids_of(&fetched(t, a, b).await.json(200)), [sent[1].as_str()]);
    t.apply(host_fetches_for(a, &[a, c])).await;
    t.clock.advance(SignedDuration::from_secs(5));
    fetched(t, a, b).await.problem(404, "BEKYMRINGSMELDING.ORGANISASJON_IKKE_FUNNET");
    let host = a.caller(t);
    for rest in ["", "/innhold"] {
        let gone = host.get(b.queue(&format!("/{}{rest}", sent[1]))).await;
        gone.problem(404, "BEKYMRINGSMELDING.ORGANISASJON_IKKE_FUNNET");
        // Nor by way of an organisation for which it still fetches.
        let around = host.get(c.queue(&format!("/{}{rest}", sent[1]))).await;
        around.problem(404, "BEKYMRINGSMELDING.IKKE_FUNNET");
    }
    assert_eq!(ids_of(&fetched(t, a, a).await.json(200)), [sent[0].as_str()]);
    assert_eq!(ids_of(&fetched(t, a, c).await.json(200)), [sent[2].as_str()]);
    // Nothing is lost: B's own system has it.
    assert_eq!(b.waiting(t).await, [sent[1].as_str()]);
    b.caller(t).post(b.queue(&format!("/{}/mottatt", sent[1]))).await.json(200);
}

async fn letters_go_to_the_host(t: &mut Gate) {
    let all = cooperation(t).await;
    let sent = reports(t, &all).await;
    t.clock.advance(SignedDuration::from_hours(7 * 24));
    t.run_jobs().await;
    let letters = t.letters().await;
    let of: HashSet<_> = letters.iter().map(|letter| letter["bekymringsmeldingId"].as_str().unwrap()).collect();
    assert_eq!(of, sent.iter().map(String::as_str).collect());
    for letter in &letters {
        assert_eq!(letter["adresse"]["adresselinje1"], host_address().adresselinje1);
        assert_eq!(letter["adresse"]["poststed"], host_address().poststed);
    }
}
