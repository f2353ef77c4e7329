//! Text messages: written down in the transaction that makes them necessary, sent in the background.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use super::arkiv::Kontrollert;
use crate::{
    crypto::at_rest::Plass,
    domain::{Result, Services},
    model::{
        FiksOrgId,
        ledsagerbevis::{BevisId, Bevishendelse, Hendelsestype, Personrolle, Smsslag},
        revisjon::Aktor,
        telefon::Telefonnummer,
    },
    sms::{SendFeil, Sms},
    store::{
        self, StoreError, Tx,
        ledsagerbevis::Personrad,
        sms::{Smsleie, Smsrad},
    },
    system::{Secret, SecretString, metrics::Queue},
};

/// How long a notice that the supplier does not take now is tried again.
const OPPGIS_ETTER: SignedDuration = SignedDuration::from_hours(24);

/// Number and text on their way through the vault.
#[derive(Serialize, Deserialize)]
struct Innhold {
    til: String,
    tekst: String,
}

impl Drop for Innhold {
    fn drop(&mut self) {
        self.til.zeroize();
        self.tekst.zeroize();
    }
}

/// What is written when somebody is to be told of a card.
pub(super) enum Varsel {
    Sms(Smsrad),
    /// There is nothing to send with, which the history says at once.
    Ingen(Option<Bevishendelse>),
}

impl Varsel {
    pub async fn write(&self, tx: &Tx) -> Result<()> {
        match self {
            Self::Sms(rad) => store::sms::insert(tx, rad).await?,
            Self::Ingen(Some(hendelse)) => store::ledsagerbevis::append(tx, hendelse).await?,
            Self::Ingen(None) => {}
        }
        Ok(())
    }
}

/// How one try ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Smsutfall {
    Sendt,
    /// Nobody is to have it any more, or it never will be taken.
    Frafalt,
    /// The supplier does not take it now.
    Igjen,
    /// Another worker has taken it over.
    Overtatt,
}

impl Services {
    /// Whether this process can send text messages.
    pub fn sender_sms(&self) -> bool {
        self.sms.is_some()
    }

    pub(super) async fn utstedernavn(&self, organisasjon: FiksOrgId) -> Result<String> {
        let found = store::kommune::organisasjoner(&self.store, [organisasjon]).await?.into_iter().next();
        Ok(found.map_or_else(|| "kommunen".to_owned(), |found| found.navn))
    }

    pub(super) fn varsel_til(&self, id: BevisId, rad: &Personrad, til: &Kontrollert, utsteder: &str) -> Result<Varsel> {
        let what = match rad.rolle {
            Personrolle::Forvalter => "Du kan nå vise et ledsagerbevis for en annen. Det er utstedt av",
            Personrolle::Eier => "Du har fått et ledsagerbevis fra",
        };
        let tekst = format!("{what} {utsteder}. Logg inn med dette nummeret for å se det.");
        self.varsel(Smsslag::from(rad.rolle), (id, rad.id), &til.telefon, tekst)
    }

    /// A text message about a card, to somebody who has access to it.
    pub(super) fn varsel(
        &self,
        slag: Smsslag,
        om: (BevisId, uuid::Uuid),
        til: &Telefonnummer,
        tekst: String,
    ) -> Result<Varsel> {
        if self.sms.is_none() {
            return Ok(Varsel::Ingen(slag.hendelse(false).map(|hendelse| self.told(om.0, om.1, hendelse))));
        }
        Ok(Varsel::Sms(self.smsrad(slag, Some(om), til, &SecretString::new(tekst))?))
    }

    pub(super) fn smsrad(
        &self,
        slag: Smsslag,
        om: Option<(BevisId, uuid::Uuid)>,
        til: &Telefonnummer,
        tekst: &SecretString,
    ) -> Result<Smsrad> {
        let id = self.ids.uuid();
        let innhold = Innhold { til: til.e164().to_owned(), tekst: tekst.expose().clone() };
        let json = serde_json::to_vec(&innhold).map(Secret::new);
        let json = json.map_err(|error| StoreError::Internal(error.to_string()))?;
        let innhold = self.vault()?.seal(Plass::new("sms", id, "innhold"), json.expose(), &*self.rng)?;
        Ok(Smsrad { id, slag, om, innhold, planlagt: self.clock.now() })
    }

    fn told(&self, bevis: BevisId, person: uuid::Uuid, hendelse: Hendelsestype) -> Bevishendelse {
        let tidspunkt = self.clock.now();
        Bevishendelse { bevis, tidspunkt, hendelse, aktor: Aktor::Plattform, person: Some(person) }
    }

