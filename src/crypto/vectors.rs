//! Wycheproof's vectors and the examples of RFC 7520 (`tests/fixtures/wycheproof`, `tests/fixtures/rfc7520`) at the doors of this
//! room: compact JWS with ES256, and compact JWE with RSA-OAEP-256 and A256GCM. What those sources call valid and is neither
//! is refused on purpose, and counted.

use std::io::Write as _;

use josekit::jwk::{Jwk, KeyPair as _, alg::rsa::RsaKeyPair};
use serde_json::Value;

use super::{
    certificate::PrivateKey,
    es256::{PublicKey, Signature},
    jose,
    testdata::read,
};

fn json(file: &str) -> Value {
    serde_json::from_slice(&read(file)).unwrap()
}

/// Every test of a file of Wycheproof's, with its group.
fn tests(file: &str) -> Vec<(Value, Value)> {
    let file = json(file);
    let groups = file["testGroups"].as_array().unwrap();
    let tests = |group: &Value| group["tests"].as_array().unwrap().clone();
    let all: Vec<_> =
        groups.iter().flat_map(|group| tests(group).into_iter().map(|test| (group.clone(), test))).collect();
    assert_eq!(file["numberOfTests"], all.len());
    all
}

/// The signed part of a token, if the key has signed it.
fn door(token: &str, jwk: &Value) -> bool {
    let Ok(key) = PublicKey::from_jwk(jwk) else { return false };
    Signature::parse(token).is_ok_and(|signature| signature.verifies(&key))
}

#[test]
fn every_signature_of_wycheproof_gets_its_verdict() {
    let (mut taken, mut refused, mut on_purpose) = (0, 0, 0);
    for (group, test) in tests("wycheproof/json_web_signature_test.json") {
        let key = if group["public"].is_object() { &group["public"] } else { &group["private"] };
        let ours = key["kty"] == "EC" && key["crv"] == "P-256" && key["alg"] == "ES256";
        // Some are JSON serializations, which we do not read.
        let verdict = test["jws"].as_str().is_some_and(|jws| door(jws, key));
        match (test["result"] == "valid", ours) {
            (true, true) => taken += usize::from(verdict),
            (true, false) => on_purpose += usize::from(!verdict),
            (false, _) => refused += usize::from(!verdict),
        }
        assert_eq!(verdict, ours && test["result"] == "valid", "{} {}", group["comment"], test);
    }
    assert!(taken >= 2 && refused > 300 && on_purpose > 30, "{taken} {refused} {on_purpose}");
    say(&format!(
        "Wycheproof JWS at ES256: {taken} taken, {refused} refused, {on_purpose} valid ones refused on purpose"
    ));
}

/// A private RSA key in JWK form.
fn private_key(jwk: &Value) -> Option<PrivateKey> {
    let jwk = Jwk::from_map(jwk.as_object()?.clone()).ok()?;
    PrivateKey::from_pem(&RsaKeyPair::from_jwk(&jwk).ok()?.to_pem_private_key()).ok()
}

/// What comes out of a JWE.
fn opened(compact: &str, jwk: &Value) -> Option<Vec<u8>> {
    let keys: Vec<_> = private_key(jwk).into_iter().collect();
    jose::open(compact, &keys).ok().map(|opened| opened.json.expose().clone())
}

#[test]
fn every_encryption_of_wycheproof_gets_its_verdict() {
    let (mut taken, mut refused, mut on_purpose) = (0, 0, 0);
    for (group, test) in tests("wycheproof/json_web_encryption_test.json") {
        let key = &group["private"];
        let opened = test["jwe"].as_str().and_then(|jwe| opened(jwe, key));
        let ours = key["alg"] == "RSA-OAEP-256" && test["enc"] == "A256GCM";
        if test["result"] != "valid" {
            assert_eq!(opened, None, "{} {test}", group["comment"]);
            refused += 1;
        } else if ours {
            assert_eq!(opened.map(hex::encode).as_deref(), test["pt"].as_str(), "{} {test}", group["comment"]);
            taken += 1;
        } else {
            assert_eq!(opened, None, "{} {test}", group["comment"]);
            on_purpose += 1;
        }
    }
    assert!(taken >= 1 && refused > 50 && on_purpose > 30, "{taken} {refused} {on_purpose}");
    say(&format!(
        "Wycheproof JWE at RSA-OAEP-256 with A256GCM: {taken} opened, {refused} refused, {on_purpose} valid ones refused on purpose"
    ));
}

/// Each example is in another algorithm than ours, or none of a compact form: nothing of it is let in here.
#[test]
fn the_examples_of_rfc_7520_are_refused_here() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/rfc7520");
    let mut refused = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        if !name.ends_with(".json") {
            continue;
        }
        let example = json(&format!("rfc7520/{name}"));
        let (key, compact) = (&example["input"]["key"], example["output"]["compact"].as_str());
        for form in compact.into_iter().map(str::to_owned).chain([example["output"]["json"].to_string()]) {
            assert!(!door(&form, key) && opened(&form, key).is_none(), "{}", example["title"]);
        }
        refused += 1;
    }
    assert_eq!(refused, 21);
    say("RFC 7520 at ES256 and at RSA-OAEP-256 with A256GCM: 21 examples, all in other algorithms, all refused");
}

/// Past libtest, which hides what passing tests print.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
