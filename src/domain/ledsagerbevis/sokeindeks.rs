//! What a card is found by: keyed digests of the beginnings of the words of each name on it, of each fødselsnummer, of the
//! reference, and of when it ends. They are written in the transaction that changes the card.
//!
//! Each digest is of one organisation. Names are digested at a few lengths only, so that the table tells less of how long
//! they are; what is between two lengths is looked at in the opened card.

use std::{collections::BTreeSet, sync::Arc};

use futures_util::future::join_all;

use super::{
    arkiv::{BEVIS, PERSON},
    bolk::bolker_for,
};
use crate::{
    crypto::at_rest::{BlindIndex, Hvelv, Plass},
    domain::{DomainError, Result, Services},
    model::{
        Feilkode, FiksOrgId,
        ledsagerbevis::BevisId,
        navneform::{Navneord, navneord, referanseform},
    },
    store::{
        self, StoreError, Tx, WorkError as _,
        ledsagerbevis::{
            Hvem,
            sok::{MERKE, Merke},
        },
    },
};

/// The beginnings of a word that are digested, in letters.
const LENGDER: [usize; 7] = [2, 3, 4, 5, 6, 8, 12];
/// Fewest letters of a word that can be looked for.
pub(super) const MINST: usize = LENGDER[0];
/// Raised when cards are to be found by something else than before: then all of them are indexed anew.
const UTGAVE: &[u8] = b"2";
/// Cards that are indexed at once.
const BUNKE: u64 = 32;

/// Makes and writes what cards are found by.
#[derive(Debug, Clone)]
pub(super) struct Sokeindeks {
    hvelv: Arc<Hvelv>,
    nokkel: Arc<BlindIndex>,
}

/// How far an indexing of all cards has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fremdrift {
    /// Where to go on; `None` when there was nothing left to do.
    pub neste: Option<BevisId>,
    pub indeksert: u64,
    /// Cards that do not open.
    pub feilet: u64,
}

impl Sokeindeks {
    fn merke(&self, slag: &str, organisasjon: Option<FiksOrgId>, value: &[u8]) -> Result<Merke> {
        let organisasjon = organisasjon.map_or([0; 16], |id| *id.0.as_bytes());
        let whole = self.nokkel.digest(slag, &[&organisasjon, value].concat());
        let whole = whole.map_err(|error| StoreError::Internal(error.to_string()))?;
        let mut merke = [0; MERKE];
        merke.iter_mut().zip(whole).for_each(|(to, from)| *to = from);
        Ok(merke)
    }

    /// The digest of the longest beginning of a word that is digested; `None` for a word that is too short.
    pub fn navn(&self, organisasjon: FiksOrgId, ord: &Navneord) -> Result<Option<Merke>> {
        self.beginnings(organisasjon, ord.form()).last().transpose()
    }

    fn beginnings(&self, organisasjon: FiksOrgId, form: &str) -> impl Iterator<Item = Result<Merke>> {
        let ends: Vec<usize> = form.char_indices().map(|(at, letter)| at + letter.len_utf8()).collect();
        let cuts = LENGDER.into_iter().filter_map(move |length| ends.get(length - 1).copied());
        cuts.filter_map(|end| form.get(..end))
            .map(move |start| self.merke("ledsagerbevissok.navn", Some(organisasjon), start.as_bytes()))
    }

    pub fn fnr(&self, organisasjon: FiksOrgId, fnr: &str) -> Result<Merke> {
        self.merke("ledsagerbevissok.fnr", Some(organisasjon), fnr.as_bytes())
    }

    pub fn ekstern_id(&self, organisasjon: FiksOrgId, ekstern_id: &str) -> Result<Merke> {
        let form = referanseform(ekstern_id);
        self.merke("ledsagerbevissok.ekstern_id", Some(organisasjon), form.expose().as_bytes())
    }

    pub fn bolk(&self, organisasjon: FiksOrgId, bolk: &str) -> Result<Merke> {
        self.merke("ledsagerbevissok.bolk", Some(organisasjon), bolk.as_bytes())
    }

    /// Stands on every card that is found by what cards are found by now, with the key that is used now.
    fn utgave(&self) -> Result<Merke> {
        self.merke("ledsagerbevissok.utgave", None, UTGAVE)
    }

    /// Writes what a card is found by as it stands in this transaction. To be called at the end of whatever changes a card's
    /// persons, reference or end, or revokes it.
    pub async fn write(&self, tx: &Tx, id: BevisId) -> Result<()> {
        let Some(rad) = store::ledsagerbevis::sok::lock(tx, id).await? else { return Ok(()) };
        let personer = store::ledsagerbevis::personer(tx, [id], Hvem::Naa).await?;
        let organisasjon = rad.organisasjon;
        let ekstern_id = self.hvelv.open_text(Plass::new(BEVIS, id.0, "ekstern_id"), &rad.ekstern_id)?;
        let mut merker = BTreeSet::from([self.utgave()?, self.ekstern_id(organisasjon, ekstern_id.expose())?]);
        for bolk in bolker_for(rad.revokert.is_some(), rad.gyldighet) {
            merker.insert(self.bolk(organisasjon, &bolk)?);
        }
        for person in personer {
            let open = |column, sealed: &[u8]| self.hvelv.open_text(Plass::new(PERSON, person.id, column), sealed);
            merker.insert(self.fnr(organisasjon, open("fnr", &person.fnr)?.expose())?);
            for ord in navneord(open("navn", &person.navn)?.expose()) {
                for form in ord.former() {
                    for merke in self.beginnings(organisasjon, form) {
                        merker.insert(merke?);
                    }
                }
            }
        }
        Ok(store::ledsagerbevis::sok::replace(tx, id, merker).await?)
    }
}

impl Services {
    /// # Errors
    /// 501 where there are no companion cards.
    pub(super) fn sokeindeks(&self) -> Result<Sokeindeks> {
        let nokkel = self.personindeks.clone().ok_or(Feilkode::LedsagerbevisIkkeSattOpp)?;
        Ok(Sokeindeks { hvelv: self.vault()?.clone(), nokkel })
    }

    /// Indexes some of the cards after this one that are not found by what cards are found by now: those that were issued
    /// before there was a search, and all of them after the key of the digests was changed. May run on several nodes, and
    /// begin again anywhere.
    pub async fn fyll_sokeindeks(&self, etter: Option<BevisId>) -> Result<Fremdrift> {
        let indeks = self.sokeindeks()?;
        let utgave = indeks.utgave()?;
        let left = store::ledsagerbevis::sok::uten(&self.store, utgave, etter, BUNKE).await?;
        let done = join_all(left.iter().map(|id| {
            let work = (indeks.clone(), *id);
            self.store.write("sokeindeks", work, |tx, (indeks, id)| Box::pin(indeks.write(tx, *id)))
        }));
        let mut fremdrift = Fremdrift { neste: left.last().copied(), ..Fremdrift::default() };
        for (id, done) in left.iter().zip(done.await) {
            match done {
                Ok(()) => fremdrift.indeksert += 1,
                Err(error) if passes(&error) => return Err(error),
                Err(error) => {
                    tracing::warn!(ledsagerbevis = %id, %error, "a card cannot be indexed");
                    fremdrift.feilet += 1;
                }
            }
        }
        Ok(fremdrift)
    }
}

/// Whether the same work may succeed later.
pub(super) fn passes(error: &DomainError) -> bool {
    let passing = |error: &StoreError| !matches!(error, StoreError::Corrupt(_) | StoreError::Internal(_));
    error.store().is_some_and(passing)
}
