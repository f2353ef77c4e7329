//! The kinds of field that a form has, and how each is written.

use std::borrow::Cow;

use super::{
    Bygger, Del, Felt, Gruppe, Tekst,
    les::{Objekt, Rest},
    tid,
};
use crate::pdf::{
    ord::{self, Ord},
    skrift::{Line, Run},
};

/// A group is kept together on a page only when it is certain to fit on one: what is kept together and does not fit
/// would run off it.
const SAMLET_LINJER: usize = 22;
const SAMLET_LINJE: usize = 60;

pub(super) fn gruppe(felt: Vec<Felt>) -> Gruppe {
    let size = |run: &Run| match run {
        Run::Text(text) => text.len(),
        Run::Mark(_) => 8,
        Run::Break => 0,
    };
    let short = |linje: &Line| linje.iter().map(size).sum::<usize>() <= SAMLET_LINJE;
    let linjer = || felt.iter().flat_map(|felt| felt.linjer.iter().chain([&felt.navn]));
    let samlet = linjer().count() <= SAMLET_LINJER && linjer().all(short);
    Gruppe { samlet, felt, ..Gruppe::default() }
}

pub(super) fn tekster(tekster: Vec<Tekst>) -> Gruppe {
    Gruppe { tekster, ..Gruppe::default() }
}

impl<'a> Bygger<'a, '_> {
    pub(super) fn del(&self, tittel: Ord, grupper: Vec<Gruppe<'a>>) -> Del<'a> {
        Del { tittel: tittel.paa(self.document.sprak), forklaring: None, grupper }
    }

    /// One group for each person, numbered when there are several.
    pub(super) fn personer(
        &self,
        tittel: Ord,
        personer: Vec<Objekt<'a>>,
        rest: &mut Rest<'a>,
        felt: impl Fn(&mut Objekt<'a>, &mut Rest<'a>) -> Vec<Felt<'a>>,
    ) -> Vec<Gruppe<'a>> {
        let (tittel, av, antall) = (tittel.paa(self.document.sprak), ord::AV.paa(self.document.sprak), personer.len());
        let mut grupper = Vec::new();
        for (nummer, mut person) in (1..).zip(personer) {
            let felt = felt(&mut person, rest);
            person.finish(rest);
            let tittel = (antall > 1).then(|| format!("{tittel} {nummer} {av} {antall}"));
            grupper.push(Gruppe { tittel, ..gruppe(felt) });
        }
        grupper
    }

    pub(super) fn felt(&self, navn: Ord, linjer: Option<Vec<Line<'a>>>) -> Felt<'a> {
        let navn = vec![Run::Text(Cow::Borrowed(navn.paa(self.document.sprak)))];
        Felt { navn, linjer: linjer.unwrap_or_default() }
    }

    pub(super) fn kort(&self, navn: Ord, text: Option<&'a str>) -> Felt<'a> {
        self.felt(navn, text.and_then(|text| self.verdi(text)))
    }

    pub(super) fn ja_nei(&self, navn: Ord, flagg: Option<bool>) -> Felt<'a> {
        let svar = flagg.map(|ja| if ja { ord::JA } else { ord::NEI }.paa(self.document.sprak));
        self.felt(navn, svar.map(|svar| vec![vec![Run::Text(Cow::Borrowed(svar))]]))
    }

    pub(super) fn navn_og_nummer(&self, ord: Ord, navn: Option<&'a str>, nummer: Option<&'a str>) -> Felt<'a> {
        let mut linjer = navn.and_then(|navn| self.verdi(navn)).unwrap_or_default();
        if let Some(nummer) = nummer.filter(|nummer| !nummer.is_empty()) {
            let mut siste = linjer.pop().unwrap_or_default();
            siste.push(Run::Text(Cow::Borrowed(" (")));
            siste.extend(self.skrift.lines(nummer).into_iter().flatten());
            siste.push(Run::Text(Cow::Borrowed(")")));
            linjer.push(siste);
        }
        self.felt(ord, Some(linjer))
    }

    /// The object `adresse` of `eier`: its lines as on a letter, those left blank omitted.
    pub(super) fn adresse(&self, navn: Ord, eier: &mut Objekt<'a>, rest: &mut Rest<'a>) -> Felt<'a> {
        let mut adresse = eier.objekt("adresse", rest);
        let mut linjer: Vec<Line> = ["adresselinje1", "adresselinje2", "adresselinje3"]
            .into_iter()
            .filter_map(|key| adresse.tekst(key).and_then(|text| self.verdi(text)))
            .flatten()
            .collect();
        let mut sted = Line::new();
        for key in ["postnummer", "poststed"] {
            for linje in adresse.tekst(key).and_then(|text| self.verdi(text)).unwrap_or_default() {
                if !sted.is_empty() {
                    sted.push(Run::Text(Cow::Borrowed(" ")));
                }
                sted.extend(linje);
            }
        }
        if !sted.is_empty() {
            linjer.push(sted);
        }
        adresse.finish(rest);
        self.felt(navn, Some(linjer))
    }

    /// Paragraphs are parted by blank lines; every blank line but the first of a gap is kept as an empty paragraph.
    pub(super) fn tekst(&self, navn: Ord, text: Option<&'a str>) -> Tekst<'a> {
        let mut avsnitt: Vec<Vec<Line>> = Vec::new();
        let mut open = false;
        for linje in text.and_then(|text| self.verdi(text)).unwrap_or_default() {
            match (linje.is_empty(), open) {
                (true, true) => open = false,
                (true, false) => avsnitt.push(Vec::new()),
                (false, true) => avsnitt.last_mut().into_iter().for_each(|siste| siste.push(linje.clone())),
                (false, false) => {
                    avsnitt.push(vec![linje]);
                    open = true;
                }
            }
        }
        Tekst { navn: navn.paa(self.document.sprak), avsnitt }
    }

    /// The lines of a text; `None` when it is blank.
    pub(super) fn verdi(&self, text: &'a str) -> Option<Vec<Line<'a>>> {
        (!text.trim().is_empty()).then(|| self.skrift.lines(text))
    }

    /// A time as Norwegians write it, or the text itself where it is not a time.
    pub(super) fn tidspunkt(&self, text: &'a str) -> Vec<Line<'a>> {
        match tid::les(text, self.document.sprak) {
            Some(tid) => vec![vec![Run::Text(Cow::Owned(tid))]],
            None => self.skrift.lines(text),
        }
    }
}
