//! Searching the cards: what finds which, and what never does.

use std::time::Duration;

use jiff::SignedDuration;
use meldeport::{
    delivery::vedlikehold,
    domain::{ledsagerbevis::Fremdrift, oppsett::Oppsett},
    model::{FiksOrgId, integrasjon::Privilegium, kommune::Organisasjon},
    system::Clock as _,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    Answer, Caller, Gate, answer,
    bevis::{BEVIS, EIER, FORELDER, HJELPER, kort, person, utsted},
};

on_every_database! {
    each_filter_narrows_and_all_of_them_together,
    names_are_found_as_norwegians_write_them,
    a_name_is_one_person_s,
    pages_hold_every_hit_once_however_many_came_at_the_same_time,
    a_card_s_state_is_that_of_the_day,
    only_those_on_the_card_now_are_found,
    another_organisation_s_cards_are_never_found,
    what_cannot_be_looked_for_is_told,
    cards_from_before_there_was_a_search_are_found_too,
    the_table_names_nobody,
}

async fn ask(t: &Gate, query: &str, body: &Value) -> Answer {
    answer(t.kommune().request(Method::POST, kort(t, &format!("/sok{query}"))).json(body)).await
}

/// The references of what is found, newest first.
async fn find(t: &Gate, body: Value) -> Vec<String> {
    references(&ask(t, "", &body).await.json(200))
}

fn references(found: &Value) -> Vec<String> {
    found.as_array().unwrap().iter().map(|card| card["eksternId"].as_str().unwrap().to_owned()).collect()
}

/// A card for an owner of that name.
async fn named(t: &Gate, referanse: &str, navn: &str) -> Value {
    issue(t, referanse, navn, json!({})).await
}

async fn issue(t: &Gate, referanse: &str, navn: &str, more: Value) -> Value {
    let mut body =
        json!({ "eier": person(EIER), "antallLedsagere": 1, "eksternId": referanse, "utlopsdato": "2029-01-15" });
    body["eier"]["navn"] = navn.into();
    for (field, value) in more.as_object().unwrap() {
        body[field] = value.clone();
    }
    t.clock.advance(SignedDuration::from_millis(1));
    utsted(t, &body).await
}

async fn revoke(t: &Gate, card: &Value) {
    let path = kort(t, &format!("/{}", card["id"].as_str().unwrap()));
    let request = t.kommune().request(Method::PATCH, path).json(&json!({ "revokertGrunn": "Utstedt ved en feil." }));
    assert_eq!(answer(request).await.status, 200);
}

