//! Tokens and grants as Maskinporten gives and takes them. Each vector of `tests/fixtures/jwt` gets the verdict of its
//! name: at 2026-01-01T00:00:00Z, when they were issued by `http://127.0.0.1:9000/`.

use std::{collections::BTreeSet, fs, path::Path, sync::Arc};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use josekit::{
    jwk::{JwkSet, KeyPair as _},
    jws::JwsHeader,
};
use meldeport::{
    auth::{Token, TokenFault, TokenVerifier, VerifierSettings},
    crypto::certificate::Certificate,
    model::Organisasjonsnummer,
    sandbox::maskinporten::{Client, GrantFault, Issued, Maskinporten},
    system::{FrozenClock, Ids, SeededRng},
};
use serde_json::Value;

use crate::support::{KeySource, fixture, issuer_key, sign};

const ISSUER: &str = "http://127.0.0.1:9000/";
const OWN: &str = "999999992";
const DELEGATED: &str = "999999990";

fn vector(name: &str) -> String {
    String::from_utf8(fixture(&format!("jwt/{name}.jwt"))).unwrap().trim().to_owned()
}

/// The vectors whose name begins so.
fn names(prefixes: &[&str]) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/jwt");
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let names = files.filter_map(|file| file.strip_suffix(".jwt").map(str::to_owned));
    names.filter(|name| prefixes.iter().any(|prefix| name.starts_with(prefix))).collect()
}

fn orgnr(text: &str) -> Organisasjonsnummer {
    text.parse().unwrap()
}

fn verifier(keys: &Arc<KeySource>, clock: &Arc<FrozenClock>, audience: Option<&str>) -> TokenVerifier {
    let mut settings = VerifierSettings::new(ISSUER, format!("{ISSUER}jwk"));
    settings.audience = audience.map(str::to_owned);
    TokenVerifier::new(settings, keys.clone(), clock.clone())
}

fn published() -> Arc<KeySource> {
    KeySource::new([Ok(fixture("jwt/dev-issuer.jwks.json"))])
}

fn at(time: &str) -> Arc<FrozenClock> {
    Arc::new(FrozenClock::at(time.parse().unwrap()))
}

#[tokio::test]
async fn every_access_token_gets_the_verdict_of_its_name() {
    let own = Token { consumer: orgnr(OWN), supplier: None };
    let delegated = Token { consumer: orgnr(DELEGATED), supplier: Some(orgnr(OWN)) };
    let expected = [
        ("access-ok", Ok(own.clone())),
        ("access-two-scopes", Ok(own.clone())),
        ("access-aud-restricted", Ok(own)),
        ("access-delegated", Ok(delegated)),
        ("neg-access-alg-none", Err(TokenFault::Form)),
        ("neg-access-expired", Err(TokenFault::Expired)),
        ("neg-access-hs256-with-public-key", Err(TokenFault::Form)),
        ("neg-access-no-consumer", Err(TokenFault::Consumer)),
        ("neg-access-unknown-kid", Err(TokenFault::UnknownKey)),
        ("neg-access-wrong-iss", Err(TokenFault::Issuer)),
    ];
    assert_eq!(names(&["access-", "neg-access-"]), expected.iter().map(|(name, _)| (*name).to_owned()).collect());
    let clock = at("2026-01-01T00:01:00Z");
    let any = verifier(&published(), &clock, None);
    for (name, verdict) in expected {
        assert_eq!(any.verify(&vector(name)).await, verdict, "{name}");
    }
    // Where the operator asks for an audience, a token must have that one.
    let ours = verifier(&published(), &clock, Some("http://127.0.0.1:8080"));
    assert!(ours.verify(&vector("access-aud-restricted")).await.is_ok());
    assert_eq!(ours.verify(&vector("access-ok")).await, Err(TokenFault::Audience));
    let other = verifier(&published(), &clock, Some("http://127.0.0.1:8081"));
    assert_eq!(other.verify(&vector("access-aud-restricted")).await, Err(TokenFault::Audience));
}

#[tokio::test]
async fn a_token_is_good_from_its_beginning_to_its_end_with_a_small_skew() {
    let clock = at("2026-01-01T00:00:00Z");
    let verifier = verifier(&published(), &clock, None);
    // Issued at 00:00:00 for 120 seconds; clocks may differ by 10.
    for (time, verdict) in [
        ("2025-12-31T23:59:49Z", Err(TokenFault::IssuedAt)),
        ("2025-12-31T23:59:50Z", Ok(())),
        ("2026-01-01T00:02:09Z", Ok(())),
        ("2026-01-01T00:02:10Z", Err(TokenFault::Expired)),
    ] {
        clock.set(time.parse().unwrap());
        assert_eq!(verifier.verify(&vector("access-ok")).await.map(drop), verdict, "{time}");
    }
}

