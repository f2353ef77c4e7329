//! Changing a card without issuing another one.

use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};

use super::hendelser::{hendelser, typer};
use crate::support::{
    Answer, Gate, answer,
    bevis::{EIER, FORELDER, HJELPER, foto, kode, kort, last_opp, logg_inn, mine, nytt, utsted},
};

on_every_database! {
    only_what_is_given_changes_and_each_change_is_an_event,
    an_expired_card_is_extended_and_a_revoked_one_is_not,
    a_new_number_takes_the_card_from_the_old_one_at_once,
    all_that_is_wrong_is_told_at_once_and_nothing_is_changed,
    two_case_workers_do_not_undo_each_other_s_work,
}

async fn edit(t: &Gate, id: &str, body: &Value) -> Answer {
    answer(t.kommune().request(Method::PATCH, kort(t, &format!("/{id}/opplysninger"))).json(body)).await
}

fn id(card: &Value) -> &str {
    card["id"].as_str().unwrap()
}

async fn only_what_is_given_changes_and_each_change_is_an_event(t: &mut Gate) {
    let card = utsted(t, &nytt()).await;
    t.send_sms().await;
    let before = typer(t, id(&card)).await.len();
    // What is as it was is no change.
    for same in [
        json!({}),
        json!({ "antallLedsagere": 1, "utlopsdato": "2029-01-15", "varig": false }),
        json!({
            "eksternId": card["eksternId"], "telefonnumre": [{ "fnr": EIER.fnr, "telefonnummer": "+47 999 99 991" }],
        }),
    ] {
        assert_eq!(edit(t, id(&card), &same).await.json(200), card);
    }
    assert_eq!(typer(t, id(&card)).await.len(), before);
    assert_eq!(t.database.count("revisjon", "handling = 'endreLedsagerbevis'").await, 0);
    let mut expected = card.clone();
    let photo = last_opp(t, foto(), Some(EIER.fnr)).await.json(200)["bildeId"].clone();
    for (field, value) in [
        ("antallLedsagere", json!(2)),
        ("utlopsdato", json!("2030-06-30")),
        ("bildeId", photo),
        ("eksternId", json!("sak 2027/12")),
    ] {
        expected[field] = value.clone();
        assert_eq!(edit(t, id(&card), &json!({ field: value })).await.json(200), expected);
    }
    let everlasting = edit(t, id(&card), &json!({ "varig": true, "antallLedsagere": 1 })).await.json(200);
    assert_eq!((&everlasting["varig"], &everlasting["utlopsdato"]), (&json!(true), &json!("9999-12-31")));
    let asked = edit(t, id(&card), &json!({ "varig": false })).await.problem(400, "LEDSAGERBEVIS.UGYLDIG");
    assert_eq!(asked["errorJson"]["avvik"][0]["peker"], "/utlopsdato");
    edit(t, id(&card), &json!({ "varig": false, "utlopsdato": "2028-01-01" })).await.json(200);
    assert_eq!(
        typer(t, id(&card)).await[before..],
        [
            "ENDRET_ANTALL_LEDSAGERE",
            "ENDRET_UTLOPSDATO",
            "ENDRET_BILDE",
            "ENDRET_EKSTERN_ID",
            "ENDRET_ANTALL_LEDSAGERE",
            "ENDRET_UTLOPSDATO",
            "ENDRET_UTLOPSDATO"
        ]
    );
    // KS's history has a word for one of these.
    let theirs = t.kommune().get(kort(t, &format!("/{}/historikk", id(&card)))).await.json(200);
    let theirs: Vec<_> = theirs.as_array().unwrap().iter().skip(before).map(|event| &event["hendelseType"]).collect();
    assert_eq!(theirs, ["ENDRET_EKSTERN_ID"]);
    assert_eq!(t.database.count("revisjon", "handling = 'endreLedsagerbevis' AND tilstand_etter IS NULL").await, 6);
    assert_eq!(t.kommune().get(kort(t, &format!("/{}", id(&card)))).await.json(200)["utlopsdato"], "2028-01-01");
}

async fn an_expired_card_is_extended_and_a_revoked_one_is_not(t: &mut Gate) {
    let mut short = nytt();
    short["utlopsdato"] = "2027-01-20".into();
    let card = utsted(t, &short).await;
    t.send_sms().await;
    t.clock.advance(SignedDuration::from_hours(24 * 7));
    let path = kort(t, &format!("/{}", id(&card)));
    let expired = t.kommune().get(&path).await.json(200);
    assert_eq!(expired["tilstand"], "UTLOPT");
    // What was read may be sent back, the date that has passed too.
    let same = edit(t, id(&card), &json!({ "antallLedsagere": 2, "utlopsdato": "2027-01-20" })).await.json(200);
    assert_eq!((&same["antallLedsagere"], &same["tilstand"]), (&json!(2), &json!("UTLOPT")));
    edit(t, id(&card), &json!({ "utlopsdato": "2027-01-21" })).await.problem(400, "LEDSAGERBEVIS.UGYLDIG");
    assert_eq!(edit(t, id(&card), &json!({ "utlopsdato": "2029-01-15" })).await.json(200)["tilstand"], "AKTIVT");
    let revoke = t.kommune().request(Method::PATCH, &path).json(&json!({ "revokertGrunn": "Feil." }));
    assert_eq!(answer(revoke).await.status, 200);
    edit(t, id(&card), &json!({ "antallLedsagere": 1 })).await.problem(409, "LEDSAGERBEVIS.REVOKERT");
    edit(t, &t.ids.uuid().to_string(), &json!({})).await.problem(404, "LEDSAGERBEVIS.IKKE_FUNNET");
}

