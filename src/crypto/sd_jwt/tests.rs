//! The format itself; what becomes of whole cards is tested in `kort`.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::{
    Binding, Card, Credential, DEPTH_MAX, DISCLOSURES_MAX, Policy, SdJwtFault, StatusReference, TYP, Verified,
    disclosure::digest, issue, verify,
};
use crate::{
    crypto::{
        es256::{PublicKey, SigningKey},
        issuers::{IssuersFault, TrustedIssuers, jwks},
    },
    system::SeededRng,
};

const ISS: &str = "https://issuer.example";

pub(super) fn now() -> Timestamp {
    "2026-11-22T11:00:00Z".parse().unwrap()
}

pub(super) fn policy() -> Policy<'static> {
    Policy { now: now(), skew: SignedDuration::from_secs(30), vct: None, binding: Binding::Ignored }
}

pub(super) fn key(seed: u64) -> SigningKey {
    SigningKey::make(&SeededRng::new(seed)).unwrap()
}

pub(super) fn issuers(key: &SigningKey) -> TrustedIssuers {
    let mut issuers = TrustedIssuers::default();
    issuers.trust(ISS, &jwks(&[key])).unwrap();
    issuers
}

fn claims(value: Value) -> super::Claims {
    value.as_object().unwrap().clone().into()
}

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn hidden(name: &str, value: Value) -> String {
    encode(&json!(["c2FsdHNhbHRzYWx0c2FsdA", name, value]))
}

/// A credential with this payload, signed by the issuer as it stands, and these disclosures.
fn forged(payload: Value, disclosures: &[&str]) -> Result<Verified, SdJwtFault> {
    let key = key(1);
    let mut whole = Map::from_iter([("iss".to_owned(), json!(ISS)), ("vct".to_owned(), json!("urn:x"))]);
    whole.extend(payload.as_object().unwrap().clone());
    let jwt = key.sign(TYP, Some(key.kid()), &Value::Object(whole)).unwrap();
    let text = format!("{jwt}~{}", disclosures.iter().map(|one| format!("{one}~")).collect::<String>());
    verify(&text, &issuers(&key), &policy())
}

#[test]
fn nested_and_listed_claims_come_out_where_they_belong() {
    let inner = hidden("by", json!("Lillevik"));
    let outer = hidden("adresse", json!({ "land": "NO", "_sd": [digest(&inner)] }));
    let element = encode(&json!(["c2FsdHNhbHRzYWx0c2FsdA", "to"]));
    let payload = json!({
        "_sd": [digest(&outer), digest("a decoy")],
        "liste": ["en", { "...": digest(&element) }, { "...": digest("held back") }],
        "_sd_alg": "sha-256",
    });
    let verified = forged(payload.clone(), &[&inner, &outer, &element]).unwrap();
    assert_eq!(verified.claims.get("adresse"), Some(&json!({ "land": "NO", "by": "Lillevik" })));
    assert_eq!(verified.claims.get("liste"), Some(&json!(["en", "to"])));
    assert!(verified.claims.get("_sd_alg").is_none() && verified.claims.get("_sd").is_none());
    // The inner one alone hangs in the air.
    assert_eq!(forged(payload, &[&inner]).unwrap_err(), SdJwtFault::Unreferenced);
}

