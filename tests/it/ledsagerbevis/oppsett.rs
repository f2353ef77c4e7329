//! Setting an organisation up.

use futures_util::future::join_all;
use meldeport::{
    domain::oppsett::Oppsett,
    model::{KontoId, bevisoppsett::Svarutkonto},
    sandbox::town::{ANSATTE, SVARUTKONTO},
};
use reqwest::Method;
use serde_json::{Value, json};

use super::Hvem;
use crate::support::Gate;

on_every_database! {
    an_organisation_gets_its_accounts_once,
    only_what_is_given_changes,
    everything_that_is_wrong_is_told_and_nothing_is_changed,
    letters_go_by_an_account_that_is_registered,
    those_who_hold_something_else_set_nothing_up,
}

fn system(t: &Gate) -> Hvem {
    Hvem::System(t.kommune())
}

async fn trail(t: &Gate, handling: &str) -> i64 {
    t.database.count("revisjon", &format!("handling = '{handling}'")).await
}

async fn an_organisation_gets_its_accounts_once(t: &mut Gate) {
    t.apply(Oppsett { roller: t.town.roller(), ..Oppsett::default() }).await;
    let chief = Hvem::person(t, ANSATTE[0].fnr);
    let no = "IKKE_OPPRETTET";
    let before = json!({
        "initialisert": false, "dokumentlagerKontoStatus": no, "rolleStatus": no, "svarutKontoStatus": no,
        "varslingKontoStatus": no,
    });
    assert_eq!(chief.get(t, "/status").await, before);
    let organisasjon = t.town.kommune.organisasjon.id;
    let empty = json!({ "fiksOrgId": organisasjon, "epost": [], "spraak": "BOKMAAL" });
    assert_eq!(chief.get(t, "").await, empty);
    // By several at once, a person and a system.
    let callers = [chief.clone(), system(t), chief.clone(), system(t)];
    let made = join_all(callers.iter().map(|who| who.sett_opp(t, Method::POST, "/konfigurer", None))).await;
    let made: Vec<Value> = made.iter().map(|answer| answer.json(200)).collect();
    assert!(made.iter().all(|one| *one == made[0]), "{made:?}");
    let mut ids: Vec<_> = made[0].as_object().unwrap().values().map(Value::to_string).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 4);
    assert_eq!(trail(t, "konfigurerLedsagerbevis").await, 1);
    let yes = "OPPRETTET";
    let after = json!({
        "initialisert": true, "dokumentlagerKontoStatus": yes, "rolleStatus": yes, "svarutKontoStatus": no,
        "varslingKontoStatus": yes,
    });
    assert_eq!(chief.get(t, "/status").await, after);
}

async fn only_what_is_given_changes(t: &mut Gate) {
    let who = system(t);
    let adresse = json!({ "postadressenavn": "Fiktivgata 2", "postnummer": "9998", "poststed": "LILLEVIK" });
    let whole = json!({
        "epost": ["ledsager@lillevik.example", "post@lillevik.example"], "postAdresse": adresse,
        "utsendingBrev": "SENDE_BREV", "tlf": "22334455", "spraak": "NYNORSK",
    });
    who.gjor(t, Method::POST, "/oppdater", &whole).await;
    let mut shown = whole.clone();
    shown["fiksOrgId"] = json!(t.town.kommune.organisasjon.id);
    assert_eq!(who.get(t, "").await, shown);
    assert_eq!(trail(t, "oppdaterOrganisasjon").await, 1);
    // The same again, nothing, and null change nothing, and are no events.
    for same in [&whole, &json!({}), &json!({ "tlf": null, "epost": null, "spraak": null })] {
        who.gjor(t, Method::POST, "/oppdater", same).await;
    }
    assert_eq!((who.get(t, "").await, trail(t, "oppdaterOrganisasjon").await), (shown.clone(), 1));
    for (change, field) in [
        (json!({ "epost": ["post@lillevik.example"] }), "epost"),
        (json!({ "tlf": "22334466" }), "tlf"),
        (json!({ "utsendingBrev": "IKKE_SENDE_BREV" }), "utsendingBrev"),
        (json!({ "spraak": "BOKMAAL" }), "spraak"),
        (json!({ "epost": [] }), "epost"),
    ] {
        who.gjor(t, Method::POST, "/oppdater", &change).await;
        shown[field] = change[field].clone();
        assert_eq!(who.get(t, "").await, shown);
    }
    assert_eq!(trail(t, "oppdaterOrganisasjon").await, 6);
    // The set-up itself stays what it is.
    who.sett_opp(t, Method::POST, "/konfigurer", None).await.json(200);
    assert_eq!(who.get(t, "").await, shown);
}

