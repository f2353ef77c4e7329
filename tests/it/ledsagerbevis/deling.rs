//! Sharing a card for a time: who may, who sees it, and when that ends.

use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};

use super::hendelser::{hendelser, typer};
use crate::support::{
    Answer, Gate, answer,
    bevis::{EIER, FORELDER, HJELPER, INNBYGGER, foto, kode, kort, last_opp, logg_inn, mine, nytt, person, utsted},
};

on_every_database! {
    whoever_has_had_a_card_shared_shows_it_until_the_time_is_out,
    a_withdrawn_sharing_ends_at_once,
    what_a_guardian_shared_ends_with_the_guardian,
    a_new_number_ends_what_the_old_one_shared,
    a_revocation_ends_every_sharing,
    nobody_shares_longer_than_the_card_or_with_whom_it_makes_no_sense,
    a_card_is_shared_with_ten_and_not_too_often,
    only_who_carries_a_card_decides_whom_it_is_shared_with,
}

pub const MOTTAKER: &str = "99999995";
pub const NAVN: &str = "Fiktiv Mormor";

pub fn id(of: &Value) -> &str {
    of["id"].as_str().unwrap()
}

pub async fn call(t: &Gate, token: &str, method: Method, path: &str, body: Option<&Value>) -> Answer {
    let request = t.http.request(method, format!("{}{INNBYGGER}/ledsagerbevis{path}", t.url)).bearer_auth(token);
    answer(body.into_iter().fold(request, |request, body| request.json(body))).await
}

pub async fn del(t: &Gate, token: &str, card: &str, body: &Value) -> Answer {
    call(t, token, Method::POST, &format!("/{card}/delinger"), Some(body)).await
}

async fn delinger(t: &Gate, token: &str, card: &str) -> Value {
    call(t, token, Method::GET, &format!("/{card}/delinger"), None).await.json(200)
}

async fn trekk(t: &Gate, token: &str, card: &str, deling: &str) -> Answer {
    call(t, token, Method::DELETE, &format!("/{card}/delinger/{deling}"), None).await
}

pub fn mottaker() -> Value {
    json!({ "navn": NAVN, "telefonnummer": MOTTAKER })
}

/// A card with a photo, and its owner's and guardian's tokens.
async fn shown(t: &Gate) -> (Value, [String; 2]) {
    last_opp(t, foto(), Some(EIER.fnr)).await.json(200);
    let card = utsted(t, &nytt()).await;
    let tokens = [logg_inn(t, EIER.telefonnummer).await, logg_inn(t, FORELDER.telefonnummer).await];
    (card, tokens)
}

