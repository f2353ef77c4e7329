//! Who still uses which version. Calls are counted in memory by integration, version, operation and day, and added to the
//! database every few seconds and when the process stops: a call never waits for it and never fails of it. What a node has
//! counted and not written when it dies is lost: at most those few seconds' calls. The figures are for planning, not for
//! bills. `docs/versjoner.md` tells what is counted.

use std::{
    collections::HashMap,
    mem,
    sync::{Mutex, PoisonError},
};

use jiff::{Timestamp, ToSpan as _, civil::Date};
use serde_json::json;

use super::{
    Result, Services,
    tilgang::{Innringer, Innsyn, Omfang},
};
use crate::{
    epost::Adresse,
    model::{
        Feil, Feilkode, FiksOrgId, IntegrasjonId,
        kommune::Malform,
        revisjon::{Aktor, Revisjon},
        virkedag::norsk_dag,
    },
    store::{
        self,
        bruk::{Brukstall, Bruksvarsel},
    },
    versions::Versjonert,
};

/// Days that counts are kept: a year, and time to look back at it.
const BEVARES: i32 = 400;

/// What has been counted and is not written yet. As large as the number of different things that integrations do.
#[derive(Debug, Default)]
pub(super) struct Teller(Mutex<HashMap<Sted, Tall>>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Sted {
    integrasjon: IntegrasjonId,
    versjon: &'static str,
    operasjon: &'static str,
    dag: Date,
}

#[derive(Debug, Clone, Copy)]
struct Tall {
    antall: u64,
    siste: Timestamp,
}

impl Teller {
    fn add(&self, counted: impl IntoIterator<Item = (Sted, Tall)>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (sted, new) in counted {
            let tall = all.entry(sted).or_insert(Tall { antall: 0, siste: new.siste });
            tall.antall = tall.antall.saturating_add(new.antall);
            tall.siste = tall.siste.max(new.siste);
        }
    }

    fn take(&self) -> HashMap<Sted, Tall> {
        mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What one integration has used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bruk {
    pub integrasjon: IntegrasjonId,
    pub navn: String,
    /// Who owns it.
    pub organisasjon: FiksOrgId,
    pub versjoner: Vec<Versjonsbruk>,
}

/// Its calls of one version, by operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versjonsbruk {
    pub versjon: String,
    pub operasjoner: Vec<Operasjonsbruk>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operasjonsbruk {
    pub operasjon: String,
    pub siste_kall: Timestamp,
    /// Norwegian days with calls, and how many; the oldest first.
    pub dager: Vec<(Date, u64)>,
}

/// Which part of an administrator's list is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Bruksutvalg {
    /// Only calls of this version.
    pub versjon: Option<Versjonert>,
    /// Norwegian days, today included.
    pub dager: u16,
    /// Integrations to pass over, and to give.
    pub hopp: u64,
    pub antall: u64,
}

impl Services {
    /// Counts a call by an integration that has shown who it is.
    pub fn tell_bruk(&self, integrasjon: IntegrasjonId, versjon: Versjonert, operasjon: &'static str) {
        let now = self.clock.now();
        let sted = Sted { integrasjon, versjon: versjon.name(), operasjon, dag: norsk_dag(now) };
        self.teller.add([(sted, Tall { antall: 1, siste: now })]);
    }

    /// Adds what has been counted to the database. When that fails, it is still to be written.
    pub async fn skriv_bruk(&self) -> Result<()> {
        let counted = self.teller.take();
        if counted.is_empty() {
            return Ok(());
        }
        let mut rows: Vec<(Sted, Tall)> = counted.iter().map(|(sted, tall)| (*sted, *tall)).collect();
        rows.sort_unstable_by_key(|(sted, _)| *sted);
        let rows: Vec<Brukstall> = rows.into_iter().map(|(sted, tall)| row(sted, tall)).collect();
        let work =
            self.store.write("bruk", rows, |tx, rows| Box::pin(async move { Ok(store::bruk::add(tx, rows).await?) }));
        let written: Result<()> = work.await;
        if written.is_err() {
            self.teller.add(counted);
        }
        written
    }

    /// What the caller itself has used in the latest days, and where it wants to be told of a version's end.
    pub async fn egen_bruk(&self, caller: &Innringer, dager: u16) -> Result<(Vec<Versjonsbruk>, Option<Bruksvarsel>)> {
        caller.oppslag()?;
        let integrasjon = caller.integrasjon();
        let rows = store::bruk::les(&self.store, &[integrasjon], None, self.first_day(dager)).await?;
        let bestilling = store::bruk::bestilling(&self.store, integrasjon).await?;
        Ok((grouped(rows).remove(&integrasjon).unwrap_or_default(), bestilling.map(|(bestilling, _)| bestilling)))
    }

    /// What the integrations of the organisations that the caller administers have used; and how many these are. Who
    /// administers single offices administers no integration.
    pub async fn bruk(&self, innsyn: &Innsyn, utvalg: Bruksutvalg) -> Result<(u64, Vec<Bruk>)> {
        if innsyn.bydeler.is_some() {
            return Ok((0, Vec::new()));
        }
        let eiere = match &innsyn.omfang {
            Omfang::Alle => None,
            Omfang::Organisasjoner(eiere) => Some(eiere.as_slice()),
        };
        let Bruksutvalg { dager, hopp, antall, .. } = utvalg;
        let (versjon, fra) = (utvalg.versjon.map(Versjonert::name), self.first_day(dager));
        let (total, users) = store::bruk::brukere(&self.store, eiere, versjon, fra, hopp, antall).await?;
        let ids: Vec<IntegrasjonId> = users.iter().map(|(id, ..)| *id).collect();
        let mut used = grouped(store::bruk::les(&self.store, &ids, versjon, fra).await?);
        let bruk = users.into_iter().map(|(integrasjon, navn, organisasjon)| {
            let versjoner = used.remove(&integrasjon).unwrap_or_default();
            Bruk { integrasjon, navn, organisasjon, versjoner }
        });
        Ok((total, bruk.collect()))
    }

    /// Writes down where the caller wants to be told when a version that it uses is to stop.
    pub async fn bestill_bruksvarsel(&self, caller: &Innringer, epost: &str, malform: Malform) -> Result<()> {
        caller.oppslag()?;
        let adresse = epost.trim().parse::<Adresse>().map_err(|invalid| {
            Feil::from(Feilkode::Kropp).melding(format!("Feltet «epost» kan ikke brukes: det {invalid}."))
        })?;
        let integrasjon = caller.integrasjon();
        let bestilling =
            Bruksvarsel { integrasjon, epost: adresse.as_str().to_owned(), malform, bestilt: self.clock.now() };
        let revisjon = self.av_integrasjonen(caller, "settBruksvarsel");
        // The address may be a person's, and is not told here.
        let revisjon = revisjon.endring(None, Some(json!({ "malform": malform.as_str() })));
        let work = self.store.write("bruksvarsel", (bestilling, revisjon), |tx, (bestilling, revisjon)| {
            Box::pin(async move {
                store::bruk::bestill(tx, bestilling).await?;
                Ok(store::revisjon::append(tx, revisjon).await?)
            })
        });
        work.await
    }

    /// Forgets where the caller wanted to be told.
    pub async fn avbestill_bruksvarsel(&self, caller: &Innringer) -> Result<()> {
        caller.oppslag()?;
        let context = (caller.integrasjon(), self.av_integrasjonen(caller, "slettBruksvarsel"));
        let work = self.store.write("bruksvarsel", context, |tx, (integrasjon, revisjon)| {
            Box::pin(async move {
                if store::bruk::avbestill(tx, *integrasjon).await? {
                    store::revisjon::append(tx, revisjon).await?;
                }
                Ok(())
            })
        });
        work.await
    }

    pub(super) async fn rydd_bruk(&self) -> Result<()> {
        let before = norsk_dag(self.clock.now()).saturating_sub(BEVARES.days());
        let work = self.store.write("bruksrydding", before, |tx, before| {
            Box::pin(async move { Ok(store::bruk::sweep(tx, *before).await?) })
        });
        work.await
    }

    fn av_integrasjonen(&self, caller: &Innringer, handling: &'static str) -> Revisjon {
        let integrasjon = caller.integrasjon();
        self.revisjon(Aktor::Integrasjon(integrasjon), Some(caller.organisasjon()), handling, Some(integrasjon.0))
    }

    fn first_day(&self, dager: u16) -> Date {
        norsk_dag(self.clock.now()).saturating_sub(i32::from(dager.saturating_sub(1)).days())
    }
}

fn row(sted: Sted, tall: Tall) -> Brukstall {
    Brukstall {
        integrasjon: sted.integrasjon,
        versjon: sted.versjon.to_owned(),
        operasjon: sted.operasjon.to_owned(),
        dag: sted.dag,
        antall: tall.antall,
        siste_kall: tall.siste,
    }
}

/// Rows in the order of integration, version, operation and day, as what each integration has used.
fn grouped(rows: Vec<Brukstall>) -> HashMap<IntegrasjonId, Vec<Versjonsbruk>> {
    let mut all: HashMap<IntegrasjonId, Vec<Versjonsbruk>> = HashMap::new();
    for Brukstall { integrasjon, versjon, operasjon, dag, antall, siste_kall } in rows {
        let versjoner = all.entry(integrasjon).or_default();
        let new = Operasjonsbruk { operasjon, siste_kall, dager: vec![(dag, antall)] };
        match versjoner.last_mut() {
            Some(last) if last.versjon == versjon => match last.operasjoner.last_mut() {
                Some(same) if same.operasjon == new.operasjon => {
                    same.siste_kall = same.siste_kall.max(siste_kall);
                    same.dager.push((dag, antall));
                }
                _ => last.operasjoner.push(new),
            },
            _ => versjoner.push(Versjonsbruk { versjon, operasjoner: vec![new] }),
        }
    }
    all
}
