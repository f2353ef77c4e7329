//! What is refused, and with which code.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::SignedDuration;
use openssl::{hash::MessageDigest, pkey::PKey, sign::Signer};
use serde_json::{Value, json};

use super::{ISS, KASSE, Kort, LISTE, PLASS, Verden, tid};
use crate::{
    crypto::{
        es256::SigningKey,
        sd_jwt::{Card, Credential, Recipient, StatusReference, issue},
    },
    kort::{Gyldighet, bildedigest, vct},
    system::SecretString,
};

/// One character in the middle of a part is another one.
fn altered(text: &str) -> String {
    let middle = text.len() / 2;
    let other = if text.as_bytes()[middle] == b'A' { "B" } else { "A" };
    format!("{}{other}{}", &text[..middle], &text[middle + 1..])
}

/// A presentation with one of its parts between tildes changed.
fn part(presentation: &SecretString, at: usize, change: impl FnOnce(&str) -> String) -> String {
    let mut parts: Vec<String> = presentation.expose().split('~').map(str::to_owned).collect();
    parts[at] = change(&parts[at]);
    parts.join("~")
}

/// A JWT with one of its parts between dots changed.
fn segment(jwt: &str, at: usize, change: impl FnOnce(&str) -> String) -> String {
    let mut parts: Vec<String> = jwt.split('.').map(str::to_owned).collect();
    parts[at] = change(&parts[at]);
    parts.join(".")
}

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// The card under another header, and signed by whoever `sign` is.
fn resigned(presentation: &SecretString, header: &Value, sign: impl FnOnce(&str) -> Vec<u8>) -> String {
    part(presentation, 0, |jwt| {
        let payload = jwt.split('.').nth(1).unwrap();
        let signed = format!("{}.{payload}", encode(header));
        let signature = sign(&signed);
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    })
}

fn hs256(key: &[u8], signed: &str) -> Vec<u8> {
    let key = PKey::hmac(key).unwrap();
    let mut signer = Signer::new(MessageDigest::sha256(), &key).unwrap();
    signer.update(signed.as_bytes()).unwrap();
    signer.sign_to_vec().unwrap()
}

