//! The database alone reveals nobody: every value of every table is looked at for what was marked.

use meldeport::crypto::at_rest::{Hvelv, Plass};
use meldeport::system::Secret;
use reqwest::Method;
use serde_json::json;

use crate::support::{
    Gate, Settings, answer,
    bevis::{INNBYGGER, foto, innlos, kode, kort, last_opp, mine, utsted},
    keep_log, log,
};

on_every_database! {
    a_dump_holds_nothing_of_a_person,
    keys_can_be_renewed,
}

/// Fictitious, and nowhere else.
const NAME: &str = "Merkelind Oppdiktsen";
const GUARDIAN: &str = "Vaktmerke Fantasidatter";
const STREET: &str = "Merkegrenda 17";
const PLACE: &str = "MERKESTAD";
/// Of a series that is set aside for fiction.
const PHONE: &str = "+447700900121";
const GUARDIAN_PHONE: &str = "+447700900122";
const REASON: &str = "Begrunnelsesmerket";
const REFERENCE: &str = "Saksmerket 2027/77";
const FNR: [&str; 2] = ["12849190286", "14866290270"];
/// Whom the card is shared with, and the number that its owner gets.
const RECEIVER: &str = "Mottagermerke Dikterson";
const RECEIVER_PHONE: &str = "+447700900123";
const NEW_PHONE: &str = "+447700900124";

fn marked(navn: &str, fnr: &str, telefon: &str) -> serde_json::Value {
    json!({
        "navn": navn, "fnr": fnr, "telefonnummer": telefon,
        "adresse": { "adressenavn": STREET, "postnummer": "9997", "poststed": PLACE },
    })
}

async fn a_dump_holds_nothing_of_a_person(t: &mut Gate) {
    keep_log();
    let photo = last_opp(t, foto(), Some(FNR[0])).await.json(200);
    let body = json!({
        "eier": marked(NAME, FNR[0], PHONE), "forvaltere": [marked(GUARDIAN, FNR[1], GUARDIAN_PHONE)],
        "antallLedsagere": 2, "eksternId": REFERENCE, "bildeId": photo["bildeId"],
    });
    let card = utsted(t, &body).await;
    let id = card["id"].as_str().unwrap();
    // With text messages still to be sent, a code waiting, and one used.
    let code = kode(t, PHONE).await.unwrap();
    let token = answer(innlos(t, Method::GET, PHONE, &code)).await.json(200)["token"].as_str().unwrap().to_owned();
    assert_eq!(mine(t, &token).await.json(200).as_array().unwrap().len(), 1);
    assert_eq!(
        answer(t.http.post(format!("{}/digitalt-ledsagerbevis/innbygger/api/v1/{GUARDIAN_PHONE}", t.url))).await.status,
        201
    );
    let path = format!("/digitalt-ledsagerbevis/api/v1/personsok/organisasjoner/{}", t.town.kommune.organisasjon.id);
    answer(t.kommune().request(Method::POST, path).json(&json!({ "fnr": FNR[1] }))).await.json(200);
    let share = t.http.post(format!("{}{INNBYGGER}/ledsagerbevis/{id}/delinger", t.url)).bearer_auth(&token);
    let receiver = json!({ "navn": RECEIVER, "telefonnummer": RECEIVER_PHONE });
    answer(share.json(&receiver)).await.json(201);
    let events = t.kommune().get(kort(t, &format!("/{id}/hendelser"))).await.text();
    let edit = t.kommune().request(Method::PATCH, kort(t, &format!("/{id}/opplysninger")));
    let numbers = json!({ "telefonnumre": [{ "fnr": FNR[0], "telefonnummer": NEW_PHONE }] });
    answer(edit.json(&numbers)).await.json(200);
    let revoke = t.kommune().request(Method::PATCH, kort(t, &format!("/{id}")));
    assert_eq!(answer(revoke.json(&json!({ "revokertGrunn": REASON }))).await.status, 200);
    let shown = t.kommune().get(kort(t, &format!("/{id}"))).await.text();
    for mark in [NAME, GUARDIAN, FNR[0], NEW_PHONE, REASON, REFERENCE] {
        assert!(shown.contains(mark), "who may see it, sees it: {mark}");
    }
    for mark in [NAME, PHONE, RECEIVER, RECEIVER_PHONE] {
        assert!(events.contains(mark), "who may see it, sees it: {mark}");
    }
    let dump = t.database.dump().await;
    assert!(dump.len() > 8_000 && holds(&dump, b"Lillevik kommune"), "the dump is read: {}", dump.len());
    let mut marks: Vec<Vec<u8>> =
        [NAME, GUARDIAN, STREET, PLACE, PHONE, GUARDIAN_PHONE, REASON, REFERENCE, &code, &token]
            .into_iter()
            .chain([RECEIVER, RECEIVER_PHONE, NEW_PHONE])
            .chain(FNR)
            .map(|mark| mark.as_bytes().to_vec())
            .collect();
    // A JPEG's first bytes, and the token as bytes.
    marks.extend([b"\xff\xd8\xff".to_vec(), b"JFIF".to_vec(), hex::decode(&token).unwrap()]);
    for mark in marks {
        assert!(!holds(&dump, &mark), "{}", String::from_utf8_lossy(&mark));
    }
    for mark in [NAME, GUARDIAN, RECEIVER, PHONE, RECEIVER_PHONE, NEW_PHONE, FNR[0]] {
        assert!(!log().contains(mark), "{mark} is in the log");
    }
    t.send_sms().await;
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

async fn keys_can_be_renewed(t: &mut Gate) {
    let card = utsted(t, &crate::support::bevis::nytt()).await;
    let path = kort(t, &format!("/{}", card["id"].as_str().unwrap()));
    t.restart_with(Settings { data_keys: &[8, 9], ..Settings::default() }).await;
    assert_eq!(t.kommune().get(&path).await.json(200), card, "what the older key has sealed, opens");
    let newer = utsted(t, &json!({ "eier": marked(NAME, FNR[0], PHONE), "antallLedsagere": 1 })).await;
    let newer = kort(t, &format!("/{}", newer["id"].as_str().unwrap()));
    t.restart_with(Settings { data_keys: &[8], ..Settings::default() }).await;
    t.kommune().get(&newer).await.json(200);
    t.kommune().get(&path).await.problem(500, "SERVER.INTERN");
    // A value in another place does not open either.
    let vault = Hvelv::new(&[Secret::new(vec![8; 32])]).unwrap();
    let sealed = vault.seal(Plass::new("ledsagerbevisperson", t.ids.uuid(), "navn"), b"x", &*t.rng).unwrap();
    assert!(vault.open(Plass::new("ledsagerbevisperson", t.ids.uuid(), "navn"), &sealed).is_err());
    t.send_sms().await;
}
