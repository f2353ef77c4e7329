//! Keeping no longer than needed. Content is erased when a report arrives; what is left of it, metadata and history, is
//! deleted so long after, in batches that each leave an entry in the audit trail. `docs/sletting.md` tells all of it.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{Result, Services};
use crate::{
    model::{
        FiksOrgId,
        revisjon::{Aktor, Revisjon},
    },
    store::{self, Tx, oppbevaring::Utgatt},
};

/// Reports, or entries, that are deleted in one transaction: short, so that nobody waits for it.
const BATCH: u64 = 500;
/// Batches that a worker deletes each time it sweeps: 2000 reports an hour, much more than come in.
const AT_ONCE: u32 = 4;

/// What there is to delete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Reports delivered before then go; `None`: they are kept for ever.
    pub grense: Option<Timestamp>,
    /// Of each organisation that has any.
    pub meldinger: Vec<Utgatt>,
    /// Entries of the audit trail from before then go.
    pub revisjon_grense: Option<Timestamp>,
    pub revisjon: u64,
}

struct Sletting {
    mottaker: FiksOrgId,
    grense: Timestamp,
    revisjon: Revisjon,
}

impl Services {
    fn before(&self, kept: Option<SignedDuration>) -> Option<Timestamp> {
        kept.and_then(|kept| self.clock.now().checked_sub(kept).ok())
    }

    /// What [`Services::slett_utgatte`] and [`Services::slett_gammel_revisjon`] would delete.
    pub async fn oppbevaringsplan(&self) -> Result<Plan> {
        let grense = self.before(self.settings.oppbevaring);
        let mut meldinger = Vec::new();
        let mut last = None;
        while let (Some(grense), Some(mottaker)) =
            (grense, store::oppbevaring::neste_mottaker(&self.store, last).await?)
        {
            meldinger.extend(store::oppbevaring::utgatte(&self.store, mottaker, grense).await?);
            last = Some(mottaker);
        }
        let revisjon_grense = self.before(self.settings.revisjon_oppbevaring);
        let revisjon = match revisjon_grense {
            Some(grense) => store::oppbevaring::gammel_revisjon(&self.store, grense).await?,
            None => 0,
        };
        Ok(Plan { grense, meldinger, revisjon_grense, revisjon })
    }

    /// Deletes one batch of an organisation's reports, and writes down how many of which age. `None` when there are none.
    pub async fn slett_utgatte(&self, mottaker: FiksOrgId) -> Result<Option<Utgatt>> {
        let Some(grense) = self.before(self.settings.oppbevaring) else { return Ok(None) };
        // Most of the time there are none, and finding that out must not cost a write.
        if store::oppbevaring::utgatte(&self.store, mottaker, grense).await?.is_none() {
            return Ok(None);
        }
        let revisjon = self.revisjon(Aktor::Plattform, Some(mottaker), "slettUtgatteMeldinger", None);
        let context = Sletting { mottaker, grense, revisjon };
        self.store.write("sletting", context, |tx, context| Box::pin(delete(tx, context))).await
    }

    /// Deletes one batch of old entries of the audit trail, and who is known from them alone; returns how many entries.
    pub async fn slett_gammel_revisjon(&self) -> Result<u64> {
        let Some(grense) = self.before(self.settings.revisjon_oppbevaring) else { return Ok(0) };
        if store::oppbevaring::gammel_revisjon(&self.store, grense).await? == 0 {
            return Ok(0);
        }
        let context = (grense, self.revisjon(Aktor::Plattform, None, "slettGammelRevisjon", None));
        let work = self.store.write("sletting", context, |tx, (grense, revisjon)| {
            Box::pin(async move {
                let antall = store::oppbevaring::slett_revisjon(tx, *grense, BATCH).await?;
                // They tell who did what, for as long as there is something that says what.
                store::gruppe::delete_tidligere(tx, *grense).await?;
                if antall > 0 {
                    let facts = json!({ "antall": antall, "eldreEnn": grense });
                    store::revisjon::append(tx, &revisjon.clone().endring(None, Some(facts))).await?;
                }
                Ok(antall)
            })
        });
        work.await
    }

    /// A few batches of all that there is to delete: what a worker does now and then, beside its real work. Workers that
    /// do so at the same time take different reports.
    pub(super) async fn slett_litt(&self) -> Result<()> {
        let mut left = AT_ONCE;
        let mut last = None;
        while let Some(mottaker) = store::oppbevaring::neste_mottaker(&self.store, last).await? {
            last = Some(mottaker);
            while let Some(gone) = self.slett_utgatte(mottaker).await? {
                tracing::info!(%mottaker, antall = gone.antall, eldste = %gone.eldste, nyeste = %gone.nyeste,
                    "deleted reports that were kept long enough");
                left = left.saturating_sub(1);
                if left == 0 {
                    return Ok(());
                }
            }
        }
        self.slett_gammel_revisjon().await?;
        Ok(())
    }
}

async fn delete(tx: &Tx, context: &Sletting) -> Result<Option<Utgatt>> {
    let Sletting { mottaker, grense, revisjon } = context;
    let gone = store::oppbevaring::slett(tx, *mottaker, *grense, BATCH).await?;
    if let Some(gone) = &gone {
        let facts = json!({
            "antall": gone.antall, "eldsteLevert": gone.eldste, "nyesteLevert": gone.nyeste, "eldreEnn": grense,
        });
        store::revisjon::append(tx, &revisjon.clone().endring(None, Some(facts))).await?;
    }
    Ok(gone)
}