#[test]
fn each_forgery_is_refused_for_its_own_reason() {
    let verden = Verden::ny();
    let kort = verden.issue(&verden.kort());
    let good = verden.present(&kort, &["navn", "fodselsdato"]);
    let fresh = [verden.liste(&verden.utsteder, ISS, &[7], verden.now)];
    assert!(verden.kontroller(good.expose(), &fresh, |_| ()).is_ok());

    let other = SigningKey::make(&verden.rng).unwrap();
    let to = Recipient { audience: KASSE, nonce: "n-1" };
    let card = Card::parse(kort.expose()).unwrap();
    let by_other = card.present(&["navn"], to, &other, verden.now).unwrap();
    let replayed = card.present(&[], Recipient { nonce: "n-0", ..to }, &verden.telefon, verden.now).unwrap();
    let elsewhere = card.present(&[], Recipient { audience: "https://bad.example", ..to }, &verden.telefon, verden.now);
    let at = |seconds| card.present(&[], to, &verden.telefon, verden.now + SignedDuration::from_secs(seconds)).unwrap();
    let foreign = verden.issue(&Kort { antall_ledsagere: 2, ..verden.kort() });
    let foreign = verden.present(&foreign, &["navn", "fodselsdato"]);
    let kid = verden.utsteder.kid();
    let header = |alg: &str| json!({ "alg": alg, "typ": "dc+sd-jwt", "kid": kid });
    let public = verden.utsteder.public().to_jwk().to_string();
    let added = encode(&json!(["c2FsdHNhbHRzYWx0c2FsdA", "antallLedsagere", 9]));

    let table: Vec<(&str, String, &str)> = vec![
        ("altered signature", part(&good, 0, |jwt| segment(jwt, 2, altered)), "KORT.SIGNATUR"),
        ("no signature", part(&good, 0, |jwt| segment(jwt, 2, |_| String::new())), "KORT.SIGNATUR"),
        ("a signature of zeros", part(&good, 0, |jwt| segment(jwt, 2, |_| "A".repeat(86))), "KORT.SIGNATUR"),
        (
            "altered claims",
            part(&good, 0, |jwt| {
                let more = |text: &str| {
                    let mut claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap();
                    claims["antallLedsagere"] = 2.into();
                    encode(&claims)
                };
                segment(jwt, 1, more)
            }),
            "KORT.SIGNATUR",
        ),
        (
            "altered disclosure",
            part(&good, 1, |text| {
                let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap();
                URL_SAFE_NO_PAD.encode(text.replace("Kari", "Mari"))
            }),
            "KORT.UKJENT_OPPLYSNING",
        ),
        ("added disclosure", part(&good, 1, |text| format!("{text}~{added}")), "KORT.UKJENT_OPPLYSNING"),
        ("disclosure twice", part(&good, 1, |text| format!("{text}~{text}")), "KORT.DUPLIKAT"),
        (
            "disclosure taken away",
            good.expose().replacen(&good.expose().split('~').nth(1).unwrap().to_owned(), "", 1).replace("~~", "~"),
            "KORT.BINDING_SAMMENDRAG",
        ),
        ("no key binding", part(&good, 3, |_| String::new()), "KORT.IKKE_BUNDET"),
        ("altered key binding", part(&good, 3, |jwt| segment(jwt, 2, altered)), "KORT.FEIL_INNEHAVER"),
        ("another key's binding", by_other.expose().clone(), "KORT.FEIL_INNEHAVER"),
        (
            "binding of another card",
            part(&good, 3, |_| foreign.expose().rsplit('~').next().unwrap().to_owned()),
            "KORT.BINDING_SAMMENDRAG",
        ),
        (
            "the card itself as binding",
            part(&good, 3, |_| good.expose().split('~').next().unwrap().to_owned()),
            "KORT.BINDING_FORM",
        ),
        ("replayed", replayed.expose().clone(), "KORT.FEIL_UTFORDRING"),
        ("shown elsewhere", elsewhere.unwrap().expose().clone(), "KORT.FEIL_MOTTAKER"),
        ("shown too long ago", at(-121).expose().clone(), "KORT.VIST_FOR_LENGE_SIDEN"),
        ("shown in the future", at(31).expose().clone(), "KORT.VIST_I_FRAMTIDEN"),
        ("alg none", resigned(&good, &header("none"), |_| Vec::new()), "KORT.ALGORITME"),
        (
            "HS256 with the public key",
            resigned(&good, &header("HS256"), |signed| hs256(public.as_bytes(), signed)),
            "KORT.ALGORITME",
        ),
        ("ES384 said", resigned(&good, &header("ES384"), |_| vec![1; 96]), "KORT.ALGORITME"),
        (
            "another typ",
            resigned(&good, &json!({ "alg": "ES256", "typ": "JWT", "kid": kid }), |_| vec![1; 64]),
            "KORT.TYP",
        ),
        (
            "unknown key",
            resigned(&good, &json!({ "alg": "ES256", "typ": "dc+sd-jwt", "kid": "x" }), |_| vec![1; 64]),
            "KORT.UKJENT_NOKKEL",
        ),
        (
            "critical extension",
            resigned(&good, &json!({ "alg": "ES256", "typ": "dc+sd-jwt", "kid": kid, "crit": ["b64"] }), |_| {
                vec![1; 64]
            }),
            "KORT.FORM",
        ),
        ("nothing", String::new(), "KORT.FORM"),
        ("a word", "ledsagerbevis".to_owned(), "KORT.FORM"),
        ("far too much", format!("{}~{}", "A".repeat(40_000), "B".repeat(40_000)), "KORT.FOR_STORT"),
    ];
    for (what, presentation, code) in table {
        let avslag = verden.kontroller(&presentation, &fresh, |_| ()).expect_err(what);
        assert_eq!(avslag.code(), code, "{what}");
    }
}

