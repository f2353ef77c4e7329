use std::io::{Cursor, Read, Write};

use jiff::Timestamp;
use openssl::cms::{CMSOptions, CmsContentInfo};
use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

mod hostile;

use super::*;
use crate::{
    crypto::{
        cms,
        fault::assert_table,
        testdata::{certificate, key_of, manifest as vectors, now, read, signer},
    },
    system::{OsRng, SeededRng},
};

const FILES: [(&str, &[u8]); 2] =
    [("bekymringsmelding.json", b"{\"synthetic\":true}"), ("bekymringsmelding.pdf", b"%PDF-1.7")];

fn trust() -> Trust {
    Trust { anchors: vec![certificate("ca")], orgnr: None }
}

fn packed() -> Vec<u8> {
    pack(&FILES, &signer(), now(), &SeededRng::new(7)).unwrap().expose().clone()
}

/// Entry names and contents, by the zip crate alone.
fn entries(zip: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = ZipArchive::new(Cursor::new(zip)).unwrap();
    (0..archive.len())
        .map(|index| {
            let mut file = archive.by_index(index).unwrap();
            let mut content = Vec::new();
            file.read_to_end(&mut content).unwrap();
            (file.name().to_owned(), content)
        })
        .collect()
}

fn zip(entries: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        zip.start_file(name, SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A good container with its entries changed.
fn changed(change: impl FnOnce(&mut Vec<(String, Vec<u8>)>)) -> Result<Container, ContainerFault> {
    let mut entries = entries(&packed());
    change(&mut entries);
    open(&zip(&entries), &trust(), now())
}

#[test]
fn every_vector_gets_its_client_verdict() {
    let expected = [
        ("neg-bad-signature", ContainerFault::Signature),
        ("neg-missing-listed-file", ContainerFault::Missing),
        ("neg-no-manifest", ContainerFault::NoManifest),
        ("neg-no-signature", ContainerFault::NoSignature),
        ("neg-tampered-json", ContainerFault::Digest),
        ("neg-wrong-mimetype", ContainerFault::Mimetype),
        ("neg-zipbomb-30mb", ContainerFault::TooBig),
        ("neg-ks-java-asice-untrusted-signer", ContainerFault::Untrusted),
        ("constructed-dotnet-shape-unsigned", ContainerFault::NoSignature),
    ];
    let mut counts = [0, 0];
    for vector in vectors() {
        let Some(verdict) = &vector.client_verdict else { continue };
        let zip = cms::open(&read(&vector.file), &[key_of(&vector)]).unwrap();
        match (open(zip.expose(), &trust(), now()), verdict.as_str()) {
            (Ok(container), "accept") => {
                counts[0] += 1;
                let found: Vec<_> = container.files.iter().map(|(name, _)| name.as_str()).collect();
                assert_eq!(found, ["bekymringsmelding.json", "bekymringsmelding.pdf"], "{}", vector.file);
                for (name, content) in &container.files {
                    assert!(content.expose() == &read(&format!("plain/{name}")), "{}: {name}", vector.file);
                }
                assert_eq!(container.signer.orgnr().as_deref(), Some("999999992"));
            }
            (Err(fault), "reject") => {
                counts[1] += 1;
                let name = vector.file.strip_prefix("asice/").unwrap().strip_suffix(".cms").unwrap();
                assert!(expected.contains(&(name, fault)), "{name}: {fault:?}");
            }
            (result, verdict) => panic!("{}: {verdict}, but {result:?}", vector.file),
        }
    }
    assert_eq!(counts, [4, 9]);
}

#[test]
fn fault_tables_have_form() {
    let container: Vec<_> = ContainerFault::ALL.iter().map(|fault| (fault.code(), fault.melding())).collect();
    assert_table("ASICE.", &container);
    let pack: Vec<_> = PackFault::ALL.iter().map(|fault| (fault.code(), fault.melding())).collect();
    assert_table("PAKKING.", &pack);
}

#[test]
fn packed_containers_open() {
    let container = open(&packed(), &trust(), now()).unwrap();
    assert_eq!(&container.signer, signer().certificate());
    let files: Vec<_> =
        container.files.iter().map(|(name, content)| (name.as_str(), content.expose().as_slice())).collect();
    assert_eq!(files, FILES);
    assert!(!format!("{container:?}").contains("synthetic"));
}

#[test]
fn packed_containers_have_the_order_of_ks_java() {
    let zip = packed();
    let names: Vec<_> = entries(&zip).into_iter().map(|(name, _)| name).collect();
    let signature = &names[4];
    assert_eq!(
        names,
        [
            "mimetype",
            "bekymringsmelding.json",
            "bekymringsmelding.pdf",
            "META-INF/ASiCManifest.xml",
            signature,
            "META-INF/manifest.xml"
        ]
    );
    assert!(signature.starts_with("META-INF/signature-") && signature.ends_with(".p7s"));
    // The type stands uncompressed at byte 38, where `file` looks for it, and again at the end.
    assert_eq!(&zip[30..69], b"mimetypeapplication/vnd.etsi.asic-e+zip");
    assert!(zip.ends_with(b"mimetype=application/vnd.etsi.asic-e+zip"));
    let mut archive = ZipArchive::new(Cursor::new(&zip)).unwrap();
    assert_eq!(archive.by_index(1).unwrap().last_modified().unwrap().to_string(), "2027-01-01 12:00:00");
}

#[test]
fn packing_is_repeatable_and_in_the_given_time() {
    assert_eq!(packed(), packed());
    let other = pack(&FILES, &signer(), now(), &SeededRng::new(8)).unwrap();
    assert_ne!(&packed(), other.expose());
    let late: Timestamp = "2051-02-03T04:05:06Z".parse().unwrap();
    let signed = signature::sign(b"x", &signer(), late).unwrap();
    assert!(signed.windows(15).any(|window| window == b"20510203040506Z"));
}

#[test]
fn signature_is_cades_to_an_independent_reader() {
    let entries = entries(&packed());
    let (manifest, signature) = (&entries[3].1, &entries[4].1);
    let mut store = openssl::x509::store::X509StoreBuilder::new().unwrap();
    store.add_cert(certificate("ca").x509().clone()).unwrap();
    let mut time = openssl::x509::verify::X509VerifyParam::new().unwrap();
    time.set_time(now().as_second());
    store.set_param(&time).unwrap();
    // CMS_CADES in OpenSSL's cms.h: also compares the signing certificate attribute with the signer.
    let options = CMSOptions::BINARY | CMSOptions::from_bits_retain(0x10_0000);
    let mut cms = CmsContentInfo::from_der(signature).unwrap();
    cms.verify(None, Some(&store.build()), Some(manifest), None, options).unwrap();
    assert_eq!(&cms.to_der().unwrap(), signature);
}

#[test]
fn trust_is_what_it_says() {
    let zip = packed();
    let orgnr = |orgnr: &str| Trust { orgnr: Some(orgnr.to_owned()), ..trust() };
    let fault = |trust: &Trust, now: &str| open(&zip, trust, now.parse().unwrap()).err();
    let noon = "2027-01-01T12:00:00Z";
    assert_eq!(fault(&orgnr("999999992"), noon), None);
    assert_eq!(fault(&orgnr("999999990"), noon), Some(ContainerFault::WrongSender));
    assert_eq!(fault(&trust(), "2046-08-09T00:00:00Z"), Some(ContainerFault::Expired));
    assert_eq!(fault(&trust(), "2026-01-01T00:00:00Z"), Some(ContainerFault::NotYetValid));
    let other = Trust { anchors: vec![certificate("kommune-a-enc-rsa2048")], orgnr: None };
    assert_eq!(fault(&other, noon), Some(ContainerFault::Untrusted));
    // The leaf itself may be the anchor; with no anchor at all only the mathematics is checked.
    let leaf = Trust { anchors: vec![signer().certificate().clone()], orgnr: None };
    assert_eq!(fault(&leaf, noon), None);
    assert_eq!(fault(&Trust::default(), "2050-01-01T00:00:00Z"), None);
}

#[test]
fn packing_refuses_what_no_reader_takes() {
    let fault = |files: &[(&str, &[u8])]| pack(files, &signer(), now(), &OsRng).err();
    assert_eq!(fault(&[]), Some(PackFault::NoFiles));
    for name in ["", "../a.pdf", "/a.pdf", "META-INF/a.pdf", "meta-inf/a.pdf", "mimetype", "a\\b.pdf"] {
        assert_eq!(fault(&[(name, b"")]), Some(PackFault::FileName), "{name}");
    }
    assert_eq!(fault(&[("a.exe", b"")]), Some(PackFault::FileType));
    assert_eq!(fault(&[("a", b"")]), Some(PackFault::FileType));
    assert_eq!(fault(&[("a.pdf", b""), ("A.PDF", b"")]), Some(PackFault::Duplicate));
    assert_eq!(fault(&[("a.pdf", &vec![0; 21 << 20])]), Some(PackFault::TooBig));
}

#[test]
fn names_with_norwegian_letters_and_markup_survive() {
    let files: [(&str, &[u8]); 2] = [("Ærøskjær & sønn's.pdf", b"a"), ("mappe/blå.json", b"b")];
    let zip = pack(&files, &signer(), now(), &OsRng).unwrap();
    let container = open(zip.expose(), &trust(), now()).unwrap();
    let found: Vec<_> =
        container.files.iter().map(|(name, content)| (name.as_str(), content.expose().as_slice())).collect();
    assert_eq!(found, files);
}
