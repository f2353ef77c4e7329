//! Everything that happened to a card, for those who work with it: who did it, whom it was about, and who has and has had
//! access from when until when.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use uuid::Uuid;

use super::deling::Deling;
use crate::{
    crypto::at_rest::Plass,
    domain::{Result, Services, tilgang::Behandler},
    model::{
        Feilkode,
        kortbrev::Kortbrev,
        ledsagerbevis::{BevisId, Bevishendelse, Personrolle, Tilknyttet},
        revisjon::Aktor,
    },
    store::{
        self,
        ledsagerbevis::{Hvem, adgang::Adgang as Bevisadgang, deling::Delingsrad},
    },
    system::SecretString,
};

/// What somebody who has or had access was to the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tilgangsrolle {
    Eier,
    Forvalter,
    /// One of those has shared it for a time.
    Delt,
}

/// Who did something, with a name where there is one. A member of a group who left long ago has none any more.
#[derive(Debug)]
pub struct Utfort {
    pub aktor: Aktor,
    pub navn: Option<SecretString>,
}

/// One event.
#[derive(Debug)]
pub struct Linje {
    pub hendelse: Bevishendelse,
    pub av: Utfort,
    /// Whom it was about.
    pub gjelder: Option<(SecretString, Tilgangsrolle)>,
}

/// Somebody who has or has had access.
#[derive(Debug)]
pub struct Adgang {
    pub navn: SecretString,
    pub telefonnummer: SecretString,
    pub rolle: Tilgangsrolle,
    pub fra: Timestamp,
    /// Since when no longer, or when it ends by itself.
    pub til: Option<Timestamp>,
    /// Who has shared it.
    pub delt_av: Option<SecretString>,
}

/// A card's whole history. Both lists oldest first.
#[derive(Debug)]
pub struct Historie {
    pub hendelser: Vec<Linje>,
    pub tilganger: Vec<Adgang>,
    /// The letter with the card, where one was ordered.
    pub brev: Option<Kortbrev>,
}

impl From<Personrolle> for Tilgangsrolle {
    fn from(rolle: Personrolle) -> Self {
        match rolle {
            Personrolle::Eier => Self::Eier,
            Personrolle::Forvalter => Self::Forvalter,
        }
    }
}

impl From<Bevisadgang> for Tilgangsrolle {
    fn from(adgang: Bevisadgang) -> Self {
        match adgang {
            Bevisadgang::Eier => Self::Eier,
            Bevisadgang::Forvalter => Self::Forvalter,
            Bevisadgang::Delt { .. } => Self::Delt,
        }
    }
}

impl Services {
    /// # Errors
    /// 404 for another organisation's card.
    pub async fn bevishistorie(&self, behandler: &Behandler, id: BevisId) -> Result<Historie> {
        let found = store::ledsagerbevis::find(&self.store, behandler.organisasjon, id).await?;
        let bevis = found.ok_or(Feilkode::BevisIkkeFunnet)?;
        let revokert = bevis.revokert.map(|(at, _)| at);
        let events = store::ledsagerbevis::historikk(&self.store, id).await?;
        let held = store::ledsagerbevis::personer(&self.store, [id], Hvem::Alle).await?;
        let held: Vec<Tilknyttet> = held.iter().map(|rad| self.open_person(rad)).collect::<Result<_>>()?;
        let mut shared: Vec<(Delingsrad, Deling)> = Vec::new();
        for rad in store::ledsagerbevis::deling::av_bevis(&self.store, id).await? {
            let opened = self.open_deling(&rad)?;
            shared.push((rad, opened));
        }
        let mut names = self.aktornavn(&events).await?;
        names.extend(held.iter().map(|held| (held.id, copied(&held.person.navn))));
        let about = |id: &Uuid| {
            let person = held.iter().find(|held| held.id == *id).map(|held| (&held.person.navn, held.rolle.into()));
            let other =
                || shared.iter().find(|(rad, _)| rad.id == *id).map(|(_, one)| (&one.navn, Tilgangsrolle::Delt));
            person.or_else(other).map(|(navn, rolle)| (copied(navn), rolle))
        };
        let line = |hendelse: Bevishendelse| Linje {
            av: Utfort { aktor: hendelse.aktor, navn: hendelse.aktor.id().and_then(|id| names.get(&id)).map(copied) },
            gjelder: hendelse.person.as_ref().and_then(about),
            hendelse,
        };
        let hendelser = events.into_iter().map(line).collect();
        let through = |(rad, one): (Delingsrad, Deling)| Adgang {
            navn: one.navn,
            telefonnummer: one.telefonnummer,
            rolle: Tilgangsrolle::Delt,
            fra: rad.fra,
            til: [rad.avsluttet, revokert, Some(rad.utloper)].into_iter().flatten().min(),
            delt_av: names.get(&rad.gitt_av).map(copied),
        };
        let shared: Vec<Adgang> = shared.into_iter().map(through).collect();
        let access = |held: Tilknyttet| Adgang {
            navn: held.person.navn,
            telefonnummer: held.person.telefonnummer,
            rolle: held.rolle.into(),
            fra: held.fra,
            til: held.til.or(revokert),
            delt_av: None,
        };
        let mut tilganger: Vec<Adgang> = held.into_iter().map(access).chain(shared).collect();
        tilganger.sort_by_key(|one| (one.fra, one.rolle));
        let brev = store::kortbrev::av_bevis(&self.store, id).await?;
        Ok(Historie { tilganger, hendelser, brev })
    }

    /// What those who did these things are called: systems, and members of groups.
    async fn aktornavn(&self, events: &[Bevishendelse]) -> Result<HashMap<Uuid, SecretString>> {
        let (mut systems, mut members) = (BTreeSet::new(), BTreeSet::new());
        for event in events {
            match event.aktor {
                Aktor::Integrasjon(id) => drop(systems.insert(id.0)),
                Aktor::Person(id) => drop(members.insert(id)),
                // Those on the card are known already.
                Aktor::Plattform | Aktor::Innbygger(_) => {}
            }
        }
        let mut names = HashMap::new();
        for (id, navn) in store::integrasjon::navn(&self.store, systems).await? {
            names.insert(id, SecretString::new(navn));
        }
        for member in store::gruppe::medlemmer_med_id(&self.store, members).await? {
            let place = Plass::new(store::gruppe::MEDLEM, member.id, store::gruppe::NAVN);
            names.insert(member.id, self.open_text(place, &member.navn)?);
        }
        Ok(names)
    }
}

fn copied(text: &SecretString) -> SecretString {
    SecretString::new(text.expose().clone())
}
