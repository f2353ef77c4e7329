//! Who is warned of what, when, by e-mail. `docs/varsler.md` has the rules as a table.
//!
//! - `regler`: when a warning is due. Pure functions of the clock and of what was told before.
//! - `plan`: what is due now, from what is in the database.
//! - `versjoner`: the end of a version, which integrations ask to be told of. Not an office's matter, but sent like the others.
//! - `sending`: to whom, and how the sending of one ends.
//!
//! Every node plans. That a warning is planned once rests on two things: an office's warnings are planned in a transaction
//! that holds the office's row, and reads there what has been told; and each has a mark that can be taken once.
//!
//! That one is sent once cannot be had over SMTP: a node may die between the mail server's answer and the note of it, and
//! then another node sends it again, with the same `Message-ID`.

mod plan;
mod regler;
mod sending;
mod versjoner;

use std::{collections::BTreeSet, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use sending::Sending;

use super::{Result, Services};
use crate::{
    crypto::sha256,
    epost::{
        Adresse, Postkasse,
        tekst::{Leser, Varsel},
    },
    model::{RessursId, kommune::Bydel, varsel::Slag},
    store::{self, Tx, varsel::NyttVarsel},
    system::Ids,
};
use plan::{Grunnlag, Plan};

/// How long a warning is kept after it was sent. Longer than the longest wait for a certificate's next threshold.
const BEVARES: SignedDuration = SignedDuration::from_hours(400 * 24);

/// How warnings are sent.
#[derive(Debug)]
pub struct Varsling {
    pub postkasse: Arc<dyn Postkasse>,
    /// Those who run the gateway.
    pub drift: Option<Adresse>,
    /// The gateway's public address, for the signature.
    pub tjeneste: Option<String>,
}

/// What a row of the table `varsel` holds besides the address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Innhold {
    varsel: Varsel,
    leser: Leser,
    /// What it tells of, for the next planning: reports' events, or the certificate.
    om: Vec<String>,
}

/// What an office's planning works on.
struct Kontekst {
    grunnlag: Arc<Grunnlag>,
    bydel: RessursId,
    drift: Option<Adresse>,
    ids: Ids,
}

/// What was planned for an office, for the log.
#[derive(Debug, Default)]
struct Planlagt {
    slag: Vec<Slag>,
    rader: u64,
    ugyldige_adresser: usize,
    uten_adresse: bool,
    uten_mottaker: bool,
}

impl Services {
    /// Whether this process warns anybody.
    pub fn varsler(&self) -> bool {
        self.varsling.is_some()
    }

    /// Writes down the warnings that are due now and have not been written before. Any number of nodes may do so at the
    /// same time. Returns how many e-mails it leads to.
    pub async fn planlegg_varsler(&self) -> Result<u64> {
        let Some(varsling) = &self.varsling else { return Ok(0) };
        let now = self.clock.now();
        let grunnlag = Arc::new(self.varselgrunnlag(now).await?);
        let due = plan::plan(&self.store, &grunnlag, None).await?;
        let offices: BTreeSet<RessursId> = due.into_iter().map(|plan| plan.bydel).collect();
        let mut rader = 0;
        for bydel in offices {
            let drift = varsling.drift.clone();
            let context = Kontekst { grunnlag: grunnlag.clone(), bydel, drift, ids: self.ids.clone() };
            match self.store.write("varsling", context, |tx, context| Box::pin(plan_office(tx, context))).await {
                Ok(planned) => {
                    planned.log(bydel);
                    rader += planned.rader;
                }
                // The other offices are warned all the same.
                Err(error) => tracing::error!(%bydel, %error, "could not plan an office's warnings"),
            }
        }
        Ok(rader + self.planlegg_bruksvarsler(now).await?)
    }

    pub(super) async fn rydd_varsler(&self) -> Result<()> {
        let before = self.clock.now().checked_sub(BEVARES).unwrap_or(Timestamp::MIN);
        let work = self.store.write("varselrydding", before, |tx, before| {
            Box::pin(async move { Ok(store::varsel::sweep(tx, *before).await?) })
        });
        work.await
    }
}

