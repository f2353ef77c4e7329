//! Fetching a card to a phone, and what those get who should not have it.

use super::*;
use crate::support::{Settings, bevis::HJELPER};

on_every_database! {
    a_copy_is_renewed_in_its_place,
    a_phone_must_have_the_key,
    there_are_not_copies_without_end,
    a_challenge_is_answered_once_by_whom_it_was_given_to,
    only_who_has_access_to_a_card_that_counts_gets_it,
    issuer_keys_are_renewed,
    without_a_key_there_are_no_cards_on_phones,
}

async fn a_copy_is_renewed_in_its_place(t: &mut Gate) {
    let card = utsted(t, &nytt()).await;
    let telefon = Telefon::new(t, 1, EIER.telefonnummer).await;
    let first = telefon.hent(t, &card).await.json(200);
    t.clock.advance(SignedDuration::from_hours(1));
    let second = telefon.hent(t, &card).await.json(200);
    let copies = [&first, &second].map(|copy| copy["kort"].as_str().unwrap());
    assert_ne!(copies[0], copies[1]);
    assert_eq!(plass(copies[0]), plass(copies[1]), "the same phone");
    assert_eq!(second["utloper"], "2027-02-14T13:00:00.000Z", "an hour more");
    let other = Telefon::with(2, telefon.token.clone());
    assert_ne!(plass(&other.kort(t, &card).await), plass(copies[0]), "another phone of the same person");
    assert_eq!(t.database.count("kortkopi", "1 = 1").await, 2);
    // A copy does not outlive the decision.
    let short = json!({ "eier": person(EIER), "antallLedsagere": 2, "utlopsdato": "2027-01-20" });
    let short = utsted(t, &short).await;
    let copy = telefon.hent(t, &short).await.json(200);
    assert_eq!(copy["utloper"], "2027-01-20T23:00:00.000Z", "midnight in Norway after the last day");
    assert_eq!(payload(copy["kort"].as_str().unwrap())["exp"], 1_800_486_000);
}

async fn there_are_not_copies_without_end(t: &mut Gate) {
    let card = utsted(t, &nytt()).await;
    let first = Telefon::new(t, 100, EIER.telefonnummer).await;
    for seed in 100..120 {
        Telefon::with(seed, first.token.clone()).kort(t, &card).await;
    }
    let refused = Telefon::with(120, first.token.clone()).hent(t, &card).await;
    refused.problem(429, "INNBYGGER.KORT_FOR_OFTE");
    let wait: i64 = refused.header("retry-after").unwrap().parse().unwrap();
    first.kort(t, &card).await;
    Telefon::new(t, 121, FORELDER.telefonnummer).await.kort(t, &card).await;
    t.clock.advance(SignedDuration::from_secs(wait));
    Telefon::new(t, 120, EIER.telefonnummer).await.kort(t, &card).await;
}

async fn a_phone_must_have_the_key(t: &mut Gate) {
    let card = utsted(t, &nytt()).await;
    let telefon = Telefon::new(t, 1, EIER.telefonnummer).await;
    let other = SigningKey::make(&SeededRng::new(9)).unwrap();
    let now = t.clock.now();
    let challenge = telefon.engangsverdi(t).await;
    let good = possession::prove(&telefon.nokkel, UTSTEDER, &challenge, now).unwrap();
    let parts: Vec<&str> = good.split('.').collect();
    let by_other = possession::prove(&other, UTSTEDER, &challenge, now).unwrap();
    let swapped = format!("{}.{}.{}", parts[0], parts[1], by_other.rsplit('.').next().unwrap());
    let unsigned = {
        use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
        let jwk = telefon.nokkel.public().to_jwk();
        let header = json!({ "alg": "none", "typ": possession::TYP, "jwk": jwk }).to_string();
        format!("{}.{}.", URL_SAFE_NO_PAD.encode(header), parts[1])
    };
    let prove = |audience: &str, at| possession::prove(&telefon.nokkel, audience, &challenge, at).unwrap();
    for (proof, grunn) in [
        ("ikke et bevis".to_owned(), "INNEHAVERBEVIS.FORM"),
        (swapped, "INNEHAVERBEVIS.SIGNATUR"),
        (unsigned, "INNEHAVERBEVIS.ALGORITME"),
        (prove("https://annen.example", now), "INNEHAVERBEVIS.MOTTAKER"),
        (prove(UTSTEDER, now - SignedDuration::from_secs(301)), "INNEHAVERBEVIS.FOR_GAMMELT"),
        (prove(UTSTEDER, now + SignedDuration::from_secs(31)), "INNEHAVERBEVIS.I_FRAMTIDEN"),
    ] {
        let refused = telefon.send(t, &card, &proof).await;
        let told = refused.problem(400, "LEDSAGERBEVIS.INNEHAVERBEVIS_UGYLDIG");
        assert_eq!(told["errorJson"]["grunn"], grunn);
        assert!(!refused.text().contains(parts[1]), "what was sent is not repeated");
    }
    assert_eq!(t.database.count("kortkopi", "1 = 1").await, 0);
    assert_eq!(telefon.send(t, &card, &good).await.status, 200, "a refused proof does not use the challenge up");
}

