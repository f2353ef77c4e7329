//! How many reports there are, and where they are.

use std::collections::HashMap;

use jiff::{Timestamp, ToSpan, civil::Date};
use serde_json::json;

use super::{facts, omrade};
use crate::{
    domain::{Result, Services, tilgang::Innsyn},
    model::{
        FiksOrgId,
        kommune::Bydel,
        melding::{Kanal, Tilstand},
        utvalg::{Advarsel, BydelAndel, Periode, PeriodeTall, Utvalg},
        virkedag::{dagens_start, norsk_dag},
    },
    store::{self, admin::Omrade},
};

/// All reports, whenever they came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Totaler {
    pub totalt: u64,
    /// Not delivered yet.
    pub ubekreftede: u64,
    pub ikke_sendt: u64,
    pub ikke_bekreftet_fagsystem: u64,
    pub ikke_bekreftet_print: u64,
}

/// One office.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BydelTall {
    /// Who receives for it.
    pub organisasjon: FiksOrgId,
    pub bydel: Bydel,
    pub totalt: u64,
    pub ubekreftede: u64,
    /// In any other way than by letter.
    pub levert_fagsystem: u64,
    pub levert_print: u64,
}

/// One Norwegian day on which any report came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DagTall {
    pub dato: Date,
    pub private: u64,
    pub offentlige: u64,
}

/// Changes that are folded into the counters in one transaction: those who send reports do not wait for more.
const BRETT: u64 = 2000;

impl Services {
    /// Folds some of the changes of reports into the counters that figures come from. True when there may be more.
    pub async fn brett_tall(&self) -> Result<bool> {
        // Most of the time there is nothing to do, and finding that out must not cost a write.
        if store::tall::ventende(&self.store, 1).await? == 0 {
            return Ok(false);
        }
        let fold = self.store.write("tall", (), |tx, ()| Box::pin(store::tall::brett(tx, BRETT)));
        Ok(fold.await? == BRETT)
    }

    /// The last so many Norwegian calendar days, today included.
    pub fn siste_dager(&self, dager: u16) -> Periode {
        let today = norsk_dag(self.clock.now());
        let first = today.checked_sub(i64::from(dager.saturating_sub(1)).days()).unwrap_or(Date::MIN);
        Periode { fra: Some(dagens_start(first)), til: None }
    }

    /// A period with both its ends: until now and from thirty days before the end, where nothing else is said.
    pub fn hel_periode(&self, periode: Periode) -> (Timestamp, Timestamp) {
        let til = periode.til.unwrap_or_else(|| self.clock.now());
        let thirty_days = jiff::SignedDuration::from_hours(30 * 24);
        (periode.fra.unwrap_or_else(|| til.checked_sub(thirty_days).unwrap_or(Timestamp::MIN)), til)
    }

    /// All reports, and those that somebody should look into.
    pub async fn admin_statistikk(&self, innsyn: &Innsyn) -> Result<Totaler> {
        let totaler = self.totaler(&omrade(innsyn)).await?;
        self.lest(innsyn, "getStatistikk", json!({})).await;
        Ok(totaler)
    }

    /// The same, with those that came in on the last days.
    pub async fn admin_statistikk_siste_dager(&self, innsyn: &Innsyn, dager: u16) -> Result<(Totaler, PeriodeTall)> {
        let omrade = omrade(innsyn);
        let totaler = self.totaler(&omrade).await?;
        let periode = self.siste_dager(dager);
        let siste = store::admin::periodetall(&self.store, &omrade, periode, self.clock.now()).await?;
        let asked = json!({ "utvalg": facts(&Utvalg { periode, ..Utvalg::default() }) });
        self.lest(innsyn, "getStatistikk", asked).await;
        Ok((totaler, siste))
    }

