//! Delivery: what a worker does with a leased job, each step one transaction that also ends the job.

use jiff::Timestamp;
use uuid::Uuid;

use super::{Result, Services, etterfolger};
use crate::{
    model::{
        melding::{Kanal, Melding, Overgang},
        virkedag::kvitteringsfrist,
    },
    store::{self, Tx, jobb::Jobb, melding::Part},
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
    /// It is too early: the job waits until then.
    Utsatt(Timestamp),
    /// It cannot be done, now or later: the report says so, a person must act, and the job is ended.
    Umulig,
}

impl Services {
    /// Makes a report visible to its office, in the channel that the office has now, and puts the letter that goes out if
    /// nobody receipts in the outbox.
    pub async fn overlever(&self, jobb: &Jobb) -> Result<Utfall> {
        let context = (jobb.clone(), self.clock.now(), self.ids.uuid());
        let utfall = self
            .store
            .write("leveranse", context, |tx, (jobb, now, brev)| Box::pin(hand_over(tx, jobb, *now, *brev)))
            .await?;
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

    /// Forgets what is no longer needed: notes of repeated sends, warnings that were sent long ago, who used what then, what letters have left
    /// behind, reports that were delivered long ago, and what has been erased but still stands in SQLite's log.
    pub async fn rydd(&self) -> Result<()> {
        let now = self.clock.now();
        let work = self.store.write("rydding", now, |tx, now| Box::pin(store::duplikat::sweep(tx, *now)));
        work.await?;
        self.rydd_varsler().await?;
        self.rydd_ledsagerbevis().await?;
        self.rydd_bruk().await?;
        self.rydd_utskriftsmappen().await?;
        self.slett_litt().await?;
        Ok(self.store.truncate_log().await?)
    }
}

async fn hand_over(tx: &Tx, jobb: &Jobb, now: Timestamp, brev: Uuid) -> Result<Utfall> {
    if !store::jobb::finish(tx, jobb).await? {
        return Ok(Utfall::Overtatt);
    }
    let Some(melding) = store::melding::lock(tx, Part::Plattform, jobb.melding).await? else {
        return Ok(Utfall::Overflodig);
    };
    if melding.tilstand.after(Overgang::SendTilFagsystem).is_err() {
        return Ok(Utfall::Overflodig);
    }
    gjor_tilgjengelig(tx, &melding, now, brev).await?;
    Ok(Utfall::Ferdig)
}

/// Makes a report visible in the channel that its office has now, with the letter in the outbox.
pub(super) async fn gjor_tilgjengelig(tx: &Tx, melding: &Melding, now: Timestamp, brev: Uuid) -> Result<()> {
    // The office may have become another municipality's, or changed its channel, since the report was accepted.
    let fulgt = etterfolger::folg(tx, melding, now).await?;
    let (bydel, beskrivelse) = match fulgt {
        Some(fulgt) => (Some(fulgt.bydel), Some(fulgt.beskrivelse)),
        None => (store::kommune::bydel_med_id(tx, melding.bydel).await?, None),
    };
    let kanal = bydel.map_or(melding.kanal, |bydel| bydel.konto.kanal);
    let frist = kvitteringsfrist(now);
    store::melding::hand_over(tx, melding.id, kanal, frist, now, beskrivelse.as_deref()).await?;
    Ok(store::jobb::insert(tx, brev, melding.id, Kanal::Print, frist).await?)
}
