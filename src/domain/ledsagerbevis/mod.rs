//! Companion cards, and who works with them.

use std::{collections::HashMap, sync::Arc};

mod arkiv;
mod bilde;
mod bolk;
mod deling;
mod endring;
pub mod gruppe;
pub mod historie;
mod innbygger;
mod kontroll;
mod kort;
mod kortbrev;
mod kortutskrift;
mod lesing;
pub mod medlem;
mod melding;
mod omforsegling;
mod opplysninger;
pub mod oppsett;
mod papir;
mod papirkode;
mod personsok;
mod redigering;
mod sok;
mod sokeindeks;
mod sperreliste;
mod utlop;
mod utstedelse;

pub(super) use bilde::SAMTIDIG;
pub use deling::{Deling, NyDeling};
pub use innbygger::{Innbygger, MittBevis};
pub(super) use kort::Kortutsteder;
pub use kort::{Engangsverdi, Kortkopi, Kortoppsett};
pub use kortbrev::{Kortbrevsteg, Kortbrevutfall};
pub use melding::Smsutfall;
pub use omforsegling::{Nokkelbruk, Runde};
pub(super) use papir::Trykkeri;
pub use redigering::{Bevisendring, NyttNummer};
pub use sok::Sokeutvalg;
pub use sokeindeks::Fremdrift;
pub(super) use sperreliste::Lister;
pub use sperreliste::{Listeslag, Sperreliste};
pub use utstedelse::NyttBevis;

use super::{Result, Services, tilgang::Bevisinnringer};
use crate::{
    crypto::at_rest::{Hvelv, Plass},
    model::{
        Feilkode, FiksOrgId, Kommunenummer,
        kommune::{Kommune, Organisasjon},
    },
    store,
    system::SecretString,
};

/// Most bytes of a photo that is handed in.
pub const MAX_BILDE: usize = crate::bilde::MAX_BYTES;

/// An organisation whose cards a caller may work with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tilgang {
    pub organisasjon: Organisasjon,
    /// The organisation's municipality, if it has exactly one.
    pub kommune: Option<Kommunenummer>,
}

impl Services {
    /// What personal data is sealed with.
    ///
    /// # Errors
    /// 501 where there are no companion cards.
    pub(in crate::domain) fn vault(&self) -> Result<&Arc<Hvelv>> {
        Ok(self.hvelv.as_ref().ok_or(Feilkode::LedsagerbevisIkkeSattOpp)?)
    }

    /// Whether this installation has companion cards.
    pub fn har_ledsagerbevis(&self) -> bool {
        self.hvelv.is_some() && self.personindeks.is_some()
    }

    /// A text on its way into the database.
    pub fn seal_text(&self, plass: Plass, text: &str) -> Result<Vec<u8>> {
        Ok(self.vault()?.seal(plass, text.as_bytes(), &*self.rng)?)
    }

    /// A text that was sealed.
    pub fn open_text(&self, plass: Plass, sealed: &[u8]) -> Result<SecretString> {
        Ok(self.vault()?.open_text(plass, sealed)?)
    }

    /// The organisations whose cards the caller may work with, by name.
    pub async fn bevistilganger(&self, innringer: &Bevisinnringer) -> Result<Vec<Tilgang>> {
        let ids = innringer.behandler_for();
        let mut kommuner: HashMap<FiksOrgId, Vec<Kommune>> = HashMap::new();
        for kommune in store::bydel::kommuner_til(&self.store, ids.iter().copied()).await? {
            kommuner.entry(kommune.organisasjon).or_default().push(kommune);
        }
        let mut found = store::kommune::organisasjoner(&self.store, ids).await?;
        found.sort_by(|one, other| one.navn.cmp(&other.navn).then(one.id.cmp(&other.id)));
        let with = |organisasjon: Organisasjon| {
            let kommune = kommuner.get(&organisasjon.id).and_then(|all| only(all));
            Tilgang { organisasjon, kommune }
        };
        Ok(found.into_iter().map(with).collect())
    }
}

/// The one municipality of an organisation, those aside that another has followed or is to follow.
fn only(all: &[Kommune]) -> Option<Kommunenummer> {
    match all {
        [only] => Some(only.kommunenummer),
        several => match several.iter().filter(|kommune| kommune.etterfolger.is_none()).collect::<Vec<_>>()[..] {
            [current] => Some(current.kommunenummer),
            _ => None,
        },
    }
}
