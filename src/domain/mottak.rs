//! Taking a report in: check the envelopes without the key, recognise a repeated send, and put content, first entry of
//! the history and job on disk in one transaction.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use jiff::{SignedDuration, Timestamp};
use openssl::sha::Sha256;
use serde_json::json;
use uuid::Uuid;

use super::{
    Result, Services,
    tilgang::{Fullmakt, Sende},
};
use crate::{
    crypto::{
        certificate::Certificate,
        cms::{self, EnvelopeFault, Inspection},
        sha256,
    },
    model::{
        Bydelsnummer, Feil, Feilkode, IntegrasjonId, Kommunenummer, MeldingId,
        hendelse::Hendelse,
        kommune::Bydel,
        melding::{Innhold, Kanal, Melding, Profil, Skjematype, Tilstand, Versjon},
        nokkel::NokkelEier,
    },
    store::{
        self, Tx,
        duplikat::{Brukt, Sending},
        melding::Part,
    },
};

/// Both envelopes of a report together may be 5 MB (KS, «Bekymringsmelding»; read as 5 × 1024 × 1024 bytes).
pub const MAX_INNHOLD: usize = 5 * 1024 * 1024;

/// A report as a sender hands it over.
#[derive(Debug, Clone)]
pub struct Innsending {
    pub kommunenummer: Kommunenummer,
    pub bydelsnummer: Bydelsnummer,
    pub skjematype: Skjematype,
    pub versjon: Versjon,
    pub innhold: Innhold,
    /// The caller's `Idempotency-Key`.
    pub idempotens: Option<String>,
    /// Address of the keys to seal with, for a sender that used others.
    pub nokkeladresse: String,
}

/// Keys of sends that this process is working on, so that a twin is told to wait instead of doing the work twice.
/// Twins on different nodes meet on the database's row instead, and both get the first one's answer.
#[derive(Debug, Default)]
pub(super) struct Underveis(Arc<Mutex<HashSet<(IntegrasjonId, String)>>>);

pub(super) struct Opptatt {
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
pub(super) struct Kjennetegn {
    pub integrasjon: IntegrasjonId,
    pub idempotens: Option<String>,
    pub fingeravtrykk: [u8; 32],
    pub sending: Sending,
}

/// Where a report comes from and goes to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rute {
    pub kommunenummer: Kommunenummer,
    pub bydelsnummer: Bydelsnummer,
    pub skjematype: Skjematype,
    pub versjon: Versjon,
}

/// Sealed content with what was seen of it.
pub(super) struct Forseglet {
    pub innhold: Innhold,
    pub profil: Profil,
    /// Serial number of the office's certificate that it was sealed to.
    pub sertifikat: String,
    /// What the first entry of the history tells, if anything.
    pub beskrivelse: Option<String>,
}

impl Services {
    /// Accepts a report that the sender has sealed. When this returns, the report is on disk.
    ///
    /// # Errors
    /// An unknown office, an envelope that its receiver could not open (`KONVOLUTT.…`), a form version that the office
    /// does not take, or an `Idempotency-Key` that was used for something else.
    pub async fn submit(&self, fullmakt: &Fullmakt<Sende>, inn: Innsending) -> Result<MeldingId> {
        let now = self.clock.now();
        let rute = Rute {
            kommunenummer: inn.kommunenummer,
            bydelsnummer: inn.bydelsnummer,
            skjematype: inn.skjematype,
            versjon: inn.versjon,
        };
        let asice_sha256 = sha256(&inn.innhold.asice);
        let pdf_sha256 = sha256(&inn.innhold.pdf);
        let kjennetegn = Kjennetegn {
            integrasjon: fullmakt.innringer.integrasjon(),
            fingeravtrykk: fingerprint(fullmakt, &inn, asice_sha256, pdf_sha256),
            idempotens: inn.idempotens,
            sending: Sending {
                avsender: fullmakt.organisasjon,
                kommunenummer: rute.kommunenummer,
                bydelsnummer: rute.bydelsnummer,
                digest: asice_sha256,
            },
        };
        let _busy = self.enter(&kjennetegn)?;
        // A repeated send is answered before anything else is looked at: the office may have changed its certificate
        // since, and the report is stored all the same.
        if let Some(id) = self.gjentatt(&kjennetegn, now).await? {
            return Ok(id);
        }
        let bydel = self.aktiv_bydel(rute.kommunenummer, rute.bydelsnummer).await?;
        check_version(rute.versjon, &bydel)?;
        let to_bydel = NokkelEier::Bydel(rute.kommunenummer, rute.bydelsnummer);
        let keys = &inn.nokkeladresse;
        let (profil, sertifikat) = self.inspect("asice", &inn.innhold.asice, to_bydel, keys, now).await?;
        self.inspect("bekymringsmelding", &inn.innhold.pdf, NokkelEier::Print, keys, now).await?;
        let forseglet = Forseglet { innhold: inn.innhold, profil, sertifikat, beskrivelse: None };
        self.lagre(fullmakt, rute, kjennetegn, forseglet, now).await
    }

    /// Takes the place of a send in this process, so that a twin is told to wait.
    pub(super) fn enter(&self, kjennetegn: &Kjennetegn) -> Result<Option<Opptatt>> {
        let key = kjennetegn.idempotens.clone().map(|key| (kjennetegn.integrasjon, key));
        key.map(|key| self.underveis.enter(key)).transpose()
    }