async fn everything_that_is_wrong_is_told_and_nothing_is_changed(t: &mut Gate) {
    let who = system(t);
    let wrong = json!({
        "epost": ["ledsager@lillevik.example", "Kari Nordmann"], "tlf": "+4722334455",
        "postAdresse": { "postadressenavn": "", "postnummer": "999", "poststed": "LILLEVIK" }, "spraak": "NYNORSK",
    });
    let told = who.sett_opp(t, Method::POST, "/oppdater", Some(&wrong)).await.problem(400, "KONFIGURASJON.UGYLDIG");
    let avvik = told["errorJson"]["avvik"].as_array().unwrap();
    let pekere: Vec<_> = avvik.iter().map(|one| one["peker"].as_str().unwrap()).collect();
    assert_eq!(pekere, ["/epost/1", "/tlf", "/postAdresse/postadressenavn", "/postAdresse/postnummer"]);
    assert!(!told.to_string().contains("Nordmann"), "{told}");
    assert_eq!(who.get(t, "").await["spraak"], "BOKMAAL");
    let many = json!({ "epost": vec!["a@lillevik.example"; 21] });
    who.sett_opp(t, Method::POST, "/oppdater", Some(&many)).await.problem(400, "KONFIGURASJON.UGYLDIG");
    for unreadable in [json!([]), json!({ "spraak": "ENGELSK" }), json!({ "tlf": 22334455 })] {
        who.sett_opp(t, Method::POST, "/oppdater", Some(&unreadable)).await.problem(400, "FORESPORSEL.KROPP");
    }
    assert_eq!(trail(t, "oppdaterOrganisasjon").await, 0);
}

async fn letters_go_by_an_account_that_is_registered(t: &mut Gate) {
    let who = system(t);
    let own = json!({ "kontoId": SVARUTKONTO, "kontonavn": "Lillevik servicetorg" });
    assert_eq!(who.get(t, "/svarutkontoer").await, json!({ "kontoer": [own] }));
    let konto = |organisasjon, navn: &str, aktiv| Svarutkonto {
        id: KontoId(t.ids.uuid()),
        organisasjon,
        navn: navn.to_owned(),
        aktiv,
    };
    let here = t.town.kommune.organisasjon.id;
    let [second, closed] = [konto(here, "Arkivet", true), konto(here, "Nedlagt", false)];
    let elsewhere = konto(t.town.skole.organisasjon.id, "Skolen", true);
    let svarutkontoer = vec![second.clone(), closed.clone(), elsewhere.clone()];
    t.apply(Oppsett { svarutkontoer, ..Oppsett::default() }).await;
    let shown = who.get(t, "/svarutkontoer").await;
    assert_eq!(shown, json!({ "kontoer": [{ "kontoId": second.id, "kontonavn": "Arkivet" }, own] }));
    let choose = async |id: KontoId| who.sett_opp(t, Method::POST, &format!("/svarutkontoer/{id}"), None).await;
    for not_one in [closed.id, elsewhere.id, KontoId(t.ids.uuid())] {
        choose(not_one).await.problem(404, "LEDSAGERBEVIS.SVARUTKONTO_IKKE_FUNNET");
    }
    assert_eq!(who.get(t, "/status").await["svarutKontoStatus"], "IKKE_OPPRETTET");
    for id in [second.id, second.id, SVARUTKONTO] {
        assert_eq!(choose(id).await.status, 200);
    }
    assert_eq!(who.get(t, "/status").await["svarutKontoStatus"], "OPPRETTET");
    assert_eq!(trail(t, "leggTilSvarutkonto").await, 2, "the same again is no event");
    // One that is closed later is shown as what was chosen, and is no longer there to be chosen.
    let mut oppsett = t.town.oppsett();
    oppsett.svarutkontoer[0].aktiv = false;
    t.apply(oppsett).await;
    assert_eq!(who.get(t, "").await["svarutkonto"], own);
    assert_eq!(who.get(t, "/svarutkontoer").await["kontoer"].as_array().unwrap().len(), 1);
}

async fn those_who_hold_something_else_set_nothing_up(t: &mut Gate) {
    t.apply(Oppsett { roller: t.town.roller(), ..Oppsett::default() }).await;
    let own: [(Method, &str, Option<Value>); 6] = [
        (Method::GET, "", None),
        (Method::GET, "/status", None),
        (Method::GET, "/svarutkontoer", None),
        (Method::POST, "/konfigurer", None),
        (Method::POST, "/oppdater", Some(json!({}))),
        (Method::POST, "/grupper", Some(json!({ "gruppenavn": "Servicetorget" }))),
    ];
    for (method, rest, body) in own {
        for fnr in [ANSATTE[1].fnr, ANSATTE[2].fnr] {
            let refused = Hvem::person(t, fnr).sett_opp(t, method.clone(), rest, body.as_ref()).await;
            let told = refused.problem(403, "TILGANG.ROLLE_MANGLER");
            assert_eq!(told["errorJson"], json!({ "krever": ["HOVEDADMINISTRATOR"] }));
        }
        let stranger = Hvem::person(t, "07877990170").sett_opp(t, method.clone(), rest, body.as_ref()).await;
        stranger.problem(404, "BEKYMRINGSMELDING.ORGANISASJON_IKKE_FUNNET");
    }
}