#[test]
fn each_card_that_does_not_hold_is_refused_for_its_own_reason() {
    let mut verden = Verden::ny();
    let now = verden.now;
    let credential = |kind: &str, iss: &str, from: &str, to: &str, visible: Value| {
        let card = Credential {
            issuer: iss,
            vct: kind,
            issued_at: tid(from),
            expires_at: Some(tid(to)),
            holder: Some(verden.telefon.public()),
            status: Some(StatusReference { uri: LISTE.to_owned(), index: PLASS }),
            visible: visible.as_object().unwrap().clone().into(),
            hidden: serde_json::Map::new().into(),
            decoys: 0,
        };
        verden.present(&issue(&card, &verden.utsteder, &verden.rng).unwrap(), &[])
    };
    let (before, after) = ("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z");
    let good = json!({ "antallLedsagere": 1, "gyldigTil": "2027-01-01" });
    let kind = vct(ISS);
    let table = [
        (credential(&kind, ISS, before, "2026-11-22T10:59:00Z", good.clone()), "KORT.UTLOPT"),
        (credential(&kind, ISS, "2026-11-22T11:01:00Z", after, good.clone()), "KORT.IKKE_GYLDIG_ENNA"),
        (credential("https://lillevik.example/lanekort/v1", ISS, before, after, good.clone()), "KORT.FEIL_TYPE"),
        (credential(&kind, "https://annen.example", before, after, good), "KORT.UKJENT_UTSTEDER"),
        (
            credential(&kind, ISS, before, after, json!({ "antallLedsagere": 1, "gyldigTil": "2026-11-21" })),
            "KORT.BEVIS_UTLOPT",
        ),
        (credential(&kind, ISS, before, after, json!({ "gyldigTil": "2027-01-01" })), "KORT.INNHOLD"),
        (credential(&kind, ISS, before, after, json!({ "antallLedsagere": 0, "varig": true })), "KORT.INNHOLD"),
        (credential(&kind, ISS, before, after, json!({ "antallLedsagere": 1 })), "KORT.INNHOLD"),
        (
            credential(
                &kind,
                ISS,
                before,
                after,
                json!({ "antallLedsagere": 1, "gyldigTil": "2027-01-01", "varig": true }),
            ),
            "KORT.INNHOLD",
        ),
    ];
    let fresh = [verden.liste(&verden.utsteder, ISS, &[], now)];
    for (presentation, code) in &table {
        assert_eq!(verden.kontroller(presentation.expose(), &fresh, |_| ()).unwrap_err().code(), *code);
    }
    // Photos.
    let vist = verden.present(&verden.issue(&verden.kort()), &[]);
    let wrong = verden.kontroller(vist.expose(), &fresh, |grunnlag| grunnlag.bilde = Some(bildedigest(b"another")));
    assert_eq!(wrong.unwrap_err().code(), "KORT.FEIL_BILDE");
    let without = Kort { bilde: None, gyldighet: Gyldighet::Varig, ..verden.kort() };
    let vist = verden.present(&verden.issue(&without), &[]);
    let wrong = verden.kontroller(vist.expose(), &fresh, |grunnlag| grunnlag.bilde = Some(bildedigest(b"another")));
    assert_eq!(wrong.unwrap_err().code(), "KORT.UTEN_BILDE");
    // A holder's key that came with the card's signature, but on a phone that runs ahead: still judged by our clock.
    verden.now = tid("2027-01-01T00:00:00Z");
    assert_eq!(verden.kontroller(vist.expose(), &fresh, |_| ()).unwrap_err().code(), "KORT.UTLOPT");
}

#[test]
fn each_status_list_that_does_not_hold_is_refused_for_its_own_reason() {
    let verden = Verden::ny();
    let now = verden.now;
    let vist = verden.present(&verden.issue(&verden.kort()), &[]);
    let hours = |hours| now - SignedDuration::from_hours(hours);
    let other = SigningKey::make(&verden.rng).unwrap();
    let good = verden.liste(&verden.utsteder, ISS, &[], now);
    let elsewhere =
        good.replacen(good.split('.').nth(1).unwrap(), &encode(&json!({ "sub": "https://x.example/1" })), 1);
    let unsigned = segment(&good, 0, |_| encode(&json!({ "alg": "none", "typ": "statuslist+jwt" })));
    let table = [
        ("revoked", verden.liste(&verden.utsteder, ISS, &[PLASS], now), "SPERRELISTE.TRUKKET"),
        ("revoked, by a stale list", verden.liste(&verden.utsteder, ISS, &[PLASS], hours(5)), "SPERRELISTE.TRUKKET"),
        ("expired", verden.liste(&verden.utsteder, ISS, &[], hours(25)), "SPERRELISTE.UTLOPT"),
        ("of tomorrow", verden.liste(&verden.utsteder, ISS, &[], hours(-24)), "SPERRELISTE.IKKE_GYLDIG_ENNA"),
        ("another issuer's", verden.liste(&other, "https://annen.example", &[], now), "SPERRELISTE.FEIL_UTSTEDER"),
        ("another key's", verden.liste(&other, ISS, &[], now), "SPERRELISTE.UKJENT_NOKKEL"),
        ("altered", segment(&good, 2, altered), "SPERRELISTE.SIGNATUR"),
        ("unsigned", unsigned, "SPERRELISTE.MANGLER"),
        ("another list", elsewhere, "SPERRELISTE.MANGLER"),
    ];
    for (what, list, code) in table {
        let avslag = verden.kontroller(vist.expose(), &[list], |_| ()).expect_err(what);
        assert_eq!(avslag.code(), code, "{what}");
    }
}
