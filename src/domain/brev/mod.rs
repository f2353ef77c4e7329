//! Letters: what a worker does with a report that nobody receipted in time, or that could not be taken.
//!
//! It takes two steps under one lease. The first is a transaction that decides: from then on the report is a letter, and no
//! receipt is taken any more. The second lays the letter out for the print supplier, under a name that is the same however
//! often it is tried. Whatever stops between or in them is taken over by whoever leases the job next.

use bytes::Bytes;
use jiff::Timestamp;
use serde::Serialize;

use super::{Result, Services, avhenting::uskadd, leveranse::Utfall};
use crate::{
    crypto::cms,
    model::{
        BrevId, MeldingId,
        brev::{Brev, Brevstatus, FILNAVN},
        kommune::Postadresse,
        melding::{Kanal, Melding, Overgang, Tilstand},
        virkedag::{kvitteringsfrist, siste_dag},
    },
    spool::Letter,
    store::{self, Tx, jobb::Jobb, melding::Part},
};

mod utskrift;

pub use utskrift::Utskriftsbrev;

const IKKE_TATT_IMOT: &str = "Mottakerens system kunne ikke ta imot meldingen. Den sendes som brev.";
const PA_NYTT: &str = "Meldingen sendes som brev på nytt.";
const UTEN_ADRESSE: &str =
    "Kontoret har ikke registrert en postadresse, så brevet kan ikke sendes. Meldingen må leveres på en annen måte.";
const ULESELIG: &str = "PDF-en er ikke kryptert slik at noen kan åpne den, så brevet kan ikke skrives ut. Meldingen må leveres på en annen måte.";
const OPPGITT: &str =
    "Brevet kunne ikke legges ut til utskrift etter gjentatte forsøk. Driften må rette feilen og sende det på nytt.";

/// What the first step decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bestilling {
    /// The report is a letter, and this is to be laid out.
    LeggUt(Box<Brev>),
    /// There is nothing more to do under this lease.
    Slutt(Utfall),
}

/// The first step on its way into the transaction.
struct Avgjor {
    jobb: Jobb,
    now: Timestamp,
    ny: BrevId,
    pdf: Konvolutt,
}

/// What was seen of the sealed PDF.
enum Konvolutt {
    /// With the serial number of the certificate that it is sealed to, if it says.
    Forseglet(Option<String>),
    /// It is not there, or is no envelope.
    Uleselig,
}

/// What stands beside the PDF in the print folder.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Manifest<'a> {
    brev_id: BrevId,
    bekymringsmelding_id: MeldingId,
    opprettet: String,
    adresse: &'a Postadresse,
    filnavn: &'a str,
    sha256: String,
    storrelse: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    mottaker_sertifikat_serienummer: Option<&'a str>,
}

impl Services {
    /// Does a job of the letter channel, both steps.
    pub async fn skriv_ut(&self, jobb: &Jobb) -> Result<Utfall> {
        match self.bestill_brev(jobb).await? {
            Bestilling::LeggUt(brev) => self.legg_ut(jobb, &brev).await,
            Bestilling::Slutt(utfall) => Ok(utfall),
        }
    }

    /// The first step: decides whether the report becomes a letter now.
    pub async fn bestill_brev(&self, jobb: &Jobb) -> Result<Bestilling> {
        // Only ever erased, so what is read here is what the transaction would find.
        let pdf = store::melding::pdf(&self.store, jobb.melding).await?;
        let opened = pdf.map(|(pdf, digest)| uskadd(pdf, digest)).transpose().unwrap_or_else(|error| {
            // It will not get better: as good as gone, and a person must act.
            tracing::error!(melding = %jobb.melding, %error, "a letter cannot be made");
            None
        });
        let seen = match opened.as_deref().map(cms::recipient_serial) {
            Some(Ok(serial)) => Konvolutt::Forseglet(serial),
            Some(Err(_)) | None => Konvolutt::Uleselig,
        };
        let context = Avgjor { jobb: jobb.clone(), now: self.clock.now(), ny: BrevId(self.ids.uuid()), pdf: seen };
        self.store.write("brev", context, |tx, context| Box::pin(decide(tx, context))).await
    }