async fn each_filter_narrows_and_all_of_them_together(t: &mut Gate) {
    named(t, "sak A", "Fiktiv Kråkesen").await;
    let gone = issue(t, "sak B", "Fiktiv Kråkesen", json!({ "utlopsdato": "2027-06-30" })).await;
    let other = json!({ "eier": person(HJELPER), "utlopsdato": "2027-06-30" });
    issue(t, "sak C", "", other).await;
    issue(t, "sak D", "Fiktiv Fjellstad", json!({ "varig": true, "forvaltere": [person(FORELDER)] })).await;
    revoke(t, &gone).await;
    let all = ["sak D", "sak C", "sak B", "sak A"];
    for (body, expected) in [
        (json!({}), &all[..]),
        (json!({ "navn": "fiktiv" }), &all[..]),
        (json!({ "navn": "kråke" }), &["sak B", "sak A"]),
        (json!({ "navn": "kråkesene" }), &[]),
        (json!({ "fnr": EIER.fnr }), &["sak D", "sak B", "sak A"]),
        (json!({ "fnr": format!(" {} {} ", &EIER.fnr[..6], &EIER.fnr[6..]) }), &["sak D", "sak B", "sak A"]),
        (json!({ "fnr": FORELDER.fnr }), &["sak D"]),
        (json!({ "eksternId": "SAK  b" }), &["sak B"]),
        (json!({ "eksternId": "sak" }), &[]),
        (json!({ "tilstand": "AKTIVT" }), &["sak D", "sak C", "sak A"]),
        (json!({ "tilstand": "REVOKERT" }), &["sak B"]),
        (json!({ "tilstand": "UTLOPT" }), &[]),
        (json!({ "utloperFra": "2027-06-30", "utloperTil": "2027-06-30" }), &["sak C", "sak B"]),
        (json!({ "utloperFra": "2027-07-01" }), &["sak A"]),
        (json!({ "utloperTil": "2027-06-29" }), &[]),
        (json!({ "utloperTil": "9999-12-31" }), &["sak C", "sak B", "sak A"]),
        (json!({ "utloperTil": "2027-12-31", "tilstand": "AKTIVT" }), &["sak C"]),
        (json!({ "utloperTil": "2027-12-31", "tilstand": "REVOKERT" }), &["sak B"]),
        (json!({ "navn": "fiktiv", "tilstand": "AKTIVT" }), &["sak D", "sak C", "sak A"]),
        (json!({ "navn": "fiktiv", "tilstand": "AKTIVT", "utloperTil": "2028-01-01" }), &["sak C"]),
        (json!({ "navn": "fiktiv", "utloperFra": "2020-01-01" }), &["sak C", "sak B", "sak A"]),
        (
            json!({ "navn": "kråkesen", "fnr": EIER.fnr, "eksternId": "sak a", "tilstand": "AKTIVT",
                 "utloperFra": "2029-01-15", "utloperTil": "2029-01-15" }),
            &["sak A"],
        ),
        (json!({ "navn": "kråkesen", "fnr": HJELPER.fnr }), &[]),
        (json!({ "eksternId": "sak a", "tilstand": "REVOKERT" }), &[]),
    ] {
        assert_eq!(find(t, body.clone()).await, expected, "{body}");
    }
    // What is found is the card as it is shown elsewhere.
    let shown = t.kommune().get(kort(t, "")).await.json(200);
    assert_eq!(ask(t, "", &json!({ "navn": "fiktiv" })).await.json(200), shown);
    t.send_sms().await;
}

async fn names_are_found_as_norwegians_write_them(t: &mut Gate) {
    let long = "Oppdiktedeslektsnavnetsomaldritarslutt";
    for (n, navn) in [
        "Bjørn Håkon Øyærås",
        "Anne-Marie Fantasi-Oppdiktsen",
        "René O’Finnes",
        "Mäki 🌻 Öberg",
        "% _ Prosentsen",
        long,
        "Łucja Đukić",
        "Ås",
    ]
    .into_iter()
    .enumerate()
    {
        named(t, &n.to_string(), navn).await;
    }
    for (navn, expected) in [
        ("bjørn", "0"),
        ("BJOERN", "0"),
        ("bjorn hakon", "0"),
        ("haakon øyær", "0"),
        ("håkon bj", "0"),
        ("øyæraas", "0"),
        ("marie", "1"),
        ("anne-marie", "1"),
        ("Oppdiktsen Anne", "1"),
        ("anne m", "1"),
        ("ann m f", "1"),
        ("anne x", ""),
        ("rene ofinnes", "2"),
        ("o'finnes", "2"),
        ("maki øberg", "3"),
        ("🌻 öb", "3"),
        ("prosent", "4"),
        ("% pr", "4"),
        ("oppdiktedeslekt", "5"),
        (long, "5"),
        ("oppdiktedeslektx", ""),
        ("oppdikte", "5"),
        ("oppdi", "5 1"),
        ("opp", "5 1"),
        ("lucja dukic", "6"),
        ("ås", "7"),
        ("as", "7"),
        ("aa", "7"),
        ("pro_ent", ""),
        ("pr%sen", ""),
        ("nn", ""),
    ] {
        assert_eq!(find(t, json!({ "navn": navn })).await.join(" "), expected, "{navn}");
    }
    t.send_sms().await;
}

async fn a_name_is_one_person_s(t: &mut Gate) {
    let mut forvalter = person(FORELDER);
    forvalter["navn"] = "Oppdiktet Granvik".into();
    issue(t, "en", "Fantasi Furuvik", json!({ "forvaltere": [forvalter] })).await;
    assert_eq!(find(t, json!({ "navn": "oppdiktet granvik" })).await, ["en"]);
    assert_eq!(find(t, json!({ "navn": "fantasi furu" })).await, ["en"]);
    assert_eq!(find(t, json!({ "navn": "fantasi granvik" })).await, Vec::<String>::new());
    t.send_sms().await;
}

