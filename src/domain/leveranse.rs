//! Delivery: what a worker does with a leased job, each step one transaction that also ends the job.

use jiff::Timestamp;

use super::{Result, Services};
use crate::{
    model::melding::Overgang,
    store::{self, jobb::Jobb, melding::Part},
};

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Utfall {
    /// Done, and the job with it.
    Ferdig,
    /// Another worker has taken the job over; nothing was changed.
    Overtatt,
    /// The report no longer needs what the job was for; the job is ended.
    Overflodig,
}

impl Services {
    /// Puts a report in the queue that the municipality's own system fetches from.
    pub async fn send_til_fagsystem(&self, jobb: &Jobb) -> Result<Utfall> {
        let now = self.clock.now();
        let context = (jobb.clone(), now);
        let utfall = self.store.write("leveranse", context, |tx, (jobb, now)| Box::pin(step(tx, jobb, *now))).await?;
        if utfall == Utfall::Ferdig {
            self.signaler.ko.send_modify(|n| *n = n.wrapping_add(1));
        }
        Ok(utfall)
    }

    /// Gives a job back to be tried again.
    pub async fn prov_igjen(&self, jobb: &Jobb, tidligst: Timestamp) -> Result<bool> {
        let context = (jobb.clone(), tidligst);
        let work = self.store.write("utsettelse", context, |tx, (jobb, tidligst)| {
            Box::pin(async move { Ok(store::jobb::retry(tx, jobb, *tidligst).await?) })
        });
        work.await
    }

    /// Forgets what is no longer needed to recognise a repeated send.
    pub async fn rydd(&self) -> Result<()> {
        let now = self.clock.now();
        let work = self
            .store
            .write("rydding", now, |tx, now| Box::pin(async move { Ok(store::duplikat::sweep(tx, *now).await?) }));
        work.await
    }
}

async fn step(tx: &store::Tx, jobb: &Jobb, now: Timestamp) -> Result<Utfall> {
    if !store::jobb::finish(tx, jobb).await? {
        return Ok(Utfall::Overtatt);
    }
    let Some(melding) = store::melding::lock(tx, Part::Plattform, jobb.melding).await? else {
        return Ok(Utfall::Overflodig);
    };
    let Ok(tilstand) = melding.tilstand.after(Overgang::SendTilFagsystem) else {
        return Ok(Utfall::Overflodig);
    };
    store::melding::set_tilstand(tx, melding.id, tilstand, now, None).await?;
    Ok(Utfall::Ferdig)
}