    /// The second step: lays a letter out, and ends the job.
    pub async fn legg_ut(&self, jobb: &Jobb, brev: &Brev) -> Result<Utfall> {
        if let Some(spool) = &self.spool {
            let pdf = store::melding::pdf(&self.store, brev.melding).await?;
            // Erased: somebody has taken over, and the letter is in the post.
            let Some((pdf, digest)) = pdf else { return Ok(Utfall::Overtatt) };
            let pdf = uskadd(pdf, digest)?;
            let prepared = spool.prepare(letter(brev, pdf)?).await?;
            // The same, or it was refused, while this one was slow: the letter must not come back.
            let found = store::brev::find(&self.store, brev.id).await?;
            if found.is_none_or(|now| now.status != Brevstatus::Klar) {
                return Ok(Utfall::Overtatt);
            }
            prepared.publish().await?;
        }
        let context = (jobb.clone(), brev.id, self.clock.now());
        let ours =
            self.store.write("utlegging", context, |tx, (jobb, brev, now)| Box::pin(laid_out(tx, jobb, *brev, *now)));
        if ours.await? {
            self.signaler.brev.send_modify(|n| *n = n.wrapping_add(1));
            return Ok(Utfall::Ferdig);
        }
        self.tidy(brev.id).await;
        Ok(Utfall::Overtatt)
    }

    /// Ends a job of the letter channel that has failed too often: the report is `AVVIST_PRINT`, and the job stays to be
    /// seen. False when there is nothing that can be given up.
    pub async fn gi_opp_brev(&self, jobb: &Jobb) -> Result<bool> {
        let context = (jobb.clone(), self.clock.now());
        let work = self.store.write("oppgitt", context, |tx, (jobb, now)| Box::pin(give_up(tx, jobb, *now)));
        let Some(brev) = work.await? else { return Ok(false) };
        if let Some(brev) = brev {
            self.tidy(brev).await;
        }
        Ok(true)
    }

    /// Takes away what lies in the print folder without reason: letters that are posted or refused, and what somebody died
    /// over. What belongs to a letter that we do not know is left alone: after a restore of the database it may be wanted.
    pub(super) async fn rydd_utskriftsmappen(&self) -> Result<()> {
        let Some(spool) = &self.spool else { return Ok(()) };
        for entry in spool.entries().await? {
            let Some((finished, laid_out)) = self.utskriftsstatus(BrevId(entry.letter)).await? else { continue };
            // One that is not laid out yet may be somebody's who is at it now.
            if finished || (!entry.whole && laid_out) {
                tracing::info!(brev = %entry.letter, whole = entry.whole, "removed from the print folder");
                spool.clear(entry).await?;
            }
        }
        Ok(())
    }

    /// Whether a letter, of a report or with a card, is done with, and whether it has been laid out.
    async fn utskriftsstatus(&self, id: BrevId) -> Result<Option<(bool, bool)>> {
        if let Some(brev) = store::brev::find(&self.store, id).await? {
            return Ok(Some((brev.status != Brevstatus::Klar, brev.lagt_ut.is_some())));
        }
        let found = store::kortbrev::find(&self.store, id).await?;
        Ok(found.map(|brev| (brev.status.ferdig(), brev.lagt_ut.is_some())))
    }

    /// Takes a letter out of the print folder, unless it is still to be printed. What cannot be done now, the next sweep
    /// does.
    pub(in crate::domain) async fn tidy(&self, id: BrevId) {
        let Some(spool) = &self.spool else { return };
        let removed: Result<()> = async {
            let found = self.utskriftsstatus(id).await?;
            if found.is_some_and(|(finished, _)| finished) {
                spool.remove(id.0).await?;
            }
            Ok(())
        }
        .await;
        if let Err(error) = removed {
            tracing::warn!(brev = %id, %error, "could not be removed from the print folder");
        }
    }
}

