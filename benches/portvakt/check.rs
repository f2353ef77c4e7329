//! What costs neither input nor output: judging an envelope, and finding out who calls.

use std::{hint::black_box, time::Instant};

use clap::Args;
use josekit::jws::RS256;
use meldeport::{
    auth::{TokenVerifier, VerifierSettings},
    crypto::cms,
    system::{Clock as _, SystemClock},
};
use openssl::{
    encrypt::Encrypter,
    hash::MessageDigest,
    pkey::PKey,
    rsa::Padding,
    sign::Verifier,
    symm::{self, Cipher},
};
use serde_json::{Value, json};

use crate::{
    Common, fill,
    report::{Report, quantile},
    site::Site,
    work::Operation,
};

#[derive(Debug, Args)]
pub struct Check {
    #[command(flatten)]
    pub common: Common,
    /// Calls in a round, of which there are nine.
    #[arg(long, default_value_t = 400)]
    calls: u32,
}

const ROUNDS: usize = 9;

/// Microseconds for one call: the middle one of the rounds.
fn time(calls: u32, mut work: impl FnMut()) -> f64 {
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            (0..calls).for_each(|_| work());
            start.elapsed().as_secs_f64() * 1e6 / f64::from(calls)
        })
        .collect();
    quantile(&mut rounds, 0.5)
}

pub async fn run(options: &Check, report: &mut Report) {
    let site = Site::open(&options.common).await;
    let (calls, now) = (options.calls, SystemClock.now());
    let certificate = &site.town.kontorer[0].nokkel.certificate;
    for (name, operation) in
        [("envelope check, 150 kB", Operation::Envelope), ("envelope check, 2.6 MB", Operation::Large)]
    {
        let envelope = fill::envelopes(&site, operation.parts()).asice;
        let taken = time(calls, || {
            black_box(cms::inspect(&envelope, &[certificate], now).unwrap());
        });
        report.row(json!({ "what": name, "us": taken, "bare us": Value::Null, "ratio": Value::Null, "aim": "10 us" }));
    }

    let key = PKey::public_key_from_der(&certificate.public_key_der()).unwrap();
    let plain = vec![0x5A; Operation::Envelope.parts()];
    let sealed = time(calls.div_ceil(4), || drop(black_box(cms::seal(&plain, certificate, &*site.rng).unwrap())));
    let bare = time(calls.div_ceil(4), || {
        let mut encrypter = Encrypter::new(&key).unwrap();
        encrypter.set_rsa_padding(Padding::PKCS1_OAEP).unwrap();
        encrypter.set_rsa_oaep_md(MessageDigest::sha256()).unwrap();
        let mut wrapped = vec![0; encrypter.encrypt_len(&[7; 32]).unwrap()];
        encrypter.encrypt(&[7; 32], &mut wrapped).unwrap();
        black_box(symm::encrypt(Cipher::aes_256_cbc(), &[7; 32], Some(&[7; 16]), &plain).unwrap());
    });
    report.row(
        json!({ "what": "seal 150 kB", "us": sealed, "bare us": bare, "ratio": sealed / bare, "aim": Value::Null }),
    );

    let token = site.token(&site.town.skole);
    let jwks: Value = serde_json::from_slice(&site.jwks).unwrap();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let signature = decoded(signature);
    let jwk = josekit::jwk::Jwk::from_map(jwks["keys"][0].as_object().unwrap().clone()).unwrap();
    let verifier = RS256.verifier_from_jwk(&jwk).unwrap();
    let public = PKey::public_key_from_pem(&site.public_key_pem()).unwrap();
    let bare = time(calls, || {
        let mut verifier = Verifier::new(MessageDigest::sha256(), &public).unwrap();
        verifier.update(signed.as_bytes()).unwrap();
        assert!(verifier.verify(&signature).unwrap());
    });
    let library = time(calls, || {
        black_box(josekit::jwt::decode_with_verifier(&token, &verifier).unwrap());
    });
    let settings = VerifierSettings::new(site.issuer.clone(), format!("{}jwk", site.issuer));
    let ours = TokenVerifier::new(settings, site.fetch(), std::sync::Arc::new(SystemClock));
    ours.verify(&token).await.unwrap();
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for _ in 0..calls {
            black_box(ours.verify(&token).await.unwrap());
        }
        rounds.push(start.elapsed().as_secs_f64() * 1e6 / f64::from(calls));
    }
    let checked = quantile(&mut rounds, 0.5);
    for (name, taken, aim) in
        [("josekit's check of the token", library, Value::Null), ("token check", checked, json!("1.3 x bare"))]
    {
        report.row(json!({ "what": name, "us": taken, "bare us": bare, "ratio": taken / bare, "aim": aim }));
    }
    report.note("bare: for a token OpenSSL's RSA verification alone, for sealing its RSA-OAEP and AES-256-CBC alone");
}

fn decoded(text: &str) -> Vec<u8> {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.decode(text).unwrap()
}
