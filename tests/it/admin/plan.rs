//! Lists and figures never go through the table of reports from one end to the other.

use jiff::SignedDuration;
use meldeport::{
    model::{
        melding::{Kanal, Skjematype},
        utvalg::{Advarsel, Periode, Utvalg},
    },
    store::{
        Backend, DatabaseSettings, Store,
        admin::{Omrade, Plan, plan},
    },
    system::Clock as _,
};

use super::copies;
use crate::support::Gate;

on_every_database! {
    every_question_of_an_administrator_is_answered_by_an_index,
}

/// The store, told that going through a table is as bad as it is with a million reports in it: PostgreSQL rightly does so
/// with ten.
async fn open(t: &Gate) -> Store {
    let mut settings: DatabaseSettings = t.database.settings.clone();
    if t.services().store.backend() == Backend::Postgres {
        let joint = if settings.url.contains('?') { '&' } else { '?' };
        settings.url = format!("{}{joint}options[enable_seqscan]=off", settings.url);
    }
    Store::open(&settings).await.unwrap()
}

/// Every step that goes to the reports names an index; on SQLite, one that holds all that is asked for. Returns how many steps
/// do.
fn only_indexes(store: &Store, plan: &Plan, whole: bool) -> usize {
    let lines = &plan.linjer;
    let steps: Vec<_> = match store.backend() {
        Backend::Sqlite => {
            lines.iter().filter(|line| line.ends_with(" melding") || line.contains(" melding ")).collect()
        }
        Backend::Postgres => {
            lines.iter().filter(|line| line.ends_with("on melding") || line.contains("on melding ")).collect()
        }
    };
    for step in &steps {
        let by_index = match store.backend() {
            Backend::Sqlite if whole => step.contains("USING COVERING INDEX melding_"),
            // Of one office there are so few that its rows may be looked at.
            Backend::Sqlite => step.contains("INDEX melding_") || step.contains("autoindex_melding_1 (id=?)"),
            Backend::Postgres => {
                step.contains("using melding_")
                    || lines.iter().any(|line| line.contains("Bitmap Index Scan on melding_"))
            }
        };
        assert!(by_index, "{plan:#?}");
    }
    steps.len()
}

/// Neither a list nor its total.
fn is_figure(plan: &Plan) -> bool {
    !["side", "antall"].contains(&plan.sporring)
}

async fn every_question_of_an_administrator_is_answered_by_an_index(t: &mut Gate) {
    let (id, _) = t.deliver().await;
    copies(t, &id, 200).await;
    let store = open(t).await;
    let now = t.clock.now();
    let own = Omrade { mottakere: Some(vec![t.town.kommune.organisasjon.id]), bydeler: None };
    let office = Omrade { bydeler: Some(vec![t.kontor(0).bydel.id]), ..own.clone() };
    let several =
        Omrade { mottakere: Some(vec![t.town.kommune.organisasjon.id, t.town.skole.organisasjon.id]), bydeler: None };
    let minutes = |n| now.checked_add(SignedDuration::from_mins(n)).unwrap();
    // Days, with hours and parts of hours round them.
    let periode = Periode { fra: Some(minutes(-60_007)), til: Some(minutes(13)) };
    let window = Utvalg { periode, ..Utvalg::default() };
    let filters = [
        Utvalg::default(),
        Utvalg { kanal: Some(Kanal::Print), skjematyper: Some(vec![Skjematype::Privat]), ..window.clone() },
        Utvalg { fra_fagsystem: Some(true), ..window.clone() },
        Utvalg { advarsel: Some((Advarsel::IkkeBekreftetPrint, now)), ..Utvalg::default() },
        Utvalg {
            advarsel: Some((Advarsel::IkkeBekreftetFagsystem, now)),
            kanal: Some(Kanal::Fagsystem),
            sok: Some("østre".to_owned()),
            ..window.clone()
        },
        Utvalg { sok: Some("østre".to_owned()), ..window.clone() },
        Utvalg { sok: Some("østre".to_owned()), ..Utvalg::default() },
        window,
    ];
    for omrade in [&own, &office, &several, &Omrade::default()] {
        for utvalg in &filters {
            for plan in plan(&store, omrade, utvalg, &[t.kontor(0).bydel.id], now).await.unwrap() {
                let steps = only_indexes(&store, &plan, omrade.bydeler.is_none() && utvalg.advarsel.is_none());
                // Whatever counters are kept of is read from them; of a period, only the parts of hours are counted.
                let counted = match plan.sporring {
                    "tilstander" | "per_bydel" => true,
                    "antall" => utvalg.advarsel.is_none() && utvalg.periode == Periode::default(),
                    _ => false,
                };
                assert_eq!(
                    steps == 0,
                    counted || (utvalg.periode == Periode::default() && is_figure(&plan)),
                    "{plan:#?}"
                );
                if utvalg.advarsel.is_some() && !is_figure(&plan) && store.backend() == Backend::Sqlite {
                    // Few reports have a warning: those are looked up by their state, and sorted.
                    let by_state =
                        |line: &String| line.contains("_ko (") || line.contains("INDEX melding_frist (tilstand=?");
                    assert!(plan.linjer.iter().any(by_state), "{plan:#?}");
                    assert!(!plan.linjer.iter().any(|line| line.contains("mottatt")), "{plan:#?}");
                }
            }
        }
    }
    store.close().await;
}
