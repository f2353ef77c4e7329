//! Wycheproof's vectors and the examples of RFC 7520 (`tests/fixtures/wycheproof`, `tests/fixtures/rfc7520`) at the door that
//! access tokens come by: RS256, RS384 or RS512, a `kid`, and a key that the issuer publishes. What those sources call valid
//! and is something else is refused on purpose, and counted.

use std::{io::Write as _, path::Path, sync::Arc, time::Duration};

use async_trait::async_trait;
use serde_json::{Value, json};

use super::{TokenFault, keys::IssuerKeys};
use crate::system::{
    FrozenClock,
    http::{Fetch, FetchError},
};

#[derive(Debug)]
struct Published(Value);

#[async_trait]
impl Fetch for Published {
    async fn get(&self, _: &str) -> Result<Vec<u8>, FetchError> {
        Ok(self.0.to_string().into_bytes())
    }
}

async fn door(token: &str, jwks: Value) -> Result<Vec<u8>, TokenFault> {
    let clock = Arc::new(FrozenClock::at("2027-01-01T12:00:00Z".parse().unwrap()));
    let keys = IssuerKeys::new("test".to_owned(), Duration::from_secs(60), Arc::new(Published(jwks)), clock);
    keys.signed(token).await
}

fn read(file: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(file);
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn groups(file: &str) -> Vec<Value> {
    read(file)["testGroups"].as_array().unwrap().clone()
}

/// Keys that we take against Wycheproof's advice. ROCA: a weakness of one maker's chips, by which a private key can be computed from
/// its modulus. Only the issuer publishes keys here, at its own address; whether it should have made them otherwise, it must know.
const TAKEN_ALL_THE_SAME: [&str; 1] = ["rejectsKeyWithRocaVulnerability"];

#[tokio::test]
async fn every_signature_of_wycheproof_gets_its_verdict() {
    let (mut taken, mut refused, mut on_purpose, mut wrong) = (0, 0, 0, Vec::new());
    for group in groups("wycheproof/json_web_signature_test.json") {
        let key = if group["public"].is_object() { &group["public"] } else { &group["private"] };
        let algorithm = key["alg"].as_str().unwrap_or_default();
        let ours = matches!(algorithm, "RS256" | "RS384" | "RS512");
        for test in group["tests"].as_array().unwrap() {
            let Some(jws) = test["jws"].as_str() else {
                refused += 1;
                continue;
            };
            let verdict = door(jws, json!({ "keys": [key] })).await;
            let valid = test["result"] == "valid";
            match (valid, verdict.is_ok()) {
                (true, true) if ours => taken += 1,
                (true, false) if !ours => on_purpose += 1,
                (false, false) => refused += 1,
                _ => wrong.push(format!(
                    "{} {algorithm} {} {}: {verdict:?}",
                    group["comment"], test["tcId"], test["comment"]
                )),
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(taken > 10 && refused > 300 && on_purpose > 15, "{taken} {refused} {on_purpose}");
    say(&format!(
        "Wycheproof JWS at RS256/384/512: {taken} taken, {refused} refused, {on_purpose} valid ones refused on purpose"
    ));
}

#[tokio::test]
async fn every_key_of_wycheproof_gets_its_verdict() {
    let (mut taken, mut refused, mut on_purpose, mut exceptions, mut wrong) = (0, 0, 0, 0, Vec::new());
    for group in groups("wycheproof/json_web_key_test.json") {
        let keys = if group["public"].is_object() { &group["public"] } else { &group["private"] };
        for test in group["tests"].as_array().unwrap() {
            let verdict = match test["jws"].as_str() {
                Some(jws) => door(jws, keys.clone()).await,
                None => Err(TokenFault::Form),
            };
            let rsa = keys["keys"].as_array().unwrap().iter().all(|key| key["kty"] == "RSA");
            let known = TAKEN_ALL_THE_SAME.iter().any(|comment| test["comment"] == *comment);
            match (test["result"] == "valid", verdict.is_ok()) {
                (false, true) if known => exceptions += 1,
                (true, true) => taken += 1,
                (true, false) if !rsa => on_purpose += 1,
                (false, false) => refused += 1,
                _ => wrong.push(format!("{} {} {}: {verdict:?}", group["comment"], test["tcId"], test["comment"])),
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(exceptions, TAKEN_ALL_THE_SAME.len());
    say(&format!(
        "Wycheproof JWK at RS256/384/512: {taken} taken, {refused} refused, {on_purpose} valid ones refused on purpose, \
         {exceptions} taken although it advises not to"
    ));
}

#[tokio::test]
async fn the_one_example_of_rfc_7520_that_is_ours_is_taken() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/rfc7520");
    let (mut taken, mut refused) = (Vec::new(), 0);
    for file in std::fs::read_dir(folder).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        if !name.ends_with(".json") {
            continue;
        }
        let example = read(&format!("rfc7520/{name}"));
        let (key, output) = (&example["input"]["key"], &example["output"]);
        for form in output["compact"].as_str().map(str::to_owned).into_iter().chain([output["json"].to_string()]) {
            match door(&form, json!({ "keys": [key] })).await {
                Ok(payload) => {
                    assert_eq!(String::from_utf8(payload).unwrap(), example["input"]["payload"]);
                    taken.push(name.clone());
                }
                Err(_) => refused += 1,
            }
        }
    }
    assert_eq!(taken, ["4_1.rsa_v15_signature.json"]);
    say(&format!("RFC 7520 at RS256/384/512: 4.1 taken, {refused} other examples and forms refused on purpose"));
}

/// An extension that must be understood is understood by nobody here, whatever form it has.
#[tokio::test]
async fn what_must_be_understood_is_refused() {
    let example = read("rfc7520/4_1.rsa_v15_signature.json");
    let jwk = &example["input"]["key"];
    let key = josekit::jwk::Jwk::from_map(jwk.as_object().unwrap().clone()).unwrap();
    let signer = josekit::jws::RS256.signer_from_jwk(&key).unwrap();
    for (name, value) in [("crit", json!(["b64"])), ("crit", json!("exp")), ("crit", json!([1])), ("b64", json!(false))]
    {
        let header = json!({ "alg": "RS256", "kid": jwk["kid"], name: value }).to_string();
        let signed = [header.as_str(), "{}"].map(|part| {
            use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
            URL_SAFE_NO_PAD.encode(part)
        });
        let signed = signed.join(".");
        let signature = josekit::jws::JwsSigner::sign(&signer, signed.as_bytes()).unwrap();
        let signature = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, signature);
        let verdict = door(&format!("{signed}.{signature}"), json!({ "keys": [jwk] })).await;
        assert_eq!(verdict, Err(TokenFault::Form), "{name}");
    }
}

/// Past libtest, which hides what passing tests print.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