#[test]
fn what_the_format_forbids_is_refused_even_when_the_issuer_signed_it() {
    use SdJwtFault::*;
    let (navn, iss) = (hidden("navn", json!("Kari")), hidden("iss", json!("https://other.example")));
    let element = encode(&json!(["c2FsdHNhbHRzYWx0c2FsdA", "to"]));
    let other_navn = hidden("navn", json!("Mari"));
    let sd = |texts: &[&str]| json!({ "_sd": texts.iter().map(|text| digest(text)).collect::<Vec<_>>() });
    let reserved = [hidden("_sd", json!([])), hidden("...", json!("x"))];
    let deep = (0..=DEPTH_MAX).fold(json!(1), |inner, _| json!([inner]));
    let many: Vec<String> = (0..=DISCLOSURES_MAX).map(|n| hidden(&n.to_string(), json!(n))).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let table: Vec<(Value, Vec<&str>, SdJwtFault)> = vec![
        (json!({ "_sd": [digest(&navn)], "navn": "Ola" }), vec![&navn], Overwritten),
        (sd(&[&navn, &other_navn]), vec![&navn, &other_navn], Overwritten),
        (sd(&[&navn, &navn]), vec![&navn], Duplicate),
        (json!({ "_sd": [digest("d")], "liste": [{ "...": digest("d") }] }), vec![], Duplicate),
        (sd(&[&navn]), vec![&navn, &navn], Duplicate),
        (sd(&[&iss]), vec![&iss], Hidden),
        (sd(&[&element]), vec![&element], WrongKind),
        (json!({ "liste": [{ "...": digest(&navn) }] }), vec![&navn], WrongKind),
        (sd(&[&reserved[0]]), vec![&reserved[0]], Reserved),
        (sd(&[&reserved[1]]), vec![&reserved[1]], Reserved),
        (json!({ "_sd": "x" }), vec![], Reserved),
        (json!({ "_sd": [1] }), vec![], Reserved),
        (json!({ "a": { "...": "x" } }), vec![], Reserved),
        (json!({ "liste": [{ "...": "x", "mer": 1 }] }), vec![], Reserved),
        (json!({ "_sd_alg": "sha-512" }), vec![], Digest),
        (json!({ "_sd_alg": 256 }), vec![], Digest),
        (json!({ "a": deep }), vec![], TooDeep),
        (json!({}), many, TooBig),
        (json!({}), vec!["!"], Disclosure),
        (json!({}), vec![""], Disclosure),
        (json!({ "exp": "tomorrow" }), vec![], Form),
        (json!({ "exp": 1e300 }), vec![], Form),
        (json!({ "nbf": now().as_second() + 31 }), vec![], NotYetValid),
        (json!({ "exp": now().as_second() - 30 }), vec![], Expired),
        (json!({ "status": { "another_way": {} } }), vec![], Status),
        (json!({ "status": { "status_list": { "idx": -1, "uri": "x" } } }), vec![], Status),
        (json!({ "cnf": { "kid": "x" } }), vec![], NoHolder),
        (json!({ "cnf": { "jwk": { "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA" } } }), vec![], NoHolder),
    ];
    for (payload, disclosures, fault) in table {
        assert_eq!(forged(payload.clone(), &disclosures).unwrap_err(), fault, "{payload}");
    }
    for text in [r#"["salt"]"#, r#"["s",1,2]"#, r#"[1,"n",2]"#, r#"["s","n","v","w"]"#, "{}", "[", ""] {
        let disclosure = URL_SAFE_NO_PAD.encode(text);
        assert_eq!(forged(json!({}), &[&disclosure]).unwrap_err(), SdJwtFault::Disclosure, "{text}");
    }
    assert!(forged(json!({ "exp": now().as_second() - 29, "nbf": now().as_second() + 30 }), &[]).is_ok());
}

