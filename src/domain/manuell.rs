//! Manual reception: a case worker looks at the report at the head of an office's queue, fetches it, and confirms it by
//! hand.
//!
//! KS's operations name no report, only "the next one", and confirming erases. Said twice, by an impatient hand or a
//! library that tries again, it would confirm a report that nobody has seen. So what is confirmed is always one that the
//! same caller has fetched the content of, and what is refused one that the caller has looked at: the audit trail knows.
//! A caller may name the report as well; then the same answer may be had again.

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{
    Result, Services,
    avhenting::{Kvitter, other_channel, receipt, uskadd, wrong_state},
    tilgang::{Forvalter, Motta, lacks_role},
};
use crate::{
    model::{
        Feil, Feilkode, FiksOrgId, KontoId, MeldingId,
        kommune::Bydel,
        melding::{Kanal, Melding, Tilstand},
        revisjon::{Aktor, Revisjon},
        rolle::Rolle,
    },
    store::{self, StoreError, Tx, melding::Part},
};

const SETT: &str = "peekMetadata";
const HENTET: &str = "peekMeldingData";
const BEKREFTET: &str = "ack";
const AVVIST: &str = "nac";
const BESVART: &str = "svarOgAck";

/// Looking at the same report again so soon is the same look: a page that refreshes itself must not fill the audit trail.
const ET_BLIKK: SignedDuration = SignedDuration::from_hours(1);

/// The right to take an account's reports by hand. Only [`Services::mottakskonto`] makes one.
#[derive(Debug, Clone)]
pub struct Mottakskonto {
    aktor: Aktor,
    organisasjon: FiksOrgId,
    bydel: Bydel,
}

impl Mottakskonto {
    pub fn konto(&self) -> KontoId {
        self.bydel.konto.id
    }

    fn part(&self) -> Part {
        Part::Bydel(self.bydel.id)
    }
}

/// A report at the head of the queue, or one that was there until now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neste {
    pub melding: Melding,
    /// How long until the letter goes out; `None` when it does not wait any longer.
    pub igjen: Option<SignedDuration>,
    /// Somebody has fetched the content before.
    pub hentet_for: bool,
}

/// What the office says of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Svar {
    Mottatt,
    Feilet,
}

impl Svar {
    /// From the receipt's type (KS, «Bekymringsmelding»), which KS's own sample compares without regard to case.
    pub fn from_meldingstype(text: &str) -> Option<Self> {
        let is = |name: &str| text.trim().eq_ignore_ascii_case(name);
        if is("no.ks.fiks.bekymringsmelding.mottatt.v1") {
            Some(Self::Mottatt)
        } else if is("no.ks.fiks.bekymringsmelding.feilet.v1") {
            Some(Self::Feilet)
        } else {
            None
        }
    }
}

/// An answer on its way into the transaction.
struct Besvar {
    konto: Mottakskonto,
    svar: Svar,
    navngitt: Option<MeldingId>,
    now: Timestamp,
    jobb: Uuid,
    revisjon: Revisjon,
}

impl Services {
    /// # Errors
    /// 404 for an account that does not exist, or where the caller has nothing at all: it is not told which. 403 where it
    /// has something else than the right to receive.
    pub async fn mottakskonto(&self, forvalter: &Forvalter, konto: KontoId) -> Result<Mottakskonto> {
        let bydel = store::kommune::bydel_med_konto(&self.store, konto).await?.ok_or(Feilkode::KontoUkjent)?;
        let kommune = store::kommune::kommune(&self.store, bydel.kommunenummer).await?;
        let kommune = kommune.ok_or_else(|| StoreError::Corrupt("bydel.kommunenummer".to_owned()))?;
        let mandat = forvalter
            .mandat::<Motta>(kommune.organisasjon)
            .map_err(|feil| if feil.status == 404 { Feil::from(Feilkode::KontoUkjent) } else { feil })?;
        if !mandat.covers(bydel.id) {
            return Err(lacks_role(&[Rolle::Bruker]).into());
        }
        Ok(Mottakskonto { aktor: mandat.aktor, organisasjon: kommune.organisasjon, bydel })
    }

    /// How many reports wait.
    pub async fn antall_i_manuelt_mottak(&self, konto: &Mottakskonto) -> Result<u64> {
        Ok(store::melding::antall_i_kontorko(&self.store, konto.bydel.id, Kanal::ManuellMottak).await?)
    }

