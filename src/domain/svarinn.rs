//! The SvarInn look-alike: systems that speak only SvarInn list, fetch and receipt their office's reports.

use bytes::Bytes;

use super::{
    Result, Services,
    avhenting::{MAX_FEILMELDING, Ventende, looks_personal, other_channel, refused, wrong_state},
    tilgang::active,
};
use crate::{
    model::{
        Feilkode, IntegrasjonId, MeldingId, Organisasjonsnummer,
        kommune::{Bydel, Organisasjon},
        melding::{Kanal, Melding, Tilstand},
        revisjon::{Aktor, Revisjon},
    },
    store::{self, StoreError, Tx, melding::Part},
};

/// Most reports in one answer (KS, SvarInn).
const MAX_FORSENDELSER: u64 = 200;

/// The right to an office's reports by its SvarInn account. Only [`Services::identify_svarinn`] makes one.
#[derive(Debug, Clone)]
pub struct Svarinnkonto {
    integrasjon: IntegrasjonId,
    bydel: Bydel,
    organisasjon: Organisasjon,
}

impl Svarinnkonto {
    pub fn integrasjon(&self) -> IntegrasjonId {
        self.integrasjon
    }

    /// The office that receives.
    pub fn bydel(&self) -> &Bydel {
        &self.bydel
    }

    /// The organisation number that the office receives under: its own, or the municipality's.
    pub fn organisasjonsnummer(&self) -> Organisasjonsnummer {
        let own = self.bydel.konto.svarinn.and_then(|konto| konto.organisasjonsnummer);
        own.unwrap_or(self.organisasjon.organisasjonsnummer)
    }

    fn part(&self) -> Part {
        Part::Bydel(self.bydel.id)
    }
}

/// Why a report could not be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Importfeil {
    pub feilmelding: Option<String>,
    /// It will not succeed later either.
    pub permanent: bool,
}

struct Forelopig {
    konto: Svarinnkonto,
    melding: MeldingId,
    revisjon: Revisjon,
}

impl Services {
    /// Finds out whose account a user name and a password belong to.
    ///
    /// # Errors
    /// 401 unless the user name is the id of an office's SvarInn account and the password one of that account's: one
    /// answer for all that may be wrong. 403 for an account that is turned off.
    pub async fn identify_svarinn(&self, user: &str, password: &str) -> Result<Svarinnkonto> {
        let id: IntegrasjonId = user.trim().parse().map_err(|_| Feilkode::SvarinnUgyldig)?;
        let integrasjon = match self.known(id, password).await {
            Err(error) if error.feil().code == Feilkode::IntegrasjonUgyldig.code() => {
                return Err(Feilkode::SvarinnUgyldig.into());
            }
            known => known?,
        };
        let bydel = store::kommune::bydel_med_svarinn(&self.store, id).await?.ok_or(Feilkode::SvarinnUgyldig)?;
        active(&integrasjon)?;
        let kommune = store::kommune::kommune(&self.store, bydel.kommunenummer).await?;
        let owner = kommune.ok_or_else(|| StoreError::Corrupt("bydel.kommunenummer".to_owned()))?.organisasjon;
        let mut found = store::kommune::organisasjoner(&self.store, [owner]).await?;
        let organisasjon = found.pop().ok_or_else(|| StoreError::Corrupt("kommune.organisasjon_id".to_owned()))?;
        Ok(Svarinnkonto { integrasjon: id, bydel, organisasjon })
    }

    /// What waits for the office in this channel, oldest first.
    pub async fn nye_forsendelser(&self, konto: &Svarinnkonto) -> Result<Vec<Ventende>> {
        let rows = store::melding::kontorko(&self.store, konto.bydel.id, Kanal::Svarinn, MAX_FORSENDELSER).await?;
        self.with_senders(rows).await
    }

    /// The sealed content of a report that waits.
    pub async fn forsendelsesfil(&self, konto: &Svarinnkonto, id: MeldingId) -> Result<(Melding, Bytes)> {
        self.forseglet(konto.part(), Kanal::Svarinn, id).await
    }

    /// The office's system has the report: its content is erased here. May be said again.
    pub async fn forsendelse_mottatt(&self, konto: &Svarinnkonto, id: MeldingId) -> Result<()> {
        self.kvitter(konto.part(), Kanal::Svarinn, id, None).await.map(drop)
    }

    /// The office's system could not take the report: for good, and it goes out as a letter; or for now, and it goes on
    /// waiting. Both may be said again.
    pub async fn forsendelse_feilet(&self, konto: &Svarinnkonto, id: MeldingId, feil: Importfeil) -> Result<()> {
        let feilmelding = feil.feilmelding.as_deref().unwrap_or_default().trim();
        if looks_personal(feilmelding) {
            return Err(Feilkode::FeilmeldingPersondata.into());
        }
        // SvarInn has no limit, and its clients send what they have: the beginning says the most.
        let feilmelding: String = feilmelding.chars().take(MAX_FEILMELDING).collect();
        if feil.permanent {
            let reason = if feilmelding.is_empty() { "uten oppgitt grunn.".to_owned() } else { feilmelding };
            return self.kvitter(konto.part(), Kanal::Svarinn, id, Some(refused(&reason))).await.map(drop);
        }
        let aktor = Aktor::Integrasjon(konto.integrasjon);
        let after = serde_json::json!({ "permanent": false, "feilmelding": feilmelding });
        let entry = self.revisjon(aktor, Some(konto.organisasjon.id), "postFeilet", Some(id.0));
        let context = Forelopig { konto: konto.clone(), melding: id, revisjon: entry.endring(None, Some(after)) };
        let work = self.store.write("svarinn_forelopig_feil", context, |tx, feil| Box::pin(note_failure(tx, feil)));
        work.await
    }
}

async fn note_failure(tx: &Tx, feil: &Forelopig) -> Result<()> {
    let found = store::melding::lock(tx, feil.konto.part(), feil.melding).await?;
    let melding = found.filter(|m| m.tilstand != Tilstand::Akseptert).ok_or(Feilkode::MeldingIkkeFunnet)?;
    if melding.tilstand != Tilstand::SendtFagsystem {
        return Err(wrong_state(melding.tilstand).into());
    }
    if melding.kanal != Kanal::Svarinn {
        return Err(other_channel(melding.kanal).into());
    }
    Ok(store::revisjon::append(tx, &feil.revisjon).await?)
}
