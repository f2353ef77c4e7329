//! The certificates that a report must be sealed to.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{Result, Services, tilgang::Oppslag};
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

/// Owners' certificates: the current one first, then those that were replaced within the grace time.
#[derive(Debug, Default)]
pub(super) struct Sertifikater(HashMap<NokkelEier, Vec<Certificate>>);

impl Sertifikater {
    pub fn av(&self, eier: NokkelEier) -> &[Certificate] {
        self.0.get(&eier).map_or(&[], Vec::as_slice)
    }

    /// The one to seal with.
    pub fn gyldig(&self, eier: NokkelEier, now: Timestamp) -> Result<Certificate> {
        let newest = self.av(eier).first().filter(|certificate| certificate.check_recipient(now).is_ok());
        newest.cloned().ok_or(Feilkode::NokkelMangler.into())
    }
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
        let eier = NokkelEier::Bydel(mottaker.0, mottaker.1);
        let sertifikater = self.sertifikater(&[eier, NokkelEier::Print], now).await?;
        Ok(Krypteringsnokler {
            print: sertifikater.gyldig(NokkelEier::Print, now)?,
            bydel: sertifikater.gyldig(eier, now)?,
            mottaker,
        })
    }

    /// The certificates that envelopes to these owners may be sealed to now.
    pub(super) async fn sertifikater(&self, eiere: &[NokkelEier], now: Timestamp) -> Result<Sertifikater> {
        let grace = SignedDuration::try_from(self.settings.nokkel_overgang).unwrap_or(SignedDuration::ZERO);
        let since = now.checked_sub(grace).unwrap_or(Timestamp::MIN);
        let mut found = Sertifikater::default();
        for key in store::nokkel::gjeldende(&self.store, eiere.iter().copied(), since).await? {
            found.0.entry(key.eier).or_default().push(self.parsed(&key)?);
        }
        Ok(found)
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