#[test]
fn a_card_hides_how_its_claims_lie_and_never_uses_a_salt_twice() {
    let (issuer, holder) = (key(1), key(2));
    let rng = SeededRng::new(3);
    let card = |visible: Value, hidden: Value| Credential {
        issuer: ISS,
        vct: "urn:x",
        issued_at: now(),
        expires_at: Some(now() + SignedDuration::from_hours(1)),
        holder: Some(holder.public()),
        status: Some(StatusReference { uri: "https://issuer.example/1".to_owned(), index: 9 }),
        visible: claims(visible),
        hidden: claims(hidden),
        decoys: 2,
    };
    let issued = || issue(&card(json!({ "a": 1 }), json!({ "b": 2, "c": 3 })), &issuer, &rng).unwrap();
    let (first, second) = (issued(), issued());
    let verified = verify(first.expose(), &issuers(&issuer), &policy()).unwrap();
    assert_eq!(verified.claims.get("c"), Some(&json!(3)));
    assert_eq!(verified.status.unwrap().index, 9);
    assert_eq!(verified.holder.as_ref(), Some(holder.public()));
    let payload = first.expose().split('.').nth(1).unwrap();
    let payload: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    let digests: Vec<&str> = payload["_sd"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
    assert_eq!(digests.len(), 4);
    assert!(digests.is_sorted());
    assert_eq!(payload["cnf"]["jwk"].as_object().unwrap().len(), 4, "the public key and nothing else");
    for (one, other) in first.expose().split('~').zip(second.expose().split('~')) {
        assert!(one != other || one.is_empty());
    }
    let salt = URL_SAFE_NO_PAD.decode(first.expose().split('~').nth(1).unwrap()).unwrap();
    let salt: Vec<Value> = serde_json::from_slice(&salt).unwrap();
    assert_eq!(URL_SAFE_NO_PAD.decode(salt[0].as_str().unwrap()).unwrap().len(), 16);

    for (visible, hidden, fault) in [
        (json!({ "iss": "x" }), json!({}), SdJwtFault::Reserved),
        (json!({}), json!({ "_sd": [] }), SdJwtFault::Reserved),
        (json!({}), json!({ "status": {} }), SdJwtFault::Reserved),
        (json!({ "a": 1 }), json!({ "a": 1 }), SdJwtFault::Overwritten),
    ] {
        assert_eq!(issue(&card(visible, hidden), &issuer, &rng).unwrap_err(), fault);
    }
    assert_eq!(Card::parse("x").unwrap_err(), SdJwtFault::Form);
    assert_eq!(Card::parse("x~y.z").unwrap_err(), SdJwtFault::Form);
}

#[test]
fn keys_are_read_back_and_those_of_another_kind_refused() {
    let made = key(1);
    let private: Value = serde_json::from_str(made.to_private_jwk().expose()).unwrap();
    let read = SigningKey::from_jwk(&private).unwrap();
    assert_eq!((read.public(), read.kid()), (made.public(), made.kid()));
    assert_eq!(PublicKey::from_jwk(&made.to_published_jwk()).unwrap().thumbprint(), made.kid());
    let with = |name: &str, value: Value| {
        let mut jwk = private.clone();
        jwk[name] = value;
        jwk
    };
    let other: Value = serde_json::from_str(key(2).to_private_jwk().expose()).unwrap();
    for wrong in [
        with("kty", json!("RSA")),
        with("crv", json!("P-384")),
        with("alg", json!("ES384")),
        with("use", json!("enc")),
        with("x", private["y"].clone()),
        with("x", json!("AAAA")),
        with("d", other["d"].clone()),
        json!({}),
    ] {
        assert!(SigningKey::from_jwk(&wrong).is_err(), "{wrong}");
    }
    // RFC 7515, appendix A.3.
    let rfc = json!({
        "kty": "EC", "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    });
    assert_eq!(PublicKey::from_jwk(&rfc).unwrap().to_jwk(), rfc);
}

#[test]
fn a_key_is_found_by_issuer_and_name_alone() {
    let (one, two, third) = (key(1), key(2), key(3));
    let set = |keys: &[&SigningKey]| json!({ ISS: jwks(keys) }).to_string();
    let sign = |key: &SigningKey, kid: Option<&str>| {
        format!("{}~", key.sign(TYP, kid, &json!({ "iss": ISS, "vct": "urn:x" })).unwrap())
    };
    let check =
        |token: &str, file: &str| verify(token, &TrustedIssuers::from_json(file.as_bytes()).unwrap(), &policy());
    let both = set(&[&one, &two]);
    assert!(check(&sign(&two, Some(two.kid())), &both).is_ok());
    assert_eq!(check(&sign(&two, Some(one.kid())), &both).unwrap_err(), SdJwtFault::Signature);
    assert_eq!(check(&sign(&third, Some(third.kid())), &both).unwrap_err(), SdJwtFault::UnknownKey);
    // Without a name, there must be no choice.
    assert_eq!(check(&sign(&one, None), &both).unwrap_err(), SdJwtFault::UnknownKey);
    assert!(check(&sign(&one, None), &set(&[&one])).is_ok());
    for (file, fault) in [
        ("", IssuersFault::Form),
        ("[]", IssuersFault::Form),
        (r#"{"https://issuer.example": []}"#, IssuersFault::Form),
        (r#"{"https://issuer.example": {"keys": [{"kty": "RSA"}]}}"#, IssuersFault::NoKey),
    ] {
        assert_eq!(TrustedIssuers::from_json(file.as_bytes()).unwrap_err(), fault);
    }
}