async fn a_new_number_takes_the_card_from_the_old_one_at_once(t: &mut Gate) {
    let card = utsted(t, &nytt()).await;
    let tokens = [logg_inn(t, EIER.telefonnummer).await, logg_inn(t, FORELDER.telefonnummer).await];
    t.clock.advance(SignedDuration::from_hours(1));
    let numbers = json!([
        { "fnr": EIER.fnr, "telefonnummer": "99999995" },
        { "fnr": FORELDER.fnr, "telefonnummer": "+47 999 99 996" },
    ]);
    let changed = edit(t, id(&card), &json!({ "telefonnumre": numbers })).await.json(200);
    assert_eq!(changed["eier"]["telefonnummer"], "99999995");
    assert_eq!(changed["eier"]["navn"], EIER.navn);
    assert_eq!(changed["forvaltere"][0]["telefonnummer"], "+47 999 99 996");
    for token in &tokens {
        assert_eq!(mine(t, token).await.json(200), json!([]));
    }
    t.send_sms().await;
    let mut told = t.sms.take();
    told.sort_by(|one, other| one.til.cmp(&other.til));
    let to: Vec<_> = told.iter().map(|sent| sent.til.as_str()).collect();
    assert_eq!(to, ["+4799999995", "+4799999996"]);
    assert!(told.iter().all(|sent| sent.tekst.contains("Lillevik kommune") && !sent.tekst.contains(EIER.navn)));
    t.clock.advance(SignedDuration::from_mins(1));
    assert_eq!(kode(t, EIER.telefonnummer).await, None, "the old number gets no code either");
    for number in ["99999995", "99999996"] {
        let token = logg_inn(t, number).await;
        assert_eq!(mine(t, &token).await.json(200)[0]["id"], card["id"]);
    }
    let all = hendelser(t, id(&card)).await;
    let rows = all["tilganger"].as_array().unwrap();
    let shown: Vec<_> = rows.iter().map(|one| (one["telefonnummer"].as_str().unwrap(), one["til"].as_str())).collect();
    let until = Some("2027-01-15T13:00:00.000Z");
    assert_eq!(
        shown,
        [(EIER.telefonnummer, until), (FORELDER.telefonnummer, until), ("99999995", None), ("+47 999 99 996", None)]
    );
    let mut events = typer(t, id(&card)).await.split_off(4);
    events.sort();
    assert_eq!(events, ["ENDRET_TELEFONNUMMER", "ENDRET_TELEFONNUMMER", "SENDT_NYTT_NUMMER", "SENDT_NYTT_NUMMER"]);
}

async fn all_that_is_wrong_is_told_at_once_and_nothing_is_changed(t: &mut Gate) {
    let card = utsted(t, &nytt()).await;
    let wrong = json!({
        "antallLedsagere": 3, "utlopsdato": "2027-01-14", "bildeId": t.ids.uuid(), "eksternId": " ",
        "telefonnumre": [
            { "fnr": EIER.fnr, "telefonnummer": "12345678" },
            { "fnr": HJELPER.fnr, "telefonnummer": "99999995" },
            { "fnr": FORELDER.fnr, "telefonnummer": "99999995" },
            { "fnr": FORELDER.fnr, "telefonnummer": "99999996" },
        ],
    });
    let refused = edit(t, id(&card), &wrong).await;
    let told = refused.problem(400, "LEDSAGERBEVIS.UGYLDIG");
    let mut places: Vec<_> =
        told["errorJson"]["avvik"].as_array().unwrap().iter().map(|one| one["peker"].as_str().unwrap()).collect();
    places.sort_unstable();
    assert_eq!(
        places,
        [
            "/antallLedsagere",
            "/bildeId",
            "/eksternId",
            "/telefonnumre/0/telefonnummer",
            "/telefonnumre/1/fnr",
            "/telefonnumre/3/fnr",
            "/utlopsdato"
        ]
    );
    for private in [EIER.fnr, HJELPER.fnr, "12345678", "99999995"] {
        assert!(!refused.text().contains(private));
    }
    assert_eq!(t.kommune().get(kort(t, &format!("/{}", id(&card)))).await.json(200), card);
    t.send_sms().await;
}

async fn two_case_workers_do_not_undo_each_other_s_work(t: &mut Gate) {
    let card = utsted(t, &nytt()).await;
    let changes = [
        json!({ "antallLedsagere": 2 }),
        json!({ "utlopsdato": "2028-12-31" }),
        json!({ "eksternId": "sak 2027/9" }),
        json!({ "telefonnumre": [{ "fnr": EIER.fnr, "telefonnummer": "99999995" }] }),
        json!({ "telefonnumre": [{ "fnr": FORELDER.fnr, "telefonnummer": "99999996" }] }),
    ];
    let done = futures_util::future::join_all(changes.iter().map(|change| edit(t, id(&card), change))).await;
    for answer in done {
        answer.json(200);
    }
    let now = t.kommune().get(kort(t, &format!("/{}", id(&card)))).await.json(200);
    assert_eq!((&now["antallLedsagere"], &now["utlopsdato"]), (&json!(2), &json!("2028-12-31")));
    assert_eq!(now["eksternId"], "sak 2027/9");
    assert_eq!(now["eier"]["telefonnummer"], "99999995");
    assert_eq!(now["forvaltere"][0]["telefonnummer"], "99999996");
    let events = typer(t, id(&card)).await;
    assert_eq!(events.iter().filter(|event| event.starts_with("ENDRET_")).count(), 5);
    t.send_sms().await;
}
