//! The municipality's side: list what waits, fetch it, and say that it has been received, or that it could not be.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use bytes::Bytes;
use jiff::Timestamp;
use uuid::Uuid;

use super::{
    Result, Services,
    tilgang::{Fullmakt, Hente},
};
use crate::{
    crypto::sha256,
    model::{
        Feil, Feilkode, FiksOrgId, MeldingId,
        hendelse::Hendelse,
        kommune::Organisasjon,
        melding::{Kanal, Melding, Overgang, Tilstand},
        side::{KoFilter, Markor, Side},
    },
    store::{self, StoreError, Tx, melding::Part},
};

/// Longest technical message of a `feilet`, in characters.
pub const MAX_FEILMELDING: usize = 500;

/// A waiting report, and who sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ventende {
    pub melding: Melding,
    pub avsender: Organisasjon,
}

/// What a receipt led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kvittering {
    pub melding: MeldingId,
    pub tilstand: Tilstand,
    pub tidspunkt: Timestamp,
}

/// A receipt on its way into the transaction.
pub(super) struct Kvitter {
    pub part: Part,
    /// The channel that it comes by: a report can be receipted only in the channel that it was handed over in.
    pub kanal: Kanal,
    pub melding: MeldingId,
    pub now: Timestamp,
    /// What the history says of a `feilet`, with the id of the job that it makes; `None` for `mottatt`.
    pub feilet: Option<(String, Uuid)>,
}

impl Services {
    /// One page of the queue. An empty page waits up to `vent` for the first report to come.
    pub async fn ko(
        &self,
        fullmakt: &Fullmakt<Hente>,
        filter: KoFilter,
        etter: Option<Markor>,
        antall: usize,
        vent: Duration,
    ) -> Result<Side<Ventende>> {
        // One more than asked for tells whether there is a next page.
        let limit = antall as u64 + 1;
        let look = || store::melding::ko(&self.store, fullmakt.organisasjon, filter, etter, limit);
        let rows = self.vent_pa(&self.signaler.ko, vent, look).await?;
        self.page(rows, antall).await
    }

    async fn page(&self, mut rows: Vec<Melding>, antall: usize) -> Result<Side<Ventende>> {
        let more = rows.len() > antall;
        rows.truncate(antall);
        let neste = rows.last().filter(|_| more).map(|last| Markor(last.id.0));
        Ok(Side { rader: self.with_senders(rows).await?, neste })
    }

    pub(super) async fn with_senders(&self, rows: Vec<Melding>) -> Result<Vec<Ventende>> {
        let ids: HashSet<FiksOrgId> = rows.iter().map(|melding| melding.avsender).collect();
        let senders = store::kommune::organisasjoner(&self.store, ids).await?;
        let senders: HashMap<FiksOrgId, Organisasjon> = senders.into_iter().map(|org| (org.id, org)).collect();
        rows.into_iter()
            .map(|melding| {
                let avsender = senders.get(&melding.avsender).cloned();
                let avsender = avsender.ok_or_else(|| StoreError::Corrupt("melding.avsender_id".to_owned()))?;
                Ok(Ventende { melding, avsender })
            })
            .collect()
    }

    /// One report that has been handed to the municipality, waiting or not.
    pub async fn ventende(&self, fullmakt: &Fullmakt<Hente>, id: MeldingId) -> Result<Ventende> {
        let melding = self.overlevert(Part::Mottaker(fullmakt.organisasjon), id).await?;
        let mut found = self.with_senders(vec![melding]).await?;
        Ok(found.pop().ok_or(Feilkode::MeldingIkkeFunnet)?)
    }

    /// The sealed ASiC-E of a report that waits, or lies still because it could not be printed: byte for byte as the sender
    /// made it.
    ///
    /// # Errors
    /// 410 with the time when the content has been erased, 409 when the report has left the queue another way.
    pub async fn innhold(&self, fullmakt: &Fullmakt<Hente>, id: MeldingId) -> Result<(Melding, Bytes)> {
        self.forseglet(Part::Mottaker(fullmakt.organisasjon), Kanal::Fagsystem, id).await
    }