async fn whoever_has_had_a_card_shared_shows_it_until_the_time_is_out(t: &mut Gate) {
    let (card, [owner, guardian]) = shown(t).await;
    assert_eq!(kode(t, MOTTAKER).await, None, "nobody knows the number yet");
    t.clock.advance(SignedDuration::from_mins(1));
    let shared = del(t, &owner, id(&card), &mottaker()).await.json(201);
    assert_eq!((&shared["navn"], &shared["telefonnummer"]), (&json!(NAVN), &json!(MOTTAKER)));
    assert_eq!(shared["utlopsdato"], "2027-02-14", "thirty days");
    // The same again is the same sharing, and no new message.
    assert_eq!(del(t, &owner, id(&card), &mottaker()).await.json(201), shared);
    t.send_sms().await;
    let sent = t.sms.take();
    assert_eq!((sent.len(), sent[0].til.as_str()), (1, "+4799999995"));
    for part in ["Lillevik kommune", "14.02.2027"] {
        assert!(sent[0].tekst.contains(part), "{}", sent[0].tekst);
    }
    for private in [EIER.navn, NAVN, FORELDER.navn] {
        assert!(!sent[0].tekst.contains(private));
    }
    // Owner and guardian both see it.
    for token in [&owner, &guardian] {
        assert_eq!(delinger(t, token, id(&card)).await, json!([shared]));
    }
    let other = logg_inn(t, MOTTAKER).await;
    let seen = json!([{
        "id": card["id"], "antallLedsagere": 1, "utlopsdato": "2029-01-15", "varig": false, "tilstand": "AKTIVT",
        "rolle": "DELT", "delingUtloper": "2027-02-14",
    }]);
    assert_eq!(mine(t, &other).await.json(200), seen);
    let photo = format!("/{}/bilde", id(&card));
    assert_eq!(call(t, &other, Method::GET, &photo, None).await.status, 200);
    // The municipality sees it.
    let all = hendelser(t, id(&card)).await;
    let row = all["tilganger"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        row,
        json!({
            "navn": NAVN, "rolle": "DELT", "telefonnummer": MOTTAKER, "deltAv": EIER.navn,
            "fra": "2027-01-15T12:01:00.000Z", "til": "2027-02-14T23:00:00.000Z",
        })
    );
    let event = all["hendelser"].as_array().unwrap().iter().find(|event| event["hendelseType"] == "DELT").unwrap();
    assert_eq!((&event["utfortAv"]["type"], &event["utfortAv"]["navn"]), (&json!("INNBYGGER"), &json!(EIER.navn)));
    assert_eq!(event["gjelder"], json!({ "navn": NAVN, "rolle": "DELT" }));
    assert!(typer(t, id(&card)).await.contains(&"SENDT_DELING".to_owned()));
    // KS's history has no word for it.
    let theirs = t.kommune().get(kort(t, &format!("/{}/historikk", id(&card)))).await.text();
    assert!(!theirs.contains("DEL"), "{theirs}");
    // To the end of the last day in Norway, and not a second longer.
    t.clock.set("2027-02-14T22:59:59Z".parse().unwrap());
    let late = logg_inn(t, MOTTAKER).await;
    assert_eq!(mine(t, &late).await.json(200), seen);
    t.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(mine(t, &late).await.json(200), json!([]));
    call(t, &late, Method::GET, &photo, None).await.problem(404, "LEDSAGERBEVIS.IKKE_FUNNET");
    del(t, &late, id(&card), &mottaker()).await.problem(404, "LEDSAGERBEVIS.IKKE_FUNNET");
    t.clock.advance(SignedDuration::from_mins(1));
    assert_eq!(kode(t, MOTTAKER).await, None, "the number is known no more");
    let owner = logg_inn(t, EIER.telefonnummer).await;
    assert_eq!(delinger(t, &owner, id(&card)).await, json!([]));
}

async fn a_withdrawn_sharing_ends_at_once(t: &mut Gate) {
    let (card, [owner, guardian]) = shown(t).await;
    let shared = del(t, &owner, id(&card), &mottaker()).await.json(201);
    t.send_sms().await;
    let other = logg_inn(t, MOTTAKER).await;
    assert_eq!(mine(t, &other).await.json(200).as_array().unwrap().len(), 1);
    // The guardian may, too; and saying so again changes nothing.
    for _ in 0..2 {
        assert_eq!(trekk(t, &guardian, id(&card), id(&shared)).await.status, 204);
    }
    assert_eq!(mine(t, &other).await.json(200), json!([]));
    let unknown = t.ids.uuid().to_string();
    trekk(t, &owner, id(&card), &unknown).await.problem(404, "INNBYGGER.DELING_IKKE_FUNNET");
    let all = hendelser(t, id(&card)).await;
    let last = all["hendelser"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["hendelseType"], &last["utfortAv"]["navn"]), (&json!("DELING_TRUKKET"), &json!(FORELDER.navn)));
    // One that was withdrawn before the message was sent is not told of.
    let again = del(t, &owner, id(&card), &mottaker()).await.json(201);
    trekk(t, &owner, id(&card), id(&again)).await;
    t.send_sms().await;
    assert_eq!(t.sms.take(), []);
    // Another name or day takes the place of the former one.
    del(t, &owner, id(&card), &mottaker()).await.json(201);
    let longer = json!({ "navn": NAVN, "telefonnummer": "+47 999 99 995", "utlopsdato": "2027-03-31" });
    let longer = del(t, &owner, id(&card), &longer).await.json(201);
    assert_eq!(delinger(t, &owner, id(&card)).await, json!([longer]));
    assert_eq!(mine(t, &other).await.json(200)[0]["delingUtloper"], "2027-03-31");
    t.send_sms().await;
}