#[tokio::test]
async fn a_changed_token_is_refused() {
    let clock = at("2026-01-01T00:01:00Z");
    let verifier = verifier(&published(), &clock, None);
    let token = vector("access-ok");
    let parts: Vec<&str> = token.split('.').collect();
    let claims = String::from_utf8(URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
    let claims = URL_SAFE_NO_PAD.encode(claims.replace(OWN, DELEGATED));
    let forged = [parts[0], &claims, parts[2]].join(".");
    assert_eq!(verifier.verify(&forged).await, Err(TokenFault::Signature));
    for broken in ["", ".", "..", "a.b", &token[..token.len() - 8], &format!("{token}.x"), &format!("{}..", parts[0])] {
        assert!(verifier.verify(broken).await.is_err(), "{broken}");
    }
}

fn maskinporten(clock: &Arc<FrozenClock>) -> Maskinporten {
    let registered = JwkSet::from_bytes(fixture("jwt/client-registered.jwks.json")).unwrap();
    let client = Client {
        id: "test-client-id".to_owned(),
        organisasjonsnummer: orgnr(OWN),
        scopes: vec!["ks:fiks".to_owned()],
        keys: registered.keys().into_iter().cloned().collect(),
        delegert_fra: vec![orgnr(DELEGATED)],
    };
    let authority = Certificate::from_pem(&fixture("keys/TEST-ONLY-ca.cert.pem")).unwrap();
    let ids = Ids::new(clock.clone(), Arc::new(SeededRng::new(1)));
    Maskinporten::new(ISSUER.to_owned(), issuer_key(), vec![authority], [client], clock.clone(), ids)
}

/// Each grant goes to a Maskinporten of its own, since several have the same `jti`.
fn issue(assertion: &str, time: &str) -> Result<Issued, GrantFault> {
    maskinporten(&at(time)).issue(assertion)
}

fn why(assertion: &str, time: &str) -> &'static str {
    issue(assertion, time).map_or_else(|fault| fault.description, |_| "issued")
}

const GRANTED: &str = "2026-01-01T00:00:05Z";
const CERTIFICATE: &str = "the certificate is not valid now";
const TIMES: &str = "exp may be 120 seconds after iat, and iat 10 seconds from now";

/// The vectors as they are. Their enterprise certificate was made in November 2026, eleven months after the time in the
/// grants: at no moment are both in date. So what each is refused for is looked at twice, at the grant's time and at a
/// time of the certificate; [`grants_of_today_get_the_verdict_of_their_name`] has the same grants with a later date.
#[test]
fn every_grant_is_judged_at_its_own_time_and_at_that_of_its_certificate() {
    let expected = [
        ("grant-kid", "issued", TIMES),
        ("grant-x5c", CERTIFICATE, TIMES),
        ("grant-x5c-consumer_org", CERTIFICATE, TIMES),
        ("neg-grant-exp-121s", CERTIFICATE, TIMES),
        ("neg-grant-no-kid-no-x5c", "the header needs x5c or kid", "the header needs x5c or kid"),
        ("neg-grant-wrong-aud", CERTIFICATE, "aud must be the issuer"),
        ("neg-grant-x5c-signed-by-other-key", CERTIFICATE, "wrong signature"),
    ];
    assert_eq!(names(&["grant-", "neg-grant-"]), expected.iter().map(|(name, ..)| (*name).to_owned()).collect());
    for (name, at_its_time, later) in expected {
        assert_eq!(why(&vector(name), GRANTED), at_its_time, "{name}");
        assert_eq!(why(&vector(name), "2027-01-01T00:00:05Z"), later, "{name}");
    }
}

/// A vector's claims and certificate with all times a year later, signed with the certificate's key or with another one.
fn a_year_later(name: &str, own_key: bool) -> String {
    let token = vector(name);
    let parts: Vec<&str> = token.split('.').collect();
    let json = |part: &str| -> Value { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap() };
    let (header, mut claims) = (json(parts[0]), json(parts[1]));
    for time in ["iat", "exp"] {
        claims[time] = (claims[time].as_i64().unwrap() + 365 * 24 * 3600).into();
    }
    let header = JwsHeader::from_map(header.as_object().unwrap().clone()).unwrap();
    let other = issuer_key().to_pem_private_key();
    let key = if own_key { fixture("keys/TEST-ONLY-virksomhet-sign-rsa2048.key.pem") } else { other };
    sign(&claims, &header, &key)
}

#[tokio::test]
async fn grants_of_today_get_the_verdict_of_their_name() {
    let now = "2027-01-01T00:00:05Z";
    for (name, own_key, verdict) in [
        ("grant-x5c", true, "issued"),
        ("grant-x5c-consumer_org", true, "issued"),
        ("neg-grant-exp-121s", true, TIMES),
        ("neg-grant-wrong-aud", true, "aud must be the issuer"),
        ("neg-grant-x5c-signed-by-other-key", false, "wrong signature"),
    ] {
        assert_eq!(why(&a_year_later(name, own_key), now), verdict, "{name}");
    }
    let clock = at(now);
    for (name, token) in [
        ("grant-x5c", Token { consumer: orgnr(OWN), supplier: None }),
        ("grant-x5c-consumer_org", Token { consumer: orgnr(DELEGATED), supplier: Some(orgnr(OWN)) }),
    ] {
        let maskinporten = maskinporten(&clock);
        let keys = KeySource::new([Ok(serde_json::to_vec(&maskinporten.jwks()).unwrap())]);
        let issued = maskinporten.issue(&a_year_later(name, true)).unwrap();
        assert_eq!(verifier(&keys, &clock, None).verify(&issued.access_token).await, Ok(token), "{name}");
    }
}

#[test]
fn a_grant_is_good_once() {
    let maskinporten = maskinporten(&at(GRANTED));
    maskinporten.issue(&vector("grant-kid")).unwrap();
    assert_eq!(maskinporten.issue(&vector("grant-kid")).unwrap_err().description, "jti has been used");
}