    /// The sealed content of a report that waits in a channel.
    pub(super) async fn forseglet(&self, part: Part, kanal: Kanal, id: MeldingId) -> Result<(Melding, Bytes)> {
        let melding = self.overlevert(part, id).await?;
        if let Some(at) = melding.slettet {
            return Err(erased(at).into());
        }
        if !can_be_taken(melding.tilstand) {
            return Err(wrong_state(melding.tilstand).into());
        }
        if melding.tilstand == Tilstand::SendtFagsystem && melding.kanal != kanal {
            return Err(other_channel(melding.kanal).into());
        }
        let plass = self.plass(part, melding.asice_storrelse).await?;
        match store::melding::asice(&self.store, &melding).await? {
            Some(content) => {
                let content = uskadd(content, melding.asice_sha256)?;
                Ok((melding, plass.hold(content)))
            }
            // Receipted between the two reads.
            None => Err(erased(self.clock.now()).into()),
        }
    }

    /// A report that has been handed over, waiting or not.
    pub(super) async fn overlevert(&self, part: Part, id: MeldingId) -> Result<Melding> {
        let found = store::melding::find(&self.store, part, id).await?;
        Ok(found.filter(|m| m.tilstand != Tilstand::Akseptert).ok_or(Feilkode::MeldingIkkeFunnet)?)
    }

    /// The municipality has the report: its content is erased here, and the report is delivered. Saying so again gives
    /// the same answer.
    pub async fn kvitter_mottatt(&self, fullmakt: &Fullmakt<Hente>, id: MeldingId) -> Result<Kvittering> {
        self.kvitter(Part::Mottaker(fullmakt.organisasjon), Kanal::Fagsystem, id, None).await
    }

    /// The municipality's system could not take the report: it goes out as a letter. Saying so again gives the same
    /// answer. `feilmelding` is for technicians and becomes part of the history, which the sender can read.
    pub async fn kvitter_feilet(
        &self,
        fullmakt: &Fullmakt<Hente>,
        id: MeldingId,
        feilmelding: &str,
    ) -> Result<Kvittering> {
        let feilmelding = checked(feilmelding)?;
        let beskrivelse = refused(&feilmelding);
        self.kvitter(Part::Mottaker(fullmakt.organisasjon), Kanal::Fagsystem, id, Some(beskrivelse)).await
    }

    /// A receipt in whichever channel: `feilet` is what the history says of a report that could not be taken.
    pub(super) async fn kvitter(
        &self,
        part: Part,
        kanal: Kanal,
        melding: MeldingId,
        feilet: Option<String>,
    ) -> Result<Kvittering> {
        let feilet = feilet.map(|text| (text, self.ids.uuid()));
        let kvitter = Kvitter { part, kanal, melding, now: self.clock.now(), feilet };
        let kvittering = self.store.write("kvittering", kvitter, |tx, kvitter| Box::pin(receipt(tx, kvitter))).await?;
        self.signaler.jobb.notify_one();
        Ok(kvittering)
    }
}

/// A technical message fit for the history.
pub(super) fn checked(feilmelding: &str) -> Result<String> {
    checked_field("melding", feilmelding)
}

/// The same, of a field with another name.
pub(super) fn checked_field(felt: &str, feilmelding: &str) -> Result<String> {
    if looks_personal(feilmelding) {
        return Err(Feilkode::FeilmeldingPersondata.into());
    }
    let feilmelding = feilmelding.trim();
    if feilmelding.is_empty() || feilmelding.chars().count() > MAX_FEILMELDING {
        let rule = format!("Feltet «{felt}» skal ha fra 1 til {MAX_FEILMELDING} tegn.");
        let fakta = serde_json::json!({ "peker": format!("/{felt}") });
        return Err(Feil::from(Feilkode::Kropp).melding(rule).fakta(fakta).into());
    }
    Ok(feilmelding.to_owned())
}

/// What the history says of a report that a system could not take.
pub(super) fn refused(feilmelding: &str) -> String {
    format!("Mottakerens system kunne ikke ta imot meldingen: {feilmelding}")
}

