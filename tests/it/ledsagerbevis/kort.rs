//! The life of a card, and who may do what with it.

use jiff::SignedDuration;
use meldeport::{
    domain::oppsett::Oppsett,
    model::{FiksOrgId, gruppe::Medlemsart, integrasjon::Privilegium, kommune::Organisasjon},
    sandbox::town::ANSATTE,
    sms::{Grunn, SendFeil},
};
use reqwest::Method;
use serde_json::{Value, json};

use super::{gruppe, medlem};
use crate::support::{
    Answer, Caller, Gate, Person, Settings, answer,
    bevis::{BEVIS, EIER, FORELDER, HJELPER, kort, nytt, person, utsted},
};

on_every_database! {
    a_card_lives_from_issue_to_revocation,
    whoever_is_on_a_card_is_told_by_text_message,
    a_repeated_issue_is_the_same_card,
    everything_that_is_wrong_is_told_at_once,
    a_card_may_last_two_years_or_for_ever,
    a_guardian_s_new_number_takes_the_place_of_the_old,
    the_list_has_pages,
    only_the_organisation_s_case_workers_see_a_card,
    a_look_up_shows_what_may_be_shown,
}

const WORKER: &str = "05857090073";

fn id(card: &Value) -> &str {
    card["id"].as_str().unwrap()
}

async fn historikk(t: &Gate, id: &str) -> Vec<String> {
    let all = t.kommune().get(kort(t, &format!("/{id}/historikk"))).await.json(200);
    let all = all.as_array().unwrap();
    assert!(all.iter().all(|event| event["tidspunkt"].as_str().unwrap().len() == 10), "{all:?}");
    all.iter().map(|event| event["hendelseType"].as_str().unwrap().to_owned()).collect()
}

async fn add(t: &Gate, id: &str, who: Value) -> Answer {
    let path = kort(t, &format!("/{id}/forvalter"));
    answer(t.kommune().request(Method::POST, path).json(&json!({ "forvalter": who }))).await
}

async fn remove(t: &Gate, id: &str, fnr: &str) -> Answer {
    let path = kort(t, &format!("/{id}/forvalter"));
    answer(t.kommune().request(Method::PATCH, path).json(&json!({ "fnr": fnr }))).await
}

async fn revoke(t: &Gate, id: &str, grunn: &str) -> Answer {
    let path = kort(t, &format!("/{id}"));
    answer(t.kommune().request(Method::PATCH, path).json(&json!({ "revokertGrunn": grunn }))).await
}

fn names(card: &Value) -> Vec<&str> {
    card["forvaltere"].as_array().unwrap().iter().map(|one| one["navn"].as_str().unwrap()).collect()
}

