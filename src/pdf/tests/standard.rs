//! Tags, language, title and the marks of PDF/UA-1 and PDF/A-2a. That the document really meets them is typst's own
//! check at export, and veraPDF's by hand.

use std::collections::BTreeSet;

use lopdf::{Dictionary, Document, Object};

use super::support::{ID, offentlig_v2, privat, render};
use crate::{
    model::melding::Skjematype::{Offentlig, Privat},
    pdf::{PdfFault, Sprak},
};

fn metadata(document: &Document) -> String {
    let stream = document.catalog().unwrap().get(b"Metadata").unwrap().as_reference().unwrap();
    let stream = document.get_object(stream).unwrap().as_stream().unwrap();
    String::from_utf8(stream.decompressed_content().unwrap_or_else(|_| stream.content.clone())).unwrap()
}

fn dictionaries(document: &Document) -> impl Iterator<Item = &Dictionary> {
    document.objects.values().filter_map(|object| match object {
        Object::Dictionary(dictionary) => Some(dictionary),
        Object::Stream(stream) => Some(&stream.dict),
        _ => None,
    })
}

#[test]
fn the_document_says_what_it_is() {
    for (variant, sprak, payload, language, title) in [
        (Offentlig, Sprak::Bokmal, offentlig_v2(), "nb-NO", "Bekymringsmelding til barnevernet – Fra offentlig melder"),
        (Privat, Sprak::Nynorsk, privat(), "nn-NO", "Bekymringsmelding til barnevernet – Frå privatperson"),
    ] {
        let document = Document::load_mem(&render(variant, sprak, &payload)).unwrap();
        let catalog = document.catalog().unwrap();
        assert_eq!(catalog.get(b"Lang").unwrap().as_str().unwrap(), language.as_bytes());
        let marked = catalog.get_deref(b"MarkInfo", &document).unwrap().as_dict().unwrap();
        assert!(marked.get(b"Marked").unwrap().as_bool().unwrap());
        let viewer = catalog.get_deref(b"ViewerPreferences", &document).unwrap().as_dict().unwrap();
        assert!(viewer.get(b"DisplayDocTitle").unwrap().as_bool().unwrap());

        let metadata = metadata(&document);
        for mark in [
            "<pdfaid:part>2</pdfaid:part>",
            "<pdfaid:conformance>A</pdfaid:conformance>",
            "<pdfuaid:part>1</pdfuaid:part>",
            title,
            "<xmp:CreatorTool>Meldeport</xmp:CreatorTool>",
            "2026-06-14T22:30:05",
        ] {
            assert!(metadata.contains(mark), "{mark}:\n{metadata}");
        }
        assert!(!metadata.contains("Prøve") && !metadata.contains(ID), "{metadata}");
    }
}

#[test]
fn the_structure_is_tagged() {
    let document = Document::load_mem(&render(Offentlig, Sprak::Bokmal, &offentlig_v2())).unwrap();
    assert!(document.catalog().unwrap().has(b"StructTreeRoot"));
    let roles: BTreeSet<String> = dictionaries(&document)
        .filter(|dictionary| dictionary.has(b"P") && dictionary.has(b"S"))
        .filter_map(|dictionary| Some(String::from_utf8_lossy(dictionary.get(b"S").ok()?.as_name().ok()?).into_owned()))
        .collect();
    for role in ["Document", "H1", "H2", "H3", "P", "L", "LI", "Lbl", "LBody"] {
        assert!(roles.contains(role), "{role}: {roles:?}");
    }
}

#[test]
fn every_font_is_in_the_document() {
    let mut payload = privat();
    payload["melding"] = serde_json::json!("Latin Ελληνικά مرحبا 👶");
    let document = Document::load_mem(&render(Privat, Sprak::Bokmal, &payload)).unwrap();
    let fonts: Vec<&Dictionary> = dictionaries(&document).filter(|dictionary| dictionary.has(b"FontName")).collect();
    assert!(fonts.len() >= 4, "regular, bold, DejaVu, emoji: {}", fonts.len());
    for font in fonts {
        assert!(font.has(b"FontFile2") || font.has(b"FontFile3"), "{font:?}");
    }
}

#[test]
fn faults_hold_nothing_of_the_report() {
    for fault in [PdfFault::Setup, PdfFault::Data, PdfFault::Layout, PdfFault::Warning, PdfFault::Export] {
        assert!(fault.to_string().len() > 20);
    }
    assert_eq!(std::mem::size_of::<PdfFault>(), 1);
}
