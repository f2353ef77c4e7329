use std::time::Instant;

use openssl::{cms::CmsContentInfo, sha};

use super::*;
use crate::{
    crypto::{
        certificate::{Certificate, CertificateFault},
        fault::assert_table,
        testdata::{certificate, key, key_of, now, read, registered, server_vectors as vectors},
    },
    system::{OsRng, SeededRng},
};

#[test]
fn every_vector_gets_its_server_verdict() {
    let mut counts = std::collections::BTreeMap::new();
    for (vector, expected) in vectors() {
        let verdict = match inspect(&read(&vector.file), &[&registered(&vector)], now()) {
            Ok(Inspection { profile: Profile::Ks, recipient: 0, .. }) => "accept",
            Ok(Inspection { profile: Profile::KsDotnet, recipient: 0, .. }) => "accept-flag",
            Ok(other) => panic!("{}: {other:?}", vector.file),
            Err(_) => "reject",
        };
        assert_eq!(verdict, expected, "{}", vector.file);
        *counts.entry(expected).or_insert(0) += 1;
    }
    let counts: Vec<_> = counts.iter().map(|(verdict, count)| (verdict.as_str(), *count)).collect();
    assert_eq!(counts, [("accept", 32), ("accept-flag", 3), ("reject", 16)]);
}

#[test]
fn every_refused_vector_has_its_own_code() {
    let expected = [
        ("ciphertext-not-block-multiple", EnvelopeFault::BlockLength),
        ("empty", EnvelopeFault::Empty),
        ("ks-java-to-expired-cert", EnvelopeFault::Expired),
        ("ks-java-weak-rsa1024", EnvelopeFault::WeakKey),
        ("ks-java-wrong-recipient-kommune-b", EnvelopeFault::WrongRecipient),
        ("nesting-bomb", EnvelopeFault::Nesting),
        ("openssl3-oaep-sha1-default", EnvelopeFault::OaepHash),
        ("openssl3-oaep256-3des", EnvelopeFault::ContentCipher),
        ("openssl3-oaep256-aes128", EnvelopeFault::ContentCipher),
        ("openssl3-oaep256-aes256gcm-authenveloped", EnvelopeFault::AuthEnveloped),
        ("openssl3-pkcs1v15-aes256", EnvelopeFault::KeyTransport),
        ("pem-instead-of-der", EnvelopeFault::Pem),
        ("plain-pdf", EnvelopeFault::Unencrypted),
        ("trailing-garbage", EnvelopeFault::Trailing),
        ("truncated-in-content", EnvelopeFault::Truncated),
        ("zero-recipients", EnvelopeFault::NoRecipient),
    ];
    let refused: Vec<_> = vectors().filter(|(_, verdict)| verdict == "reject").collect();
    assert_eq!(refused.len(), expected.len());
    for (vector, _) in refused {
        let name = vector.file.strip_prefix("neg/").unwrap().strip_suffix(".cms").unwrap();
        let fault = inspect(&read(&vector.file), &[&registered(&vector)], now()).unwrap_err();
        assert!(expected.contains(&(name, fault)), "{name}: {fault:?}");
    }
}

#[test]
fn fault_table_has_form() {
    let envelope: Vec<_> = EnvelopeFault::ALL.iter().map(|fault| (fault.code(), fault.melding())).collect();
    assert_table("KONVOLUTT.", &envelope);
    let seal: Vec<_> = SealFault::ALL.iter().map(|fault| (fault.code(), fault.melding())).collect();
    assert_table("FORSEGLING.", &seal);
    assert_eq!(EnvelopeFault::Empty.to_string(), "KONVOLUTT.TOM");
    assert_eq!(OpenFault::from(EnvelopeFault::Empty).code(), "KONVOLUTT.TOM");
    assert_table("APNING.", &[(OpenFault::Decryption.code(), OpenFault::Decryption.melding())]);
}

#[test]
fn picks_the_certificate_that_the_envelope_names() {
    let envelope = read("cms/ks-java-bc184-stream-to-renewed-samekey.cms");
    let (older, renewed) = (certificate("kommune-a-enc-rsa2048"), certificate("kommune-a-enc-rsa2048-renewed-samekey"));
    let other = certificate("kommune-b-enc-rsa2048");
    assert_eq!(inspect(&envelope, &[&other, &older, &renewed], now()).unwrap().recipient, 2);
    assert_eq!(inspect(&envelope, &[&older], now()), Err(EnvelopeFault::WrongRecipient));
    assert_eq!(inspect(&envelope, &[], now()), Err(EnvelopeFault::WrongRecipient));
    assert_eq!(
        inspect(&envelope, &[&renewed], "2026-01-01T00:00:00Z".parse().unwrap()),
        Err(EnvelopeFault::NotYetValid)
    );
}