async fn a_card_lives_from_issue_to_revocation(t: &mut Gate) {
    let card = utsted(t, &nytt()).await;
    assert_eq!(card["eier"], json!({ "navn": EIER.navn, "fnr": EIER.fnr, "telefonnummer": EIER.telefonnummer }));
    assert_eq!(names(&card), [FORELDER.navn]);
    assert_eq!((&card["antallLedsagere"], &card["utlopsdato"]), (&json!(1), &json!("2029-01-15")));
    assert_eq!((&card["tilstand"], &card["varig"]), (&json!("AKTIVT"), &json!(false)));
    assert_eq!(card["fiksOrgId"], json!(t.town.kommune.organisasjon.id));
    assert_eq!(card["opprettetDato"], "2027-01-15T12:00:00.000Z");
    assert!(card["eksternId"].as_str().unwrap().starts_with("LB-"), "{card}");
    assert!(card.get("revokertDato").is_none());
    let id = id(&card);
    assert_eq!(t.kommune().get(kort(t, &format!("/{id}"))).await.json(200), card);
    assert_eq!(t.kommune().get(kort(t, "")).await.json(200), json!([card]));
    // Guardians come and go, as often as somebody says so.
    t.clock.advance(SignedDuration::from_secs(1));
    for _ in 0..2 {
        assert_eq!(names(&add(t, id, person(HJELPER)).await.json(201)), [FORELDER.navn, HJELPER.navn]);
    }
    for _ in 0..2 {
        assert_eq!(names(&remove(t, id, FORELDER.fnr).await.json(201)), [HJELPER.navn]);
    }
    remove(t, id, EIER.fnr).await.problem(404, "LEDSAGERBEVIS.FORVALTER_IKKE_FUNNET");
    let own = add(t, id, person(EIER)).await.problem(400, "LEDSAGERBEVIS.UGYLDIG");
    assert_eq!(own["errorJson"]["avvik"][0]["peker"], "/forvalter/fnr");
    t.clock.advance(SignedDuration::from_hours(24));
    for grunn in ["Utstedt ved en feil.", "En annen begrunnelse."] {
        let revoked = revoke(t, id, grunn).await;
        assert_eq!((revoked.status, revoked.text().as_str()), (200, ""));
    }
    let gone = t.kommune().get(kort(t, &format!("/{id}"))).await.json(200);
    assert_eq!(gone["tilstand"], "REVOKERT");
    assert_eq!(gone["revokertGrunn"], "Utstedt ved en feil.", "the first reason stays");
    assert_eq!(gone["revokertDato"], "2027-01-16T12:00:01.000Z");
    add(t, id, person(FORELDER)).await.problem(409, "LEDSAGERBEVIS.REVOKERT");
    remove(t, id, HJELPER.fnr).await.problem(409, "LEDSAGERBEVIS.REVOKERT");
    assert_eq!(
        historikk(t, id).await,
        ["OPPRETTET", "FORVALTER_LAGT_TIL", "FORVALTER_LAGT_TIL", "FORVALTER_FJERNET", "REVOKERT"]
    );
    // Each change stands in the audit trail too, with who did it and nothing of a person.
    let by = t.town.kommune.integrasjon.to_string();
    let who = format!("aktor_id = {} AND tilstand_for IS NULL AND tilstand_etter IS NULL", t.database.uuid(&by));
    for (operation, times) in
        [("opprettLedsagerbevis", 1), ("leggTilForvalter", 1), ("fjernForvalter", 1), ("revokerLedsagerbevis", 1)]
    {
        let entries = t.database.count("revisjon", &format!("{who} AND handling = '{operation}'")).await;
        assert_eq!(entries, times, "{operation}");
    }
}

async fn whoever_is_on_a_card_is_told_by_text_message(t: &mut Gate) {
    let told = utsted(t, &nytt()).await;
    t.send_sms().await;
    let mut sent = t.sms.take();
    sent.sort_by(|one, other| one.til.cmp(&other.til));
    let to: Vec<_> = sent.iter().map(|sent| sent.til.as_str()).collect();
    assert_eq!(to, ["+4799999991", "+4799999992"]);
    for sent in &sent {
        assert!(sent.tekst.contains("Lillevik kommune"), "{}", sent.tekst);
        for private in [EIER.navn, EIER.fnr, FORELDER.navn] {
            assert!(!sent.tekst.contains(private));
        }
    }
    let mut events = historikk(t, id(&told)).await.split_off(2);
    events.sort();
    assert_eq!(events, ["SENDT_FORVALTER", "SENDT_UTSTEDET_TIL"]);
    // A supplier that is down is tried again with the same id; one that says no is not.
    t.sms.refuse(Some(SendFeil::Midlertidig(Grunn::Svar(503))));
    let waiting = utsted(t, &json!({ "eier": person(HJELPER), "antallLedsagere": 2 })).await;
    t.send_sms().await;
    assert_eq!(historikk(t, id(&waiting)).await, ["OPPRETTET"]);
    t.sms.refuse(None);
    t.clock.advance(SignedDuration::from_secs(10));
    t.send_sms().await;
    assert_eq!(t.sms.take().len(), 1);
    assert_eq!(historikk(t, id(&waiting)).await, ["OPPRETTET", "SENDT_UTSTEDET_TIL"]);
    t.sms.refuse(Some(SendFeil::Permanent(Grunn::Svar(422))));
    add(t, id(&waiting), person(FORELDER)).await.json(201);
    t.send_sms().await;
    assert_eq!(historikk(t, id(&waiting)).await[2..], ["FORVALTER_LAGT_TIL", "IKKE_SENDT_FORVALTER"]);
    // Who is removed before it was sent, gets nothing.
    t.sms.refuse(None);
    remove(t, id(&told), FORELDER.fnr).await.json(201);
    add(t, id(&told), person(FORELDER)).await.json(201);
    remove(t, id(&told), FORELDER.fnr).await.json(201);
    t.send_sms().await;
    assert_eq!(t.sms.take(), []);
    assert_eq!(t.database.count("sms", "1 = 1").await, 0);
    // Without a way to send, the history says so at once.
    t.restart_with(Settings { sends_sms: false, ..Settings::default() }).await;
    let mut other = nytt();
    other["eksternId"] = "sak 2027/1".into();
    let silent = utsted(t, &other).await;
    let mut events = historikk(t, id(&silent)).await.split_off(2);
    events.sort();
    assert_eq!(events, ["IKKE_SENDT_FORVALTER", "IKKE_SENDT_UTSTEDET_TIL"]);
}

