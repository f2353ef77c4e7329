//! Every path through the state machine has its explanation, and every line is said on one of them.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::*;
use crate::model::{
    FiksOrgId, IntegrasjonId, RessursId,
    melding::{Format, Overgang, Profil, Skjematype, Versjon},
};

const STEPS: [Overgang; 6] = [
    Overgang::SendTilFagsystem,
    Overgang::Mottatt,
    Overgang::Feilet,
    Overgang::SendTilPrint,
    Overgang::Postlagt,
    Overgang::PrintAvvist,
];

fn at(hour: i64) -> Timestamp {
    let first: Timestamp = "2027-01-15T12:00:00Z".parse().unwrap();
    first + jiff::SignedDuration::from_hours(hour)
}

/// A report that has gone this way, an hour for each step.
fn report(path: &[Tilstand], kanal: Kanal) -> (Melding, Vec<Hendelse>) {
    let id = MeldingId(Uuid::from_u128(1));
    let tilstand = *path.last().unwrap();
    let waits = tilstand == Tilstand::SendtFagsystem;
    let melding = Melding {
        id,
        avsender: FiksOrgId(Uuid::nil()),
        integrasjon: IntegrasjonId(Uuid::nil()),
        leverandor: None,
        mottaker: FiksOrgId(Uuid::nil()),
        kommunenummer: "9999".parse().unwrap(),
        bydelsnummer: "01".parse().unwrap(),
        bydel: RessursId(Uuid::nil()),
        skjematype: Skjematype::Offentlig,
        versjon: Versjon::V2,
        tilstand,
        kanal,
        fra_fagsystem: true,
        frist: waits.then(|| kvitteringsfrist(at(1))),
        format: Format::Asice,
        profil: Profil::Ks,
        forseglet_av: None,
        sertifikat: String::new(),
        asice_sha256: [0; 32],
        asice_storrelse: 0,
        pdf_sha256: [0; 32],
        pdf_storrelse: 0,
        mottatt: at(0),
        levert: None,
        slettet: None,
    };
    let entry = |(nr, tilstand): (i32, &Tilstand)| Hendelse {
        melding: id,
        nr,
        tidspunkt: at(i64::from(nr) - 1),
        tilstand: *tilstand,
        beskrivelse: None,
    };
    (melding, (1..).zip(path).map(entry).collect())
}

/// Every way from the beginning, of up to eight states: past two letters that could not be sent.
fn paths() -> Vec<Vec<Tilstand>> {
    let mut all = vec![vec![Tilstand::Akseptert]];
    let mut n = 0;
    while let Some(path) = all.get(n).cloned() {
        n += 1;
        let next = STEPS.iter().filter_map(|step| path.last().unwrap().after(*step).ok()).filter(|_| path.len() < 8);
        all.extend(next.map(|state| path.iter().copied().chain([state]).collect()));
    }
    all
}

#[test]
fn every_path_says_who_must_act_by_when_and_what_happens_otherwise() {
    let mut said = HashSet::new();
    let mut seen = HashSet::new();
    for path in paths() {
        for kanal in Kanal::ALL {
            let (melding, history) = report(&path, kanal);
            let told = forklar(&melding, &history);
            let done = melding.tilstand == Tilstand::Levert;
            assert_eq!(told.ansvarlig == Ansvarlig::Ingen, done, "{path:?}");
            assert_eq!((told.frist.is_none(), told.ellers.is_none()), (done, done), "{path:?}");
            assert_eq!(told.hendelser.len(), path.len());
            if let Some(frist) = told.frist {
                assert!(frist.tidspunkt > told.hendelser.last().unwrap().tidspunkt, "{path:?}");
                assert!(crate::model::virkedag::er_virkedag(frist.dato), "{path:?}");
            }
            said.extend(told.hendelser.iter().map(|step| step.linje.kode));
            said.extend([told.na.kode]);
            said.extend(told.ellers.map(|line| line.kode));
            seen.insert(melding.tilstand);
        }
    }
    assert_eq!(seen.len(), Tilstand::ALL.len());
    let unused: Vec<_> = tekst::ALL.iter().filter(|line| !said.contains(line.kode)).collect();
    assert!(unused.is_empty(), "{unused:?}");
}

#[test]
fn it_is_told_why_a_letter_was_sent_and_how_a_report_arrived() {
    use Tilstand as T;
    let codes = |path: &[Tilstand]| {
        let (melding, history) = report(path, Kanal::Print);
        forklar(&melding, &history).hendelser.iter().map(|step| step.linje.kode).collect::<Vec<_>>()
    };
    let late = [T::Akseptert, T::SendtFagsystem, T::SendtPrint, T::Levert];
    assert_eq!(codes(&late), ["TATT_IMOT", "OVERLEVERT", "BREV_ETTER_FRIST", "POSTLAGT"]);
    let refused = [T::Akseptert, T::SendtFagsystem, T::AvvistFagsystem, T::SendtPrint, T::AvvistPrint, T::SendtPrint];
    assert_eq!(codes(&refused)[2..], ["AVVIST", "BREV_ETTER_AVVISNING", "BREV_AVVIST", "NYTT_BREV"]);
    let by_hand = [T::Akseptert, T::SendtFagsystem, T::SendtPrint, T::AvvistPrint, T::Levert];
    assert_eq!(codes(&by_hand)[3..], ["BREV_AVVIST", "FULGT_OPP"]);
    assert_eq!(codes(&[T::Akseptert, T::SendtFagsystem, T::Levert])[2..], ["BEKREFTET"]);
}

#[test]
fn the_deadline_is_the_one_that_the_letter_has() {
    let (melding, history) = report(&[Tilstand::Akseptert, Tilstand::SendtFagsystem], Kanal::Svarinn);
    let frist = forklar(&melding, &history).frist.unwrap();
    // Handed over on a Friday: until the end of Tuesday.
    assert_eq!(
        (frist.dato.to_string(), frist.tidspunkt.to_string()),
        ("2027-01-19".into(), "2027-01-19T23:00:00Z".into())
    );
}

#[test]
fn each_line_is_whole_sentences_in_three_languages() {
    let mut codes = HashMap::new();
    for line in tekst::ALL {
        for text in [line.nb, line.nn, line.en] {
            assert!(text.ends_with('.') && text.starts_with(char::is_uppercase) && !text.contains("  "), "{text}");
        }
        assert!(line.nb != line.nn && line.nn != line.en, "{}", line.kode);
        assert!(codes.insert(line.kode, line).is_none());
    }
}