/// Puts a receipt into effect, or answers as the same one did before.
pub(super) async fn receipt(tx: &Tx, kvitter: &Kvitter) -> Result<Kvittering> {
    let found = store::melding::lock(tx, kvitter.part, kvitter.melding).await?;
    let melding = found.filter(|m| m.tilstand != Tilstand::Akseptert).ok_or(Feilkode::MeldingIkkeFunnet)?;
    if melding.tilstand == Tilstand::SendtFagsystem && melding.kanal != kvitter.kanal {
        return Err(other_channel(melding.kanal).into());
    }
    let overgang = if kvitter.feilet.is_some() { Overgang::Feilet } else { Overgang::Mottatt };
    let allowed = if can_be_taken(melding.tilstand) { melding.tilstand.after(overgang).ok() } else { None };
    let Some(tilstand) = allowed else {
        let history = store::melding::historikk(tx, &melding).await?;
        return earlier(&history, overgang).ok_or_else(|| wrong_state(melding.tilstand).into());
    };
    let beskrivelse = match &kvitter.feilet {
        Some((text, _)) => text.clone(),
        None => "Mottakeren har bekreftet at meldingen er mottatt.".to_owned(),
    };
    if melding.kanal != kvitter.kanal {
        // It was in the one that leads to a letter, and did not come from there.
        store::melding::set_kanal(tx, melding.id, kvitter.kanal).await?;
    }
    store::melding::set_tilstand(tx, melding.id, tilstand, kvitter.now, Some(&beskrivelse)).await?;
    // The letter that has waited for the deadline goes out now, or never.
    store::jobb::cancel(tx, melding.id).await?;
    match &kvitter.feilet {
        Some((_, job)) => store::jobb::insert(tx, *job, melding.id, Kanal::Print, kvitter.now).await?,
        None => store::melding::erase(tx, melding.id, kvitter.now).await?,
    }
    Ok(Kvittering { melding: melding.id, tilstand, tidspunkt: kvitter.now })
}

/// Sealed content, if it is what came in: a disk may give back something else without a word, and who gets it cannot tell
/// that from a forgery.
///
/// # Errors
/// [`StoreError::Corrupt`] when it is not.
pub(super) fn uskadd(content: Bytes, digest: [u8; 32]) -> Result<Bytes> {
    if sha256(&content) != digest {
        return Err(StoreError::Corrupt("the content of a report is not what came in".to_owned()).into());
    }
    Ok(content)
}

/// Whether the office may have the content: the report waits for it in a channel, or it could not be printed, is in no
/// channel, and nobody else will bring it.
fn can_be_taken(tilstand: Tilstand) -> bool {
    matches!(tilstand, Tilstand::SendtFagsystem | Tilstand::AvvistPrint)
}

/// The same receipt given before, if the history shows it: straight after the report could be taken.
fn earlier(history: &[Hendelse], overgang: Overgang) -> Option<Kvittering> {
    let expected = Tilstand::SendtFagsystem.after(overgang).ok()?;
    let pairs = history.iter().zip(history.iter().skip(1));
    let mut receipts = pairs.filter(|(taken, next)| can_be_taken(taken.tilstand) && next.tilstand == expected);
    let (_, next) = receipts.next()?;
    Some(Kvittering { melding: next.melding, tilstand: next.tilstand, tidspunkt: next.tidspunkt })
}

pub(super) fn wrong_state(tilstand: Tilstand) -> Feil {
    Feil::from(Feilkode::FeilTilstand).fakta(serde_json::json!({ "tilstand": tilstand.as_str() }))
}

/// A report stays in the channel that it was handed over in, whatever the office chooses later.
pub(super) fn other_channel(kanal: Kanal) -> Feil {
    Feil::from(Feilkode::FeilKanal).fakta(serde_json::json!({ "kanal": kanal.as_str() }))
}

fn erased(at: Timestamp) -> Feil {
    Feil::from(Feilkode::Slettet).fakta(serde_json::json!({ "slettet": at }))
}

/// Eleven digits in a row, however they are spaced, may be somebody's fødselsnummer.
pub(super) fn looks_personal(text: &str) -> bool {
    let mut digits = 0;
    for c in text.chars() {
        match c {
            '0'..='9' => digits += 1,
            ' ' | '-' | '.' if digits > 0 => {}
            _ => digits = 0,
        }
        if digits >= 11 {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::looks_personal;

    #[test]
    fn a_birth_number_is_noticed_and_an_error_code_is_not() {
        assert!(looks_personal("gjelder 010101 12345"));
        assert!(looks_personal("01010112345"));
        assert!(!looks_personal("Feil 500 fra sakssystemet, id 8f4e-1122"));
        assert!(!looks_personal("0x80070005, linje 1234"));
    }
}
