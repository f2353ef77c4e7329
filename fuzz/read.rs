//! What is done with a stranger's bytes, and what must hold whatever they are. `tests/it/korpus.rs` calls it with every file of
//! `corpus/`, and with what chance makes of them.
//!
//! Each function panics when something is wrong, and so does what it calls.

use std::{
    collections::HashSet,
    sync::{Arc, OnceLock},
};

use async_trait::async_trait;
use futures_util::FutureExt as _;
use jiff::{SignedDuration, Timestamp};
use meldeport::{
    auth::{TokenVerifier, VerifierSettings},
    crypto::{
        asice::{self, Trust},
        certificate::Certificate,
        cms,
        issuers::TrustedIssuers,
        jose, policy, possession, sd_jwt, status_list,
    },
    domain::mottak::MAX_INNHOLD,
    http::Rapport,
    skjema::{self, Innhold, convert::convert, parse::parse},
    system::{
        FrozenClock,
        http::{Fetch, FetchError},
    },
};
use poem::{Body, Request};
use poem_openapi::{ApiExtractor as _, ExtractParamOptions};

fn at(time: &str) -> Timestamp {
    time.parse().expect("a time")
}

/// An envelope, judged without any key. One that is accepted is made to the certificate that it is said to be made to.
pub fn konvolutt(bytes: &[u8]) {
    static REGISTERED: OnceLock<[Certificate; 2]> = OnceLock::new();
    let [office, print] = REGISTERED.get_or_init(|| {
        [
            &include_bytes!("../tests/fixtures/keys/TEST-ONLY-kommune-a-enc-rsa2048.cert.pem")[..],
            &include_bytes!("../tests/fixtures/keys/TEST-ONLY-print-enc-rsa2048.cert.pem")[..],
        ]
        .map(|pem| Certificate::from_pem(pem).expect("a certificate"))
    });
    let judged = cms::inspect(bytes, &[office, print], at("2027-01-01T12:00:00Z"));
    let serial = cms::recipient_serial(bytes);
    if let Ok(accepted) = judged {
        let certificate = [office, print][accepted.recipient];
        assert!(serial.expect("the form is right").is_none_or(|serial| serial == certificate.serial()));
        assert!(accepted.ciphertext_bytes < bytes.len() && accepted.ciphertext_bytes % 16 == 0);
    }
}

/// The body of a report: the first line is its `Content-Type`.
pub fn multipart(bytes: &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    let (kind, body) = bytes.split_at(end);
    let Ok(kind) = std::str::from_utf8(kind) else { return };
    if !kind.bytes().all(|byte| (0x20..0x7F).contains(&byte)) {
        return;
    }
    let body = body.get(1..).unwrap_or_default();
    let request = Request::builder().content_type(kind).body(Body::from(body.to_vec()));
    let (request, mut body) = request.split();
    let read = Rapport::from_request(&request, &mut body, ExtractParamOptions::default());
    match read.now_or_never().expect("all bytes are there, so there is nothing to wait for") {
        Ok(Rapport::Konvolutter(parts)) => assert!(parts.asice.len() + parts.pdf.len() <= MAX_INNHOLD.min(bytes.len())),
        Ok(Rapport::Skjema(json)) => assert!(json.expose().len() < bytes.len()),
        Err(error) => assert!(error.status().is_client_error(), "{error}"),
    }
}