#[test]
fn recognises_common_mistakes() {
    for (bytes, fault) in [
        (&b"MIAGCSqGSIb3DQEHA6CAMIACAQAxggHh"[..], EnvelopeFault::Base64),
        (b"{\"melder\":{}}", EnvelopeFault::Unencrypted),
        (b"PK\x03\x04", EnvelopeFault::Unencrypted),
        (b"hei", EnvelopeFault::NotCms),
        (&[0x30, 0x03, 0x02, 0x01, 0x00], EnvelopeFault::NotCms),
        (&[0x30], EnvelopeFault::Truncated),
        (&[0x30, 0x84, 0x7F, 0xFF, 0xFF, 0xFF, 0x06], EnvelopeFault::Truncated),
        (&[0x30, 0x88, 0x7F, 0xFF, 0xFF, 0xFF, 0x06, 0, 0, 0], EnvelopeFault::NotCms),
    ] {
        assert_eq!(profile(bytes), Err(fault), "{bytes:02x?}");
    }
}

#[test]
fn every_truncation_is_refused_as_such() {
    for file in ["cms/ks-java-bc184-stream-rsa2048.cms", "cms/rust-der-rsa2048.cms", "cms/ks-dotnet-bc1810-rsa2048.cms"]
    {
        let envelope = read(file);
        for length in 1..envelope.len() {
            let fault = profile(&envelope[..length]).unwrap_err();
            assert_eq!(fault, EnvelopeFault::Truncated, "{file} cut to {length}");
        }
    }
}

#[test]
fn header_is_limited() {
    // A recipient whose issuer is a name of 70 kB.
    let mut envelope = vec![0x30, 0x80, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x03];
    envelope.extend([0xA0, 0x80, 0x30, 0x80, 0x02, 0x01, 0x00, 0x31, 0x80, 0x30, 0x80, 0x02, 0x01, 0x00, 0x30, 0x80]);
    envelope.extend([0x30, 0x83, 0x01, 0x11, 0x70]);
    envelope.extend(vec![0; 70_000]);
    envelope.extend([0x02, 0x01, 0x07, 0, 0]);
    let tail = read("cms/rust-der-rsa2048.cms")[189..].to_vec();
    // Key transport, encrypted key, two ends of contents, then the encrypted content.
    envelope.extend(&tail[..322]);
    envelope.extend([0, 0, 0, 0]);
    envelope.extend(&tail[322..]);
    envelope.extend([0; 6]);
    assert_eq!(profile(&envelope), Err(EnvelopeFault::Header));
}

#[test]
fn sealed_envelopes_open_and_pass_inspection() {
    for name in ["kommune-a-enc-rsa2048", "kommune-a-enc-rsa4096", "print-enc-rsa2048"] {
        let (certificate, key) = (certificate(name), key(name));
        for length in [0, 1, 15, 16, 17, 1000, 70_000] {
            let plaintext = vec![0xA5; length];
            let envelope = seal(&plaintext, &certificate, &OsRng).unwrap();
            let inspection = inspect(&envelope, &[&certificate], now()).unwrap();
            assert_eq!(inspection.profile, Profile::Ks);
            assert_eq!(inspection.ciphertext_bytes, (length / 16 + 1) * 16);
            assert_eq!(open(&envelope, std::slice::from_ref(&key)).unwrap().expose(), &plaintext);
            // OpenSSL's own reader knows nothing of how we write.
            let cms = CmsContentInfo::from_der(&envelope).unwrap();
            assert_eq!(cms.decrypt(key.pkey(), certificate.x509()).unwrap(), plaintext);
            assert_eq!(cms.to_der().unwrap(), envelope, "what we write is DER");
        }
    }
}

#[test]
fn sealing_takes_its_randomness_from_the_argument() {
    let certificate = certificate("kommune-a-enc-rsa2048");
    // The content algorithm with its IV and the ciphertext stand last; the wrapped key before them is OpenSSL's.
    let ciphertext = |seed| seal(b"synthetic", &certificate, &SeededRng::new(seed)).unwrap().split_off(511);
    assert_eq!(ciphertext(1), ciphertext(1));
    assert_ne!(ciphertext(1), ciphertext(2));
}

