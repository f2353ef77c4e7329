//! What a dump of the database shows of those who work with cards: nothing.

use meldeport::sandbox::town::ANSATTE;
use reqwest::Method;
use serde_json::json;

use super::Hvem;
use crate::support::{GRUPPE, Gate, Settings, keep_log, log};

on_every_database! {
    a_dump_names_nobody,
    keys_are_renewed_without_losing_anything,
}

/// Fictitious, and nowhere else in the tests.
const NAME: &str = "Vindeggen Merkelsen";
const NUMBER: &str = "11868590191";
const TELEPHONE: &str = "22339871";
const ADDRESS: &str = "vindeggen.merkelsen@lillevik.example";

async fn fill(t: &Gate) -> Hvem {
    let system = Hvem::System(t.kommune());
    let member = json!({ "navn": NAME, "fnr": NUMBER });
    for kind in ["administratorer", "brukere"] {
        system.gjor(t, Method::POST, &format!("/grupper/{GRUPPE}/{kind}"), &member).await;
    }
    let contact = json!({ "epost": [ADDRESS], "tlf": TELEPHONE });
    system.gjor(t, Method::POST, "/oppdater", &contact).await;
    system
}

async fn a_dump_names_nobody(t: &mut Gate) {
    keep_log();
    let system = fill(t).await;
    let users = format!("/grupper/{GRUPPE}/brukere");
    let other = json!({ "navn": format!("{NAME}-Ny"), "fnr": NUMBER });
    system.gjor(t, Method::POST, &users, &other).await;
    assert_eq!(system.get(t, &users).await, json!({ "brukere": [other] }));
    system.gjor(t, Method::DELETE, &users, &json!({ "fnr": NUMBER })).await;
    // What the scan looks through, it finds.
    assert_eq!(t.database.tables_with("Kulturkontoret").await, ["gruppe"]);
    for mark in [NAME, NUMBER, TELEPHONE, ADDRESS, "Merkelsen", "merkelsen"] {
        assert_eq!(t.database.tables_with(mark).await, Vec::<String>::new(), "{mark}");
        assert!(!log().contains(mark), "{mark}");
    }
    assert_eq!(system.get(t, "").await["epost"], json!([ADDRESS]));
}

async fn keys_are_renewed_without_losing_anything(t: &mut Gate) {
    fill(t).await;
    let (admins, users) = (format!("/grupper/{GRUPPE}/administratorer"), format!("/grupper/{GRUPPE}/brukere"));
    let member = json!({ "brukere": [{ "navn": NAME, "fnr": NUMBER }] });
    t.restart_with(Settings { data_keys: &[8, 9], ..Settings::default() }).await;
    let system = Hvem::System(t.kommune());
    assert_eq!(system.get(t, &admins).await, member);
    assert_eq!(system.get(t, "").await["tlf"], TELEPHONE);
    // What is written now, the new key has sealed.
    let other = json!({ "navn": "Fiktiv Ny", "fnr": ANSATTE[0].fnr });
    system.gjor(t, Method::DELETE, &users, &json!({ "fnr": NUMBER })).await;
    system.gjor(t, Method::POST, &users, &other).await;
    t.restart_with(Settings { data_keys: &[8], ..Settings::default() }).await;
    let system = Hvem::System(t.kommune());
    assert_eq!(system.get(t, &users).await, json!({ "brukere": [other] }));
    // Without the former key what it has sealed is not there for anybody, and nothing of it is told.
    let lost = system.sett_opp(t, Method::GET, &admins, None).await;
    assert!(!lost.problem(500, "SERVER.INTERN").to_string().contains("Merkelsen"));
    t.restart_with(Settings { data_keys: &[8, 9], ..Settings::default() }).await;
    let system = Hvem::System(t.kommune());
    assert_eq!(system.get(t, &admins).await, member);
}