    /// What is known about the report at the head of the queue. That the caller has looked at it is written down.
    pub async fn se_neste(&self, konto: &Mottakskonto) -> Result<Option<Neste>> {
        // Most of the time nothing waits, and finding that out must not cost a write.
        if store::melding::kontorko(&self.store, konto.bydel.id, Kanal::ManuellMottak, 1).await?.is_empty() {
            return Ok(None);
        }
        let context = (konto.clone(), self.innslag(konto, SETT));
        self.store.write("manuelt_mottak_se", context, |tx, (konto, entry)| Box::pin(look(tx, konto, entry))).await
    }

    /// The sealed content of the report at the head of the queue. That the caller has fetched it is written down.
    ///
    /// # Errors
    /// 400 when nothing waits.
    pub async fn hent_neste(&self, konto: &Mottakskonto) -> Result<Bytes> {
        let context = (konto.clone(), self.innslag(konto, HENTET));
        self.store.write("manuelt_mottak_hent", context, |tx, (konto, entry)| Box::pin(fetch(tx, konto, entry))).await
    }

    /// The caller has the report at the head of the queue, or the one that it names: its content is erased here.
    pub async fn bekreft_neste(&self, konto: &Mottakskonto, navngitt: Option<MeldingId>) -> Result<Neste> {
        self.besvar(konto, Svar::Mottatt, navngitt, BEKREFTET).await
    }

    /// The caller cannot take the report at the head of the queue, or the one that it names: the letter goes out.
    pub async fn avvis_neste(&self, konto: &Mottakskonto, navngitt: Option<MeldingId>) -> Result<Neste> {
        self.besvar(konto, Svar::Feilet, navngitt, AVVIST).await
    }

    /// Either of the two.
    pub async fn svar_neste(&self, konto: &Mottakskonto, svar: Svar, navngitt: Option<MeldingId>) -> Result<Neste> {
        self.besvar(konto, svar, navngitt, BESVART).await
    }

    async fn besvar(
        &self,
        konto: &Mottakskonto,
        svar: Svar,
        navngitt: Option<MeldingId>,
        handling: &'static str,
    ) -> Result<Neste> {
        let context = Besvar {
            konto: konto.clone(),
            svar,
            navngitt,
            now: self.clock.now(),
            jobb: self.ids.uuid(),
            revisjon: self.innslag(konto, handling),
        };
        let work = self.store.write("manuelt_mottak_svar", context, |tx, besvar| Box::pin(respond(tx, besvar)));
        let besvart = work.await?;
        self.signaler.jobb.notify_one();
        Ok(besvart)
    }

    fn innslag(&self, konto: &Mottakskonto, handling: &'static str) -> Revisjon {
        self.revisjon(konto.aktor, Some(konto.organisasjon), handling, None)
    }
}

/// The report at the head of the queue, locked. Another case worker may have taken it before the lock was ours; then the
/// next one is the head.
async fn head(tx: &Tx, konto: &Mottakskonto) -> Result<Option<Melding>> {
    loop {
        let first = store::melding::kontorko(tx, konto.bydel.id, Kanal::ManuellMottak, 1).await?.pop();
        let Some(first) = first else { return Ok(None) };
        let locked = store::melding::lock(tx, konto.part(), first.id).await?;
        if let Some(melding) = locked.filter(waits) {
            return Ok(Some(melding));
        }
    }
}

fn waits(melding: &Melding) -> bool {
    melding.tilstand == Tilstand::SendtFagsystem && melding.kanal == Kanal::ManuellMottak
}

/// What the audit trail has about a report, of these kinds.
async fn trail(tx: &Tx, melding: &Melding, handlinger: &[&str]) -> Result<Vec<Revisjon>> {
    Ok(store::revisjon::av_objekt(tx, melding.id.0, handlinger).await?)
}

async fn write_down(tx: &Tx, entry: &Revisjon, melding: &Melding) -> Result<()> {
    let entry = Revisjon { objekt: Some(melding.id.0), ..entry.clone() };
    Ok(store::revisjon::append(tx, &entry).await?)
}

