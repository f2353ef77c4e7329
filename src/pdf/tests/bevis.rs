//! A companion card's papers: what stands on them in both written forms, however long a name is, and how they are tagged.

use std::{collections::BTreeSet, fs};

use image::{ImageFormat, Rgb, RgbImage};
use jiff::civil::date;
use lopdf::{Document, Object};

use super::support::{lines, page_count, text};
use crate::pdf::{
    Renderer, Sprak,
    bevis::{Bevispapir, Brevadresse, Kontakt, Kortark, Kortkode, Vedtaksbrev},
    ord,
};

const ADRESSE: Brevadresse<'_> =
    Brevadresse { adressenavn: "Oppdiktveien 1", postnummer: "9999", poststed: "LILLEVIK" };

fn papir(sprak: Sprak) -> Bevispapir<'static> {
    Bevispapir {
        id: uuid::Uuid::from_u128(7),
        sprak,
        navn: "Fiktiv Eier",
        antall_ledsagere: 1,
        gyldig_til: Some(date(2029, 1, 15)),
        utsteder: "Lillevik kommune",
        laget: "2027-01-15T12:00:00Z".parse().unwrap(),
    }
}

fn picture(format: ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let picture = RgbImage::from_fn(300, 400, |x, _| Rgb([u8::try_from(x / 2).unwrap(), 120, 90]));
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn photo() -> Vec<u8> {
    picture(ImageFormat::Jpeg)
}

fn kort(ark: &Kortark<'_>) -> Vec<u8> {
    let pdf = Renderer::new().unwrap().kort(ark).unwrap().expose().clone();
    keep("kort", &pdf);
    pdf
}

fn brev(brev: &Vedtaksbrev<'_>) -> Vec<u8> {
    let pdf = Renderer::new().unwrap().vedtak(brev).unwrap().expose().clone();
    keep("vedtak", &pdf);
    pdf
}

/// For whoever wants to look at them.
fn keep(name: &str, pdf: &[u8]) {
    if let Ok(folder) = std::env::var("MELDEPORT_KEEP_PDF") {
        let number = fs::read_dir(&folder).unwrap().count();
        fs::write(format!("{folder}/{name}-{number}.pdf"), pdf).unwrap();
    }
}

fn vedtak<'a>(papir: Bevispapir<'a>, forvaltere: &'a [&'a str], kontakt: Kontakt<'a>) -> Vedtaksbrev<'a> {
    Vedtaksbrev {
        papir,
        adresse: Some(ADRESSE),
        referanse: "2026/1234",
        vedtatt: date(2027, 1, 15),
        telefon_slutt: "91",
        forvaltere,
        kontakt,
    }
}

/// Every alternative text.
fn alternatives(pdf: &[u8]) -> Vec<String> {
    let document = Document::load_mem(pdf).unwrap();
    let found = document.objects.values().filter_map(|object| match object {
        Object::Dictionary(dictionary) => {
            dictionary.get(b"Alt").ok().map(|alt| lopdf::decode_text_string(alt).unwrap())
        }
        _ => None,
    });
    found.collect()
}

fn roles(pdf: &[u8]) -> BTreeSet<String> {
    let document = Document::load_mem(pdf).unwrap();
    let dictionaries = document.objects.values().filter_map(|object| object.as_dict().ok());
    let tags = dictionaries.filter(|dictionary| dictionary.has(b"P") && dictionary.has(b"S"));
    tags.filter_map(|tag| Some(String::from_utf8_lossy(tag.get(b"S").ok()?.as_name().ok()?).into_owned())).collect()
}

fn says(text: &str, all: &[&str]) {
    for said in all {
        assert!(text.contains(said), "{said}:\n{text}");
    }
}

#[test]
fn the_card_says_who_how_many_and_how_long() {
    let photo = photo();
    let code = picture(ImageFormat::Png);
    let kode = Some(Kortkode { bilde: &code, kontroll: "https://meldeport.example/kontroll" });
    let nb = kort(&Kortark { papir: papir(Sprak::Bokmal), bilde: Some(&photo), kode });
    says(
        &text(&nb),
        &[
            "Ledsagerbevis til utskrift Klipp langs merkene",
            "Fiktiv Eier",
            "Gjelder for én ledsager",
            "Gyldig til og med 15.01.2029",
            "Utstedt av Lillevik kommune",
            "kan ta med seg én ledsager gratis der ledsagerbevis blir godtatt",
            "Sammenlign bildet med den som viser det.",
            "Funnet kort leveres til Lillevik kommune.",
        ],
    );
    assert_eq!(page_count(&nb), 1);
    assert!(
        text(&nb).replace(['\u{200b}', ' '], "").contains("gjelder:meldeport.example/kontrollFunnet"),
        "{}",
        text(&nb)
    );
    let alternatives: BTreeSet<String> = alternatives(&nb).into_iter().collect();
    assert!(alternatives.contains("Bilde av den som har ledsagerbeviset"), "{alternatives:?}");
    assert!(alternatives.contains("QR-kode til å kontrollere kortet med"), "{alternatives:?}");
    assert!(["H1", "P", "Figure"].iter().all(|role| roles(&nb).contains(*role)), "{:?}", roles(&nb));

    let varig = Bevispapir { antall_ledsagere: 2, gyldig_til: None, ..papir(Sprak::Nynorsk) };
    let nn = kort(&Kortark { papir: varig, bilde: Some(&photo), kode });
    says(
        &text(&nn),
        &[
            "Ledsagarbevis til utskrift",
            "Gjeld for to ledsagarar",
            "Varig: utan sluttdato",
            "Utferda av Lillevik kommune",
        ],
    );
    let document = Document::load_mem(&nn).unwrap();
    assert_eq!(document.catalog().unwrap().get(b"Lang").unwrap().as_str().unwrap(), b"nn-NO");
}

