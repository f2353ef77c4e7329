//! What the templates of a companion card's papers are given.

use std::borrow::Cow;

use jiff::civil::Date;
use serde::Serialize;

use super::tid;
use crate::pdf::{
    bevis::{Bevispapir, Brevadresse, Kontakt, Kortark, Vedtaksbrev},
    ord::{Ord, bevis as ord},
    skrift::{Line, Run, Skrift},
};

/// Both sides of the card.
#[derive(Serialize)]
pub struct Kortside<'a> {
    sprak: &'static str,
    tittel: &'static str,
    rettledning: &'static str,
    overskrift: &'static str,
    navn: Line<'a>,
    antall: &'static str,
    gyldig: Line<'a>,
    utsteder: Line<'a>,
    bilde: bool,
    bilde_tekst: &'static str,
    uten_bilde: &'static str,
    kode: bool,
    kode_tekst: &'static str,
    bakside: Vec<Line<'a>>,
}

/// The letter.
#[derive(Serialize)]
pub struct Brevside<'a> {
    sprak: &'static str,
    tittel: &'static str,
    utsteder: Line<'a>,
    avsender: Vec<Line<'a>>,
    mottaker: Vec<Line<'a>>,
    opplysninger: Vec<Line<'a>>,
    innledning: Vec<Line<'a>>,
    deler: Vec<Brevdel<'a>>,
    hilsen: &'static str,
    elektronisk: &'static str,
    side: &'static str,
    av: &'static str,
}

/// The letter with the card to cut out.
#[derive(Serialize)]
pub struct Utsending<'a> {
    #[serde(flatten)]
    brev: Brevside<'a>,
    kort: Kortside<'a>,
}

/// A part with its own heading.
#[derive(Serialize)]
struct Brevdel<'a> {
    tittel: &'static str,
    avsnitt: Vec<Line<'a>>,
    punkter: Vec<Line<'a>>,
}

/// Fills words in.
struct Bygger<'a, 's> {
    papir: Bevispapir<'a>,
    skrift: &'s Skrift<'s>,
}

pub fn kort<'a>(ark: &Kortark<'a>, skrift: &Skrift) -> Kortside<'a> {
    let bygger = Bygger { papir: ark.papir, skrift };
    let ord = |ord: Ord| ord.paa(ark.papir.sprak);
    let to = ark.papir.antall_ledsagere > 1;
    let mut bakside = vec![
        bygger.fyll(if to { ord::OM_KORTET_TO } else { ord::OM_KORTET_EN }, &[]),
        bygger.fyll(if ark.bilde.is_some() { ord::PERSONLIG } else { ord::PERSONLIG_UTEN_BILDE }, &[]),
    ];
    bakside.extend(ark.kode.map(|kode| {
        let mut line = bygger.fyll(ord::KONTROLLER, &[]);
        // An address is broken where its parts meet, so that it can be read and typed.
        for part in kode.kontroll.trim_start_matches("https://").split_inclusive('/') {
            line.extend(skrift.line(part));
            line.push(Run::Break);
        }
        line
    }));
    bakside.push(bygger.fyll(ord::FUNNET, &[]));
    Kortside {
        sprak: ark.papir.sprak.tag(),
        tittel: ord(ord::KORTARK),
        rettledning: ord(ord::RETTLEDNING),
        overskrift: ord(ord::LEDSAGERBEVIS),
        navn: skrift.line(ark.papir.navn),
        antall: ord(if to { ord::TO_LEDSAGERE } else { ord::EN_LEDSAGER }),
        gyldig: match ark.papir.gyldig_til {
            Some(dato) => bygger.med_dato(ord::GYLDIG_TIL, dato.strftime("%d.%m.%Y").to_string()),
            None => bygger.fyll(ord::VARIG, &[]),
        },
        utsteder: bygger.fyll(ord::UTSTEDT_AV, &[]),
        bilde: ark.bilde.is_some(),
        bilde_tekst: ord(ord::BILDE),
        uten_bilde: ord(ord::UTEN_BILDE),
        kode: ark.kode.is_some(),
        kode_tekst: ord(ord::KODE),
        bakside,
    }
}