    /// Leases messages that are due.
    pub async fn ta_sms(&self, antall: u64, lease: SignedDuration) -> Result<Vec<Smsleie>> {
        let now = self.clock.now();
        // Most of the time there is nothing to do, and finding that out must not cost a write.
        match store::sms::next_due(&self.store).await? {
            Some(due) if due <= now => {}
            _ => return Ok(Vec::new()),
        }
        let context = (self.ids.uuid(), now, now.checked_add(lease).unwrap_or(Timestamp::MAX), antall);
        let work = self.store.write("smsleie", context, |tx, (leie, now, until, antall)| {
            Box::pin(async move { Ok(store::sms::claim(tx, *leie, *now, *until, *antall).await?) })
        });
        work.await
    }

    /// Sends a leased message if somebody is still to have it, and notes at once how that ended.
    pub async fn send_sms(&self, leie: &Smsleie) -> Result<Smsutfall> {
        let Some(port) = &self.sms else { return Ok(Smsutfall::Igjen) };
        let rad = &leie.rad;
        if rad.slag == Smsslag::Utlopsvarsel && !super::utlop::er_dagtid(self.clock.now()) {
            return Ok(Smsutfall::Igjen);
        }
        let json = self.vault()?.open(Plass::new("sms", rad.id, "innhold"), &rad.innhold)?;
        let innhold: Innhold =
            serde_json::from_slice(json.expose()).map_err(|_| StoreError::Corrupt("sms.innhold".to_owned()))?;
        let unreadable = |_| StoreError::Corrupt("sms.til".to_owned());
        let til: Telefonnummer = innhold.til.parse().map_err(unreadable)?;
        let now = self.clock.now();
        let age = now.duration_since(rad.planlagt);
        let wanted = match rad.om {
            // A code that nobody can use any more is not sent; nor is one to a number that is on no card: here, where
            // nobody waits for the answer, it makes no difference that can be seen.
            None => {
                age < super::innbygger::LEVETID
                    && store::ledsagerbevis::kjent_telefon(&self.store, self.telefon_indeks(&til)?, now).await?
            }
            Some((bevis, hvem)) => store::ledsagerbevis::adgang::har_adgang(&self.store, bevis, hvem, now).await?,
        };
        if !wanted {
            return self.avslutt_sms(leie, None, Smsutfall::Frafalt).await;
        }
        let sms = Sms { id: rad.id, til, tekst: SecretString::new(innhold.tekst.clone()) };
        let sent = match port.send(&sms).await {
            Ok(()) => true,
            Err(SendFeil::Permanent(grunn)) => {
                tracing::warn!(sms = %rad.id, slag = rad.slag.as_str(), %grunn, "a text message was refused");
                false
            }
            Err(SendFeil::Midlertidig(grunn)) if age >= OPPGIS_ETTER => {
                tracing::warn!(sms = %rad.id, slag = rad.slag.as_str(), forsok = leie.forsok, %grunn,
                    "a text message could not be sent for a day, and is given up");
                false
            }
            Err(SendFeil::Midlertidig(grunn)) => {
                tracing::warn!(sms = %rad.id, slag = rad.slag.as_str(), forsok = leie.forsok, %grunn,
                    "a text message could not be sent, trying again");
                return Ok(Smsutfall::Igjen);
            }
        };
        if !sent {
            self.metrics().given_up.get_or_create(&Queue { queue: "sms" }).inc();
        }
        let told = rad.om.and_then(|(bevis, person)| Some(self.told(bevis, person, rad.slag.hendelse(sent)?)));
        self.avslutt_sms(leie, told, if sent { Smsutfall::Sendt } else { Smsutfall::Frafalt }).await
    }

    /// Gives a message back to be tried again.
    pub async fn utsett_sms(&self, leie: &Smsleie, tidligst: Timestamp) -> Result<bool> {
        let context = (leie.clone(), tidligst);
        let work = self.store.write("smsutsettelse", context, |tx, (leie, tidligst)| {
            Box::pin(async move { Ok(store::sms::retry(tx, leie, *tidligst).await?) })
        });
        work.await
    }

    async fn avslutt_sms(&self, leie: &Smsleie, told: Option<Bevishendelse>, utfall: Smsutfall) -> Result<Smsutfall> {
        let context = (leie.clone(), told);
        let work = self.store.write("smsslutt", context, |tx, (leie, told)| {
            Box::pin(async move {
                let ours = store::sms::finish(tx, leie).await?;
                if let Some(told) = told.as_ref().filter(|_| ours) {
                    store::ledsagerbevis::append(tx, told).await?;
                }
                Result::Ok(ours)
            })
        });
        Ok(if work.await? { utfall } else { Smsutfall::Overtatt })
    }
}