async fn a_repeated_issue_is_the_same_card(t: &mut Gate) {
    let card = utsted(t, &nytt()).await;
    t.clock.advance(SignedDuration::from_hours(1));
    assert_eq!(utsted(t, &nytt()).await, card);
    let mut other = nytt();
    other["antallLedsagere"] = 2.into();
    let second = utsted(t, &other).await;
    assert_ne!(id(&second), id(&card), "other content is another card");
    // One that was revoked is not given out again.
    revoke(t, id(&card), "Feil.").await;
    let anew = utsted(t, &nytt()).await;
    assert_ne!(id(&anew), id(&card));
    assert_eq!(id(&utsted(t, &nytt()).await), id(&anew));
    t.clock.advance(SignedDuration::from_hours(25));
    assert_ne!(id(&utsted(t, &nytt()).await), id(&anew), "a day later it is a new one");
    // With a key, the key decides.
    let keyed = async |key: &str, body: &Value| {
        answer(t.kommune().request(Method::POST, kort(t, "")).header("Idempotency-Key", key).json(body)).await
    };
    let first = keyed("a", &nytt()).await.json(201);
    assert_eq!(keyed("a", &nytt()).await.json(201), first);
    assert_ne!(id(&keyed("b", &nytt()).await.json(201)), id(&first));
    keyed("a", &other).await.problem(422, "IDEMPOTENS.ANNET_INNHOLD");
    keyed(&"x".repeat(256), &nytt()).await.problem(400, "IDEMPOTENS.UGYLDIG_NOKKEL");
    // Two at the same moment are one.
    let body = nytt();
    let (one, other) = tokio::join!(keyed("c", &body), keyed("c", &body));
    assert_eq!(id(&one.json(201)), id(&other.json(201)));
}

async fn everything_that_is_wrong_is_told_at_once(t: &mut Gate) {
    let mut wrong = nytt();
    wrong["eier"]["fnr"] = "12849190015".into();
    wrong["eier"]["telefonnummer"] = "12345678".into();
    wrong["eier"]["navn"] = "  ".into();
    wrong["eier"]["adresse"]["poststed"] = "x".repeat(101).into();
    wrong["utlopsdato"] = "2027-01-14".into();
    wrong["forvaltere"] = json!([person(FORELDER), person(FORELDER)]);
    wrong["bildeId"] = json!(t.ids.uuid());
    let refused = answer(t.kommune().request(Method::POST, kort(t, "")).json(&wrong)).await;
    let told = refused.problem(400, "LEDSAGERBEVIS.UGYLDIG");
    let mut places: Vec<_> =
        told["errorJson"]["avvik"].as_array().unwrap().iter().map(|one| one["peker"].as_str().unwrap()).collect();
    places.sort_unstable();
    assert_eq!(
        places,
        [
            "/bildeId",
            "/eier/adresse/poststed",
            "/eier/fnr",
            "/eier/navn",
            "/eier/telefonnummer",
            "/forvaltere/1/fnr",
            "/utlopsdato"
        ]
    );
    for private in ["12849190015", "12345678", FORELDER.fnr] {
        assert!(!refused.text().contains(private));
    }
    assert_eq!(t.kommune().get(kort(t, "")).await.json(200), json!([]));
    for antall in [0, 3, -1] {
        let mut wrong = nytt();
        wrong["antallLedsagere"] = antall.into();
        let told = answer(t.kommune().request(Method::POST, kort(t, "")).json(&wrong)).await;
        let told = told.problem(400, "LEDSAGERBEVIS.UGYLDIG");
        assert_eq!(told["errorJson"]["avvik"][0]["peker"], "/antallLedsagere");
    }
}

