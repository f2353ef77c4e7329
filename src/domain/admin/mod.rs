//! Administration: what happened to an organisation's reports, how many there are, and moving one that has got stuck. It
//! shows metadata only, for nothing else is known here; and who looked is written down.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    Services,
    tilgang::{Innsyn, Omfang},
};
use crate::{
    model::{FiksOrgId, MeldingId, melding::Skjematype, revisjon::Revisjon, utvalg::Utvalg},
    store::{self, StoreError, admin::Omrade},
};

mod inngrep;
mod lesing;
mod statistikk;

pub use inngrep::Kvitteringstype;
pub use lesing::{Historikk, Rad};
pub use statistikk::{BydelTall, DagTall, Totaler};

/// Longest free text that is looked for, in characters.
pub const MAX_SOK: usize = 100;

fn omrade(innsyn: &Innsyn) -> Omrade {
    let mottakere = match &innsyn.omfang {
        Omfang::Alle => None,
        Omfang::Organisasjoner(ids) => Some(ids.clone()),
    };
    Omrade { mottakere, bydeler: innsyn.bydeler.clone() }
}

/// What an entry of the audit trail tells about a list: all but the free text, which may be anything.
fn facts(utvalg: &Utvalg) -> Value {
    let mut facts = Map::new();
    let mut add = |name: &str, value: Option<Value>| facts.extend(value.map(|value| (name.to_owned(), value)));
    add("fraDato", utvalg.periode.fra.map(|at| json!(at)));
    add("tilDato", utvalg.periode.til.map(|at| json!(at)));
    add("advarsel", utvalg.advarsel.map(|(advarsel, _)| json!(advarsel.as_str())));
    add("fraFagsystem", utvalg.fra_fagsystem.map(Value::from));
    let typer = utvalg.skjematyper.as_ref();
    add("skjemaType", typer.map(|typer| typer.iter().copied().map(Skjematype::as_str).collect()));
    add("kanal", utvalg.kanal.map(|kanal| json!(kanal.as_str())));
    add("fritekst", utvalg.sok.as_ref().map(|_| Value::from(true)));
    Value::Object(facts)
}

impl Services {
    /// Writes down that one report was looked at.
    async fn lest_en(&self, innsyn: &Innsyn, handling: &'static str, mottaker: FiksOrgId, id: MeldingId) {
        self.skriv_lest(vec![self.revisjon(innsyn.aktor, Some(mottaker), handling, Some(id.0))]).await;
    }

    /// Writes down that lists or counts were looked at: once for each organisation that they were of.
    async fn lest(&self, innsyn: &Innsyn, handling: &'static str, facts: Value) {
        let entry = |organisasjon| {
            self.revisjon(innsyn.aktor, organisasjon, handling, None::<Uuid>).endring(None, Some(facts.clone()))
        };
        let entries = match &innsyn.omfang {
            Omfang::Alle => vec![entry(None)],
            Omfang::Organisasjoner(ids) => ids.iter().map(|id| entry(Some(*id))).collect(),
        };
        self.skriv_lest(entries).await;
    }

    /// A read does not fail because it could not be written down: the entry goes to the log instead.
    async fn skriv_lest(&self, entries: Vec<Revisjon>) {
        let work = self.store.write("lesing", entries.clone(), |tx, entries| {
            Box::pin(async move {
                for entry in entries {
                    store::revisjon::append(tx, entry).await?;
                }
                Ok::<_, StoreError>(())
            })
        });
        if let Err(error) = work.await {
            for Revisjon { aktor, organisasjon, handling, objekt, .. } in entries {
                tracing::error!(%error, ?aktor, ?organisasjon, handling, ?objekt, "a read is not in the audit trail");
            }
        }
    }
}
