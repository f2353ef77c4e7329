//! The print supplier's side: which letters wait, their sealed content, and whether they were posted.

use std::{collections::HashMap, time::Duration};

use bytes::Bytes;
use jiff::Timestamp;

use crate::{
    domain::{
        Result, Services,
        avhenting::{checked_field, uskadd},
        tilgang::Utskrift,
    },
    model::{
        BrevId, Feil, Feilkode, MeldingId,
        brev::{Brev, Brevstatus},
        melding::{Melding, Overgang, Tilstand},
        side::{Markor, Side},
    },
    store::{self, StoreError, Tx, melding::Part},
};

/// A letter with what is known of its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Utskriftsbrev {
    pub brev: Brev,
    /// Of the sealed PDF.
    pub sha256: [u8; 32],
    pub storrelse: u64,
}

impl Utskriftsbrev {
    fn new(brev: Brev, melding: &Melding) -> Self {
        Self { brev, sha256: melding.pdf_sha256, storrelse: melding.pdf_storrelse }
    }
}

/// What the supplier says of a letter, on its way into the transaction.
struct Kvitter {
    brev: BrevId,
    now: Timestamp,
    /// Why it was refused; `None` when it was posted.
    avvist: Option<String>,
}

impl Services {
    /// One page of the letters that wait. An empty page waits up to `vent` for the first letter to come.
    pub async fn ventende_brev(
        &self,
        _: &Utskrift,
        etter: Option<Markor>,
        antall: usize,
        vent: Duration,
    ) -> Result<Side<Utskriftsbrev>> {
        // One more than asked for tells whether there is a next page.
        let limit = antall as u64 + 1;
        let look = || store::brev::ventende(&self.store, etter, limit);
        let mut rows = self.vent_pa(&self.signaler.brev, vent, look).await?;
        let more = rows.len() > antall;
        rows.truncate(antall);
        let neste = rows.last().filter(|_| more).map(|last| Markor(last.id.0));
        let reports = rows.iter().map(|brev| brev.melding);
        let reports = store::melding::find_all(&self.store, Part::Plattform, reports).await?;
        let reports: HashMap<MeldingId, Melding> = reports.into_iter().map(|melding| (melding.id, melding)).collect();
        let rader = rows.into_iter().map(|brev| {
            let melding =
                reports.get(&brev.melding).ok_or_else(|| StoreError::Corrupt("brev.melding_id".to_owned()))?;
            Ok(Utskriftsbrev::new(brev, melding))
        });
        Ok(Side { rader: rader.collect::<Result<_>>()?, neste })
    }

    /// One letter, waiting or not.
    pub async fn brev(&self, _: &Utskrift, id: BrevId) -> Result<Utskriftsbrev> {
        let brev = store::brev::find(&self.store, id).await?.ok_or(Feilkode::BrevIkkeFunnet)?;
        let melding = store::melding::find(&self.store, Part::Plattform, brev.melding).await?;
        Ok(Utskriftsbrev::new(brev, &melding.ok_or(Feilkode::BrevIkkeFunnet)?))
    }

    /// The sealed PDF of a letter that waits, byte for byte as it was made.
    ///
    /// # Errors
    /// 410 when it has been posted and its content erased, 409 when it was refused.
    pub async fn brevinnhold(&self, utskrift: &Utskrift, id: BrevId) -> Result<(Utskriftsbrev, Bytes)> {
        let found = self.brev(utskrift, id).await?;
        match found.brev.status {
            Brevstatus::Klar => {}
            Brevstatus::Postlagt => return Err(Feilkode::BrevSlettet.into()),
            Brevstatus::Avvist => return Err(wrong_status(&found.brev).into()),
        }
        let plass = self.plass(Part::Plattform, found.storrelse).await?;
        // Gone when it was posted between the two reads.
        let (pdf, digest) = store::melding::pdf(&self.store, found.brev.melding).await?.ok_or(Feilkode::BrevSlettet)?;
        let pdf = uskadd(pdf, digest)?;
        if found.brev.hentet.is_none() {
            let context = (id, self.clock.now());
            let work = self.store.write("brev hentet", context, |tx, (id, now)| {
                Box::pin(async move { store::brev::set_hentet(tx, *id, *now).await })
            });
            work.await?;
        }
        Ok((found, plass.hold(pdf)))
    }

    /// The letter is in the post: the report is delivered and its content erased. Saying so again gives the same answer.
    pub async fn brev_postlagt(&self, _: &Utskrift, id: BrevId) -> Result<Brev> {
        self.kvitter_brev(id, None).await
    }

    /// The letter cannot be sent: a person must act. Saying so again gives the same answer. `arsak` is for technicians and
    /// becomes part of the history, which the sender can read.
    pub async fn brev_avvist(&self, _: &Utskrift, id: BrevId, arsak: &str) -> Result<Brev> {
        let arsak = checked_field("arsak", arsak)?;
        self.kvitter_brev(id, Some(arsak)).await
    }

    async fn kvitter_brev(&self, brev: BrevId, avvist: Option<String>) -> Result<Brev> {
        let kvitter = Kvitter { brev, now: self.clock.now(), avvist };
        let work = self.store.write("brevkvittering", kvitter, |tx, kvitter| Box::pin(receipt(tx, kvitter)));
        let brev = work.await?;
        self.tidy(brev.id).await;
        Ok(brev)
    }
}

async fn receipt(tx: &Tx, kvitter: &Kvitter) -> Result<Brev> {
    let found = store::brev::find(tx, kvitter.brev).await?.ok_or(Feilkode::BrevIkkeFunnet)?;
    let melding = store::melding::lock(tx, Part::Plattform, found.melding).await?.ok_or(Feilkode::BrevIkkeFunnet)?;
    // Once more, now that nobody else changes it.
    let brev = store::brev::find(tx, kvitter.brev).await?.ok_or(Feilkode::BrevIkkeFunnet)?;
    let (overgang, status) = match kvitter.avvist {
        None => (Overgang::Postlagt, Brevstatus::Postlagt),
        Some(_) => (Overgang::PrintAvvist, Brevstatus::Avvist),
    };
    if brev.status == status {
        return Ok(brev);
    }
    let allowed = melding.tilstand.after(overgang).ok().filter(|_| brev.status == Brevstatus::Klar);
    let Some(tilstand) = allowed else { return Err(wrong_status(&brev).into()) };
    let beskrivelse = match &kvitter.avvist {
        None => "Brevet er postlagt.".to_owned(),
        Some(arsak) => format!("Utskriftsleverandøren kunne ikke sende brevet: {arsak}"),
    };
    store::melding::set_tilstand(tx, melding.id, tilstand, kvitter.now, Some(&beskrivelse)).await?;
    // The job before the letter, as who lays it out does.
    store::jobb::cancel(tx, melding.id).await?;
    store::brev::finish(tx, brev.id, status, kvitter.now, kvitter.avvist.as_deref()).await?;
    if tilstand == Tilstand::Levert {
        store::melding::erase(tx, melding.id, kvitter.now).await?;
    }
    Ok(Brev { status, ferdig: Some(kvitter.now), arsak: kvitter.avvist.clone(), ..brev })
}

fn wrong_status(brev: &Brev) -> Feil {
    Feil::from(Feilkode::BrevFeilStatus).fakta(serde_json::json!({ "status": brev.status.as_str() }))
}
