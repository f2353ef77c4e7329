//! Taking a report in: recognise a repeated send, and put content, first entry of the history and job on disk in one
//! transaction. [`konvolutt`] takes what the sender has sealed, [`skjema`] what it sends as plain JSON, `person` what a person
//! writes in a form.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{
    Result, Services,
    etterfolger::Adressert,
    tilgang::{Fullmakt, Sende},
};
use crate::{
    model::{
        Bydelsnummer, Feil, Feilkode, IntegrasjonId, Kommunenummer, MeldingId, Organisasjonsnummer,
        hendelse::Hendelse,
        melding::{Format, Innhold, Melding, Profil, Skjematype, Tilstand, Versjon},
    },
    store::{
        self, Tx,
        duplikat::{Brukt, Sending},
        melding::Part,
    },
};

pub mod konvolutt;
mod person;
pub mod skjema;

/// Both envelopes of a report together may be 5 MB (KS, «Bekymringsmelding»; read as 5 × 1024 × 1024 bytes).
pub const MAX_INNHOLD: usize = 5 * 1024 * 1024;

/// Keys of sends that this process is working on, so that a twin is told to wait instead of doing the work twice.
/// Twins on different nodes meet on the database's row instead, and both get the first one's answer.
#[derive(Debug, Default)]
pub(in crate::domain) struct Underveis(Arc<Mutex<HashSet<(IntegrasjonId, String)>>>);

pub(in crate::domain) struct Opptatt {
    keys: Arc<Mutex<HashSet<(IntegrasjonId, String)>>>,
    key: (IntegrasjonId, String),
}

impl Underveis {
    fn enter(&self, key: (IntegrasjonId, String)) -> Result<Opptatt> {
        if !self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone()) {
            return Err(Feil::from(Feilkode::IdempotensUnderveis).vent(1).into());
        }
        Ok(Opptatt { keys: self.0.clone(), key })
    }
}

impl Drop for Opptatt {
    fn drop(&mut self) {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

/// Everything that the transaction writes.
struct Lagring {
    melding: Melding,
    innhold: Innhold,
    beskrivelse: Option<String>,
    jobb: Uuid,
    sending: Sending,
    idempotens: Option<(String, [u8; 32])>,
    utloper: Timestamp,
}

/// What makes a repeated send the same one.
struct Kjennetegn {
    integrasjon: IntegrasjonId,
    idempotens: Option<String>,
    fingeravtrykk: [u8; 32],
    sending: Sending,
}

/// Where a report goes, and what it is.
#[derive(Debug, Clone, Copy)]
pub struct Rute {
    pub kommunenummer: Kommunenummer,
    pub bydelsnummer: Bydelsnummer,
    pub skjematype: Skjematype,
    pub versjon: Versjon,
    /// Made by a case system; otherwise a form that a person filled in.
    pub fra_fagsystem: bool,
}

/// A report that is on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lagret {
    pub id: MeldingId,
    /// The office that has it, when that is another municipality's than it was addressed to.
    pub rutet_til: Option<(Kommunenummer, Bydelsnummer)>,
}

impl Lagret {
    fn new(id: MeldingId, rute: Rute, hos: (Kommunenummer, Bydelsnummer)) -> Self {
        Self { id, rutet_til: (hos.0 != rute.kommunenummer).then_some(hos) }
    }
}

/// Sealed content with what was seen of it.
struct Forseglet {
    /// The report that it becomes.
    id: MeldingId,
    innhold: Innhold,
    asice_sha256: [u8; 32],
    pdf_sha256: [u8; 32],
    format: Format,
    /// Who sealed it, when it was not the sender.
    av: Option<Organisasjonsnummer>,
    profil: Profil,
    /// Serial number of the office's certificate that it was sealed to.
    sertifikat: String,
    /// What the first entry of the history tells, if anything.
    beskrivelse: Option<String>,
}

impl Services {
    /// Takes the place of a send in this process, so that a twin is told to wait.
    fn enter(&self, kjennetegn: &Kjennetegn) -> Result<Option<Opptatt>> {
        let key = kjennetegn.idempotens.clone().map(|key| (kjennetegn.integrasjon, key));
        key.map(|key| self.underveis.enter(key)).transpose()
    }

    /// The report that this send already became, if it did.
    async fn gjentatt(&self, kjennetegn: &Kjennetegn, now: Timestamp) -> Result<Option<MeldingId>> {
        if let Some(key) = &kjennetegn.idempotens
            && let Some(used) = store::duplikat::find_nokkel(&self.store, kjennetegn.integrasjon, key, now).await?
        {
            return same(used, kjennetegn.fingeravtrykk).map(Some);
        }
        let earlier = store::duplikat::find_sending(&self.store, kjennetegn.sending, now).await?;
        match (earlier, &kjennetegn.idempotens) {
            (Some(id), Some(key)) => self.take_key(kjennetegn, key.clone(), id, now).await.map(Some),
            _ => Ok(earlier),
        }
    }

    /// The answer to a send that already became a report.
    async fn tidligere(&self, fullmakt: &Fullmakt<Sende>, rute: Rute, id: MeldingId) -> Result<Lagret> {
        let melding = store::melding::find(&self.store, Part::Avsender(fullmakt.organisasjon), id).await?;
        let hos = melding.map_or((rute.kommunenummer, rute.bydelsnummer), |m| (m.kommunenummer, m.bydelsnummer));
        Ok(Lagret::new(id, rute, hos))
    }