#[test]
fn a_card_without_a_photo_says_so_and_one_without_a_code_sends_nobody_to_a_page() {
    let pdf = kort(&Kortark { papir: papir(Sprak::Bokmal), bilde: None, kode: None });
    let text = text(&pdf);
    says(&text, &["Uten bilde. Vises sammen med legitimasjon.", "Kortet er personlig."]);
    assert!(!text.contains("Sammenlign") && !text.contains("Skann"), "{text}");
    assert!(alternatives(&pdf).is_empty());
}

/// A4 is 210 mm wide; the front of the card ends in the middle of it.
#[test]
fn the_longest_name_stays_on_its_side_of_the_card() {
    let photo = photo();
    for navn in ["Fiktiv ".repeat(28), "F".repeat(200), "王".repeat(60)] {
        let papir = Bevispapir {
            navn: navn.trim(),
            utsteder: "Den interkommunale forvaltninga for ledsagarbevis i Lillevik og omland IKS",
            ..papir(Sprak::Bokmal)
        };
        let pdf = kort(&Kortark { papir, bilde: Some(&photo), kode: None });
        assert_eq!(page_count(&pdf), 1);
        let of_name = |line: &super::support::Line| {
            line.text.contains("FFF") || line.text.contains("U+") || line.text.contains("Fiktiv Fiktiv")
        };
        let found = lines(&pdf);
        let name: Vec<_> = found.iter().filter(|line| of_name(line)).collect();
        assert!(name.len() > 1, "it goes over several lines: {found:?}");
        for line in name {
            assert!(line.reaches < 0.5, "{line:?}");
        }
    }
}

#[test]
fn the_letter_says_what_was_decided_and_how_to_complain() {
    let epost = ["post@lillevik.example".to_owned()];
    let kontakt = Kontakt { epost: &epost, telefon: Some("99999990"), adresse: Some(ADRESSE) };
    let nb = brev(&vedtak(papir(Sprak::Bokmal), &["Fiktiv Forelder", "Fiktiv Hjelper"], kontakt));
    says(
        &text(&nb),
        &[
            "Lillevik kommune Oppdiktveien 1 9999 LILLEVIK",
            "Fiktiv Eier Oppdiktveien 1 9999 LILLEVIK",
            "Dato: 15. januar 2027",
            "Referanse: 2026/1234",
            "Vedtak om ledsagerbevis",
            "Lillevik kommune har vedtatt at du får ledsagerbevis.",
            "én ledsager når du skal på kino",
            "gjelder til og med 15. januar 2029",
            "nummeret som er registrert på deg, det som slutter på 91",
            "Fiktiv Forelder",
            "Fiktiv Hjelper",
            "Fristen er tre uker fra du fikk dette brevet. Det står i forvaltningsloven §§ 28 og 29.",
            "E-post: post@lillevik.example",
            "Telefon: 99999990",
            "Post: Oppdiktveien 1, 9999 LILLEVIK",
            "Med vennlig hilsen Lillevik kommune",
        ],
    );
    assert_eq!(page_count(&nb), 1, "one sheet, as a rule");
    let roles = roles(&nb);
    assert!(["H1", "H2", "P", "L", "LI"].iter().all(|role| roles.contains(*role)), "{roles:?}");

    let varig = Bevispapir { antall_ledsagere: 2, gyldig_til: None, ..papir(Sprak::Nynorsk) };
    let nn = brev(&Vedtaksbrev { adresse: None, ..vedtak(varig, &[], Kontakt::default()) });
    let text = text(&nn);
    says(
        &text,
        &[
            "Vedtak om ledsagarbevis",
            "har vedteke at du får ledsagarbevis.",
            "to ledsagarar når du skal på kino",
            "Ledsagarbeviset er varig.",
            "Ingen andre enn du kan vise ledsagarbeviset.",
            "tre veker frå du fekk dette brevet. Det står i forvaltningslova §§ 28 og 29.",
            "Med venleg helsing",
        ],
    );
    assert!(!text.contains("E-post:") && !text.contains('{'), "{text}");
}

#[test]
fn long_names_and_many_guardians_go_on_over_pages() {
    let navn = "Fiktiv Eier-".repeat(16);
    let forvaltere: Vec<String> = (0..20).map(|n| format!("Fiktiv Forvalter {n} {}", "Oppdikt ".repeat(20))).collect();
    let forvaltere: Vec<&str> = forvaltere.iter().map(String::as_str).collect();
    let papir = Bevispapir { navn: &navn, ..papir(Sprak::Nynorsk) };
    let pdf = brev(&vedtak(papir, &forvaltere, Kontakt::default()));
    assert!(page_count(&pdf) > 1);
    let text = text(&pdf);
    says(&text, &["Fiktiv Forvalter 0", "Fiktiv Forvalter 19", "Side 2 av"]);
    for line in lines(&pdf) {
        assert!(line.reaches < 0.93, "{line:?}");
    }
}

#[test]
fn nynorsk_is_nynorsk_and_places_are_the_same_in_both() {
    let places = |text: &str| -> Vec<String> {
        text.split('{').skip(1).map(|rest| rest.split('}').next().unwrap().to_owned()).collect()
    };
    for words in ord::bevis::ALL {
        let (nb, nn) = (words.paa(Sprak::Bokmal), words.paa(Sprak::Nynorsk));
        for bokmal in ["ikke", "Hva", "hva", "hvem", "hvilket", " fra ", "edsager", "selv", "uker", "loven", "noen"] {
            assert!(!nn.contains(bokmal), "{bokmal}: {nn}");
        }
        let (mut one, mut other) = (places(nb), places(nn));
        one.sort();
        other.sort();
        assert_eq!(one, other, "{nb}");
    }
}