async fn plan_office(tx: &Tx, context: &Kontekst) -> Result<Planlagt> {
    let bydel = store::kommune::lock_bydel(tx, context.bydel).await?;
    let mut planned = Planlagt::default();
    for plan in plan::plan(tx, &context.grunnlag, Some(context.bydel)).await? {
        let Mottakere { til, ugyldige, uten_adresse } = Mottakere::finn(&plan, bydel.as_ref(), context.drift.as_ref());
        let now = context.grunnlag.now;
        let mut new = 0;
        for (adresse, leser) in &til {
            new += u64::from(store::varsel::insert(tx, &plan.rad(&context.ids, Some(adresse), *leser, now)?).await?);
        }
        if til.is_empty() {
            let nobody = plan.rad(&context.ids, None, Leser::BareDriften, now)?;
            planned.uten_mottaker |= store::varsel::insert(tx, &nobody).await?;
        }
        if new > 0 {
            planned.slag.push(plan.slag);
            planned.rader += new;
            planned.ugyldige_adresser = ugyldige;
            planned.uten_adresse |= uten_adresse;
        }
    }
    Ok(planned)
}

impl Planlagt {
    /// Without an address: it may be a person's.
    fn log(&self, bydel: RessursId) {
        for slag in &self.slag {
            tracing::info!(%bydel, %slag, "warning planned");
        }
        if self.ugyldige_adresser > 0 {
            tracing::warn!(%bydel, antall = self.ugyldige_adresser, "e-mail addresses that cannot be used were left out");
        }
        if self.uten_mottaker {
            tracing::error!(%bydel, "nobody can be warned: there is no e-mail address, and mail.operations is empty");
        } else if self.uten_adresse {
            tracing::warn!(%bydel, "the office has no e-mail address: the operator is warned instead");
        }
    }
}

/// Who gets a warning.
struct Mottakere {
    til: Vec<(Adresse, Leser)>,
    ugyldige: usize,
    uten_adresse: bool,
}

impl Mottakere {
    fn finn(plan: &Plan, bydel: Option<&Bydel>, drift: Option<&Adresse>) -> Self {
        let for_print = plan.bydel == plan::PRINT;
        let mut seen = BTreeSet::new();
        let (mut til, mut ugyldige) = (Vec::new(), 0);
        for text in bydel.into_iter().flat_map(|bydel| bydel.eposter.iter().chain(&bydel.varsel_eposter)) {
            match text.trim().parse::<Adresse>() {
                Ok(adresse) if seen.insert(adresse.as_str().to_lowercase()) => til.push((adresse, Leser::Kontoret)),
                Ok(_) => {}
                Err(_) => ugyldige += 1,
            }
        }
        let uten_adresse = til.is_empty() && !for_print;
        let leser = match () {
            () if for_print => Some(Leser::Kontoret),
            () if uten_adresse => Some(Leser::BareDriften),
            () if plan.slag == Slag::AvvistPrint => Some(Leser::Driften),
            () => None,
        };
        if let (Some(leser), Some(drift)) = (leser, drift)
            && seen.insert(drift.as_str().to_lowercase())
        {
            til.push((drift.clone(), leser));
        }
        Self { til, ugyldige, uten_adresse }
    }
}

impl Plan {
    fn rad(&self, ids: &Ids, til: Option<&Adresse>, leser: Leser, now: Timestamp) -> Result<NyttVarsel> {
        let innhold = Innhold { varsel: self.varsel.clone(), leser, om: self.om.clone() };
        let innhold =
            serde_json::to_string(&innhold).map_err(|error| store::StoreError::Internal(error.to_string()))?;
        // The mark is in the database for long, the address is not.
        let digest = til.map_or_else(String::new, |til| {
            let digest = sha256(til.as_str().to_lowercase().as_bytes());
            hex::encode(digest).chars().take(16).collect()
        });
        Ok(NyttVarsel {
            id: ids.uuid(),
            bydel: self.bydel,
            slag: self.slag,
            merke: format!("{}/{digest}", self.merke),
            til: til.map(|til| til.as_str().to_owned()),
            innhold,
            planlagt: now,
        })
    }
}
