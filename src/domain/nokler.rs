//! The certificates that a report must be sealed to.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{DomainError, Result, Services, tilgang::Oppslag};
use crate::{
    crypto::certificate::Certificate,
    model::{
        Bydelsnummer, Feilkode, Kommunenummer,
        nokkel::{Nokkel, NokkelEier},
    },
    store::{self, StoreError},
};

/// Certificates parsed once. As small as the number of registered ones.
#[derive(Debug, Default)]
pub(super) struct Cache(RwLock<HashMap<Uuid, Certificate>>);

/// What a sender needs to seal a report.
#[derive(Debug, Clone)]
pub struct Krypteringsnokler {
    /// The office that they are for: the successor's, where the municipality has become part of another one.
    pub mottaker: (Kommunenummer, Bydelsnummer),
    pub print: Certificate,
    pub bydel: Certificate,
}

impl Services {
    /// The current certificates of an active office and of the print supplier.
    pub async fn krypteringsnokler(
        &self,
        _: &Oppslag,
        kommune: Kommunenummer,
        bydel: Bydelsnummer,
    ) -> Result<Krypteringsnokler> {
        let bydel = self.adressert(kommune, bydel).await?.bydel;
        let mottaker = (bydel.kommunenummer, bydel.bydelsnummer);
        let now = self.clock.now();
        let current = async |eier| {
            let newest = self.sertifikater(eier, now).await?.into_iter().next();
            newest.filter(|c| c.check_recipient(now).is_ok()).ok_or(DomainError::from(Feilkode::NokkelMangler))
        };
        Ok(Krypteringsnokler {
            print: current(NokkelEier::Print).await?,
            bydel: current(NokkelEier::Bydel(mottaker.0, mottaker.1)).await?,
            mottaker,
        })
    }

    /// The certificates that an envelope may be sealed to now: the current one first, then those that were replaced
    /// within the grace time.
    pub(super) async fn sertifikater(&self, eier: NokkelEier, now: Timestamp) -> Result<Vec<Certificate>> {
        let grace = SignedDuration::try_from(self.settings.nokkel_overgang).unwrap_or(SignedDuration::ZERO);
        let since = now.checked_sub(grace).unwrap_or(Timestamp::MIN);
        let keys = store::nokkel::gjeldende(&self.store, eier, since).await?;
        keys.iter().map(|key| self.parsed(key)).collect()
    }

    pub(super) fn parsed(&self, key: &Nokkel) -> Result<Certificate> {
        let cached = self.sertifikater.0.read().unwrap_or_else(PoisonError::into_inner).get(&key.id).cloned();
        if let Some(certificate) = cached {
            return Ok(certificate);
        }
        let certificate = Certificate::from_pem(key.pem.as_bytes())
            .map_err(|fault| StoreError::Corrupt(format!("certificate {}: {fault}", key.id)))?;
        let mut cache = self.sertifikater.0.write().unwrap_or_else(PoisonError::into_inner);
        cache.insert(key.id, certificate.clone());
        Ok(certificate)
    }
}
