//! The JSON Schemas of the requests, held to what the API takes and refuses: every example is sent to it.

use std::{fs, path::Path};

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    Answer, Gate, answer,
    bevis::{BEVIS, EIER, INNBYGGER, bilder, foto, kort, last_opp, logg_inn, nytt, utsted},
};

on_every_database! {
    every_valid_example_is_taken,
    every_invalid_example_is_refused_where_its_fault_is,
    all_that_is_wrong_with_the_form_is_told_at_once,
}

/// What changes who may log in comes last.
const FORMS: [&str; 8] =
    ["opprett", "revoker", "legg-til-forvalter", "fjern-forvalter", "personsok", "hent-bilde", "del", "endre"];

fn examples(form: &str, kind: &str) -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/ledsagerbevis").join(form).join("v1").join(kind);
    let mut found: Vec<(String, Value)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, serde_json::from_slice(&fs::read(path).unwrap()).unwrap())
        })
        .collect();
    found.sort_by(|one, other| one.0.cmp(&other.0));
    assert!(!found.is_empty());
    found
}

/// A card for requests that are about one, and its owner's token.
async fn card(t: &Gate) -> (String, String) {
    let card = utsted(t, &nytt()).await;
    (card["id"].as_str().unwrap().to_owned(), logg_inn(t, EIER.telefonnummer).await)
}

async fn another(t: &Gate, name: &str) -> String {
    let mut new = nytt();
    new["eksternId"] = json!(format!("til {name}"));
    utsted(t, &new).await["id"].as_str().unwrap().to_owned()
}

async fn send(t: &Gate, form: &str, card: &str, owner: &str, body: &Value) -> Answer {
    if form == "del" {
        let url = format!("{}{INNBYGGER}/ledsagerbevis/{card}/delinger", t.url);
        return answer(t.http.post(url).bearer_auth(owner).json(body)).await;
    }
    let sok = format!("{BEVIS}/personsok/organisasjoner/{}", t.town.kommune.organisasjon.id);
    let (method, path) = match form {
        "opprett" => (Method::POST, kort(t, "")),
        "revoker" => (Method::PATCH, kort(t, &format!("/{card}"))),
        "legg-til-forvalter" => (Method::POST, kort(t, &format!("/{card}/forvalter"))),
        "fjern-forvalter" => (Method::PATCH, kort(t, &format!("/{card}/forvalter"))),
        "personsok" => (Method::POST, sok),
        "endre" => (Method::PATCH, kort(t, &format!("/{card}/opplysninger"))),
        _ => (Method::POST, bilder(t, "/sistOpplastet")),
    };
    answer(t.kommune().request(method, path).json(body)).await
}

async fn every_valid_example_is_taken(t: &mut Gate) {
    let (known, owner) = card(t).await;
    for form in FORMS {
        for (name, mut body) in examples(form, "valid") {
            let fnr = body["fnr"].as_str().map(str::to_owned);
            let (mut about, mut status) = (known.clone(), 200);
            match form {
                "opprett" | "endre" => {
                    if form == "opprett" {
                        status = 201;
                    } else {
                        about = another(t, &name).await;
                    }
                    if body["bildeId"].is_string() {
                        body["bildeId"] = last_opp(t, foto(), None).await.json(200)["bildeId"].clone();
                    }
                }
                "legg-til-forvalter" | "del" => status = 201,
                "fjern-forvalter" => {
                    let forvalter = json!({ "navn": "Fiktiv", "fnr": fnr, "telefonnummer": "99999993" });
                    send(t, "legg-til-forvalter", &known, &owner, &json!({ "forvalter": forvalter })).await.json(201);
                    status = 201;
                }
                "revoker" => about = another(t, &name).await,
                "hent-bilde" => drop(last_opp(t, foto(), fnr.as_deref()).await.json(200)),
                _ => {}
            }
            let taken = send(t, form, &about, &owner, &body).await;
            assert_eq!(taken.status, status, "{form}/{name}: {}", String::from_utf8_lossy(&taken.body));
        }
    }
}

async fn every_invalid_example_is_refused_where_its_fault_is(t: &mut Gate) {
    let (known, owner) = card(t).await;
    for form in FORMS {
        for (name, body) in examples(form, "invalid") {
            let (keyword, path) = name.split_once('-').unwrap();
            let mut place: Vec<&str> = path.split('.').filter(|segment| *segment != "rot").collect();
            if keyword == "required" {
                place.pop();
            }
            let peker: String = place.iter().map(|segment| format!("/{segment}")).collect();
            let refused = send(t, form, &known, &owner, &body).await;
            assert_eq!(refused.status, 400, "{form}/{name}: {}", refused.text());
            let avvik = refused.problem(400, "LEDSAGERBEVIS.UGYLDIG")["errorJson"]["avvik"].clone();
            let pekere: Vec<&str> =
                avvik.as_array().unwrap().iter().map(|one| one["peker"].as_str().unwrap()).collect();
            assert_eq!(pekere, [peker], "{form}/{name}");
        }
    }
}

async fn all_that_is_wrong_with_the_form_is_told_at_once(t: &mut Gate) {
    let body = json!({ "eier": { "navn": 7, "fnr": "hemmelig" }, "antallLedsagere": "to" });
    let refused = send(t, "opprett", "", "", &body).await;
    let told = refused.problem(400, "LEDSAGERBEVIS.UGYLDIG");
    let avvik = told["errorJson"]["avvik"].as_array().unwrap();
    let pekere: Vec<&str> = avvik.iter().map(|one| one["peker"].as_str().unwrap()).collect();
    assert_eq!(pekere, ["/antallLedsagere", "/eier", "/eier/fnr", "/eier/navn"]);
    assert_eq!(
        avvik[0]["melding"],
        "«antallLedsagere» skal være et heltall, uten anførselstegn. Hvor mange ledsagere som kan være med: 1 eller 2."
    );
    assert!(avvik[1]["melding"].as_str().unwrap().starts_with("Feltet «telefonnummer» mangler i «eier»."));
    assert!(!refused.text().contains("hemmelig"));
    let unread = t.kommune().request(Method::POST, kort(t, "")).header("Content-Type", "application/json").body("{");
    answer(unread).await.problem(400, "FORESPORSEL.KROPP");
}
