use jiff::civil::date;

use super::*;
use crate::epost::tekst::tid;

const NAVN: &str = "Sentrum barnevernkontor";

fn kontor(malform: Malform) -> Kontor {
    Kontor { navn: NAVN.to_owned(), kommunenummer: Some("9999".parse().unwrap()), malform }
}

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn id(text: &str) -> MeldingId {
    text.parse().unwrap()
}

/// Every kind, first about one and then about more.
fn alle() -> Vec<Varsel> {
    let eldste = moment("2027-01-22T15:05:00Z");
    let frist = date(2027, 1, 26);
    let utloper = moment("2027-07-17T21:59:59Z");
    let en = id("01890a5d-ac96-774b-bcce-b302099a8057");
    let to = id("01890a5d-ac97-7c4b-9cce-b302099a8058");
    let sertifikat =
        |dager, ventende| Varsel::SertifikatUtlop { dager, utloper, serienummer: "4A6F12".to_owned(), ventende };
    let printsertifikat =
        |dager, ventende| Varsel::PrintsertifikatUtlop { dager, utloper, serienummer: "4A6F12".to_owned(), ventende };
    let versjon = |avvikles, etterfolger: Option<&str>| Varsel::VersjonUtfases {
        tittel: "Bekymringsmelding v1".to_owned(),
        frarades: date(2027, 1, 26),
        avvikles,
        etterfolger: etterfolger.map(str::to_owned),
        siste_kall: date(2027, 1, 25),
    };
    vec![
        Varsel::IkkeHentet { antall: 1, eldste, frist },
        Varsel::IkkeHentet { antall: 3, eldste, frist },
        Varsel::FristNaer { antall: 1, frist },
        Varsel::FristNaer { antall: 3, frist },
        Varsel::SendtTilPrint { antall: 1, aarsak: Aarsak::IkkeKvittertInnenFrist },
        Varsel::SendtTilPrint { antall: 3, aarsak: Aarsak::IkkeKvittertInnenFrist },
        Varsel::SendtTilPrint { antall: 1, aarsak: Aarsak::AvvistAvFagsystem },
        Varsel::SendtTilPrint { antall: 3, aarsak: Aarsak::AvvistAvFagsystem },
        Varsel::SendtTilPrint { antall: 1, aarsak: Aarsak::Bestilt },
        Varsel::SendtTilPrint { antall: 3, aarsak: Aarsak::Bestilt },
        Varsel::AvvistPrint { meldinger: vec![en] },
        Varsel::AvvistPrint { meldinger: vec![en, to] },
        sertifikat(90, 0),
        sertifikat(1, 1),
        sertifikat(0, 3),
        printsertifikat(7, 0),
        printsertifikat(1, 1),
        printsertifikat(0, 3),
        versjon(Some((date(2028, 1, 26), 365)), Some("Bekymringsmelding v2")),
        versjon(Some((date(2027, 1, 27), 1)), None),
        versjon(None, Some("Bekymringsmelding v2")),
    ]
}

/// All texts one after the other. `MELDEPORT_WRITE_TEXTS=1` writes the file anew.
fn check(malform: Malform, file: &str) {
    let mut texts = String::new();
    for varsel in alle() {
        let Tekst { emne, tekst } =
            varsel.render(&kontor(malform), Leser::Kontoret, Some("https://meldeport.example.no"));
        texts.push_str(&format!("══ {emne}\n\n{tekst}\n"));
    }
    let path = format!("{}/src/epost/tekst/tests/{file}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("MELDEPORT_WRITE_TEXTS").is_some() {
        std::fs::write(&path, &texts).unwrap();
    }
    assert_eq!(texts, std::fs::read_to_string(path).unwrap());
}

#[test]
fn the_texts_in_bokmal() {
    check(Malform::Bokmal, "bokmal.txt");
}

#[test]
fn the_texts_in_nynorsk() {
    check(Malform::Nynorsk, "nynorsk.txt");
}

#[test]
fn a_text_is_in_the_office_s_own_written_form() {
    for varsel in alle() {
        let words = |malform| {
            let Tekst { emne, tekst } = varsel.render(&kontor(malform), Leser::BareDriften, None);
            format!("{emne} {tekst}").split(|c: char| !c.is_alphabetic()).map(str::to_lowercase).collect::<Vec<_>>()
        };
        for word in ["ikkje", "dykk", "frå", "meldinga", "meldingar", "meldingane", "dei", "eit", "no", "innan", "kjem"]
        {
            assert!(!words(Malform::Bokmal).iter().any(|said| said == word), "{varsel:?}: {word}");
        }
        for word in
            ["ikke", "dere", "fra", "meldingen", "meldinger", "meldingene", "dem", "et", "nå", "innen", "kommer"]
        {
            assert!(!words(Malform::Nynorsk).iter().any(|said| said == word), "{varsel:?}: {word}");
        }
    }
}

