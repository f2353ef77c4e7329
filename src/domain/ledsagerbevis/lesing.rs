//! Looking at an organisation's cards.

use std::collections::HashMap;

use jiff::{Timestamp, civil::Date};

use crate::{
    domain::{Result, Services, mottak::skjema::norwegian, tilgang::Behandler},
    model::{
        Feilkode,
        ledsagerbevis::{BevisId, Bevishendelse, Ledsagerbevis},
        side::{Markor, Side},
    },
    store::{
        self,
        ledsagerbevis::{Bevisrad, Hvem},
    },
};

impl Services {
    /// What day it is in Norway.
    pub fn i_dag(&self) -> Date {
        Self::norsk_dag(self.clock.now())
    }

    /// The day that a moment is part of in Norway.
    pub fn norsk_dag(moment: Timestamp) -> Date {
        norwegian().to_datetime(moment).date()
    }

    /// One page of an organisation's cards, newest first, revoked and expired ones too.
    pub async fn bevisliste(
        &self,
        behandler: &Behandler,
        eldre_enn: Option<Markor>,
        antall: u64,
    ) -> Result<Side<Ledsagerbevis>> {
        self.vault()?;
        let mut rader =
            store::ledsagerbevis::av_organisasjon(&self.store, behandler.organisasjon, eldre_enn, antall + 1).await?;
        let more = rader.len() as u64 > antall;
        if more {
            rader.pop();
        }
        let neste = rader.last().filter(|_| more).map(|last| Markor(last.id.0));
        Ok(Side { rader: self.open_rader(&rader).await?, neste })
    }

    /// These cards with those who are on them now, in the same order.
    pub(super) async fn open_rader(&self, rader: &[Bevisrad]) -> Result<Vec<Ledsagerbevis>> {
        let personer = store::ledsagerbevis::personer(&self.store, rader.iter().map(|rad| rad.id), Hvem::Naa).await?;
        let mut on: HashMap<BevisId, Vec<_>> = HashMap::new();
        for person in &personer {
            on.entry(person.bevis).or_default().push(person);
        }
        rader.iter().map(|rad| self.open_bevis(rad, on.remove(&rad.id).unwrap_or_default())).collect()
    }

    /// # Errors
    /// 404 for another organisation's card.
    pub async fn bevis(&self, behandler: &Behandler, id: BevisId) -> Result<Ledsagerbevis> {
        let rad = store::ledsagerbevis::find(&self.store, behandler.organisasjon, id).await?;
        let rad = rad.ok_or(Feilkode::BevisIkkeFunnet)?;
        let personer = store::ledsagerbevis::personer(&self.store, [id], Hvem::Naa).await?;
        self.open_bevis(&rad, &personer)
    }

    /// What happened to a card, oldest first.
    ///
    /// # Errors
    /// 404 for another organisation's card.
    pub async fn bevishistorikk(&self, behandler: &Behandler, id: BevisId) -> Result<Vec<Bevishendelse>> {
        let found = store::ledsagerbevis::find(&self.store, behandler.organisasjon, id).await?;
        found.ok_or(Feilkode::BevisIkkeFunnet)?;
        Ok(store::ledsagerbevis::historikk(&self.store, id).await?)
    }
}