pub fn brev<'a>(brev: &Vedtaksbrev<'a>, skrift: &Skrift) -> Brevside<'a> {
    let papir = brev.papir;
    let bygger = Bygger { papir, skrift };
    let ord = |ord: Ord| ord.paa(papir.sprak);
    let mut mottaker = vec![skrift.line(papir.navn)];
    mottaker.extend(brev.adresse.into_iter().flat_map(|adresse| bygger.adresse(adresse)));
    let vedtatt = bygger.dag(brev.vedtatt);
    let opplysninger = vec![
        bygger.med_navn(ord::DATO, vec![Run::Text(Cow::Owned(vedtatt))]),
        bygger.med_navn(ord::REFERANSE, skrift.line(brev.referanse)),
    ];
    let gjelder = match papir.gyldig_til {
        Some(dato) => bygger.med_dato(ord::GJELDER_TIL, bygger.dag(dato)),
        None => bygger.fyll(ord::GJELDER_VARIG, &[]),
    };
    let innledning = vec![
        bygger.fyll(ord::DU_FAR, &[]),
        bygger.fyll(if papir.antall_ledsagere > 1 { ord::DU_KAN_TO } else { ord::DU_KAN_EN }, &[]),
        gjelder,
        bygger.fyll(ord::SELV_BETALE, &[]),
    ];
    let del = |tittel: Ord, avsnitt: Vec<Line<'a>>, punkter: Vec<Line<'a>>| Brevdel {
        tittel: tittel.paa(papir.sprak),
        avsnitt,
        punkter,
    };
    let forvaltere = if brev.forvaltere.is_empty() { ord::INGEN_FORVALTERE } else { ord::FORVALTERE };
    let deler = vec![
        del(
            ord::PA_TELEFONEN,
            vec![bygger.fyll(ord::LOGG_INN, &[("slutt", brev.telefon_slutt)]), bygger.fyll(ord::NYTT_NUMMER, &[])],
            Vec::new(),
        ),
        del(
            ord::HVEM,
            vec![bygger.fyll(forvaltere, &[])],
            brev.forvaltere.iter().map(|navn| skrift.line(navn)).collect(),
        ),
        del(ord::KLAGE, vec![bygger.fyll(ord::KLAGEFRIST, &[]), bygger.fyll(ord::KLAGE_SLIK, &[])], Vec::new()),
        del(ord::SPORSMAL, vec![bygger.fyll(ord::TA_KONTAKT, &[])], bygger.kontakt(&brev.kontakt)),
    ];
    Brevside {
        sprak: papir.sprak.tag(),
        tittel: ord(ord::VEDTAK),
        utsteder: skrift.line(papir.utsteder),
        avsender: brev.kontakt.adresse.into_iter().flat_map(|adresse| bygger.adresse(adresse)).collect(),
        mottaker,
        opplysninger,
        innledning,
        deler,
        hilsen: ord(ord::HILSEN),
        elektronisk: ord(ord::ELEKTRONISK),
        side: ord(crate::pdf::ord::SIDE),
        av: ord(crate::pdf::ord::AV),
    }
}

pub fn utsending<'a>(om: &Vedtaksbrev<'a>, ark: &Kortark<'a>, skrift: &Skrift) -> Utsending<'a> {
    Utsending { brev: brev(om, skrift), kort: kort(ark, skrift) }
}

impl<'a> Bygger<'a, '_> {
    /// A text with its places filled in; the owner's and the issuer's names are known.
    fn fyll(&self, ord: Ord, med: &[(&str, &'a str)]) -> Line<'a> {
        let mut line = Line::new();
        let mut rest = ord.paa(self.papir.sprak);
        while let Some((before, place)) = rest.split_once('{') {
            let (name, after) = place.split_once('}').unwrap_or((place, ""));
            line.push(Run::Text(Cow::Borrowed(before)));
            let known = [("utsteder", self.papir.utsteder), ("navn", self.papir.navn)];
            let value = med.iter().chain(&known).find(|(of, _)| *of == name).map_or("", |(_, value)| value);
            line.extend(self.skrift.line(value));
            rest = after;
        }
        line.push(Run::Text(Cow::Borrowed(rest)));
        line
    }

    fn med_dato(&self, ord: Ord, dato: String) -> Line<'a> {
        vec![Run::Text(Cow::Owned(ord.paa(self.papir.sprak).replace("{dato}", &dato)))]
    }

    fn dag(&self, dato: Date) -> String {
        tid::dag(dato)
    }

    fn med_navn(&self, ord: Ord, verdi: Line<'a>) -> Line<'a> {
        let mut line = vec![Run::Text(Cow::Owned(format!("{}: ", ord.paa(self.papir.sprak))))];
        line.extend(verdi);
        line
    }

    fn adresse(&self, adresse: Brevadresse<'a>) -> [Line<'a>; 2] {
        let mut poststed = self.skrift.line(adresse.postnummer);
        poststed.push(Run::Text(Cow::Borrowed(" ")));
        poststed.extend(self.skrift.line(adresse.poststed));
        [self.skrift.line(adresse.adressenavn), poststed]
    }

    fn kontakt(&self, kontakt: &Kontakt<'a>) -> Vec<Line<'a>> {
        let mut lines: Vec<Line<'a>> =
            kontakt.epost.iter().map(|epost| self.fyll(ord::EPOST, &[("kontakt", epost)])).collect();
        lines.extend(kontakt.telefon.map(|telefon| self.fyll(ord::TELEFON, &[("kontakt", telefon)])));
        if let Some(adresse) = kontakt.adresse {
            let [gate, poststed] = self.adresse(adresse);
            let mut line = self.fyll(ord::POST, &[]);
            line.extend(gate);
            line.push(Run::Text(Cow::Borrowed(", ")));
            line.extend(poststed);
            lines.push(line);
        }
        lines
    }
}
