//! The print supplier's side of letters with cards: which of them wait, their sealed content, and whether they were posted.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;

use super::kortbrev::{locked, note};
use crate::{
    domain::{Result, Services, avhenting::checked_field, tilgang::Utskrift},
    model::{
        BrevId, Feil, Feilkode,
        kortbrev::{Kortbrev, Kortbrevstatus},
        ledsagerbevis::Hendelsestype,
        revisjon::Aktor,
        side::{Markor, Side},
    },
    store::{self, Tx, melding::Part},
};

/// What the supplier says of a letter, on its way into the transaction.
struct Kvitter {
    brev: BrevId,
    now: Timestamp,
    /// Why it was refused; `None` when it was posted.
    avvist: Option<String>,
}

impl Services {
    /// One page of the letters with cards that wait. An empty page waits up to `vent` for the first letter to come.
    pub async fn ventende_kortbrev(
        &self,
        _: &Utskrift,
        etter: Option<Markor>,
        antall: usize,
        vent: Duration,
    ) -> Result<Side<Kortbrev>> {
        // One more than asked for tells whether there is a next page.
        let limit = antall as u64 + 1;
        let look = || store::kortbrev::ventende(&self.store, etter, limit);
        let mut rader = self.vent_pa(&self.signaler.brev, vent, look).await?;
        let more = rader.len() > antall;
        rader.truncate(antall);
        let neste = rader.last().filter(|_| more).map(|last| Markor(last.id.0));
        Ok(Side { rader, neste })
    }

    /// The sealed PDF of a letter that waits, with what is known of the letter.
    ///
    /// # Errors
    /// 404 for one that was not sealed yet, 410 when it has been posted and its content erased, 409 when it will not be sent.
    pub async fn kortbrevinnhold(&self, _: &Utskrift, id: BrevId) -> Result<(Kortbrev, Bytes)> {
        let found = store::kortbrev::find(&self.store, id).await?.ok_or(Feilkode::BrevIkkeFunnet)?;
        match found.status {
            Kortbrevstatus::Klar => {}
            Kortbrevstatus::Bestilt => return Err(Feilkode::BrevIkkeFunnet.into()),
            Kortbrevstatus::Postlagt => return Err(Feilkode::BrevSlettet.into()),
            Kortbrevstatus::Avvist | Kortbrevstatus::IkkeSendt => return Err(wrong_status(&found).into()),
        }
        let plass =
            self.plass(Part::Plattform, found.forseglet.as_ref().map_or(0, |forseglet| forseglet.storrelse)).await?;
        // Gone when it was posted between the two reads.
        let pdf = store::kortbrev::pdf(&self.store, id).await?.ok_or(Feilkode::BrevSlettet)?;
        if found.hentet.is_none() {
            let context = (id, self.clock.now());
            let work = self.store.write("kortbrev hentet", context, |tx, (id, now)| {
                Box::pin(async move { Result::Ok(store::kortbrev::set_hentet(tx, *id, *now).await?) })
            });
            work.await?;
        }
        Ok((found, plass.hold(pdf)))
    }

    /// The letter is in the post, and its content is erased. Saying so again gives the same answer.
    pub async fn kortbrev_postlagt(&self, _: &Utskrift, id: BrevId) -> Result<Kortbrev> {
        self.kvitter_kortbrev(id, None).await
    }

    /// The letter cannot be sent: a case worker must act. Saying so again gives the same answer. `arsak` is for technicians,
    /// and the case worker reads it.
    pub async fn kortbrev_avvist(&self, _: &Utskrift, id: BrevId, arsak: &str) -> Result<Kortbrev> {
        let arsak = checked_field("arsak", arsak)?;
        self.kvitter_kortbrev(id, Some(arsak)).await
    }

    async fn kvitter_kortbrev(&self, brev: BrevId, avvist: Option<String>) -> Result<Kortbrev> {
        let kvitter = Kvitter { brev, now: self.clock.now(), avvist };
        let work = self.store.write("kortbrevkvittering", kvitter, |tx, kvitter| Box::pin(receipt(tx, kvitter)));
        let brev = work.await?;
        self.tidy(brev.id).await;
        Ok(brev)
    }
}

async fn receipt(tx: &Tx, kvitter: &Kvitter) -> Result<Kortbrev> {
    let Kvitter { brev: id, now, avvist } = kvitter;
    let found = store::kortbrev::find(tx, *id).await?.ok_or(Feilkode::BrevIkkeFunnet)?;
    locked(tx, found.bevis).await?;
    // Once more, now that nobody else changes it.
    let brev = store::kortbrev::find(tx, *id).await?.ok_or(Feilkode::BrevIkkeFunnet)?;
    let (status, hendelse) = match avvist {
        None => (Kortbrevstatus::Postlagt, Hendelsestype::BrevPostlagt),
        Some(_) => (Kortbrevstatus::Avvist, Hendelsestype::AvvistPrint),
    };
    if brev.status == status {
        return Ok(brev);
    }
    match brev.status {
        Kortbrevstatus::Klar => {}
        Kortbrevstatus::Bestilt => return Err(Feilkode::BrevIkkeFunnet.into()),
        _ => return Err(wrong_status(&brev).into()),
    }
    // Whoever laid it out may have died before saying so.
    if brev.lagt_ut.is_none() {
        note(tx, brev.bevis, Hendelsestype::SendtPrint, Aktor::Plattform, *now).await?;
    }
    let lagt_ut = Some(brev.lagt_ut.unwrap_or(*now));
    let brev = Kortbrev { status, lagt_ut, ferdig: Some(*now), arsak: avvist.clone(), ..brev };
    store::kortbrev::finish(tx, &brev).await?;
    note(tx, brev.bevis, hendelse, Aktor::Plattform, *now).await?;
    Ok(brev)
}

fn wrong_status(brev: &Kortbrev) -> Feil {
    Feil::from(Feilkode::BrevFeilStatus).fakta(serde_json::json!({ "status": brev.status.as_str() }))
}