async fn a_card_may_last_two_years_or_for_ever(t: &mut Gate) {
    let short = utsted(t, &json!({ "eier": person(EIER), "antallLedsagere": 1 })).await;
    assert_eq!((&short["utlopsdato"], &short["forvaltere"]), (&json!("2029-01-15"), &json!([])));
    let lasting = json!({ "eier": person(EIER), "antallLedsagere": 1, "utlopsdato": "2075-01-01", "varig": true });
    let lasting = utsted(t, &lasting).await;
    assert_eq!((&lasting["utlopsdato"], &lasting["varig"]), (&json!("9999-12-31"), &json!(true)));
    let soon = utsted(t, &json!({ "eier": person(EIER), "antallLedsagere": 1, "utlopsdato": "2027-01-20" })).await;
    t.clock.set("2027-01-20T22:59:59Z".parse().unwrap());
    let state =
        async |card: &Value| t.kommune().get(kort(t, &format!("/{}", id(card)))).await.json(200)["tilstand"].clone();
    assert_eq!(state(&soon).await, "AKTIVT", "until midnight in Norway");
    t.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(state(&soon).await, "UTLOPT");
    assert_eq!(state(&short).await, "AKTIVT");
    assert_eq!(state(&lasting).await, "AKTIVT");
}

async fn a_guardian_s_new_number_takes_the_place_of_the_old(t: &mut Gate) {
    let card = utsted(t, &nytt()).await;
    let mut moved = person(FORELDER);
    moved["telefonnummer"] = "+47 999 99 995".into();
    let now = add(t, id(&card), moved).await.json(201);
    assert_eq!(names(&now), [FORELDER.navn]);
    assert_eq!(now["forvaltere"][0]["telefonnummer"], "+47 999 99 995");
    assert_eq!(historikk(t, id(&card)).await[2..], ["FORVALTER_FJERNET", "FORVALTER_LAGT_TIL"]);
}

async fn the_list_has_pages(t: &mut Gate) {
    let mut made = Vec::new();
    for n in 0..5 {
        let mut card = nytt();
        card["eksternId"] = format!("sak {n}").into();
        made.push(id(&utsted(t, &card).await).to_owned());
        t.clock.advance(SignedDuration::from_secs(1));
    }
    made.reverse();
    let (mut seen, mut next) = (Vec::new(), String::new());
    loop {
        let page = t.kommune().get(kort(t, &format!("?antall=2{next}"))).await;
        seen.extend(page.json(200).as_array().unwrap().iter().map(|card| id(card).to_owned()));
        let Some(marker) = page.header("neste-markor") else { break };
        next = format!("&markor={marker}");
    }
    assert_eq!(seen, made, "newest first, each once");
    assert_eq!(t.kommune().get(kort(t, "")).await.json(200).as_array().unwrap().len(), 5);
}

