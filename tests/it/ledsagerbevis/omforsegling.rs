//! Renewing the keys that personal data is sealed with, until the older one can be thrown away.

use std::{fs, process::Command, time::Duration};

use meldeport::{
    delivery::vedlikehold,
    domain::ledsagerbevis::{Nokkelbruk, Runde},
    store::forseglet::FORSEGLET,
};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{
    Hvem,
    deling::{del, mottaker},
};
use crate::support::{
    Database, GRUPPE, Gate, Settings, answer,
    bevis::{EIER, FORELDER, bilder, foto, kort, last_opp, logg_inn, nytt, person, utsted},
};

on_every_database! {
    an_older_key_is_done_without_after_a_round,
    a_round_may_be_broken_off_and_shared,
    what_no_key_opens_is_left_alone_and_told,
    an_operator_learns_when_a_file_may_go,
}

/// What a reader of every sealed column sees.
async fn seen(t: &Gate) -> Vec<Value> {
    let photo = json!({ "fnr": EIER.fnr });
    let path = bilder(t, "/sistOpplastet");
    let photo = answer(t.kommune().request(Method::POST, path).json(&photo)).await;
    assert_eq!(photo.status, 200);
    let system = Hvem::System(t.kommune());
    vec![
        t.kommune().get(kort(t, "")).await.json(200),
        system.get(t, "").await,
        system.get(t, &format!("/grupper/{GRUPPE}/brukere")).await,
        photo.body.len().into(),
        answer(t.kommune().request(Method::POST, kort(t, "/sok")).json(&json!({ "navn": "fiktiv" }))).await.json(200),
    ]
}

/// Something in every sealed column, a text message that waits among it.
async fn fill(t: &Gate) {
    last_opp(t, foto(), Some(EIER.fnr)).await.json(200);
    let card = utsted(t, &nytt()).await;
    let owner = logg_inn(t, EIER.telefonnummer).await;
    del(t, &owner, card["id"].as_str().unwrap(), &mottaker()).await.json(201);
    let path = kort(t, &format!("/{}", card["id"].as_str().unwrap()));
    let request = t.kommune().request(Method::PATCH, path).json(&json!({ "revokertGrunn": "Utstedt ved en feil." }));
    assert_eq!(answer(request).await.status, 200);
    utsted(t, &json!({ "eier": person(EIER), "antallLedsagere": 2, "forvaltere": [person(FORELDER)] })).await;
    let system = Hvem::System(t.kommune());
    let member = json!({ "navn": "Fiktiv Bruker", "fnr": "05857090073" });
    system.gjor(t, Method::POST, &format!("/grupper/{GRUPPE}/brukere"), &member).await;
    system.gjor(t, Method::POST, "/oppdater", &json!({ "epost": ["kort@lillevik.example"], "tlf": "22339871" })).await;
}

async fn keys(t: &mut Gate, data_keys: &'static [u8]) {
    t.restart_with(Settings { data_keys, ..Settings::default() }).await;
}

async fn round(t: &Gate) -> Runde {
    let mut runde = Runde::default();
    while t.services().omforsegl(&mut runde).await.unwrap() {}
    runde
}

fn used(by: &[(Option<usize>, u64)]) -> Vec<Nokkelbruk> {
    by.iter().map(|(nokkel, antall)| Nokkelbruk { nokkel: *nokkel, antall: *antall }).collect()
}

async fn an_older_key_is_done_without_after_a_round(t: &mut Gate) {
    fill(t).await;
    let before = seen(t).await;
    let all = t.services().nokkelbruk().await.unwrap()[0].antall;
    for kolonne in FORSEGLET {
        let filled = t.database.count(kolonne.tabell, &format!("{} IS NOT NULL", kolonne.kolonne)).await;
        assert!(filled > 0, "the test knows {kolonne:?}");
    }
    keys(t, &[8, 9]).await;
    assert_eq!(t.services().nokkelbruk().await.unwrap(), used(&[(Some(0), 0), (Some(1), all)]));
    let runde = round(t).await;
    assert_eq!((runde.forseglet, runde.feilet), (all, 0));
    assert_eq!(round(t).await.forseglet, 0, "nothing is done twice");
    assert_eq!(t.services().nokkelbruk().await.unwrap(), used(&[(Some(0), all), (Some(1), 0)]));
    assert_eq!(seen(t).await, before);
    // The older key is gone, and nobody misses it.
    keys(t, &[8]).await;
    assert_eq!(seen(t).await, before);
    t.send_sms().await;
    assert_eq!(t.sms.take().len(), 2, "what waited, was sent");
}