    /// Lets a key lead to a report that exists, so that it is not free for another one.
    async fn take_key(&self, kjennetegn: &Kjennetegn, key: String, id: MeldingId, now: Timestamp) -> Result<MeldingId> {
        let brukt = Brukt { fingeravtrykk: kjennetegn.fingeravtrykk, melding: id };
        let context = (kjennetegn.integrasjon, key, brukt, now, self.window_end(now));
        let work = self.store.write("nøkkel", context, |tx, (integrasjon, key, brukt, now, utloper)| {
            Box::pin(async move {
                let claim = store::duplikat::claim_nokkel(tx, *integrasjon, key, *brukt, *now, *utloper);
                claim.await?.map_or(Ok(brukt.melding), |used| same(used, brukt.fingeravtrykk))
            })
        });
        work.await
    }

    /// Until when a send at `now` is recognised when it is repeated.
    fn window_end(&self, now: Timestamp) -> Timestamp {
        let window = SignedDuration::try_from(self.settings.duplikat_vindu).unwrap_or(SignedDuration::ZERO);
        now.checked_add(window).unwrap_or(Timestamp::MAX)
    }

    /// Writes a report, its first entry and its job in one transaction. What was sent before is the report that it became.
    async fn lagre(
        &self,
        fullmakt: &Fullmakt<Sende>,
        rute: Rute,
        til: &Adressert,
        kjennetegn: &Kjennetegn,
        forseglet: Forseglet,
        now: Timestamp,
    ) -> Result<Lagret> {
        let Adressert { bydel, kommune, .. } = til;
        let Forseglet { id, innhold, asice_sha256, pdf_sha256, format, av, profil, sertifikat, beskrivelse } =
            forseglet;
        let told: Vec<_> = til.omdirigert().into_iter().chain(beskrivelse).collect();
        let bytes = innhold.asice.len().saturating_add(innhold.pdf.len());
        let lagring = Lagring {
            melding: Melding {
                id,
                avsender: fullmakt.organisasjon,
                integrasjon: kjennetegn.integrasjon,
                leverandor: fullmakt.innringer.leverandor(),
                mottaker: kommune.organisasjon,
                kommunenummer: bydel.kommunenummer,
                bydelsnummer: bydel.bydelsnummer,
                bydel: bydel.id,
                skjematype: rute.skjematype,
                versjon: rute.versjon,
                tilstand: Tilstand::Akseptert,
                kanal: bydel.konto.kanal,
                fra_fagsystem: rute.fra_fagsystem,
                frist: None,
                format,
                profil,
                forseglet_av: av,
                sertifikat,
                asice_sha256,
                asice_storrelse: innhold.asice.len() as u64,
                pdf_sha256,
                pdf_storrelse: innhold.pdf.len() as u64,
                mottatt: now,
                levert: None,
                slettet: None,
            },
            innhold,
            beskrivelse: (!told.is_empty()).then(|| told.join(" ")),
            jobb: self.ids.uuid(),
            sending: kjennetegn.sending,
            idempotens: kjennetegn.idempotens.clone().map(|key| (key, kjennetegn.fingeravtrykk)),
            utloper: self.window_end(now),
        };
        let lagret =
            self.store.write_content("mottak", bytes, lagring, |tx, lagring| Box::pin(save(tx, lagring))).await?;
        if lagret != id {
            return self.tidligere(fullmakt, rute, lagret).await;
        }
        self.signaler.jobb.notify_one();
        Ok(Lagret::new(id, rute, (bydel.kommunenummer, bydel.bydelsnummer)))
    }

    /// Everything that happened to a report that the organisation sent.
    pub async fn status(&self, fullmakt: &Fullmakt<Sende>, id: MeldingId) -> Result<Vec<Hendelse>> {
        let part = Part::Avsender(fullmakt.organisasjon);
        let melding = store::melding::find(&self.store, part, id).await?.ok_or(Feilkode::MeldingIkkeFunnet)?;
        Ok(store::melding::historikk(&self.store, &melding).await?)
    }
}

fn same(used: Brukt, fingeravtrykk: [u8; 32]) -> Result<MeldingId> {
    if used.fingeravtrykk == fingeravtrykk { Ok(used.melding) } else { Err(Feilkode::IdempotensAnnetInnhold.into()) }
}

async fn save(tx: &Tx, new: &Lagring) -> Result<MeldingId> {
    let melding = &new.melding;
    let now = melding.mottatt;
    if let Some((key, fingeravtrykk)) = &new.idempotens {
        let brukt = Brukt { fingeravtrykk: *fingeravtrykk, melding: melding.id };
        let claim = store::duplikat::claim_nokkel(tx, melding.integrasjon, key, brukt, now, new.utloper);
        if let Some(used) = claim.await? {
            return same(used, *fingeravtrykk);
        }
    }
    if let Some(earlier) = store::duplikat::claim_sending(tx, new.sending, melding.id, now, new.utloper).await? {
        // The key, if there is one, must lead to the report that exists.
        if let Some((key, _)) = &new.idempotens {
            store::duplikat::point_nokkel(tx, melding.integrasjon, key, earlier).await?;
        }
        return Ok(earlier);
    }
    store::melding::insert(tx, melding, &new.innhold).await?;
    store::melding::append(tx, melding.id, Tilstand::Akseptert, now, new.beskrivelse.as_deref()).await?;
    store::jobb::insert(tx, new.jobb, melding.id, melding.kanal, now).await?;
    Ok(melding.id)
}