async fn pages_hold_every_hit_once_however_many_came_at_the_same_time(t: &mut Gate) {
    let now = t.clock.now();
    for n in 0..23 {
        // Every third is somebody else's, and all of them come in the same two milliseconds.
        let navn = if n % 3 == 0 { "Anders Annensen" } else { "Andrea Oppdiktet" };
        named(t, &format!("sak {n}"), navn).await;
        t.clock.set(now);
    }
    let whole = t.kommune().get(kort(t, "")).await.json(200);
    for (body, name) in [
        (json!({ "navn": "an" }), ""),
        (json!({ "navn": "andrea oppd" }), "Andrea"),
        (json!({ "navn": "anders" , "tilstand": "AKTIVT" }), "Anders"),
        (json!({ "tilstand": "AKTIVT" }), ""),
        (json!({ "utloperFra": "2029-01-10", "utloperTil": "2029-02-01" }), ""),
        (json!({ "fnr": EIER.fnr }), ""),
        (json!({}), ""),
    ] {
        let fits = |card: &&Value| card["eier"]["navn"].as_str().unwrap().starts_with(name);
        let expected = references(&whole.as_array().unwrap().iter().filter(fits).cloned().collect());
        for size in [1, 4, expected.len(), 1000] {
            let (mut seen, mut next) = (Vec::new(), String::new());
            loop {
                let page = ask(t, &format!("?antall={size}{next}"), &body).await;
                let found = references(&page.json(200));
                assert!(found.len() <= size && (!found.is_empty() || expected.is_empty()));
                seen.extend(found);
                let Some(marker) = page.header("neste-markor") else { break };
                next = format!("&markor={marker}");
            }
            assert_eq!(seen, expected, "{body} {size}");
        }
    }
    t.send_sms().await;
}

async fn a_card_s_state_is_that_of_the_day(t: &mut Gate) {
    issue(t, "nyttår", "Fiktiv Eier", json!({ "utlopsdato": "2027-12-31" })).await;
    let gone = issue(t, "borte", "Fiktiv Eier", json!({ "utlopsdato": "2027-12-31" })).await;
    issue(t, "varig", "Fiktiv Eier", json!({ "varig": true })).await;
    revoke(t, &gone).await;
    let states = async || {
        let mut found = Vec::new();
        for (tilstand, navn) in [("AKTIVT", None), ("UTLOPT", None), ("AKTIVT", Some("fik")), ("UTLOPT", Some("fik"))] {
            let mut body = json!({ "tilstand": tilstand });
            if let Some(navn) = navn {
                body["navn"] = navn.into();
            }
            found.push(find(t, body).await.join(" "));
        }
        assert_eq!(find(t, json!({ "tilstand": "REVOKERT" })).await, ["borte"]);
        found
    };
    // Norway's midnight is 23 o'clock in winter.
    t.clock.set("2027-12-31T22:59:59Z".parse().unwrap());
    assert_eq!(states().await, ["varig nyttår", "", "varig nyttår", ""]);
    t.clock.set("2027-12-31T23:00:00Z".parse().unwrap());
    assert_eq!(states().await, ["varig", "nyttår", "varig", "nyttår"]);
    t.clock.set("2028-11-05T12:00:00Z".parse().unwrap());
    assert_eq!(states().await, ["varig", "nyttår", "varig", "nyttår"]);
    t.send_sms().await;
}

