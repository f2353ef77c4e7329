//! What a template is given: every field of a payload under its own label, in both versions of the form.
//!
//! V2 adds `melding.andreSynspunkter` to V1, and nothing else; the payload decides, so there is no version to choose.

pub(super) mod bevis;
mod felt;
mod les;
mod tid;

use std::{borrow::Cow, collections::BTreeMap};

use serde::Serialize;

use super::{
    Dokument,
    ord::{self, Ord},
    skrift::{Line, Run, Skrift},
};
use crate::model::melding::Skjematype;
use felt::{gruppe, tekster};
use les::{Objekt, Rest};

/// The document as the template reads it.
#[derive(Serialize)]
pub(super) struct View<'a> {
    sprak: &'static str,
    tittel: &'static str,
    undertittel: &'static str,
    taushet: &'static str,
    side: &'static str,
    av: &'static str,
    mangler: &'static str,
    merknad: Option<&'static str>,
    id: String,
    id_navn: &'static str,
    kvittering: Vec<Felt<'a>>,
    deler: BTreeMap<&'static str, Del<'a>>,
}

/// A part with its own heading.
#[derive(Serialize)]
struct Del<'a> {
    tittel: &'static str,
    forklaring: Option<&'static str>,
    grupper: Vec<Gruppe<'a>>,
}

/// Fields that belong together, one child's for instance.
#[derive(Default, Serialize)]
struct Gruppe<'a> {
    tittel: Option<String>,
    /// So small that it is kept together on a page.
    samlet: bool,
    felt: Vec<Felt<'a>>,
    tekster: Vec<Tekst<'a>>,
}

/// A label and a short value. No lines: the field is missing or blank.
#[derive(Serialize)]
struct Felt<'a> {
    navn: Line<'a>,
    linjer: Vec<Line<'a>>,
}

/// A label and a text of any length, by paragraphs.
#[derive(Serialize)]
struct Tekst<'a> {
    navn: &'static str,
    avsnitt: Vec<Vec<Line<'a>>>,
}

/// Builds the view of one document.
pub(super) fn build<'a>(document: &Dokument<'a>, skrift: &Skrift) -> View<'a> {
    let bygger = Bygger { document: *document, skrift };
    let kvittering = bygger.kvittering();
    let deler = bygger.deler();
    let paa = |ord: Ord| ord.paa(document.sprak);
    View {
        sprak: document.sprak.tag(),
        tittel: paa(ord::TITTEL),
        undertittel: paa(match document.variant {
            Skjematype::Offentlig => ord::FRA_OFFENTLIG,
            Skjematype::Privat => ord::FRA_PRIVAT,
        }),
        taushet: paa(ord::TAUSHET),
        side: paa(ord::SIDE),
        av: paa(ord::AV),
        mangler: paa(ord::IKKE_OPPGITT),
        merknad: skrift.marked().then(|| paa(ord::MERKNAD)),
        id: document.kvittering.id.to_string(),
        id_navn: paa(ord::MELDINGS_ID),
        kvittering,
        deler,
    }
}

struct Bygger<'a, 's> {
    document: Dokument<'a>,
    skrift: &'s Skrift<'s>,
}