async fn look(tx: &Tx, konto: &Mottakskonto, entry: &Revisjon) -> Result<Option<Neste>> {
    let Some(melding) = head(tx, konto).await? else { return Ok(None) };
    let seen = trail(tx, &melding, &[SETT, HENTET]).await?;
    let same_look = seen.iter().any(|earlier| {
        earlier.handling == SETT
            && earlier.aktor == konto.aktor
            && entry.tidspunkt.duration_since(earlier.tidspunkt) < ET_BLIKK
    });
    if !same_look {
        write_down(tx, entry, &melding).await?;
    }
    let hentet_for = seen.iter().any(|earlier| earlier.handling == HENTET);
    let igjen = melding.frist.map(|frist| frist.duration_since(entry.tidspunkt).max(SignedDuration::ZERO));
    Ok(Some(Neste { melding, igjen, hentet_for }))
}

async fn fetch(tx: &Tx, konto: &Mottakskonto, entry: &Revisjon) -> Result<Bytes> {
    let melding = head(tx, konto).await?.ok_or(Feilkode::IngenMelding)?;
    let content = store::melding::asice(tx, &melding).await?;
    let content = content.ok_or_else(|| StoreError::Corrupt("a waiting report has no content".to_owned()))?;
    let content = uskadd(content, melding.asice_sha256)?;
    write_down(tx, entry, &melding).await?;
    Ok(content)
}

async fn respond(tx: &Tx, besvar: &Besvar) -> Result<Neste> {
    let konto = &besvar.konto;
    let mut melding = match besvar.navngitt {
        None => head(tx, konto).await?.ok_or(Feilkode::IngenMelding)?,
        Some(id) => {
            let found = store::melding::lock(tx, konto.part(), id).await?;
            found.filter(|melding| melding.tilstand != Tilstand::Akseptert).ok_or(Feilkode::MeldingIkkeFunnet)?
        }
    };
    let trail = trail(tx, &melding, &[SETT, HENTET, BEKREFTET, AVVIST, BESVART]).await?;
    let done = |handlinger: &[&str]| {
        trail.iter().any(|entry| entry.aktor == konto.aktor && handlinger.contains(&entry.handling.as_str()))
    };
    let waits = waits(&melding);
    if waits {
        known_to_caller(besvar, &melding, done)?;
    } else if melding.tilstand == Tilstand::SendtFagsystem {
        return Err(other_channel(melding.kanal).into());
    } else if !done(&[BEKREFTET, AVVIST, BESVART]) {
        let reason =
            "Meldingen venter ikke lenger: noen andre har besvart den, eller fristen er ute og den går som brev.";
        return Err(wrong_state(melding.tilstand).melding(reason).into());
    }
    let refused = || ("Meldingen ble avvist i manuelt mottak.".to_owned(), besvar.jobb);
    let kvitter = Kvitter {
        part: konto.part(),
        kanal: Kanal::ManuellMottak,
        melding: melding.id,
        now: besvar.now,
        feilet: (besvar.svar == Svar::Feilet).then(refused),
    };
    melding.tilstand = receipt(tx, &kvitter).await?.tilstand;
    if waits {
        write_down(tx, &besvar.revisjon, &melding).await?;
    }
    let hentet_for = trail.iter().any(|entry| entry.handling == HENTET);
    Ok(Neste { melding, igjen: None, hentet_for })
}

/// Nobody confirms what they have not fetched, or refuses what they have neither seen nor named.
fn known_to_caller(besvar: &Besvar, melding: &Melding, done: impl Fn(&[&str]) -> bool) -> Result<()> {
    let missing = match besvar.svar {
        Svar::Mottatt if !done(&[HENTET]) => Feilkode::IkkeHentet,
        Svar::Feilet if besvar.navngitt.is_none() && !done(&[SETT, HENTET]) => Feilkode::IkkeSett,
        _ => return Ok(()),
    };
    Err(Feil::from(missing).fakta(serde_json::json!({ "meldingId": melding.id })).into())
}

#[cfg(test)]
mod tests {
    use super::Svar;

    #[test]
    fn an_answer_is_known_by_its_type_in_any_case() {
        let of = Svar::from_meldingstype;
        assert_eq!(of("no.ks.fiks.bekymringsmelding.mottatt.v1"), Some(Svar::Mottatt));
        assert_eq!(of("NO.KS.FIKS.Bekymringsmelding.Feilet.v1 "), Some(Svar::Feilet));
        for other in ["", "mottatt", "no.ks.fiks.bekymringsmelding.mottatt.v2", "no.ks.fiks.kvittering.tidsavbrudd"] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