async fn what_a_guardian_shared_ends_with_the_guardian(t: &mut Gate) {
    let (card, [owner, guardian]) = shown(t).await;
    del(t, &guardian, id(&card), &mottaker()).await.json(201);
    let kept = json!({ "navn": "Fiktiv Assistent", "telefonnummer": "99999996" });
    let kept = del(t, &owner, id(&card), &kept).await.json(201);
    t.send_sms().await;
    let other = logg_inn(t, MOTTAKER).await;
    // Another address of the guardian's ends nothing.
    let mut moved = person(FORELDER);
    moved["adresse"]["adressenavn"] = "Flytteveien 2".into();
    let path = kort(t, &format!("/{}/forvalter", id(&card)));
    answer(t.kommune().request(Method::POST, &path).json(&json!({ "forvalter": moved }))).await.json(201);
    assert_eq!(mine(t, &other).await.json(200).as_array().unwrap().len(), 1);
    answer(t.kommune().request(Method::PATCH, &path).json(&json!({ "fnr": FORELDER.fnr }))).await.json(201);
    assert_eq!(mine(t, &other).await.json(200), json!([]));
    assert_eq!(delinger(t, &owner, id(&card)).await, json!([kept]));
    assert_eq!(typer(t, id(&card)).await.last().unwrap(), "DELING_AVSLUTTET");
    del(t, &guardian, id(&card), &mottaker()).await.problem(404, "LEDSAGERBEVIS.IKKE_FUNNET");
    t.send_sms().await;
}

async fn a_new_number_ends_what_the_old_one_shared(t: &mut Gate) {
    let (card, [owner, _]) = shown(t).await;
    del(t, &owner, id(&card), &mottaker()).await.json(201);
    t.send_sms().await;
    let other = logg_inn(t, MOTTAKER).await;
    let body = json!({ "telefonnumre": [{ "fnr": EIER.fnr, "telefonnummer": "99999997" }] });
    let path = kort(t, &format!("/{}/opplysninger", id(&card)));
    answer(t.kommune().request(Method::PATCH, path).json(&body)).await.json(200);
    assert_eq!(mine(t, &other).await.json(200), json!([]));
    t.send_sms().await;
    let owner = logg_inn(t, "99999997").await;
    assert_eq!(delinger(t, &owner, id(&card)).await, json!([]));
    // And the owner, at the new number, may share it again.
    del(t, &owner, id(&card), &mottaker()).await.json(201);
    assert_eq!(mine(t, &other).await.json(200).as_array().unwrap().len(), 1);
    t.send_sms().await;
}

async fn a_revocation_ends_every_sharing(t: &mut Gate) {
    let (card, [owner, _]) = shown(t).await;
    del(t, &owner, id(&card), &mottaker()).await.json(201);
    t.send_sms().await;
    let other = logg_inn(t, MOTTAKER).await;
    t.clock.advance(SignedDuration::from_hours(1));
    let revoke = t.kommune().request(Method::PATCH, kort(t, &format!("/{}", id(&card))));
    assert_eq!(answer(revoke.json(&json!({ "revokertGrunn": "Feil." }))).await.status, 200);
    assert_eq!(mine(t, &other).await.json(200), json!([]));
    for token in [&owner, &other] {
        del(t, token, id(&card), &mottaker()).await.problem(404, "LEDSAGERBEVIS.IKKE_FUNNET");
    }
    assert_eq!(kode(t, MOTTAKER).await, None);
    let all = hendelser(t, id(&card)).await;
    assert!(all["tilganger"].as_array().unwrap().iter().all(|one| one["til"] == "2027-01-15T13:00:00.000Z"), "{all}");
}

async fn nobody_shares_longer_than_the_card_or_with_whom_it_makes_no_sense(t: &mut Gate) {
    let (card, [owner, _]) = shown(t).await;
    for (field, value, peker) in [
        ("utlopsdato", "2027-01-14", "/utlopsdato"),
        ("utlopsdato", "2028-01-16", "/utlopsdato"),
        ("utlopsdato", "2029-01-16", "/utlopsdato"),
        ("telefonnummer", "1234", "/telefonnummer"),
        ("telefonnummer", EIER.telefonnummer, "/telefonnummer"),
        ("telefonnummer", FORELDER.telefonnummer, "/telefonnummer"),
        ("navn", " ", "/navn"),
        ("navn", EIER.fnr, "/navn"),
    ] {
        let mut body = mottaker();
        body[field] = value.into();
        let refused = del(t, &owner, id(&card), &body).await;
        let told = refused.problem(400, "LEDSAGERBEVIS.UGYLDIG");
        assert_eq!(told["errorJson"]["avvik"][0]["peker"], peker, "{value}");
        assert!(!refused.text().contains(MOTTAKER) && !refused.text().contains(EIER.fnr));
    }
    // A card that ends sooner is shared until then, and one that was shortened is not shown longer than it lasts.
    let edit = async |date: &str| {
        let path = kort(t, &format!("/{}/opplysninger", id(&card)));
        answer(t.kommune().request(Method::PATCH, path).json(&json!({ "utlopsdato": date }))).await.json(200);
    };
    edit("2027-01-25").await;
    assert_eq!(del(t, &owner, id(&card), &mottaker()).await.json(201)["utlopsdato"], "2027-01-25");
    edit("2027-01-16").await;
    t.send_sms().await;
    t.clock.advance(SignedDuration::from_hours(48));
    let [owner, other] = [logg_inn(t, EIER.telefonnummer).await, logg_inn(t, MOTTAKER).await];
    assert_eq!(mine(t, &owner).await.json(200)[0]["tilstand"], "UTLOPT");
    assert_eq!(mine(t, &other).await.json(200), json!([]));
    del(t, &owner, id(&card), &mottaker()).await.problem(409, "LEDSAGERBEVIS.UTLOPT");
}

