use std::io::Write as _;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{Freshness, LIST_MAX, Publication, StatusFault, StatusList, TYP, sign, verify};
use crate::{
    crypto::{
        es256::SigningKey,
        issuers::{TrustedIssuers, jwks},
    },
    system::SeededRng,
};

const ISS: &str = "https://issuer.example";

fn now() -> Timestamp {
    "2026-11-22T11:00:00Z".parse().unwrap()
}

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

fn key() -> SigningKey {
    SigningKey::make(&SeededRng::new(1)).unwrap()
}

fn issuers() -> TrustedIssuers {
    let mut issuers = TrustedIssuers::default();
    issuers.trust(ISS, &jwks(&[&key()])).unwrap();
    issuers
}

fn signed(payload: Value) -> String {
    let key = key();
    key.sign(TYP, Some(key.kid()), &payload).unwrap()
}

fn zlib(bytes: &[u8]) -> String {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    URL_SAFE_NO_PAD.encode(encoder.finish().unwrap())
}

#[test]
fn the_examples_of_the_draft_are_read() {
    // §4.1, in one bit and in two.
    let one = StatusList::from_json(&json!({ "bits": 1, "lst": "eNrbuRgAAhcBXQ" })).unwrap();
    let bits: Vec<u8> = (0..16).map(|place| one.get(place).unwrap()).collect();
    assert_eq!(bits, [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]);
    assert_eq!((one.places(), one.get(16), one.get(u64::MAX)), (16, None, None));
    let two = StatusList::from_json(&json!({ "bits": 2, "lst": "eNo76fITAAPfAgc" })).unwrap();
    let bits: Vec<u8> = (0..12).map(|place| two.get(place).unwrap()).collect();
    assert_eq!(bits, [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]);
}

#[test]
fn a_list_comes_back_as_it_was_published() {
    let revoked = |place: u64| place % 7 == 3;
    let list = StatusList::from_revoked((0..100_000).map(revoked)).unwrap();
    let publication = Publication {
        uri: "https://issuer.example/s",
        issuer: ISS,
        issued_at: now(),
        expires_at: now() + hours(24),
        ttl: hours(1),
    };
    let token = sign(&list, &publication, &key()).unwrap();
    let read = verify(&format!("{token}\n"), &issuers(), ISS).unwrap();
    for place in 0..100_000 {
        let expected = if revoked(place) { Err(StatusFault::Revoked) } else { Ok(()) };
        assert_eq!(read.check(place), expected);
    }
    assert_eq!(read.check(100_000), Err(StatusFault::OutOfRange));
    let skew = SignedDuration::from_secs(30);
    for (after, expected) in [
        (SignedDuration::ZERO, Freshness::Fresh),
        (SignedDuration::from_secs(3599), Freshness::Fresh),
        (SignedDuration::from_secs(3600), Freshness::Stale),
        (hours(24), Freshness::Stale),
        (hours(24) + skew, Freshness::Expired),
    ] {
        assert_eq!(read.freshness(now() + after, skew), Ok(expected), "{after:?}");
    }
    assert_eq!(read.freshness(now() - skew - skew, skew), Err(StatusFault::NotYetValid));
    assert!(StatusList::from_revoked((0..=LIST_MAX * 8).map(|_| false)).is_err());
}

#[test]
fn a_list_that_says_little_grows_old_all_the_same() {
    let list = json!({ "bits": 1, "lst": zlib(&[0]) });
    let read = |payload| verify(&signed(payload), &issuers(), ISS).unwrap();
    let iat = now().as_second();
    let bare = read(json!({ "sub": "x", "iat": iat, "status_list": list }));
    let ends = read(json!({ "sub": "x", "iat": iat, "exp": iat + 60, "status_list": list }));
    let age = |read: &super::StatusToken, by| read.freshness(now() + by, SignedDuration::ZERO).unwrap();
    assert_eq!((age(&bare, hours(11)), age(&bare, hours(12))), (Freshness::Fresh, Freshness::Stale));
    assert_eq!(age(&ends, SignedDuration::from_secs(59)), Freshness::Fresh);
    assert_eq!(age(&ends, SignedDuration::from_secs(60)), Freshness::Expired);
    let eight = read(json!({ "sub": "x", "iat": iat, "status_list": { "bits": 8, "lst": zlib(&[0, 1, 2, 3]) } }));
    let said: Vec<_> = (0..5).map(|place| eight.check(place)).collect();
    use StatusFault::{Other, OutOfRange, Revoked, Suspended};
    assert_eq!(said, [Ok(()), Err(Revoked), Err(Suspended), Err(Other), Err(OutOfRange)]);
}

#[test]
fn a_list_that_is_not_one_is_refused() {
    let iat = now().as_second();
    let good = json!({ "sub": "x", "iat": iat, "status_list": { "bits": 1, "lst": zlib(&[0]) } });
    let with = |name: &str, value: Value| {
        let mut payload = good.clone();
        payload[name] = value;
        payload
    };
    // 64 MiB of nothing is 64 kB on the wire.
    let bomb = zlib(&vec![0; 64 << 20]);
    let table = [
        (with("status_list", json!({ "bits": 1, "lst": bomb })), StatusFault::TooBig),
        (with("status_list", json!({ "bits": 3, "lst": zlib(&[0]) })), StatusFault::Form),
        (with("status_list", json!({ "bits": 1, "lst": "AAAA" })), StatusFault::Form),
        (with("status_list", json!({ "bits": 1, "lst": zlib(&[7; 100])[..8] })), StatusFault::Form),
        (with("status_list", json!({ "bits": 1 })), StatusFault::Form),
        (with("iat", json!("now")), StatusFault::Form),
        (with("ttl", json!(0)), StatusFault::Form),
        (with("sub", json!(null)), StatusFault::Form),
        (with("iss", json!("https://other.example")), StatusFault::WrongIssuer),
    ];
    for (payload, fault) in table {
        assert_eq!(verify(&signed(payload), &issuers(), ISS).unwrap_err(), fault);
    }
    let key = key();
    let typ = key.sign("JWT", Some(key.kid()), &good).unwrap();
    assert_eq!(verify(&typ, &issuers(), ISS).unwrap_err(), StatusFault::Form);
    assert_eq!(verify(&signed(good), &issuers(), "https://other.example").unwrap_err(), StatusFault::UnknownIssuer);
    assert_eq!(verify(&"A".repeat(super::TOKEN_MAX + 1), &issuers(), ISS).unwrap_err(), StatusFault::TooBig);
}
