//! Containers that somebody has tampered with.

use std::io::Cursor;

use openssl::cms::{CMSOptions, CmsContentInfo};
use proptest::prelude::*;
use zip::ZipArchive;

use super::super::{ContainerFault, manifest, open, pack, signature};
use super::{FILES, changed, entries, packed, trust, zip};
use crate::{
    crypto::{
        certificate::Signer,
        testdata::{now, read},
    },
    system::{OsRng, SecretBytes},
};

#[test]
fn every_change_has_its_fault() {
    let fault = |change: fn(&mut Vec<(String, Vec<u8>)>)| changed(change).err();
    assert_eq!(fault(|_| {}), None);
    assert_eq!(fault(|entries| entries.swap(0, 1)), Some(ContainerFault::Mimetype));
    assert_eq!(fault(|entries| drop(entries.remove(0))), Some(ContainerFault::Mimetype));
    assert_eq!(fault(|entries| drop(entries.remove(1))), Some(ContainerFault::Missing));
    assert_eq!(fault(|entries| drop(entries.remove(4))), Some(ContainerFault::NoSignature));
    assert_eq!(fault(|entries| drop(entries.remove(5))), None);
    assert_eq!(fault(|entries| entries[1].1.push(b' ')), Some(ContainerFault::Digest));
    assert_eq!(fault(|entries| entries[3].1.push(b'\n')), Some(ContainerFault::Signature));
    assert_eq!(fault(|entries| entries[4].1.push(0)), Some(ContainerFault::SignatureFormat));
    assert_eq!(fault(|entries| entries[4].0 = "META-INF/x.p7s".into()), Some(ContainerFault::SignatureReference));
    assert_eq!(fault(|entries| entries.push(("x.txt".into(), vec![]))), Some(ContainerFault::Unlisted));
    assert_eq!(fault(|entries| entries.push(("META-INF/x.xml".into(), vec![]))), Some(ContainerFault::Unlisted));
    assert_eq!(fault(|entries| entries.push(("META-INF/x.p7s".into(), vec![]))), Some(ContainerFault::ManySignatures));
    assert_eq!(fault(|entries| entries.push(("Mimetype".into(), vec![]))), Some(ContainerFault::Duplicate));
    for name in ["../x.txt", "/x.txt", "a/../x.txt", "c:x.txt", "a\\x.txt", "a//x.txt", "x.txt/", " x.txt", "x\n.txt"] {
        let result = changed(|entries| entries.push((name.to_owned(), vec![])));
        assert_eq!(result.err(), Some(ContainerFault::FileName), "{name:?}");
    }
    assert_eq!(
        fault(|entries| entries.extend((0..60).map(|at| (format!("{at}.txt"), vec![])))),
        Some(ContainerFault::TooMany)
    );
    assert_eq!(fault(|entries| entries[3].1.resize(300_000, b' ')), Some(ContainerFault::TooBig));
}

#[test]
fn hidden_and_doubled_entries_are_refused() {
    let fault = |bytes: &[u8]| open(bytes, &trust(), now()).err();
    let good = packed();
    assert_eq!(fault(b"hei"), Some(ContainerFault::NotZip));
    // An entry's name differs between its own header and the directory.
    let at = good.windows(22).position(|window| window == b"bekymringsmelding.json").unwrap();
    let mut renamed = good.clone();
    renamed[at] = b'B';
    assert_eq!(fault(&renamed), Some(ContainerFault::ZipStructure));
    // The header in front says stored, the directory says deflated.
    let mut stored = good.clone();
    let header = at - 30;
    assert_eq!(stored[header + 8], 8);
    stored[header + 8] = 0;
    assert_eq!(fault(&stored), Some(ContainerFault::ZipStructure));
    // One name twice in the directory.
    let twin = zip(&[("ab.txt".into(), vec![]), ("ax.txt".into(), vec![])]);
    let twin: Vec<u8> = twin.iter().map(|&byte| if byte == b'b' { b'x' } else { byte }).collect();
    assert_eq!(fault(&twin), Some(ContainerFault::Duplicate));
    // Something between the last entry and the directory, which a reader from the front would find.
    let mut archive = good.clone();
    let directory = ZipArchive::new(Cursor::new(&good)).unwrap().central_directory_start();
    let end = archive.windows(4).rposition(|window| window == b"PK\x05\x06").unwrap();
    let start = usize::try_from(directory).unwrap();
    archive[end + 16..end + 20].copy_from_slice(&(u32::try_from(start).unwrap() + 40).to_le_bytes());
    archive.splice(start..start, [0x50; 40]);
    assert_eq!(fault(&archive), Some(ContainerFault::ZipStructure));
    // Bytes before the first entry.
    assert!(fault(&[b"#!/bin/sh\n", good.as_slice()].concat()).is_some());
    // A size that is not true.
    let mut lying = good.clone();
    let entry = good.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    let entry = entry + 4 + good[entry + 4..].windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    lying[entry + 24] -= 1;
    lying[header + 22] -= 1;
    assert_eq!(fault(&lying), Some(ContainerFault::Damaged));
    // Cut anywhere.
    for length in (0..good.len()).step_by(7) {
        assert!(fault(&good[..length]).is_some(), "cut to {length}");
    }
}