async fn a_challenge_is_answered_once_by_whom_it_was_given_to(t: &mut Gate) {
    let card = utsted(t, &nytt()).await;
    let eier = Telefon::new(t, 1, EIER.telefonnummer).await;
    let forelder = Telefon::new(t, 2, FORELDER.telefonnummer).await;
    let challenge = eier.engangsverdi(t).await;
    let prove = |telefon: &Telefon, challenge: &str| {
        possession::prove(&telefon.nokkel, UTSTEDER, challenge, t.clock.now()).unwrap()
    };
    let wrong = "LEDSAGERBEVIS.ENGANGSVERDI_UGYLDIG";
    forelder.send(t, &card, &prove(&forelder, &challenge)).await.problem(400, wrong);
    let proof = prove(&eier, &challenge);
    assert_eq!(eier.send(t, &card, &proof).await.status, 200);
    eier.send(t, &card, &proof).await.problem(400, wrong);
    for unknown in ["", "x", &"A".repeat(75), &challenge.replace(&challenge[..1], "B")] {
        eier.send(t, &card, &prove(&eier, unknown)).await.problem(400, wrong);
    }
    let late = eier.engangsverdi(t).await;
    t.clock.advance(SignedDuration::from_mins(5));
    let proof = possession::prove(&eier.nokkel, UTSTEDER, &late, t.clock.now()).unwrap();
    eier.send(t, &card, &proof).await.problem(400, wrong);
    // It is not kept longer than it could be used.
    assert_eq!(t.database.count("kortengangsverdi", "1 = 1").await, 1);
    t.services().rydd().await.unwrap();
    assert_eq!(t.database.count("kortengangsverdi", "1 = 1").await, 0);
}

async fn only_who_has_access_to_a_card_that_counts_gets_it(t: &mut Gate) {
    let card = utsted(t, &nytt()).await;
    let other = utsted(t, &json!({ "eier": person(HJELPER), "antallLedsagere": 1, "utlopsdato": "2027-01-15" })).await;
    let eier = Telefon::new(t, 1, EIER.telefonnummer).await;
    eier.hent(t, &other).await.problem(404, "LEDSAGERBEVIS.IKKE_FUNNET");
    eier.hent(t, &json!({ "id": t.ids.uuid() })).await.problem(404, "LEDSAGERBEVIS.IKKE_FUNNET");
    let nobody = Telefon::with(3, "x".to_owned());
    nobody.send(t, &card, "x").await.problem(401, "INNBYGGER.TOKEN_UGYLDIG");
    let worker = Telefon::with(3, t.kommune().token);
    worker.send(t, &card, "x").await.problem(401, "INNBYGGER.TOKEN_UGYLDIG");
    let address = format!("{}{INNBYGGER}/ledsagerbevis/{}/kort", t.url, card["id"].as_str().unwrap());
    let bare = t.http.post(&address).json(&json!({ "innehaverbevis": "x" }));
    answer(bare).await.problem(401, "INNBYGGER.TOKEN_MANGLER");
    let hjelper = Telefon::new(t, 4, HJELPER.telefonnummer).await;
    assert_eq!(hjelper.hent(t, &other).await.status, 200, "on its last day");
    t.clock.advance(SignedDuration::from_hours(11));
    hjelper.hent(t, &other).await.problem(409, "LEDSAGERBEVIS.UTLOPT");
}

async fn issuer_keys_are_renewed(t: &mut Gate) {
    let card = utsted(t, &nytt()).await;
    let telefon = Telefon::new(t, 1, EIER.telefonnummer).await;
    let old = telefon.kort(t, &card).await;
    let renewed = |issuer_keys| Settings { issuer_keys, ..Settings::default() };
    t.restart_with(renewed(&[77, 78])).await;
    // Known before it signs.
    let early = Dor::new(t).await;
    t.restart_with(renewed(&[78, 77])).await;
    let new = telefon.kort(t, &card).await;
    let (dor, now) = (Dor::new(t).await, t.clock.now());
    assert_ne!(old.split('.').next(), new.split('.').next(), "the name of another key");
    for copy in [&old, &new] {
        assert!(dor.ser(&telefon, copy, now).is_ok());
    }
    let offline = Dor { lister: dor.lister.clone(), ..early };
    assert!(offline.ser(&telefon, &new, now).is_ok(), "whoever fetched the keys in time knows both");
    t.restart_with(renewed(&[78])).await;
    assert_eq!(Dor::new(t).await.ser(&telefon, &old, now).unwrap_err().code(), "KORT.UKJENT_NOKKEL");
}

async fn without_a_key_there_are_no_cards_on_phones(t: &mut Gate) {
    let card = utsted(t, &nytt()).await;
    let telefon = Telefon::new(t, 1, EIER.telefonnummer).await;
    t.restart_with(Settings { issuer_keys: &[], ..Settings::default() }).await;
    let code = "LEDSAGERBEVIS.KORT_IKKE_SATT_OPP";
    telefon.send(t, &card, "x").await.problem(501, code);
    let asked = t.http.post(format!("{}{INNBYGGER}/kort/engangsverdi", t.url)).bearer_auth(&telefon.token);
    answer(asked).await.problem(501, code);
    for address in
        ["/.well-known/jwt-vc-issuer", "/ledsagerbevis/issuers.json", "/ledsagerbevis/v1", "/ledsagerbevis/status/1"]
    {
        open(t, address).await.problem(501, code);
    }
}
