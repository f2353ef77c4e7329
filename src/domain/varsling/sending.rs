//! Sending what was planned.

use jiff::{SignedDuration, Timestamp};

use super::{Innhold, plan, regler};
use crate::{
    domain::{Result, Services},
    epost::{
        Adresse, Epost, SendFeil,
        tekst::{Kontor, Varsel},
    },
    model::{
        RessursId,
        kommune::Malform,
        varsel::{Slag, Utfall},
    },
    store::{self, Conn, varsel::Varselleie},
};

/// How long a warning that the mail server does not take now is tried again. Whatever still holds has been told anew by
/// then.
const OPPGIS_ETTER: SignedDuration = SignedDuration::from_hours(3 * 24);

/// How one try ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sending {
    Ferdig(Utfall),
    /// The mail server does not take it now.
    Igjen,
    /// Another worker has taken it over.
    Overtatt,
}

impl Services {
    /// Leases warnings that are due.
    pub async fn ta_varsler(&self, antall: u64, lease: SignedDuration) -> Result<Vec<Varselleie>> {
        let now = self.clock.now();
        // Most of the time there is nothing to do, and finding that out must not cost a write.
        match store::varsel::next_due(&self.store).await? {
            Some(due) if due <= now => {}
            _ => return Ok(Vec::new()),
        }
        let context = (self.ids.uuid(), now, now.checked_add(lease).unwrap_or(Timestamp::MAX), antall);
        let work = self.store.write("varselleie", context, |tx, (leie, now, until, antall)| {
            Box::pin(async move { Ok(store::varsel::claim(tx, *leie, *now, *until, *antall).await?) })
        });
        work.await
    }

    /// Sends a leased warning if it still holds, and notes at once how that ended.
    pub async fn send_varsel(&self, leie: &Varselleie) -> Result<Sending> {
        let Some(varsling) = &self.varsling else { return Ok(Sending::Igjen) };
        let (Ok(innhold), Ok(adresse)) = (serde_json::from_str::<Innhold>(&leie.innhold), leie.til.parse::<Adresse>())
        else {
            tracing::error!(varsel = %leie.id, bydel = %leie.bydel, slag = %leie.slag, "a warning cannot be read");
            return self.avslutt_varsel(leie, Utfall::Avvist).await;
        };
        let now = self.clock.now();
        let kontor = if leie.slag == Slag::VersjonUtfases {
            self.bruksvarsel_til(leie, &innhold, now).await?
        } else if holds(&self.store, leie, &innhold, now).await? {
            Some(self.varselkontor(leie.bydel).await?)
        } else {
            None
        };
        let Some(kontor) = kontor else { return self.avslutt_varsel(leie, Utfall::Frafalt).await };
        let tekst = innhold.varsel.render(&kontor, innhold.leser, varsling.tjeneste.as_deref());
        let epost =
            Epost { id: leie.id, til: vec![adresse], emne: tekst.emne, tekst: tekst.tekst, tidspunkt: leie.planlagt };
        let utfall = match varsling.postkasse.send(&epost).await {
            Ok(()) => Utfall::Sendt,
            Err(SendFeil::Permanent(grunn)) => {
                tracing::error!(varsel = %leie.id, bydel = %leie.bydel, slag = %leie.slag, %grunn, "a warning was refused");
                Utfall::Avvist
            }
            Err(SendFeil::Midlertidig(grunn)) if now >= leie.planlagt.checked_add(OPPGIS_ETTER).unwrap_or(now) => {
                tracing::error!(varsel = %leie.id, bydel = %leie.bydel, slag = %leie.slag, forsok = leie.forsok, %grunn,
                    "a warning could not be sent for days, and is given up");
                Utfall::Oppgitt
            }
            Err(SendFeil::Midlertidig(grunn)) => {
                tracing::warn!(varsel = %leie.id, bydel = %leie.bydel, slag = %leie.slag, forsok = leie.forsok, %grunn,
                    "a warning could not be sent, trying again");
                return Ok(Sending::Igjen);
            }
        };
        self.avslutt_varsel(leie, utfall).await
    }

    /// Gives a warning back to be tried again.
    pub async fn utsett_varsel(&self, leie: &Varselleie, tidligst: Timestamp) -> Result<bool> {
        let context = (leie.clone(), tidligst);
        let work = self.store.write("varselutsettelse", context, |tx, (leie, tidligst)| {
            Box::pin(async move { Ok(store::varsel::retry(tx, leie, *tidligst).await?) })
        });
        work.await
    }

    async fn avslutt_varsel(&self, leie: &Varselleie, utfall: Utfall) -> Result<Sending> {
        let context = (leie.clone(), utfall, self.clock.now());
        let work = self.store.write("varselslutt", context, |tx, (leie, utfall, now)| {
            Box::pin(async move { Result::Ok(store::varsel::finish(tx, leie, *utfall, *now).await?) })
        });
        Ok(if work.await? { Sending::Ferdig(utfall) } else { Sending::Overtatt })
    }

    async fn varselkontor(&self, bydel: RessursId) -> Result<Kontor> {
        let navn = if bydel == plan::PRINT { "utskriftsleverandøren" } else { "ukjent kontor" };
        Ok(match store::kommune::bydel_med_id(&self.store, bydel).await? {
            Some(office) => {
                Kontor { navn: office.navn, kommunenummer: Some(office.kommunenummer), malform: office.malform }
            }
            None => Kontor { navn: navn.to_owned(), kommunenummer: None, malform: Malform::Bokmal },
        })
    }
}

/// Whether what a warning says is still so, in part at least. That a letter is on its way stays true.
async fn holds(conn: &impl Conn, leie: &Varselleie, innhold: &Innhold, now: Timestamp) -> Result<bool> {
    let bydel = Some(leie.bydel);
    let still = match &innhold.varsel {
        Varsel::IkkeHentet { .. } => {
            let told = regler::before(leie.planlagt, regler::VENT);
            !store::varselgrunn::ventende(conn, bydel, told).await?.is_empty()
        }
        Varsel::FristNaer { frist, .. } => {
            let over = regler::slutten_av(*frist);
            !store::varselgrunn::med_frist(conn, bydel, now, over).await?.is_empty()
        }
        // The latter is not an office's, and has been looked at.
        Varsel::SendtTilPrint { .. } | Varsel::VersjonUtfases { .. } => return Ok(true),
        Varsel::AvvistPrint { meldinger } => {
            store::varselgrunn::avviste(conn, bydel).await?.iter().any(|one| meldinger.contains(&one.melding))
        }
        Varsel::SertifikatUtlop { .. } | Varsel::PrintsertifikatUtlop { .. } => {
            match innhold.om.first().and_then(|nokkel| nokkel.parse().ok()) {
                Some(nokkel) => store::varselgrunn::er_gjeldende(conn, nokkel).await?,
                None => false,
            }
        }
    };
    Ok(still && !store::varsel::har_nyere(conn, leie).await?)
}
