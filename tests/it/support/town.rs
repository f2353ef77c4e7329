//! The town that all tests share, and its Maskinporten. RSA keys take long to make, so each is made once.

use std::{
    collections::VecDeque,
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use jiff::Timestamp;
use josekit::{
    jwk::{KeyPair as _, alg::rsa::RsaKeyPair},
    jws::{self, JwsHeader, RS256},
};
use meldeport::{
    sandbox::{
        maskinporten::{Maskinporten, new_key},
        town::{Town, Virksomhet},
    },
    system::{
        Clock, FrozenClock, Ids, SeededRng,
        http::{Fetch, FetchError},
    },
};
use serde_json::{Value, json};

/// When every test begins: a winter day, when Norway is an hour ahead of UTC.
pub fn start_of_tests() -> Timestamp {
    "2027-01-15T12:00:00Z".parse().unwrap()
}

pub fn town() -> &'static Town {
    static TOWN: LazyLock<Town> = LazyLock::new(|| build(start_of_tests()));
    &TOWN
}

pub fn build(now: Timestamp) -> Town {
    let rng = Arc::new(SeededRng::new(7));
    let ids = Ids::new(Arc::new(FrozenClock::at(now)), rng.clone());
    Town::build(now, &*rng, &ids).unwrap()
}

/// The key that Maskinporten signs tokens with.
pub fn issuer_key() -> RsaKeyPair {
    static KEY: LazyLock<RsaKeyPair> = LazyLock::new(|| {
        let mut key = new_key().unwrap();
        key.set_key_id(Some("maskinporten-1"));
        key
    });
    KEY.clone()
}

/// A client's request for a token, signed with its enterprise certificate.
pub fn grant(maskinporten: &Maskinporten, virksomhet: &Virksomhet, clock: &dyn Clock, ids: &Ids) -> String {
    let now = clock.now().as_second();
    let claims = json!({
        "aud": maskinporten.issuer(),
        "iss": virksomhet.client_id,
        "scope": "ks:fiks",
        "iat": now,
        "exp": now + 100,
        "jti": ids.uuid().to_string(),
    });
    let mut header = JwsHeader::new();
    header.set_x509_certificate_chain(&vec![virksomhet.sertifikat.certificate.to_der().to_vec()]);
    sign(&claims, &header, virksomhet.sertifikat.key_pem.expose().as_bytes())
}

/// Signs claims with RS256, sensible or not.
pub fn sign(claims: &Value, header: &JwsHeader, key_pem: &[u8]) -> String {
    let payload = serde_json::to_vec(claims).unwrap();
    jws::serialize_compact(&payload, header, &RS256.signer_from_pem(key_pem).unwrap()).unwrap()
}

/// An access token as Maskinporten would sign it, with whatever change.
pub fn signed_token(issuer: &str, now: Timestamp, orgnr: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut claims = json!({
        "iss": issuer,
        "scope": "ks:fiks",
        "iat": now.as_second(),
        "exp": now.as_second() + 120,
        "consumer": { "authority": "iso6523-actorid-upis", "ID": format!("0192:{orgnr}") },
    });
    change(&mut claims);
    let mut header = JwsHeader::new();
    header.set_key_id(issuer_key().key_id().unwrap());
    sign(&claims, &header, &issuer_key().to_pem_private_key())
}

/// A place where an issuer publishes its keys: gives the prepared answers in turn, and the last one for ever.
#[derive(Debug)]
pub struct KeySource {
    answers: Mutex<VecDeque<Result<Vec<u8>, String>>>,
    asked: AtomicUsize,
}

impl KeySource {
    pub fn new(answers: impl IntoIterator<Item = Result<Vec<u8>, String>>) -> Arc<Self> {
        Arc::new(Self { answers: Mutex::new(answers.into_iter().collect()), asked: AtomicUsize::new(0) })
    }

    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Fetch for KeySource {
    async fn get(&self, url: &str) -> Result<Vec<u8>, FetchError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mut answers = self.answers.lock().unwrap();
        let next = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
        next.unwrap().map_err(|reason| FetchError { url: url.to_owned(), reason })
    }
}