#[test]
fn odd_manifests_are_refused() {
    let xml = String::from_utf8(entries(&packed())[3].1.clone()).unwrap();
    let read = |from: &str, to: &str| {
        assert!(xml.contains(from), "{from}");
        manifest::Manifest::read(xml.replace(from, to).as_bytes()).err()
    };
    assert_eq!(read("<ASiCManifest", "<!-- ok --><ASiCManifest"), None);
    assert_eq!(read("<ASiCManifest", "<!DOCTYPE x [<!ENTITY a \"b\">]><ASiCManifest"), Some(ContainerFault::Manifest));
    assert_eq!(read("02918", "02919"), Some(ContainerFault::Manifest));
    assert_eq!(read("xmlenc#sha256", "xmlenc#sha512"), Some(ContainerFault::DigestAlgorithm));
    assert_eq!(read("</ASiCManifest>", "</ASiCManifest><ASiCManifest/>"), Some(ContainerFault::Manifest));
    assert_eq!(read("</ASiCManifest>", ""), Some(ContainerFault::Manifest));
    assert_eq!(read("</ns2:DigestValue>", "AAAA</ns2:DigestValue>"), Some(ContainerFault::Manifest));
    assert_eq!(read("<ns2:DigestValue>", "<ns2:DigestValue>&lt;"), Some(ContainerFault::Manifest));
    assert_eq!(read(" URI=\"bekymringsmelding.pdf\"", ""), Some(ContainerFault::Manifest));
    assert_eq!(manifest::Manifest::read(b"").err(), Some(ContainerFault::Manifest));
    assert_eq!(manifest::Manifest::read(b"<a").err(), Some(ContainerFault::Manifest));
}

#[test]
fn signer_without_chain_and_weak_signer() {
    let weak = openssl::rsa::Rsa::generate(1024).unwrap();
    let weak = openssl::pkey::PKey::from_rsa(weak).unwrap();
    let mut builder = openssl::x509::X509::builder().unwrap();
    builder.set_pubkey(&weak).unwrap();
    builder.set_not_before(&openssl::asn1::Asn1Time::from_unix(0).unwrap()).unwrap();
    builder.set_not_after(&openssl::asn1::Asn1Time::from_unix(4_000_000_000).unwrap()).unwrap();
    builder.sign(&weak, openssl::hash::MessageDigest::sha256()).unwrap();
    let certificate = builder.build();
    let mut options = CMSOptions::BINARY | CMSOptions::DETACHED;
    let sign = |options| {
        CmsContentInfo::sign(Some(&certificate), Some(&weak), None, Some(b"x"), options).unwrap().to_der().unwrap()
    };
    assert_eq!(signature::verify(&sign(options), b"x").err(), Some(ContainerFault::WeakSigner));
    options |= CMSOptions::CMS_NOCERTS;
    assert_eq!(signature::verify(&sign(options), b"x").err(), Some(ContainerFault::SignatureFormat));
    options |= CMSOptions::NOATTR;
    assert_eq!(signature::verify(&sign(options), b"x").err(), Some(ContainerFault::SignatureFormat));
    let leaf = read("keys/TEST-ONLY-virksomhet-sign-rsa2048.cert.pem");
    let alone = Signer::from_pem(&read("keys/TEST-ONLY-virksomhet-sign-rsa2048.key.pem"), &leaf).unwrap();
    let zip: SecretBytes = pack(&FILES, &alone, now(), &OsRng).unwrap();
    assert!(open(zip.expose(), &trust(), now()).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is changed, an accepted container holds the files that were signed, all of them and no other.
    #[test]
    fn mutated_containers_never_panic_and_never_change_content(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..4),
    ) {
        static GOOD: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
        let mut bytes = GOOD.get_or_init(packed).clone();
        for (at, value, kind) in changes {
            let at = at.index(bytes.len());
            match kind {
                0 => bytes[at] = value,
                1 => bytes[at] ^= 1 << (value % 8),
                2 => bytes.insert(at, value),
                _ => drop(bytes.remove(at)),
            }
        }
        if let Ok(container) = open(&bytes, &trust(), now()) {
            let files: Vec<_> =
                container.files.iter().map(|(name, content)| (name.as_str(), content.expose().as_slice())).collect();
            prop_assert_eq!(files, FILES);
        }
    }

    #[test]
    fn mutated_manifests_and_signatures_never_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        which in 3..5_usize,
    ) {
        static GOOD: std::sync::OnceLock<Vec<(String, Vec<u8>)>> = std::sync::OnceLock::new();
        let good = GOOD.get_or_init(|| entries(&packed()));
        let mut bytes = good[which].1.clone();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        let _ = manifest::Manifest::read(&bytes);
        if which == 4 && bytes != good[4].1 {
            // The signature does not cover the certificates; their own signatures do, which is why a chain is needed.
            if let Ok(signed) = signature::verify(&bytes, &good[3].1)
                && signature::check_chain(&signed, &trust().anchors, now()).is_ok()
            {
                prop_assert!(signed.signer.orgnr().is_some_and(|orgnr| orgnr == "999999992"));
            }
        }
    }
}
