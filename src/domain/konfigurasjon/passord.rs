//! New passwords of the systems that fetch an office's reports.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{endre::hold, spor::Spor};
use crate::{
    auth::passord,
    domain::{
        Result, Services,
        tilgang::{Konfigurere, Mandat},
    },
    model::{Feilkode, IntegrasjonId, RessursId, integrasjon::Privilegium},
    store::{self, Tx},
    system::SecretString,
};

/// What the integration is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Integrasjonstype {
    /// The office's own access to the SvarInn look-alike.
    Svarinn,
    /// A system that fetches from the queue, for the whole organisation.
    FiksIo,
}

impl Integrasjonstype {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Svarinn => "SVARINN",
            Self::FiksIo => "FIKS_IO",
        }
    }
}

struct Plan {
    mandat: Mandat<Konfigurere>,
    bydel: RessursId,
    integrasjon: IntegrasjonId,
    slag: Integrasjonstype,
    id: Uuid,
    sha256: [u8; 32],
    overlap: Timestamp,
    spor: Spor,
}

impl Services {
    /// Makes a new password, which is nowhere to be seen again. The former one works for the overlap; the one before that
    /// ends at once.
    ///
    /// # Errors
    /// 404 for an integration of another kind, office or owner.
    pub async fn lag_passord(
        &self,
        mandat: &Mandat<Konfigurere>,
        bydel: RessursId,
        integrasjon: IntegrasjonId,
        slag: Integrasjonstype,
    ) -> Result<SecretString> {
        let (password, sha256) = passord::generate(&*self.rng);
        let overlap = SignedDuration::try_from(self.settings.passord_overgang).unwrap_or(SignedDuration::ZERO);
        let now = self.clock.now();
        let plan = Plan {
            mandat: mandat.clone(),
            bydel,
            integrasjon,
            slag,
            id: self.ids.uuid(),
            sha256,
            overlap: now.checked_add(overlap).unwrap_or(now),
            spor: self.spor(mandat, "lagPassord"),
        };
        self.store.write("nytt passord", plan, |tx, plan| Box::pin(make(tx, plan))).await?;
        self.forget_integrasjon(integrasjon);
        Ok(password)
    }
}

async fn make(tx: &Tx, plan: &Plan) -> Result<()> {
    let (offices, place) = hold(tx, &plan.mandat, plan.bydel).await?;
    let organisasjon = plan.mandat.organisasjon;
    let belongs = match plan.slag {
        Integrasjonstype::Svarinn => offices
            .get(place)
            .and_then(|office| office.konto.svarinn)
            .is_some_and(|konto| konto.integrasjon == plan.integrasjon),
        Integrasjonstype::FiksIo => {
            let found = store::integrasjon::find(tx, plan.integrasjon).await?;
            // Another organisation's system that fetches for this one is that organisation's to look after.
            found.is_some_and(|found| {
                found.organisasjon == organisasjon && found.privilegier.contains(&(organisasjon, Privilegium::Hent))
            })
        }
    };
    if !belongs {
        return Err(Feilkode::KonfigurasjonIntegrasjon.into());
    }
    if plan.slag == Integrasjonstype::FiksIo {
        plan.mandat.hele_organisasjonen()?;
    }
    store::integrasjon::drop_former_passwords(tx, plan.integrasjon).await?;
    store::integrasjon::add_password(tx, plan.integrasjon, plan.id, plan.sha256, plan.overlap).await?;
    let made = serde_json::json!({
        "integrasjonId": plan.integrasjon,
        "integrasjonstype": plan.slag.as_str(),
        "forrigePassordUtloper": plan.overlap,
    });
    plan.spor.note(tx, plan.bydel, None, made).await
}
