//! What must hold for any input at all.

use proptest::prelude::*;

use super::{inspect, profile};
use crate::crypto::{
    certificate::Certificate,
    testdata::{certificate, now, read, registered, server_vectors},
};

/// Accepting an envelope means that every recipient in it names the registered certificate, by an independent reading:
/// issuer and serial number stand in the bytes side by side.
fn names_recipient(envelope: &[u8], certificate: &Certificate) -> bool {
    let serial =
        [&[0x02, u8::try_from(certificate.serial_der().len()).unwrap()][..], certificate.serial_der()].concat();
    let wanted = [certificate.issuer_der(), &serial].concat();
    envelope.windows(wanted.len()).any(|window| window == wanted)
}

fn envelopes() -> &'static [(Vec<u8>, Certificate)] {
    static ENVELOPES: std::sync::OnceLock<Vec<(Vec<u8>, Certificate)>> = std::sync::OnceLock::new();
    ENVELOPES.get_or_init(|| {
        server_vectors()
            .map(|(vector, _)| (read(&vector.file), registered(&vector)))
            .filter(|(bytes, _)| (1..6_000).contains(&bytes.len()))
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_vectors_never_panic_and_never_change_recipient(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..6),
    ) {
        let (original, certificate) = &envelopes()[which.index(envelopes().len())];
        let mut bytes = original.clone();
        for (at, value, kind) in changes {
            // Structure lies in front: half of the changes go there.
            let at = at.index(if value % 2 == 0 { bytes.len() } else { bytes.len().min(700) });
            match kind {
                0 => bytes[at] = value,
                1 => bytes[at] ^= 1 << (value % 8),
                2 => bytes.insert(at, value),
                _ if bytes.len() > 1 => drop(bytes.remove(at)),
                _ => {}
            }
        }
        if inspect(&bytes, &[certificate], now()).is_ok() {
            prop_assert!(names_recipient(&bytes, certificate));
        }
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = profile(&bytes);
        let mut enveloped = vec![0x30, 0x80, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x03];
        enveloped.extend([0xA0, 0x80, 0x30, 0x80]);
        enveloped.extend(&bytes);
        let _ = profile(&enveloped);
    }

    #[test]
    fn structured_bytes_never_panic(
        parts in prop::collection::vec((prop::sample::select(&[0x30_u8, 0x31, 0x02, 0x04, 0x06, 0x80, 0xA0, 0, 0x24][..]),
            prop::sample::select(&[0_u8, 1, 0x7F, 0x80, 0x81, 0x84, 0x88, 0xFF][..]), any::<u8>()), 0..60),
    ) {
        let bytes: Vec<u8> = parts.into_iter().flat_map(|(tag, length, value)| [tag, length, value]).collect();
        let _ = profile(&bytes);
    }
}

#[test]
fn every_single_byte_of_the_recipient_counts() {
    let original = read("cms/ks-java-bc184-stream-rsa2048.cms");
    let certificate = certificate("kommune-a-enc-rsa2048");
    let start = original.windows(certificate.issuer_der().len()).position(|w| w == certificate.issuer_der()).unwrap();
    let length = certificate.issuer_der().len() + 2 + certificate.serial_der().len();
    for at in start..start + length {
        for bit in 0..8 {
            let mut bytes = original.clone();
            bytes[at] ^= 1 << bit;
            assert!(inspect(&bytes, &[&certificate], now()).is_err(), "byte {at}, bit {bit}");
        }
    }
}
