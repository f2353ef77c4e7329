//! Finding the right office: which municipalities take part, and which offices they have. Who asks for a municipality that
//! has become part of another one gets that one's; the numbers in what is returned tell.

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
        let now = self.clock.now();
        let mut all = store::kommune::aktive(&self.store).await?;
        all.retain(|kommune| kommune.avlost_av(now).is_none());
        Ok(all)
    }

    /// One municipality with its active offices: the successor's, where it has one.
    pub async fn kommune(&self, _: &Oppslag, nummer: Kommunenummer) -> Result<(Kommune, Vec<Bydel>)> {
        let kommune = self.gjeldende(nummer).await?.ok_or(Feilkode::KommuneUkjent)?;
        let bydeler = store::kommune::bydeler(&self.store, kommune.kommunenummer).await?;
        if bydeler.is_empty() {
            return Err(Feilkode::KommuneUkjent.into());
        }
        Ok((kommune, bydeler))
    }

    /// The active offices of a municipality; none when it does not take part (KS answers so, not with 404).
    pub async fn bydeler(&self, _: &Oppslag, nummer: Kommunenummer) -> Result<Vec<Bydel>> {
        match self.gjeldende(nummer).await? {
            Some(kommune) => Ok(store::kommune::bydeler(&self.store, kommune.kommunenummer).await?),
            None => Ok(Vec::new()),
        }
    }

    /// One active office.
    pub async fn bydel(&self, _: &Oppslag, kommune: Kommunenummer, bydel: Bydelsnummer) -> Result<Bydel> {
        Ok(self.adressert(kommune, bydel).await?.bydel)
    }
}
