//! Finding the right office: which municipalities take part, and which offices they have.

use super::{Result, Services, tilgang::Oppslag};
use crate::{
    model::{
        Bydelsnummer, Feilkode, Kommunenummer,
        kommune::{Bydel, Kommune},
    },
    store,
};

impl Services {
    /// Municipalities that take part, by number.
    pub async fn kommuner(&self, _: &Oppslag) -> Result<Vec<Kommune>> {
        Ok(store::kommune::aktive(&self.store).await?)
    }

    /// One municipality with its active offices.
    pub async fn kommune(&self, _: &Oppslag, nummer: Kommunenummer) -> Result<(Kommune, Vec<Bydel>)> {
        let kommune = store::kommune::kommune(&self.store, nummer).await?.ok_or(Feilkode::KommuneUkjent)?;
        let bydeler = store::kommune::bydeler(&self.store, nummer).await?;
        if bydeler.is_empty() {
            return Err(Feilkode::KommuneUkjent.into());
        }
        Ok((kommune, bydeler))
    }

    /// The active offices of a municipality; none when it does not take part (KS answers so, not with 404).
    pub async fn bydeler(&self, _: &Oppslag, nummer: Kommunenummer) -> Result<Vec<Bydel>> {
        Ok(store::kommune::bydeler(&self.store, nummer).await?)
    }

    /// One active office.
    pub async fn bydel(&self, _: &Oppslag, kommune: Kommunenummer, bydel: Bydelsnummer) -> Result<Bydel> {
        self.aktiv_bydel(kommune, bydel).await
    }

    pub(super) async fn aktiv_bydel(&self, kommune: Kommunenummer, bydel: Bydelsnummer) -> Result<Bydel> {
        let found = store::kommune::bydel(&self.store, kommune, bydel).await?;
        Ok(found.filter(|bydel| bydel.aktiv).ok_or(Feilkode::BydelUkjent)?)
    }
}