fn letter(brev: &Brev, pdf: Bytes) -> Result<Letter> {
    let manifest = Manifest {
        brev_id: brev.id,
        bekymringsmelding_id: brev.melding,
        opprettet: format!("{:.3}", brev.opprettet),
        adresse: &brev.adresse,
        filnavn: FILNAVN,
        sha256: hex::encode(crate::crypto::sha256(&pdf)),
        storrelse: pdf.len(),
        mottaker_sertifikat_serienummer: brev.sertifikat.as_deref(),
    };
    let mut manifest =
        serde_json::to_vec_pretty(&manifest).map_err(|error| store::StoreError::Internal(error.to_string()))?;
    manifest.push(b'\n');
    Ok(Letter { id: brev.id.0, manifest, pdf })
}

async fn decide(tx: &Tx, context: &Avgjor) -> Result<Bestilling> {
    let Avgjor { jobb, now, .. } = context;
    // The report first: a receipt takes them in this order too.
    let melding = store::melding::lock(tx, Part::Plattform, jobb.melding).await?;
    if !store::jobb::hold(tx, jobb).await? {
        return Ok(Bestilling::Slutt(Utfall::Overtatt));
    }
    let end = async |utfall| -> Result<Bestilling> {
        store::jobb::finish(tx, jobb).await?;
        Ok(Bestilling::Slutt(utfall))
    };
    let Some(melding) = melding else { return end(Utfall::Overflodig).await };
    let hvorfor = match melding.tilstand {
        Tilstand::Akseptert | Tilstand::Levert => return end(Utfall::Overflodig).await,
        Tilstand::SendtPrint => match (store::brev::klart(tx, melding.id).await?, &context.pdf) {
            (Some(brev), _) if brev.lagt_ut.is_some() => return end(Utfall::Overflodig).await,
            (Some(brev), Konvolutt::Forseglet(_)) => return Ok(Bestilling::LeggUt(Box::new(brev))),
            (Some(brev), Konvolutt::Uleselig) => {
                refuse(tx, &melding, Some(brev.id), ULESELIG, *now).await?;
                return end(Utfall::Umulig).await;
            }
            // Whoever put it in this state left the letter to us.
            (None, _) => None,
        },
        Tilstand::SendtFagsystem => {
            let frist = deadline(tx, &melding).await?;
            if *now < frist {
                store::jobb::put_off(tx, jobb, frist).await?;
                return Ok(Bestilling::Slutt(Utfall::Utsatt(frist)));
            }
            Some(late(frist))
        }
        Tilstand::AvvistFagsystem => Some(IKKE_TATT_IMOT.to_owned()),
        Tilstand::AvvistPrint => Some(PA_NYTT.to_owned()),
    };
    let melding = match hvorfor {
        Some(hvorfor) => to_print(tx, melding, &hvorfor, *now).await?,
        None => Some(melding),
    };
    let Some(melding) = melding else { return end(Utfall::Overflodig).await };
    let bydel = store::kommune::bydel_med_id(tx, melding.bydel).await?;
    let (adresse, sertifikat) = match (bydel.and_then(|bydel| bydel.adresse), &context.pdf) {
        (Some(adresse), Konvolutt::Forseglet(serial)) => (adresse, serial.clone()),
        (adresse, _) => {
            refuse(tx, &melding, None, if adresse.is_none() { UTEN_ADRESSE } else { ULESELIG }, *now).await?;
            return end(Utfall::Umulig).await;
        }
    };
    let brev = Brev {
        id: context.ny,
        melding: melding.id,
        adresse,
        sertifikat,
        status: Brevstatus::Klar,
        opprettet: *now,
        lagt_ut: None,
        hentet: None,
        ferdig: None,
        arsak: None,
    };
    store::brev::insert(tx, &brev).await?;
    Ok(Bestilling::LeggUt(Box::new(brev)))
}

