//! Sealing anew what an older key has sealed, so that the key can be taken away.
//!
//! A round goes through every sealed column from its first row to its last, some rows at a time. Nothing is written down of
//! how far it has come: what is left is what an older key has sealed, and a round may begin again anywhere. Two nodes that
//! do the same row at the same time both find it done.

use uuid::Uuid;

use super::sokeindeks::passes;
use crate::{
    crypto::at_rest::{Hvelv, Plass},
    domain::{Result, Services},
    store::{
        self,
        forseglet::{FORSEGLET, Kolonne},
    },
};

/// Values that are sealed anew in one transaction. Photos have a hundred kilobytes each.
const BUNKE: u64 = 32;

/// Where a round has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Runde {
    kolonne: usize,
    etter: Option<Uuid>,
    /// Values that were sealed anew.
    pub forseglet: u64,
    /// Values that no key opens.
    pub feilet: u64,
}

/// How many values a key has sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nokkelbruk {
    /// Which of the operator's keys, in the order in which they are given; `None` for one that is not among them.
    pub nokkel: Option<usize>,
    pub antall: u64,
}

struct Bytte {
    kolonne: Kolonne,
    /// Row, what stood there, and what is to stand there.
    verdier: Vec<(Uuid, Vec<u8>, Vec<u8>)>,
}

impl Services {
    /// Whether there is an older key that anything may be sealed with.
    pub fn har_eldre_nokler(&self) -> bool {
        self.hvelv.as_ref().is_some_and(|hvelv| hvelv.hoder().len() > 1)
    }

    /// Goes on with a round. False at its end.
    ///
    /// # Errors
    /// When the database does not answer; the round may then go on from where it was.
    pub async fn omforsegl(&self, runde: &mut Runde) -> Result<bool> {
        let hvelv = self.vault()?;
        let Some(kolonne) = FORSEGLET.get(runde.kolonne).copied() else { return Ok(false) };
        let hode = hvelv.hoder().into_iter().next().unwrap_or_default();
        let found = store::forseglet::andre(&self.store, kolonne, &hode, runde.etter, BUNKE).await?;
        let Some((last, _)) = found.last() else {
            (runde.kolonne, runde.etter) = (runde.kolonne + 1, None);
            return Ok(true);
        };
        let last = *last;
        let mut verdier = Vec::new();
        let mut failed = 0;
        for (rad, old) in found {
            match self.reseal(hvelv, Plass::new(kolonne.tabell, rad, kolonne.kolonne), &old) {
                Ok(new) => verdier.push((rad, old, new)),
                Err(error) if passes(&error) => return Err(error),
                Err(error) => {
                    let Kolonne { tabell, kolonne, .. } = kolonne;
                    tracing::warn!(tabell, kolonne, %rad, %error, "a value cannot be sealed anew");
                    failed += 1;
                }
            }
        }
        let work = Bytte { kolonne, verdier };
        let work = self.store.write("omforsegling", work, |tx, Bytte { kolonne, verdier }| {
            Box::pin(async move {
                let mut done = 0;
                for (rad, old, new) in verdier {
                    done += u64::from(store::forseglet::bytt(tx, *kolonne, *rad, old, new).await?);
                }
                Result::Ok(done)
            })
        });
        runde.forseglet += work.await?;
        runde.feilet += failed;
        runde.etter = Some(last);
        Ok(true)
    }

    fn reseal(&self, hvelv: &Hvelv, plass: Plass, old: &[u8]) -> Result<Vec<u8>> {
        Ok(hvelv.seal(plass, hvelv.open(plass, old)?.expose(), &*self.rng)?)
    }

    /// How many values each key has sealed: the operator's in their order, then others together.
    pub async fn nokkelbruk(&self) -> Result<Vec<Nokkelbruk>> {
        let hoder = self.vault()?.hoder();
        let length = hoder.first().map_or(0, |hode| hode.len());
        let mut used: Vec<_> = (0..hoder.len()).map(|n| Nokkelbruk { nokkel: Some(n), antall: 0 }).collect();
        let mut unknown = Nokkelbruk { nokkel: None, antall: 0 };
        for kolonne in FORSEGLET {
            for (hode, antall) in store::forseglet::fordeling(&self.store, *kolonne, length).await? {
                let by = hoder.iter().position(|known| hode == known);
                let by = by.and_then(|n| used.get_mut(n)).unwrap_or(&mut unknown);
                by.antall += antall;
            }
        }
        used.extend(Some(unknown).filter(|unknown| unknown.antall > 0));
        Ok(used)
    }
}