#[test]
fn weak_keys_are_not_sealed_to() {
    assert_eq!(seal(b"x", &certificate("weak-enc-rsa1024"), &OsRng), Err(SealFault::WeakKey));
    assert_eq!(certificate("weak-enc-rsa1024").check_recipient(now()), Err(CertificateFault::WeakKey));
}

#[test]
fn good_vectors_open_to_their_plaintext() {
    let mut opened = 0;
    for (vector, verdict) in vectors() {
        if verdict == "reject" {
            continue;
        }
        // The right key comes second: while a certificate is renewed there are two.
        let keys = [key("kommune-b-enc-rsa2048"), key_of(&vector)];
        let result = open(&read(&vector.file), &keys);
        if vector.file == "neg/bitflip-encryptedkey.cms" {
            assert_eq!(result.unwrap_err(), OpenFault::Decryption);
            continue;
        }
        let plaintext = result.unwrap_or_else(|fault| panic!("{}: {fault}", vector.file));
        if let Some(sum) = vector.plaintext_sha256 {
            assert_eq!(hex::encode(sha::sha256(plaintext.expose())), sum, "{}", vector.file);
        }
        if let Some(file) = vector.plaintext {
            assert!(plaintext.expose() == &read(&file), "{}", vector.file);
        }
        opened += 1;
    }
    assert_eq!(opened, 34);
}

#[test]
fn wrong_key_and_damaged_padding_look_alike() {
    let envelope = read("cms/ks-java-bc184-stream-rsa2048.cms");
    assert_eq!(open(&envelope, &[key("kommune-b-enc-rsa2048")]).unwrap_err(), OpenFault::Decryption);
    assert_eq!(open(&envelope, &[]).unwrap_err(), OpenFault::Decryption);
    let mut damaged = read("cms/rust-der-rsa2048.cms");
    *damaged.last_mut().unwrap() ^= 1;
    assert_eq!(open(&damaged, &[key("kommune-a-enc-rsa2048")]).unwrap_err(), OpenFault::Decryption);
}

#[test]
fn two_recipients_must_be_the_same_certificate() {
    let mut envelope = read("cms/ks-dotnet-bc1810-rsa2048.cms");
    // One digit of the second recipient's serial number.
    envelope[600] ^= 1;
    assert_eq!(profile(&envelope), Err(EnvelopeFault::ManyRecipients));
    let mut envelope = read("cms/ks-dotnet-bc1810-rsa2048.cms");
    for at in [170, 604] {
        envelope[at] ^= 1;
    }
    assert_eq!(inspect(&envelope, &[&certificate("kommune-a-enc-rsa2048")], now()), Err(EnvelopeFault::WrongRecipient));
}

#[test]
fn certificate_with_elliptic_curve_key_is_refused() {
    let group = openssl::ec::EcGroup::from_curve_name(openssl::nid::Nid::X9_62_PRIME256V1).unwrap();
    let key = openssl::pkey::PKey::from_ec_key(openssl::ec::EcKey::generate(&group).unwrap()).unwrap();
    let mut builder = openssl::x509::X509::builder().unwrap();
    builder.set_pubkey(&key).unwrap();
    builder.set_not_before(&openssl::asn1::Asn1Time::from_unix(0).unwrap()).unwrap();
    builder.set_not_after(&openssl::asn1::Asn1Time::from_unix(4_000_000_000).unwrap()).unwrap();
    builder.sign(&key, openssl::hash::MessageDigest::sha256()).unwrap();
    let certificate = Certificate::from_x509(builder.build()).unwrap();
    assert_eq!(certificate.check_recipient(now()), Err(CertificateFault::NotRsa));
    assert_eq!(seal(b"x", &certificate, &OsRng), Err(SealFault::NotRsa));
}

/// Not a benchmark, but what the design counts on: an inspection costs microseconds. `--nocapture` shows how many.
#[test]
#[expect(clippy::print_stdout, reason = "a figure for whoever asks for it")]
fn inspection_is_quick() {
    let certificate = certificate("kommune-a-enc-rsa2048");
    for file in ["cms/ks-java-bc184-stream-rsa2048.cms", "cms/ks-java-bc184-stream-150k-rsa2048.cms"] {
        let envelope = read(file);
        let rounds = 2_000;
        let start = Instant::now();
        for _ in 0..rounds {
            std::hint::black_box(inspect(std::hint::black_box(&envelope), &[&certificate], now())).unwrap();
        }
        let each = start.elapsed() / rounds;
        println!("{file}: {each:?}");
        assert!(each.as_micros() < 2_000, "{each:?}");
    }
}