async fn a_card_is_shared_with_ten_and_not_too_often(t: &mut Gate) {
    let (card, [owner, _]) = shown(t).await;
    let someone = |n: usize| json!({ "navn": format!("Fiktiv {n}"), "telefonnummer": format!("+447700900{n:03}") });
    let mut shared = Vec::new();
    for n in 100..110 {
        shared.push(del(t, &owner, id(&card), &someone(n)).await.json(201));
    }
    let full = del(t, &owner, id(&card), &someone(110)).await.problem(409, "LEDSAGERBEVIS.FOR_MANGE");
    assert_eq!(full["errorJson"], json!({ "hoyst": 10 }));
    // Two at the same moment do not both get the last place.
    assert_eq!(trekk(t, &owner, id(&card), id(&shared[0])).await.status, 204);
    let (one, other) = (someone(111), someone(112));
    let (one, other) = tokio::join!(del(t, &owner, id(&card), &one), del(t, &owner, id(&card), &other));
    let mut answers = [one.status, other.status];
    answers.sort_unstable();
    assert_eq!(answers, [201, 409]);
    // Eleven so far. Nine more to whom nobody has asked, and that is it for a day.
    t.clock.advance(SignedDuration::from_hours(1));
    for n in 0..10 {
        let live = delinger(t, &owner, id(&card)).await;
        assert_eq!(trekk(t, &owner, id(&card), id(&live[0])).await.status, 204);
        let answered = del(t, &owner, id(&card), &someone(200 + n)).await;
        if n < 9 {
            answered.json(201);
        } else {
            answered.problem(429, "INNBYGGER.DELT_FOR_OFTE");
            // A repeated call is not one more.
            assert_eq!(del(t, &owner, id(&card), &someone(200 + n - 1)).await.status, 201);
            let wait: i64 = answered.header("retry-after").unwrap().parse().unwrap();
            assert_eq!(wait, 23 * 3600 + 1);
            t.clock.advance(SignedDuration::from_secs(wait));
            let owner = logg_inn(t, EIER.telefonnummer).await;
            del(t, &owner, id(&card), &someone(210)).await.json(201);
        }
    }
    t.send_sms().await;
}

async fn only_who_carries_a_card_decides_whom_it_is_shared_with(t: &mut Gate) {
    let (card, [owner, _]) = shown(t).await;
    let shared = del(t, &owner, id(&card), &mottaker()).await.json(201);
    utsted(t, &json!({ "eier": person(HJELPER), "antallLedsagere": 2 })).await;
    t.send_sms().await;
    let [other, stranger] = [logg_inn(t, MOTTAKER).await, logg_inn(t, HJELPER.telefonnummer).await];
    let body = json!({ "navn": "Fiktiv Videre", "telefonnummer": "99999998" });
    for (token, status, code) in
        [(&other, 403, "INNBYGGER.KAN_IKKE_DELE"), (&stranger, 404, "LEDSAGERBEVIS.IKKE_FUNNET")]
    {
        let list = format!("/{}/delinger", id(&card));
        call(t, token, Method::GET, &list, None).await.problem(status, code);
        del(t, token, id(&card), &body).await.problem(status, code);
        trekk(t, token, id(&card), id(&shared)).await.problem(status, code);
    }
    assert_eq!(delinger(t, &owner, id(&card)).await, json!([shared]));
    t.send_sms().await;
}