/// The deadline of a report that waits; one from before there were deadlines gets it now.
async fn deadline(tx: &Tx, melding: &Melding) -> Result<Timestamp> {
    if let Some(frist) = melding.frist {
        return Ok(frist);
    }
    let history = store::melding::historikk(tx, melding).await?;
    let handed = history.iter().rev().find(|entry| entry.tilstand == Tilstand::SendtFagsystem);
    let frist = kvitteringsfrist(handed.map_or(melding.mottatt, |entry| entry.tidspunkt));
    store::melding::set_frist(tx, melding.id, frist).await?;
    Ok(frist)
}

fn late(frist: Timestamp) -> String {
    format!("Ikke kvittert innen fristen {}. Meldingen sendes som brev.", siste_dag(frist).strftime("%d.%m.%Y"))
}

/// The report becomes a letter; `None` in a state from which it cannot.
async fn to_print(tx: &Tx, melding: Melding, hvorfor: &str, now: Timestamp) -> Result<Option<Melding>> {
    let Ok(tilstand) = melding.tilstand.after(Overgang::SendTilPrint) else { return Ok(None) };
    store::melding::set_kanal(tx, melding.id, Kanal::Print).await?;
    store::melding::set_tilstand(tx, melding.id, tilstand, now, Some(hvorfor)).await?;
    Ok(Some(Melding { tilstand, kanal: Kanal::Print, frist: None, ..melding }))
}

/// The letter cannot be sent: from now on a person must act.
async fn refuse(tx: &Tx, melding: &Melding, brev: Option<BrevId>, arsak: &str, now: Timestamp) -> Result<()> {
    let Ok(tilstand) = melding.tilstand.after(Overgang::PrintAvvist) else { return Ok(()) };
    store::melding::set_tilstand(tx, melding.id, tilstand, now, Some(arsak)).await?;
    if let Some(brev) = brev {
        store::brev::finish(tx, brev, Brevstatus::Avvist, now, Some(arsak)).await?;
    }
    Ok(())
}

async fn laid_out(tx: &Tx, jobb: &Jobb, brev: BrevId, now: Timestamp) -> Result<bool> {
    let ours = store::jobb::finish(tx, jobb).await?;
    if ours {
        store::brev::set_lagt_ut(tx, brev, now).await?;
    }
    Ok(ours)
}

/// `None` when nothing was given up; otherwise the letter that will not be sent, if there was one.
async fn give_up(tx: &Tx, jobb: &Jobb, now: Timestamp) -> Result<Option<Option<BrevId>>> {
    let melding = store::melding::lock(tx, Part::Plattform, jobb.melding).await?;
    if !store::jobb::hold(tx, jobb).await? {
        return Ok(None);
    }
    let Some(melding) = melding else { return Ok(None) };
    let (melding, brev) = match melding.tilstand {
        Tilstand::Akseptert | Tilstand::Levert => return Ok(None),
        Tilstand::SendtPrint => {
            let brev = store::brev::klart(tx, melding.id).await?;
            (melding, brev.map(|brev| brev.id))
        }
        Tilstand::SendtFagsystem => {
            let frist = deadline(tx, &melding).await?;
            if now < frist {
                return Ok(None);
            }
            let Some(melding) = to_print(tx, melding, &late(frist), now).await? else { return Ok(None) };
            (melding, None)
        }
        Tilstand::AvvistFagsystem | Tilstand::AvvistPrint => {
            let Some(melding) = to_print(tx, melding, "Meldingen sendes som brev.", now).await? else {
                return Ok(None);
            };
            (melding, None)
        }
    };
    refuse(tx, &melding, brev, OPPGITT, now).await?;
    store::jobb::give_up(tx, jobb).await?;
    Ok(Some(brev))
}