async fn only_those_on_the_card_now_are_found(t: &mut Gate) {
    let card = issue(t, "kort", "Fiktiv Eier", json!({ "forvaltere": [person(FORELDER)] })).await;
    let path = kort(t, &format!("/{}/forvalter", card["id"].as_str().unwrap()));
    let hits = async |body: Value| find(t, body).await.len();
    assert_eq!(hits(json!({ "navn": "fiktiv forelder" })).await, 1);
    // Another name takes the place of the former.
    let mut married = person(FORELDER);
    married["navn"] = "Fiktiv Nygift".into();
    let add = t.kommune().request(Method::POST, &path).json(&json!({ "forvalter": married }));
    assert_eq!(answer(add).await.status, 201);
    assert_eq!(hits(json!({ "navn": "forelder" })).await, 0);
    assert_eq!(hits(json!({ "navn": "nygift" })).await, 1);
    assert_eq!(hits(json!({ "fnr": FORELDER.fnr })).await, 1);
    let remove = t.kommune().request(Method::PATCH, &path).json(&json!({ "fnr": FORELDER.fnr }));
    assert_eq!(answer(remove).await.status, 201);
    assert_eq!(hits(json!({ "navn": "nygift" })).await, 0);
    assert_eq!(hits(json!({ "fnr": FORELDER.fnr })).await, 0);
    assert_eq!(hits(json!({ "navn": "fiktiv" })).await, 1, "the owner has the same first name");
    t.send_sms().await;
}

async fn another_organisation_s_cards_are_never_found(t: &mut Gate) {
    named(t, "vår", "Fiktiv Eier").await;
    let there = FiksOrgId(t.ids.uuid());
    let neighbour = Organisasjon {
        id: there,
        organisasjonsnummer: "999999976".parse().unwrap(),
        navn: "Fjordvik kommune".to_owned(),
    };
    t.apply(Oppsett { organisasjoner: vec![neighbour], ..Oppsett::default() }).await;
    let here = t.town.kommune.organisasjon.id;
    let rights = [(there, Privilegium::LedsagerbevisBehandle)];
    let system: Caller = t.through(t.kommune(), t.integration(here, true, &rights).await);
    let path = |rest: &str| format!("{BEVIS}/organisasjoner/{there}/ledsagerbevis{rest}");
    let call = async |rest: &str, body: Value| answer(system.request(Method::POST, path(rest)).json(&body)).await;
    let mut theirs = json!({ "eier": person(EIER), "antallLedsagere": 1, "eksternId": "deres" });
    theirs["eier"]["navn"] = "Fiktiv Eier".into();
    call("", theirs).await.json(201);
    for body in [
        json!({}),
        json!({ "navn": "fiktiv" }),
        json!({ "fnr": EIER.fnr }),
        json!({ "tilstand": "AKTIVT" }),
        json!({ "utloperFra": "2027-01-01" }),
    ] {
        assert_eq!(references(&call("/sok", body.clone()).await.json(200)), ["deres"], "{body}");
        assert_eq!(find(t, body.clone()).await, ["vår"], "{body}");
    }
    assert_eq!(find(t, json!({ "eksternId": "deres" })).await, Vec::<String>::new());
    // The same name and number at two organisations have nothing in common but how many they are.
    let shared = "merke IN (SELECT merke FROM ledsagerbevissok GROUP BY merke HAVING COUNT(*) > 1)";
    assert_eq!(t.database.count("ledsagerbevissok", shared).await, 2, "the mark of the edition");
    // Who may not, may not.
    let refused = answer(t.kommune().request(Method::POST, path("/sok")).json(&json!({}))).await;
    refused.problem(404, "BEKYMRINGSMELDING.ORGANISASJON_IKKE_FUNNET");
    t.send_sms().await;
}

