//! The signed lists that tell which cards on phones and on paper count no longer. A list is made of one query, at most once in
//! a while on each node, and handed out as it is until then: whoever asks learns nothing of any card, and costs next to
//! nothing.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

use super::kort::Kortutsteder;
use crate::{
    crypto::status_list::{self, Publication, StatusFault, StatusList},
    domain::{DomainError, Result, Services},
    model::Feilkode,
    store::{self, StoreError},
};

/// How long the place of a copy that has run out is nobody's: longer than any list lasts that says something of it.
const KARANTENE: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What the places of a list are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Listeslag {
    Telefon,
    Papir,
}

/// A list as it is handed out.
#[derive(Debug)]
pub struct Sperreliste {
    /// `statuslist+jwt`.
    pub token: String,
    pub laget: Timestamp,
}

/// The lists that this node has made, by number.
#[derive(Debug, Default)]
pub(in crate::domain) struct Lister(Mutex<HashMap<(Listeslag, u32), Arc<Sperreliste>>>);

impl From<StatusFault> for DomainError {
    fn from(fault: StatusFault) -> Self {
        StoreError::Internal(fault.code().to_owned()).into()
    }
}

impl Services {
    /// A list, not older than a node may let it become.
    ///
    /// # Errors
    /// 404 for one that was never begun.
    pub async fn sperreliste(&self, slag: Listeslag, liste: u32) -> Result<Arc<Sperreliste>> {
        let utsteder = self.kortutsteder()?;
        // One at a time: those who come meanwhile get what the first one made.
        let mut lister = utsteder.lister.0.lock().await;
        let now = self.clock.now();
        if let Some(made) = lister.get(&(slag, liste))
            && now.duration_since(made.laget).abs() < utsteder.oppsett.liste_fornyes
        {
            return Ok(made.clone());
        }
        let begun = match slag {
            Listeslag::Telefon => store::ledsagerbevis::lommebok::antall_lister(&self.store).await?,
            Listeslag::Papir => store::ledsagerbevis::papir::antall_lister(&self.store).await?,
        };
        if liste == 0 || liste > begun {
            return Err(Feilkode::UkjentAdresse.into());
        }
        let revoked = match slag {
            Listeslag::Telefon => store::ledsagerbevis::lommebok::trukket(&self.store, liste, now).await?,
            Listeslag::Papir => store::ledsagerbevis::papir::trukket(&self.store, liste).await?,
        };
        let made = Arc::new(Sperreliste { token: utsteder.sign(slag, liste, revoked, now)?, laget: now });
        lister.insert((slag, liste), made.clone());
        Ok(made)
    }

    /// Where a list is, and what cards and the list itself call it.
    pub(super) fn listeadresse(&self, slag: Listeslag, liste: u32) -> Result<String> {
        Ok(self.kortutsteder()?.adresse(slag, liste))
    }

    /// Forgets challenges and places that are long past.
    pub(super) async fn rydd_kort(&self) -> Result<()> {
        let now = self.clock.now();
        let kept = self.kort.as_ref().map_or(KARANTENE, |utsteder| utsteder.oppsett.liste_levetid.max(KARANTENE));
        let before = now.checked_sub(kept).unwrap_or(Timestamp::MIN);
        let work = self.store.write("kortrydding", (now, before), |tx, (now, before)| {
            Box::pin(async move { Ok(store::ledsagerbevis::lommebok::sweep(tx, *now, *before).await?) })
        });
        work.await
    }
}

impl Kortutsteder {
    fn adresse(&self, slag: Listeslag, liste: u32) -> String {
        let of = match slag {
            Listeslag::Telefon => "",
            Listeslag::Papir => "papir/",
        };
        format!("{}/ledsagerbevis/status/{of}{liste}", self.oppsett.iss)
    }

    fn sign(&self, slag: Listeslag, liste: u32, revoked: Vec<u32>, now: Timestamp) -> Result<String> {
        let oppsett = &self.oppsett;
        let revoked: HashSet<u32> = revoked.into_iter().collect();
        let list = StatusList::from_revoked((0..oppsett.plasser).map(|place| revoked.contains(&place)))?;
        let publication = Publication {
            uri: &self.adresse(slag, liste),
            issuer: &oppsett.iss,
            issued_at: now,
            expires_at: now.checked_add(oppsett.liste_levetid).unwrap_or(Timestamp::MAX),
            ttl: oppsett.liste_ttl,
        };
        Ok(status_list::sign(&list, &publication, &oppsett.nokkel)?)
    }
}
