//! The issuer's keys: kept, looked up again when a new one shows up, and in use while their source is down.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use josekit::{jwk::KeyPair as _, jws::JwsHeader};
use meldeport::{
    auth::{TokenFault, TokenVerifier, VerifierSettings},
    system::FrozenClock,
};
use serde_json::Value;

use crate::support::{KeySource, issuer_key, sign};

const ISSUER: &str = "http://maskinporten.test/";

fn verifier(keys: &Arc<KeySource>, clock: &Arc<FrozenClock>) -> TokenVerifier {
    TokenVerifier::new(VerifierSettings::new(ISSUER, format!("{ISSUER}jwk")), keys.clone(), clock.clone())
}

fn at(time: &str) -> Arc<FrozenClock> {
    Arc::new(FrozenClock::at(time.parse().unwrap()))
}

/// A key set with these names, all of the same key.
fn key_set(kids: &[&str]) -> Vec<u8> {
    let keys: Vec<Value> = kids
        .iter()
        .map(|kid| {
            let mut key: Value = serde_json::from_str(&issuer_key().to_jwk_public_key().to_string()).unwrap();
            key["kid"] = (*kid).into();
            key
        })
        .collect();
    serde_json::to_vec(&serde_json::json!({ "keys": keys })).unwrap()
}

fn token(kid: &str, now: Timestamp) -> String {
    let consumer = serde_json::json!({ "authority": "iso6523-actorid-upis", "ID": "0192:999999992" });
    let (iat, exp) = (now.as_second(), now.as_second() + 120);
    let claims = serde_json::json!({ "iss": ISSUER, "scope": "ks:fiks", "iat": iat, "exp": exp, "consumer": consumer });
    let mut header = JwsHeader::new();
    header.set_key_id(kid);
    sign(&claims, &header, &issuer_key().to_pem_private_key())
}

fn now(clock: &FrozenClock) -> Timestamp {
    meldeport::system::Clock::now(clock)
}

#[tokio::test]
async fn a_new_key_is_looked_up_once() {
    let clock = at("2027-01-01T12:00:00Z");
    let keys = KeySource::new([Ok(key_set(&["a"])), Ok(key_set(&["a", "b"]))]);
    let verifier = verifier(&keys, &clock);
    for _ in 0..3 {
        verifier.verify(&token("a", now(&clock))).await.unwrap();
    }
    assert_eq!(keys.asked(), 1);
    clock.advance(SignedDuration::from_mins(5));
    for _ in 0..3 {
        verifier.verify(&token("b", now(&clock))).await.unwrap();
    }
    assert_eq!(keys.asked(), 2);
}

#[tokio::test]
async fn invented_keys_do_not_become_a_stream_of_requests() {
    let clock = at("2027-01-01T12:00:00Z");
    let keys = KeySource::new([Ok(key_set(&["a"]))]);
    let verifier = verifier(&keys, &clock);
    for n in 0..60 {
        let invented = token(&format!("invented-{n}"), now(&clock));
        assert_eq!(verifier.verify(&invented).await, Err(TokenFault::UnknownKey));
        verifier.verify(&token("a", now(&clock))).await.unwrap();
        clock.advance(SignedDuration::from_secs(1));
    }
    assert_eq!(keys.asked(), 2, "once in half a minute");
}

#[tokio::test]
async fn a_broken_source_locks_nobody_out_whose_key_is_known() {
    let clock = at("2027-01-01T12:00:00Z");
    let broken = || Err("connection refused".to_owned());
    let nonsense = Ok(b"<html>Maintenance</html>".to_vec());
    let keys = KeySource::new([Ok(key_set(&["a"])), broken(), nonsense, broken()]);
    let verifier = verifier(&keys, &clock);
    verifier.verify(&token("a", now(&clock))).await.unwrap();
    for day in 1..=3 {
        clock.advance(SignedDuration::from_hours(25));
        verifier.verify(&token("a", now(&clock))).await.unwrap();
        verifier.verify(&token("a", now(&clock))).await.unwrap();
        assert_eq!(keys.asked(), 1 + day, "the keys are old, so one looks again, but not with every call");
    }
    // Whether an unknown key is a bad one cannot be told now.
    assert_eq!(verifier.verify(&token("b", now(&clock))).await, Err(TokenFault::KeysUnavailable));
}

#[tokio::test]
async fn a_source_that_is_down_at_the_start_is_asked_again() {
    let clock = at("2027-01-01T12:00:00Z");
    let keys = KeySource::new([Err("connection refused".to_owned()), Ok(key_set(&["a"]))]);
    let verifier = verifier(&keys, &clock);
    assert_eq!(verifier.verify(&token("a", now(&clock))).await, Err(TokenFault::KeysUnavailable));
    clock.advance(SignedDuration::from_secs(30));
    verifier.verify(&token("a", now(&clock))).await.unwrap();
}

#[tokio::test]
async fn callers_that_come_together_wait_for_one_answer() {
    let clock = at("2027-01-01T12:00:00Z");
    let keys = KeySource::new([Ok(key_set(&["a"]))]);
    let verifier = verifier(&keys, &clock);
    let token = token("a", now(&clock));
    let verdicts = futures_util::future::join_all((0..20).map(|_| verifier.verify(&token))).await;
    assert!(verdicts.iter().all(Result::is_ok));
    assert_eq!(keys.asked(), 1);
}