async fn what_cannot_be_looked_for_is_told(t: &mut Gate) {
    named(t, "vår", "Fiktiv Eier").await;
    for (body, pointers) in [
        (json!({ "navn": "" }), &["/navn"][..]),
        (json!({ "navn": "a" }), &["/navn"]),
        (json!({ "navn": "%" }), &["/navn"]),
        (json!({ "navn": "a b c" }), &["/navn"]),
        (json!({ "navn": "*" }), &["/navn"]),
        (json!({ "navn": "🌻" }), &["/navn"]),
        (json!({ "navn": "ab ".repeat(11) }), &["/navn"]),
        (json!({ "navn": "a".repeat(201) }), &["/navn"]),
        (json!({ "fnr": "12345678901" }), &["/fnr"]),
        (json!({ "eksternId": " " }), &["/eksternId"]),
        (json!({ "utloperFra": "2028-01-02", "utloperTil": "2028-01-01" }), &["/utloperTil"]),
        (json!({ "navn": "1", "fnr": "", "eksternId": "" }), &["/navn", "/fnr", "/eksternId"]),
    ] {
        let refused = ask(t, "", &body).await.problem(400, "LEDSAGERBEVIS.UGYLDIG");
        let deviations = refused["errorJson"]["avvik"].as_array().unwrap().clone();
        let told: Vec<_> = deviations.iter().map(|one| one["peker"].as_str().unwrap()).collect();
        assert_eq!(told, pointers, "{body}");
    }
    for body in [json!({ "name": "Fiktiv" }), json!({ "tilstand": "GYLDIG" }), json!({ "utloperFra": "1.1.2028" })] {
        assert_eq!(ask(t, "", &body).await.status, 400, "{body}");
    }
    assert_eq!(ask(t, "?markor=x", &json!({})).await.status, 400);
    t.send_sms().await;
}

async fn cards_from_before_there_was_a_search_are_found_too(t: &mut Gate) {
    let names = ["Fiktiv Gammel", "Fiktiv Eldre", "Fiktiv Eldst"];
    for (n, navn) in names.into_iter().enumerate() {
        named(t, &n.to_string(), navn).await;
    }
    let all = find(t, json!({ "navn": "fiktiv" })).await;
    // As after a migration; and as after the key was changed: what stands there is then for nothing.
    t.database.execute("DELETE FROM ledsagerbevissok").await;
    assert_eq!(find(t, json!({ "navn": "fiktiv" })).await, Vec::<String>::new());
    let done = t.services().fyll_sokeindeks(None).await.unwrap();
    assert_eq!((done.indeksert, done.feilet), (3, 0));
    assert_eq!(t.services().fyll_sokeindeks(done.neste).await.unwrap(), Fremdrift::default());
    assert_eq!(t.services().fyll_sokeindeks(None).await.unwrap(), Fremdrift::default());
    assert_eq!(find(t, json!({ "navn": "fiktiv" })).await, all);
    assert_eq!(find(t, json!({ "tilstand": "AKTIVT" })).await, all);
    // A gateway that works does so by itself.
    t.database.execute("DELETE FROM ledsagerbevissok").await;
    let upkeep = vedlikehold::start(t.services());
    while find(t, json!({ "navn": "fiktiv" })).await.len() < 3 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    t.restart().await;
    upkeep.await.unwrap();
    // A card that does not open stops nobody.
    let broken = "UPDATE ledsagerbevis SET ekstern_id = (SELECT fnr FROM ledsagerbevisperson LIMIT 1) \
                  WHERE id = (SELECT id FROM ledsagerbevis ORDER BY id LIMIT 1)";
    t.database.execute("DELETE FROM ledsagerbevissok").await;
    t.database.execute(broken).await;
    let done = t.services().fyll_sokeindeks(None).await.unwrap();
    assert_eq!((done.indeksert, done.feilet), (2, 1));
    assert_eq!(find(t, json!({ "navn": "fiktiv eld" })).await, ["2", "1"]);
    t.send_sms().await;
}

async fn the_table_names_nobody(t: &mut Gate) {
    let mut forvalter = person(FORELDER);
    forvalter["navn"] = "Skjultnavn Dulgtesen".into();
    issue(t, "Hemmeligref 17", "Vindskeivmerke Bortgjemtsen", json!({ "forvaltere": [forvalter] })).await;
    assert_eq!(find(t, json!({ "navn": "dulgtesen" })).await, ["Hemmeligref 17"]);
    assert!(t.database.count("ledsagerbevissok", "1 = 1").await > 20);
    for mark in ["indskeiv", "ortgjem", "jultnavn", "ulgtes", "emmeligref", "hemmeligref 17", EIER.fnr, FORELDER.fnr] {
        assert_eq!(t.database.tables_with(mark).await, Vec::<String>::new(), "{mark}");
    }
    t.send_sms().await;
}