    /// The report that this send already became, if it did.
    pub(super) async fn gjentatt(&self, kjennetegn: &Kjennetegn, now: Timestamp) -> Result<Option<MeldingId>> {
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

    /// Writes a report, its first entry and its job in one transaction.
    pub(super) async fn lagre(
        &self,
        fullmakt: &Fullmakt<Sende>,
        rute: Rute,
        kjennetegn: Kjennetegn,
        forseglet: Forseglet,
        now: Timestamp,
    ) -> Result<MeldingId> {
        let kommune = store::kommune::kommune(&self.store, rute.kommunenummer).await?.ok_or(Feilkode::KommuneUkjent)?;
        let Forseglet { innhold, profil, sertifikat, beskrivelse } = forseglet;
        let lagring = Lagring {
            melding: Melding {
                id: MeldingId(self.ids.uuid()),
                avsender: fullmakt.organisasjon,
                integrasjon: kjennetegn.integrasjon,
                leverandor: fullmakt.innringer.leverandor(),
                mottaker: kommune.organisasjon,
                kommunenummer: rute.kommunenummer,
                bydelsnummer: rute.bydelsnummer,
                skjematype: rute.skjematype,
                versjon: rute.versjon,
                tilstand: Tilstand::Akseptert,
                profil,
                sertifikat,
                asice_sha256: sha256(&innhold.asice),
                asice_storrelse: innhold.asice.len() as u64,
                pdf_sha256: sha256(&innhold.pdf),
                pdf_storrelse: innhold.pdf.len() as u64,
                mottatt: now,
                slettet: None,
            },
            innhold,
            beskrivelse,
            jobb: self.ids.uuid(),
            sending: kjennetegn.sending,
            idempotens: kjennetegn.idempotens.map(|key| (key, kjennetegn.fingeravtrykk)),
            utloper: self.window_end(now),
        };
        let id = self.store.write("mottak", lagring, |tx, lagring| Box::pin(save(tx, lagring))).await?;
        self.signaler.jobb.notify_one();
        Ok(id)
    }

    /// Checks one envelope against the certificates that its receiver has now.
    async fn inspect(
        &self,
        part: &'static str,
        envelope: &[u8],
        eier: NokkelEier,
        keys: &str,
        now: Timestamp,
    ) -> Result<(Profil, String)> {
        let certificates = self.sertifikater(eier, now).await?;
        let Some(current) = certificates.first() else { return Err(Feilkode::NokkelMangler.into()) };
        let candidates: Vec<&Certificate> = certificates.iter().collect();
        let Inspection { profile, recipient, .. } =
            cms::inspect(envelope, &candidates, now).map_err(|fault| refuse(part, fault, current, keys))?;
        let profil = match profile {
            cms::Profile::Ks => Profil::Ks,
            cms::Profile::KsDotnet => Profil::KsDotnet,
        };
        let sealed_to = certificates.get(recipient).unwrap_or(current);
        Ok((profil, sealed_to.serial()))
    }

    /// Everything that happened to a report that the organisation sent.
    pub async fn status(&self, fullmakt: &Fullmakt<Sende>, id: MeldingId) -> Result<Vec<Hendelse>> {
        let part = Part::Avsender(fullmakt.organisasjon);
        let melding = store::melding::find(&self.store, part, id).await?.ok_or(Feilkode::MeldingIkkeFunnet)?;
        Ok(store::melding::historikk(&self.store, &melding).await?)
    }
}

/// What makes two sends the same to an `Idempotency-Key`: where to, which kind, and the very bytes. Not the multipart
/// boundary, which clients draw anew for each try.
fn fingerprint(fullmakt: &Fullmakt<Sende>, inn: &Innsending, asice: [u8; 32], pdf: [u8; 32]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(fullmakt.organisasjon.0.as_bytes());
    hash.update(inn.kommunenummer.as_str().as_bytes());
    hash.update(inn.bydelsnummer.as_str().as_bytes());
    hash.update(inn.skjematype.as_str().as_bytes());
    hash.update(&asice);
    hash.update(&pdf);
    hash.finish()
}

fn same(used: Brukt, fingeravtrykk: [u8; 32]) -> Result<MeldingId> {
    if used.fingeravtrykk == fingeravtrykk { Ok(used.melding) } else { Err(Feilkode::IdempotensAnnetInnhold.into()) }
}

fn check_version(versjon: Versjon, bydel: &Bydel) -> Result<()> {
    if versjon <= bydel.stottet_versjon {
        return Ok(());
    }
    let fakta = json!({ "versjon": versjon.as_str(), "stottetVersjon": bydel.stottet_versjon.as_str() });
    Err(Feil::from(Feilkode::VersjonIkkeStottet).fakta(fakta).into())
}

/// An envelope that nobody could open is the sender's to mend, so the answer says with which certificate.
fn refuse(part: &'static str, fault: EnvelopeFault, current: &Certificate, keys: &str) -> Feil {
    Feil {
        code: fault.code(),
        status: 422,
        melding: format!("Delen «{part}» kan ikke tas imot. {}", fault.melding()),
        fakta: Some(Box::new(json!({
            "del": part,
            "riktigSertifikat": {
                "serial": current.serial(),
                "subjectDN": current.subject_dn(),
                "validTo": current.valid_to(),
                "hentesFra": keys,
            },
        }))),
        vent: None,
    }
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
    store::jobb::insert(tx, new.jobb, melding.id, Kanal::Fagsystem, now).await?;
    Ok(melding.id)
}