impl<'a> Bygger<'a, '_> {
    fn deler(&self) -> BTreeMap<&'static str, Del<'a>> {
        let mut rest = Rest::default();
        let mut payload = Objekt::root(self.document.payload, &mut rest);
        let mut deler = match self.document.variant {
            Skjematype::Offentlig => self.offentlig(&mut payload, &mut rest),
            Skjematype::Privat => self.privat(&mut payload, &mut rest),
        };
        let sendingen = vec![
            self.felt(ord::SENDT, payload.tekst("sendingstidspunkt").map(|sendt| self.tidspunkt(sendt))),
            self.navn_og_nummer(ord::TIL_KOMMUNE, payload.tekst("kommunenavn"), payload.tekst("kommunenummer")),
            self.navn_og_nummer(ord::TIL_BYDEL, payload.tekst("bydelsnavn"), payload.tekst("bydelsnummer")),
            self.kort(ord::LEVERINGSKANAL, payload.tekst("leveringskanal")),
        ];
        payload.finish(&mut rest);
        deler.insert("sendingen", self.del(ord::SENDINGEN, vec![gruppe(sendingen)]));
        if let Some(andre) = self.andre(rest) {
            deler.insert("andre", andre);
        }
        deler
    }

    fn offentlig(&self, payload: &mut Objekt<'a>, rest: &mut Rest<'a>) -> BTreeMap<&'static str, Del<'a>> {
        let barn = payload.liste("offentligBarn", rest);
        let barn = self.personer(ord::BARN, barn, rest, |barn, rest| {
            vec![
                self.kort(ord::NAVN, barn.tekst("personnavn")),
                self.kort(ord::FODSELSNUMMER, barn.tekst("fnr")),
                self.ja_nei(ord::UFODT, barn.flagg("ufoedt")),
                self.adresse(ord::ADRESSE, barn, rest),
                self.kort(ord::TELEFON, barn.tekst("telefonnummer")),
                self.ja_nei(ord::ORIENTERT, barn.flagg("orientert")),
                self.kort(ord::ORIENTERT_GRUNN, barn.tekst("orientertGrunn")),
            ]
        });
        let foresatte = payload.liste("foresatte", rest);
        let foresatte = self.personer(ord::FORESATT, foresatte, rest, |foresatt, _| {
            vec![
                self.kort(ord::NAVN, foresatt.tekst("personnavn")),
                self.kort(ord::TELEFON, foresatt.tekst("telefonnummer")),
                self.ja_nei(ord::ORIENTERT, foresatt.flagg("orientert")),
                self.kort(ord::ORIENTERT_GRUNN, foresatt.tekst("orientertGrunn")),
            ]
        });

        let mut melder = payload.objekt("offentligMelder", rest);
        let mut virksomhet = melder.objekt("virksomhet", rest);
        let om_melder = vec![
            self.kort(ord::NAVN, melder.tekst("personnavn")),
            self.kort(ord::ROLLE, melder.tekst("rolle")),
            self.kort(ord::TELEFON, melder.tekst("telefonnummer")),
            self.kort(ord::EPOST, melder.tekst("epost")),
            self.kort(ord::VIRKSOMHET, virksomhet.tekst("navn")),
            self.kort(ord::ORGANISASJONSNUMMER, virksomhet.tekst("orgnr")),
            self.adresse(ord::VIRKSOMHET_ADRESSE, &mut virksomhet, rest),
        ];
        virksomhet.finish(rest);
        melder.finish(rest);

        let mut melding = payload.objekt("melding", rest);
        let mut bekymringen = vec![
            self.tekst(ord::MELDINGEN, melding.tekst("melding")),
            self.tekst(ord::HISTORIE, melding.tekst("historie")),
        ];
        if let Some(synspunkter) = melding.tekst("andreSynspunkter") {
            bekymringen.push(self.tekst(ord::ANDRE_SYNSPUNKTER, Some(synspunkter)));
        }
        melding.finish(rest);

        let hjelp = vec![
            self.tekst(ord::TOLK, payload.tekst("behovForTolk")),
            self.tekst(ord::HJELPEINSTANSER, payload.tekst("andreHjelpeinstanser")),
        ];
        BTreeMap::from([
            ("barn", self.del(ord::BARN, barn)),
            ("bekymringen", self.del(ord::BEKYMRINGEN, vec![tekster(bekymringen)])),
            ("foresatte", self.del(ord::FORESATTE, foresatte)),
            ("hjelp", self.del(ord::TOLK_OG_HJELP, vec![tekster(hjelp)])),
            ("melder", self.del(ord::MELDER, vec![gruppe(om_melder)])),
        ])
    }

    fn privat(&self, payload: &mut Objekt<'a>, rest: &mut Rest<'a>) -> BTreeMap<&'static str, Del<'a>> {
        let barn = payload.liste("privatBarn", rest);
        let barn = self.personer(ord::BARN, barn, rest, |barn, rest| {
            vec![
                self.kort(ord::NAVN, barn.tekst("personnavn")),
                self.kort(ord::ALDER, barn.tekst("antattAlder")),
                self.kort(ord::RELASJON, barn.tekst("relasjon")),
                self.adresse(ord::ADRESSE, barn, rest),
            ]
        });
        let mut melder = payload.objekt("privatMelder", rest);
        let om_melder = vec![
            self.kort(ord::NAVN, melder.tekst("personnavn")),
            self.kort(ord::TELEFON, melder.tekst("telefonnummer")),
            self.adresse(ord::ADRESSE, &mut melder, rest),
        ];
        melder.finish(rest);
        let bekymringen = vec![self.tekst(ord::MELDINGEN, payload.tekst("melding"))];
        BTreeMap::from([
            ("barn", self.del(ord::BARN, barn)),
            ("bekymringen", self.del(ord::BEKYMRINGEN, vec![tekster(bekymringen)])),
            ("melder", self.del(ord::MELDER, vec![gruppe(om_melder)])),
        ])
    }

    fn kvittering(&self) -> Vec<Felt<'a>> {
        let fakta = self.document.kvittering;
        let navn_og = |navn: &'a str, resten: String| {
            let mut linje = self.skrift.line(navn);
            linje.push(Run::Text(Cow::Owned(resten)));
            linje
        };
        let kommune = navn_og(fakta.mottaker.kommune, format!(" ({})", fakta.mottaker.kommunenummer));
        let bydel = navn_og(fakta.mottaker.bydel, format!(" ({})", fakta.mottaker.bydelsnummer));
        let orgnr = ord::ORGNR.paa(self.document.sprak);
        let avsender = vec![
            self.skrift.line(fakta.avsender.navn),
            vec![Run::Text(Cow::Owned(format!("{orgnr} {}", fakta.avsender.organisasjonsnummer)))],
        ];
        let mottatt = vec![Run::Text(Cow::Owned(tid::vis(fakta.mottatt, self.document.sprak)))];
        vec![
            self.felt(ord::MOTTAKER, Some(vec![kommune, bydel])),
            self.felt(ord::AVSENDER, Some(avsender)),
            self.felt(ord::MOTTATT, Some(vec![mottatt])),
            self.felt(ord::MELDINGS_ID, Some(vec![vec![Run::Text(Cow::Owned(fakta.id.to_string()))]])),
        ]
    }

    /// Everything that had no label.
    fn andre(&self, rest: Rest<'a>) -> Option<Del<'a>> {
        let mut felt = Vec::new();
        for opplysning in rest.0 {
            let mut navn = Line::new();
            for (index, step) in opplysning.sti.iter().enumerate() {
                if index > 0 {
                    navn.push(Run::Text(Cow::Borrowed(" › ")));
                }
                match *step {
                    les::Steg::Navn(key) => navn.extend(self.skrift.lines(key).into_iter().flatten()),
                    les::Steg::Nummer(number) => navn.push(Run::Text(Cow::Owned(number.to_string()))),
                }
            }
            let linjer = match opplysning.verdi {
                les::Verdi::Tekst(text) => self.verdi(text).unwrap_or_default(),
                les::Verdi::Annet(text) => vec![vec![Run::Text(Cow::Owned(text))]],
            };
            felt.push(Felt { navn, linjer });
        }
        (!felt.is_empty()).then(|| Del {
            forklaring: Some(ord::ANDRE_FORKLARING.paa(self.document.sprak)),
            ..self.del(ord::ANDRE, vec![Gruppe { felt, ..Gruppe::default() }])
        })
    }
}