async fn only_the_organisation_s_case_workers_see_a_card(t: &mut Gate) {
    t.apply(Oppsett { roller: t.town.roller(), ..Oppsett::default() }).await;
    let card = utsted(t, &nytt()).await;
    let path = kort(t, &format!("/{}", id(&card)));
    let here = t.town.kommune.organisasjon.id;
    let there = FiksOrgId(t.ids.uuid());
    let neighbour = Organisasjon {
        id: there,
        organisasjonsnummer: "999999976".parse().unwrap(),
        navn: "Fjordvik kommune".to_owned(),
    };
    t.apply(Oppsett { organisasjoner: vec![neighbour], ..Oppsett::default() }).await;
    let groups = [gruppe(t, here).await, gruppe(t, there).await];
    medlem(t, groups[0], Medlemsart::Bruker, WORKER).await;
    medlem(t, groups[0], Medlemsart::Administrator, "06867590097").await;
    medlem(t, groups[1], Medlemsart::Bruker, "07877990170").await;
    let get = async |person: Person, path: &str| person.get(path).await;
    assert_eq!(get(t.logged_in(WORKER), &path).await.json(200), card);
    // Administrators of either kind are told no.
    for fnr in [ANSATTE[0].fnr, "06867590097"] {
        get(t.logged_in(fnr), &path).await.problem(403, "TILGANG.ROLLE_MANGLER");
    }
    // A case worker of another municipality is told nothing, by either address.
    let stranger = "07877990170";
    get(t.logged_in(stranger), &path).await.problem(404, "BEKYMRINGSMELDING.ORGANISASJON_IKKE_FUNNET");
    let own = format!("{BEVIS}/organisasjoner/{there}/ledsagerbevis");
    assert_eq!(get(t.logged_in(stranger), &own).await.json(200), json!([]));
    let taken = format!("{own}/{}", id(&card));
    for rest in ["", "/historikk"] {
        get(t.logged_in(stranger), &format!("{taken}{rest}")).await.problem(404, "LEDSAGERBEVIS.IKKE_FUNNET");
    }
    for (method, rest, body) in [
        (Method::PATCH, "", json!({ "revokertGrunn": "Feil." })),
        (Method::POST, "/forvalter", json!({ "forvalter": person(HJELPER) })),
        (Method::PATCH, "/forvalter", json!({ "fnr": FORELDER.fnr })),
    ] {
        let request = t.logged_in(stranger).request(method, format!("{taken}{rest}")).json(&body);
        answer(request).await.problem(404, "LEDSAGERBEVIS.IKKE_FUNNET");
    }
    assert_eq!(get(t.logged_in(WORKER), &path).await.json(200), card, "nothing was changed");
    // Neither with another privilege, nor without any, nor by the card's owner.
    let other = t.integration(here, true, &[(here, Privilegium::LedsagerbevisKonfigurer)]).await;
    t.through(t.kommune(), other).get(&path).await.problem(403, "TILGANG.PRIVILEGIUM_MANGLER");
    get(t.logged_in(EIER.fnr), &path).await.problem(404, "BEKYMRINGSMELDING.ORGANISASJON_IKKE_FUNNET");
    Caller { passord: "feil".to_owned(), ..t.kommune() }.get(&path).await.json(401);
    // Who leaves the group sees nothing from then on.
    t.database.execute("DELETE FROM gruppemedlem WHERE art = 'BRUKER'").await;
    get(t.logged_in(WORKER), &path).await.problem(404, "BEKYMRINGSMELDING.ORGANISASJON_IKKE_FUNNET");
}

async fn a_look_up_shows_what_may_be_shown(t: &mut Gate) {
    let path = format!("{BEVIS}/personsok/organisasjoner/{}", t.town.kommune.organisasjon.id);
    let look_up =
        async |t: &Gate, fnr: &str| answer(t.kommune().request(Method::POST, &path).json(&json!({ "fnr": fnr }))).await;
    let found = look_up(t, EIER.fnr).await.json(200);
    assert_eq!((&found["navn"], &found["tlf"]), (&json!(EIER.navn), &json!(EIER.telefonnummer)));
    assert_eq!(found["adresse"]["poststed"], EIER.poststed);
    let hidden = look_up(t, "19828890096").await.json(200);
    assert_eq!(hidden, json!({ "fnr": "19828890096", "navn": "Fiktiv Beskyttet" }));
    assert_eq!(look_up(t, "23891590032").await.json(200), json!({ "fnr": "23891590032" }), "nobody has it");
    look_up(t, "23891590033").await.problem(400, "LEDSAGERBEVIS.UGYLDIG");
    assert_eq!(t.database.count("revisjon", "handling = 'oppslag' AND objekt_id IS NULL").await, 3);
    t.restart_with(Settings { has_register: false, ..Settings::default() }).await;
    assert_eq!(look_up(t, EIER.fnr).await.json(200), json!({ "fnr": EIER.fnr }), "to be written by hand");
}