#[test]
fn every_text_says_for_whom_what_to_do_and_from_whom() {
    for varsel in alle() {
        for (malform, gjoere) in [(Malform::Bokmal, "Dette må dere gjøre"), (Malform::Nynorsk, "Dette må de gjere")]
        {
            let Tekst { emne, tekst } = varsel.render(&kontor(malform), Leser::Kontoret, None);
            assert!(emne.ends_with(" – Sentrum barnevernkontor") && !emne.contains('\n'), "{emne}");
            assert!(tekst.contains("Sentrum barnevernkontor (kommunenummer 9999)"), "{tekst}");
            assert!(tekst.contains(gjoere) && tekst.contains("\nMeldeport\n\n"), "{tekst}");
        }
    }
}

#[test]
fn what_a_municipality_wrote_cannot_break_a_line() {
    let mut kontor = kontor(Malform::Bokmal);
    kontor.navn = "Øst\r\nBcc: a@example.no\u{0}\n".to_owned();
    let utloper = moment("2027-07-17T21:59:59Z");
    let varsel = Varsel::SertifikatUtlop { dager: 7, utloper, serienummer: "1\n2".to_owned(), ventende: 0 };
    let Tekst { emne, tekst } = varsel.render(&kontor, Leser::Kontoret, None);
    assert_eq!(emne, "Sertifikatet går ut om 7 dager – Øst Bcc: a@example.no");
    assert!(tekst.contains("serienummer: 1 2\n") && !tekst.contains("\nBcc"), "{tekst}");
}

#[test]
fn those_who_run_the_gateway_are_told_why_they_get_it() {
    for (malform, words) in [
        (Malform::Bokmal, ["også sendt til kontoret.", "ingen e-postadresse som kan brukes"]),
        (Malform::Nynorsk, ["òg sendt til kontoret.", "inga e-postadresse som kan brukast"]),
    ] {
        let varsel = Varsel::FristNaer { antall: 1, frist: date(2027, 1, 26) };
        let text = |leser| varsel.render(&kontor(malform), leser, None).tekst;
        for (leser, words) in [Leser::Driften, Leser::BareDriften].into_iter().zip(words) {
            assert!(text(leser).contains(words) && text(leser).ends_with(&text(Leser::Kontoret)), "{}", text(leser));
        }
    }
}

#[test]
fn the_print_supplier_s_certificate_is_everybody_s() {
    let kontor = Kontor { navn: "utskriftsleverandøren".to_owned(), kommunenummer: None, malform: Malform::Bokmal };
    let utloper = moment("2027-07-17T21:59:59Z");
    let varsel = Varsel::PrintsertifikatUtlop { dager: 1, utloper, serienummer: "1".to_owned(), ventende: 0 };
    let Tekst { emne, tekst } = varsel.render(&kontor, Leser::Driften, None);
    assert_eq!(emne, "Sertifikatet går ut om én dag – utskriftsleverandøren");
    assert!(tekst.contains("til utskriftsleverandøren krypteres med, går ut lørdag 17. juli"), "{tekst}");
}

#[test]
fn times_are_norwegian_ones() {
    let nb = ["mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag"];
    for (moment_utc, expected) in [
        ("2027-01-22T15:05:59Z", "fredag 22. januar 2027 kl. 16.05"),
        // Summer time: two hours, and so another day and month.
        ("2027-07-31T22:00:00Z", "søndag 1. august 2027 kl. 00.00"),
        // The hour that is there twice, and the one that is not there.
        ("2027-10-31T00:30:00Z", "søndag 31. oktober 2027 kl. 02.30"),
        ("2027-10-31T01:30:00Z", "søndag 31. oktober 2027 kl. 02.30"),
        ("2027-03-28T01:00:00Z", "søndag 28. mars 2027 kl. 03.00"),
        ("2027-12-31T23:30:00Z", "lørdag 1. januar 2028 kl. 00.30"),
    ] {
        assert_eq!(tid::tidspunkt(moment(moment_utc), &nb), expected);
    }
}