#[derive(Debug)]
struct Published(&'static [u8]);

#[async_trait]
impl Fetch for Published {
    async fn get(&self, _: &str) -> Result<Vec<u8>, FetchError> {
        Ok(self.0.to_vec())
    }
}

/// The access tokens that the issuer of the test vectors has signed.
const SIGNED: [&str; 7] = [
    include_str!("../tests/fixtures/jwt/access-aud-restricted.jwt"),
    include_str!("../tests/fixtures/jwt/access-delegated.jwt"),
    include_str!("../tests/fixtures/jwt/access-ok.jwt"),
    include_str!("../tests/fixtures/jwt/access-two-scopes.jwt"),
    include_str!("../tests/fixtures/jwt/neg-access-expired.jwt"),
    include_str!("../tests/fixtures/jwt/neg-access-no-consumer.jwt"),
    include_str!("../tests/fixtures/jwt/neg-access-wrong-iss.jwt"),
];

/// Whatever arrives as a token, at the door that the first byte names. Nobody is let in with what the issuer did not sign.
pub fn jwt(bytes: &[u8]) {
    let Some((door, text)) = bytes.split_first() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    match door {
        b'a' => access(text),
        b'k' => card(text),
        b's' => {
            let _ = status_list::named(text);
            let _ = status_list::verify(text, issuers(), "https://lillevik.example/ledsagerbevis");
        }
        b'p' => {
            let expected = possession::Expected {
                audience: "https://meldeport.example",
                now: at("2027-01-01T12:00:00Z"),
                max_age: SignedDuration::from_mins(5),
                skew: SignedDuration::from_secs(60),
            };
            let _ = possession::verify(text, &expected);
        }
        b'e' => assert!(jose::open(text, &[]).is_err(), "opened without a key"),
        _ => {}
    }
}

fn access(token: &str) {
    static VERIFIER: OnceLock<TokenVerifier> = OnceLock::new();
    let verifier = VERIFIER.get_or_init(|| {
        let settings = VerifierSettings::new("http://127.0.0.1:9000/", "http://127.0.0.1:9000/jwk");
        let keys = Arc::new(Published(include_bytes!("../tests/fixtures/jwt/dev-issuer.jwks.json")));
        TokenVerifier::new(settings, keys, Arc::new(FrozenClock::at(at("2026-01-01T00:01:00Z"))))
    });
    let verdict = verifier.verify(token).now_or_never().expect("the keys are at hand");
    if verdict.is_ok() {
        let signed = |token: &str| token.trim().rsplit_once('.').map(|(signed, _)| signed.to_owned());
        assert!(SIGNED.iter().any(|known| signed(known) == signed(token)), "forged");
    }
}

fn issuers() -> &'static TrustedIssuers {
    static ISSUERS: OnceLock<TrustedIssuers> = OnceLock::new();
    ISSUERS
        .get_or_init(|| TrustedIssuers::from_json(include_bytes!("issuers.json")).expect("the issuers of the vectors"))
}

fn card(text: &str) {
    let policy = sd_jwt::Policy {
        now: at("2026-11-22T11:00:00Z"),
        skew: SignedDuration::from_secs(60),
        vct: None,
        binding: sd_jwt::Binding::Ignored,
    };
    let _ = sd_jwt::verify(text, issuers(), &policy);
    if let Ok(card) = sd_jwt::Card::parse(text) {
        let _ = card.show(&["navn", "given_name"]);
    }
}

/// A form: the first byte says which. What is valid stays so when it is written and read again, and converting it to another
/// version gives what is valid there.
pub fn skjema(bytes: &[u8]) {
    let Some((which, bytes)) = bytes.split_first() else { return };
    let forms = skjema::register().forms();
    let form = &forms[usize::from(*which) % forms.len()];
    let Ok(payload) = parse(bytes) else { return };
    if !form.validate(&payload).gyldig() {
        return;
    }
    let written = payload.to_string();
    let again = parse(written.as_bytes()).expect("what was read can be read");
    assert!(form.validate(&again).gyldig(), "valid once only");
    for other in forms.iter().filter(|other| other.id.skjema == form.id.skjema && other.id.variant == form.id.variant) {
        let copy: Innhold = parse(written.as_bytes()).expect("what was read can be read");
        let _ = convert(copy, form.id, other.id.versjon);
    }
}

/// A container that somebody has sealed to us, with whatever signature. What comes out of it has safe names, each once, and is
/// not more than a container may hold.
pub fn asice(bytes: &[u8]) {
    let Ok(container) = asice::open(bytes, &Trust::default(), at("2027-01-01T12:00:00Z")) else { return };
    let mut names = HashSet::new();
    let mut room = policy::CONTAINER_BYTES_MAX;
    for (name, content) in &container.files {
        assert!(names.insert(name.to_lowercase()), "twice");
        assert!(!name.starts_with(['/', '\\']) && !name.split(['/', '\\']).any(|part| part == ".."), "outside");
        room = room.checked_sub(content.expose().len() as u64).expect("more than a container may hold");
    }
}
