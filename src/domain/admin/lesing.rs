//! Looking at reports: one's history, and lists.

use std::{collections::HashSet, sync::Arc};

use futures_util::{Stream, stream};
use serde_json::json;

use super::{facts, omrade};
use crate::{
    domain::{
        DomainError, Result, Services,
        forklaring::{self, Forklaring},
        tilgang::Innsyn,
    },
    model::{Feilkode, KontoId, MeldingId, hendelse::Hendelse, melding::Melding, utvalg::Utvalg},
    store::{
        self,
        admin::{Etter, Omrade, Start},
    },
};

/// Rows that a long list holds in memory at a time.
const PAGE: u64 = 500;

/// A report with the name that its office has now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rad {
    pub melding: Melding,
    pub bydelsnavn: String,
}

/// What happened to a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Historikk {
    pub melding: Melding,
    /// The account that its office has now.
    pub konto: Option<KontoId>,
    pub hendelser: Vec<Hendelse>,
}

impl Services {
    /// Everything that happened to a report.
    pub async fn admin_historikk(&self, innsyn: &Innsyn, id: MeldingId) -> Result<Historikk> {
        let melding = self.admin_melding(innsyn, id).await?;
        let hendelser = store::melding::historikk(&self.store, &melding).await?;
        let bydel = store::kommune::bydel_med_id(&self.store, melding.bydel).await?;
        self.lest_en(innsyn, "getHistorikk", melding.mottaker, id).await;
        Ok(Historikk { melding, konto: bydel.map(|bydel| bydel.konto.id), hendelser })
    }

    /// The same in words, with who must act.
    pub async fn admin_forklaring(&self, innsyn: &Innsyn, id: MeldingId) -> Result<Forklaring> {
        let melding = self.admin_melding(innsyn, id).await?;
        let hendelser = store::melding::historikk(&self.store, &melding).await?;
        self.lest_en(innsyn, "getForklaring", melding.mottaker, id).await;
        Ok(forklaring::forklar(&melding, &hendelser))
    }

    async fn admin_melding(&self, innsyn: &Innsyn, id: MeldingId) -> Result<Melding> {
        let found = store::admin::find(&self.store, &omrade(innsyn), id).await?;
        Ok(found.ok_or(Feilkode::MeldingIkkeFunnet)?)
    }

    /// One page of the reports that fit, newest first, and how many fit in all.
    pub async fn admin_meldinger(
        &self,
        innsyn: &Innsyn,
        utvalg: &Utvalg,
        fra: u64,
        antall: u64,
    ) -> Result<(u64, Vec<Rad>)> {
        let omrade = omrade(innsyn);
        let total = store::admin::antall(&self.store, &omrade, utvalg, self.clock.now()).await?;
        // To find none takes a look at all of them.
        let rows = if total > fra { self.rader(&omrade, utvalg, Start::Hopp(fra), antall).await? } else { Vec::new() };
        self.lest(innsyn, "getMeldinger", json!({ "utvalg": facts(utvalg), "fra": fra, "antall": rows.len() })).await;
        Ok((total, rows))
    }

    /// The same reports, as many as wanted, a page at a time: however many they are, only one page is in memory. A report
    /// that comes in meanwhile is not among them, for it would stand before the first.
    pub async fn admin_strom(
        self: &Arc<Self>,
        innsyn: &Innsyn,
        utvalg: Utvalg,
        fra: u64,
        antall: u64,
    ) -> Result<impl Stream<Item = Result<Vec<Rad>>> + Send + use<>> {
        let omrade = omrade(innsyn);
        // Now, so that what goes wrong at once is told as an error.
        let first = self.rader(&omrade, &utvalg, Start::Hopp(fra), antall.min(PAGE)).await?;
        let asked = json!({ "utvalg": facts(&utvalg), "fra": fra, "antall": antall });
        self.lest(innsyn, "getMeldingerTilCsv", asked).await;
        let services = self.clone();
        let state = Some((first, antall));
        Ok(stream::try_unfold((services, omrade, utvalg, state), |(services, omrade, utvalg, state)| async move {
            let Some((rows, left)) = state.filter(|(rows, _)| !rows.is_empty()) else { return Ok(None) };
            let left = left.saturating_sub(rows.len() as u64);
            let next = match rows.last().filter(|_| left > 0) {
                None => None,
                Some(last) => {
                    let etter = Etter { mottatt: last.melding.mottatt, id: last.melding.id };
                    let page = services.rader(&omrade, &utvalg, Start::Etter(etter), left.min(PAGE)).await?;
                    Some((page, left))
                }
            };
            Ok::<_, DomainError>(Some((rows, (services, omrade, utvalg, next))))
        }))
    }

    async fn rader(&self, omrade: &Omrade, utvalg: &Utvalg, start: Start, antall: u64) -> Result<Vec<Rad>> {
        let meldinger = store::admin::side(&self.store, omrade, utvalg, start, antall).await?;
        let offices: HashSet<_> = meldinger.iter().map(|melding| melding.bydel).collect();
        let navn = store::admin::navn(&self.store, offices).await?;
        let rad = |melding: Melding| {
            // An office that is gone is still known by its number.
            let bydelsnavn = navn.get(&melding.bydel).cloned().unwrap_or_else(|| melding.bydelsnummer.to_string());
            Rad { melding, bydelsnavn }
        };
        Ok(meldinger.into_iter().map(rad).collect())
    }
}