async fn a_round_may_be_broken_off_and_shared(t: &mut Gate) {
    for n in 0..20 {
        let mut body = nytt();
        body["eksternId"] = format!("sak {n}").into();
        utsted(t, &body).await;
    }
    let before = t.kommune().get(kort(t, "")).await.json(200);
    keys(t, &[8, 9]).await;
    // Two nodes in step; the second one gives up after a while and begins again.
    let (mut one, mut other) = (Runde::default(), Runde::default());
    for _ in 0..4 {
        let (first, second) = tokio::join!(t.services().omforsegl(&mut one), t.services().omforsegl(&mut other));
        assert!(first.unwrap() && second.unwrap());
    }
    let lost = other.forseglet;
    other = Runde::default();
    while t.services().omforsegl(&mut one).await.unwrap() {}
    while t.services().omforsegl(&mut other).await.unwrap() {}
    let unused = t.services().nokkelbruk().await.unwrap();
    assert_eq!(unused[1].antall, 0);
    assert_eq!(one.forseglet + lost + other.forseglet, unused[0].antall, "each value once");
    keys(t, &[8]).await;
    assert_eq!(t.kommune().get(kort(t, "")).await.json(200), before);
    t.send_sms().await;
}

async fn what_no_key_opens_is_left_alone_and_told(t: &mut Gate) {
    fill(t).await;
    let all = t.services().nokkelbruk().await.unwrap()[0].antall;
    keys(t, &[8]).await;
    assert_eq!(t.services().nokkelbruk().await.unwrap(), used(&[(Some(0), 0), (None, all)]));
    let runde = round(t).await;
    assert_eq!((runde.forseglet, runde.feilet), (0, all));
    // Nothing was lost: with the former key again, a gateway that works seals it by itself.
    keys(t, &[8, 9]).await;
    let upkeep = vedlikehold::start(t.services());
    while t.services().nokkelbruk().await.unwrap() != used(&[(Some(0), all), (Some(1), 0)]) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    keys(t, &[8]).await;
    upkeep.await.unwrap();
    seen(t).await;
    t.send_sms().await;
}

async fn an_operator_learns_when_a_file_may_go(t: &mut Gate) {
    fill(t).await;
    t.close().await;
    let folder = TempDir::new().unwrap();
    let file = |name: &str, byte: u8| {
        let path = folder.path().join(name);
        fs::write(&path, [byte; 32]).unwrap();
        path.display().to_string()
    };
    let (new, old, person) = (file("ny", 8), file("gammel", 9), file("person", 7));
    let config = folder.path().join("meldeport.toml");
    let text = |keys: &[&String]| {
        format!(
            "[database]\nurl = \"{}\"\n[maskinporten]\nissuer = \"http://localhost/\"\njwks_url = \"http://localhost/jwk\"\n[gateway]\nperson_key_file = \"{person}\"\n\
             [ledsagerbevis]\ndata_key_files = {keys:?}\n",
            t.database.url()
        )
    };
    let run = |keys: &[&String], command: &str| {
        fs::write(&config, text(keys)).unwrap();
        let done = Command::new(env!("CARGO_BIN_EXE_meldeport"))
            .args(["card", command, "--config"])
            .arg(&config)
            .output()
            .unwrap();
        (
            done.status.success(),
            String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr),
        )
    };
    let (good, said) = run(&[&new, &old], "keys");
    assert!(good && said.contains("Behold filen") && !said.contains("kan tas ut"), "{said}");
    let (good, said) = run(&[&new], "keys");
    assert!(!good && said.contains("kan ikke åpnes"), "{said}");
    let (good, said) = run(&[&new, &old], "reseal");
    assert!(good && said.contains("forseglet på nytt") && said.contains("kan tas ut"), "{said}");
    let (good, said) = run(&[&new], "keys");
    assert!(good && said.contains(&new) && !said.contains("kan ikke åpnes"), "{said}");
    keys(t, &[8]).await;
    seen(t).await;
    t.send_sms().await;
}

/// A column that nobody has told of would keep an older key for ever.
#[tokio::test]
async fn every_sealed_column_is_known() {
    let database = Database::sqlite();
    meldeport::store::migrate(&database.settings).await.unwrap();
    // Not a person's, or sealed by the sender.
    let others = ["innhold.asice", "innhold.pdf", "nokkelbevis.utfordring", "kortbrevinnhold.pdf"].map(str::to_owned);
    let known = FORSEGLET.iter().map(|column| format!("{}.{}", column.tabell, column.kolonne));
    let mut known: Vec<_> = known.chain(others).collect();
    known.sort();
    assert_eq!(database.columns_of("blob").await, known);
}