    /// What came in within a period.
    pub async fn admin_periode(&self, innsyn: &Innsyn, periode: Periode) -> Result<PeriodeTall> {
        let tall = store::admin::periodetall(&self.store, &omrade(innsyn), periode, self.clock.now()).await?;
        let asked = json!({ "utvalg": facts(&Utvalg { periode, ..Utvalg::default() }) });
        self.lest(innsyn, "getStatistikkGittPeriode", asked).await;
        Ok(tall)
    }

    async fn totaler(&self, omrade: &Omrade) -> Result<Totaler> {
        let states = store::admin::tilstander(&self.store, omrade).await?;
        let totalt: u64 = states.iter().map(|(_, n)| n).sum();
        let levert: u64 = states.iter().filter(|(state, _)| *state == Tilstand::Levert).map(|(_, n)| n).sum();
        let now = self.clock.now();
        let with = async |advarsel| {
            let utvalg = Utvalg { advarsel: Some((advarsel, now)), ..Utvalg::default() };
            store::admin::antall(&self.store, omrade, &utvalg, now).await
        };
        Ok(Totaler {
            totalt,
            ubekreftede: totalt - levert,
            ikke_sendt: with(Advarsel::IkkeSendt).await?,
            ikke_bekreftet_fagsystem: with(Advarsel::IkkeBekreftetFagsystem).await?,
            ikke_bekreftet_print: with(Advarsel::IkkeBekreftetPrint).await?,
        })
    }

    /// One page of offices by number, each with its figures, and how many offices fit.
    pub async fn admin_bydeler(
        &self,
        innsyn: &Innsyn,
        sok: Option<&str>,
        fra: u64,
        antall: u64,
    ) -> Result<(u64, Vec<BydelTall>)> {
        let omrade = omrade(innsyn);
        let total = store::admin::antall_bydeler(&self.store, &omrade, sok).await?;
        let offices = store::admin::bydeler(&self.store, &omrade, sok, fra, antall).await?;
        let ids: Vec<_> = offices.iter().map(|(_, bydel)| bydel.id).collect();
        let mut parts: HashMap<_, Vec<BydelAndel>> = HashMap::new();
        for part in store::admin::per_bydel(&self.store, &ids).await? {
            parts.entry(part.bydel).or_default().push(part);
        }
        let tall = |(organisasjon, bydel): (FiksOrgId, Bydel)| {
            let parts = parts.get(&bydel.id).map(Vec::as_slice).unwrap_or_default();
            let sum = |which: &dyn Fn(&BydelAndel) -> bool| {
                parts.iter().filter(|part| which(part)).map(|part| part.antall).sum()
            };
            let levert = |part: &BydelAndel| part.tilstand == Tilstand::Levert;
            BydelTall {
                totalt: sum(&|_| true),
                ubekreftede: sum(&|part| !levert(part)),
                levert_fagsystem: sum(&|part| levert(part) && part.kanal != Kanal::Print),
                levert_print: sum(&|part| levert(part) && part.kanal == Kanal::Print),
                organisasjon,
                bydel,
            }
        };
        let rows: Vec<_> = offices.into_iter().map(tall).collect();
        let asked = json!({ "fritekst": sok.is_some(), "fra": fra, "antall": rows.len() });
        self.lest(innsyn, "getStatistikkBydeler", asked).await;
        Ok((total, rows))
    }

    /// How many reports of each form came in on each Norwegian day, oldest first; days without any are left out.
    pub async fn admin_skjematyper(&self, innsyn: &Innsyn, periode: Periode) -> Result<Vec<DagTall>> {
        let days = store::admin::per_dogn(&self.store, &omrade(innsyn), periode, self.clock.now()).await?;
        let asked = json!({ "utvalg": facts(&Utvalg { periode, ..Utvalg::default() }) });
        self.lest(innsyn, "getStatistikkSkjematyper", asked).await;
        Ok(days.into_iter().map(|(dato, private, offentlige)| DagTall { dato, private, offentlige }).collect())
    }
}
