//! Thousands of reports, receivers and a print supplier that do what such parties do, and workers that die anywhere. At the
//! end every report is `LEVERT` or `AVVIST_PRINT`, once, by receipt or by letter, none late and none twice.
//!
//! It drives the domain and the delivery and not HTTP, which would take minutes and has tests of its own; what lies in the print
//! folder is looked at as files. Everything that is decided (what arrives when, what each receiver does when, what becomes of a
//! letter, when which worker dies) comes from one seed before the first step is made; `SIMULERING_FRO=…` repeats a run. Only how
//! far a step had come when its worker was killed in the middle is up to the machine.

mod partier;
mod plan;

use std::{collections::BTreeMap, env, io::Write as _};

use futures_util::future::join_all;
use meldeport::{
    delivery::{Worker, WorkerSettings},
    domain::{
        brev::Bestilling,
        tilgang::{Fullmakt, Hente, Legitimasjon, Utskrift},
    },
    model::{
        brev::Brev,
        hendelse::Hendelse,
        melding::{Kanal, Tilstand},
        virkedag::kvitteringsfrist,
    },
    sandbox::town::Virksomhet,
    store::{self, Backend, jobb::Jobb, melding::Part},
    system::Clock as _,
};

use self::{
    partier::{Mottakere, Skriver},
    plan::{Dod, Forlop, Plan, TICK},
};
use crate::{brev::LEASE, support::Gate};

on_every_database! {
    every_report_comes_to_one_end,
}

const REPORTS: usize = 2000;
/// Tries of a letter before it is given up.
const ATTEMPTS: u32 = 8;
/// What a run starts from when nobody asks for another one.
const SEED: u64 = 20_270_115;

/// Jobs in the hands of a worker that has stopped to move, and what it had come to.
type Slow = Vec<(Jobb, Option<Box<Brev>>)>;

async fn every_report_comes_to_one_end(t: &mut Gate) {
    let seed = env::var("SIMULERING_FRO").ok().map_or(SEED, |seed| seed.parse().expect("SIMULERING_FRO is a number"));
    let backend = t.services().store.backend();
    // Past libtest, which hides what passing tests print.
    let say = |text: &str| {
        let _ = writeln!(std::io::stderr(), "simulation, {backend:?}, SIMULERING_FRO={seed}: {text}");
    };
    say("begins");
    t.clock.set(plan::start());
    t.apply(plan::offices(t)).await;
    let plan = Plan::draw(t, seed, REPORTS);
    let (fetch, print) = (receiver(t).await, supplier(t).await);
    let mut mottakere = Mottakere::new(t, &plan.reports, fetch);
    let mut skriver = Skriver::new(t, &plan.reports, print);
    let mut slow = Slow::new();
    let mut killed = 0;
    for (at, tick) in &plan.ticks {
        t.clock.set(*at);
        if tick.disk_breaks {
            skriver.break_folder();
        }
        if tick.disk_is_mended {
            skriver.mend_folder();
        }
        plan::accept(t, &plan.reports, &tick.arrivals).await;
        // At once: who comes first is up to the database.
        let acts = mottakere.act(&tick.acts);
        let work = work(t, tick.dod, &mut slow);
        let (answers, ()) = tokio::join!(acts, work);
        mottakere.note(answers);
        if tick.dod != Dod::Ingen {
            killed += 1;
        }
        if tick.supplier {
            skriver.look().await;
        }
        if tick.sweep && skriver.folder_is_whole() {
            t.services().rydd().await.unwrap();
        }
    }
    let ends = judge(t, &plan.reports, &mottakere, &skriver).await;
    say(&format!("{} ticks, {killed} of them with a worker that died; {ends:?}", plan.ticks.len()));
    for end in ["by receipt", "by letter", "no address", "no envelope", "refused by the supplier", "given up"] {
        assert!(ends.contains_key(end), "nothing ended {end}: the simulation no longer simulates that");
    }
}

async fn identify(t: &Gate, virksomhet: &Virksomhet) -> meldeport::domain::tilgang::Innringer {
    let (token, passord) = (t.token(virksomhet), t.password(virksomhet.integrasjon));
    let given = Legitimasjon { token: &token, integrasjon: virksomhet.integrasjon, passord: &passord };
    t.services().identify(given).await.unwrap()
}

async fn receiver(t: &Gate) -> Fullmakt<Hente> {
    identify(t, &t.town.kommune).await.fullmakt(t.town.kommune.organisasjon.id).unwrap()
}

async fn supplier(t: &Gate) -> Utskrift {
    identify(t, &t.town.utskrift).await.utskrift().unwrap()
}

/// One moment of the workers.
async fn work(t: &Gate, dod: Dod, slow: &mut Slow) {
    let settings = WorkerSettings { attempts: ATTEMPTS, ..WorkerSettings::default() };
    let worker = Worker::new(t.services().clone(), settings.clone());
    match dod {
        Dod::Ingen => while worker.run_due().await.unwrap() > 0 {},
        Dod::Midt(polls) => {
            killed(worker.run_due(), polls).await;
            let_go(t).await;
        }
        Dod::MellomSteg { taken, steps } => {
            for (n, job) in claim(t, taken).await.into_iter().enumerate() {
                let step = steps >> (2 * n) & 3;
                let decided = match step {
                    // Leased, and no more.
                    0 => None,
                    _ if job.kanal != Kanal::Print => {
                        t.services().overlever(&job).await.unwrap();
                        None
                    }
                    _ => match t.services().bestill_brev(&job).await.unwrap() {
                        Bestilling::LeggUt(brev) => Some(brev),
                        Bestilling::Slutt(_) => None,
                    },
                };
                if let (Some(brev), 3) = (&decided, step) {
                    // Between the folder's name and the note that it has one.
                    let _ = killed(t.services().legg_ut(&job, brev), (steps % 9) as u32).await;
                    let_go(t).await;
                }
                slow.push((job, decided));
            }
        }
        Dod::Dobbel => {
            // Two at once, and those that had stopped to move come back.
            let other = Worker::new(t.services().clone(), settings);
            let twins = async {
                let (one, two) = tokio::join!(worker.run_due(), other.run_due());
                one.unwrap();
                two.unwrap();
            };
            let late = join_all(slow.drain(..).map(|(job, brev)| come_back(t, job, brev)));
            tokio::join!(twins, late);
        }
    }
}

/// A worker goes on where it stopped, however long ago that was. The disk may be what stops it now.
async fn come_back(t: &Gate, job: Jobb, brev: Option<Box<Brev>>) {
    let services = t.services();
    let _how_it_went = match brev {
        Some(brev) => services.legg_ut(&job, &brev).await.ok(),
        None if job.kanal == Kanal::Print => services.skriv_ut(&job).await.ok(),
        None => Some(services.overlever(&job).await.unwrap()),
    };
    // If the job is still its own, it gives it back; if not, that changes nothing.
    services.prov_igjen(&job, t.clock.now()).await.unwrap();
}

async fn claim(t: &Gate, at_most: u64) -> Vec<Jobb> {
    let now = t.clock.now();
    let context = (t.ids.uuid(), now, now + LEASE, at_most);
    let work = t.services().store.write("leie", context, |tx, (mark, now, until, at_most)| {
        Box::pin(async move { store::jobb::claim(tx, &Kanal::ALL, *mark, *now, *until, *at_most).await })
    });
    work.await.unwrap()
}

/// Whoever dies lets go of what it has locked. A future that is dropped does so a little later, when its connection is tidied,
/// and time stands still here until then.
async fn let_go(t: &Gate) {
    if t.services().store.backend() == Backend::Postgres {
        t.database.execute("BEGIN; LOCK TABLE jobb IN EXCLUSIVE MODE; COMMIT").await;
    }
}

/// Runs a future until it has been polled so often, and drops it where it is then.
async fn killed<F: Future>(future: F, polls: u32) -> Option<F::Output> {
    let (mut future, mut left) = (std::pin::pin!(future), polls);
    std::future::poll_fn(|context| {
        if left == 0 {
            return std::task::Poll::Ready(None);
        }
        left -= 1;
        match future.as_mut().poll(context) {
            std::task::Poll::Ready(done) => std::task::Poll::Ready(Some(done)),
            std::task::Poll::Pending if left == 0 => std::task::Poll::Ready(None),
            std::task::Poll::Pending => std::task::Poll::Pending,
        }
    })
    .await
}

/// Looks at every report, and counts what they came to.
async fn judge(
    t: &Gate,
    reports: &[Forlop],
    mottakere: &Mottakere<'_>,
    skriver: &Skriver<'_>,
) -> BTreeMap<&'static str, u32> {
    let mut ends = BTreeMap::new();
    for some in reports.chunks(50) {
        for end in join_all(some.iter().map(|report| judge_one(t, report, mottakere, skriver))).await {
            *ends.entry(end).or_default() += 1;
        }
    }
    // Only those that need a person have kept their content, and only given-up letters a job.
    let waiting = t.database.count("melding", "tilstand = 'AVVIST_PRINT'").await;
    assert_eq!(t.database.count("innhold", "1 = 1").await, waiting);
    assert_eq!(t.database.count("jobb", "1 = 1").await, i64::from(*ends.get("given up").unwrap_or(&0)));
    assert_eq!(t.database.count("brev", "status = 'KLAR'").await, 0);
    t.services().rydd().await.unwrap();
    assert_eq!(skriver.names(), Vec::<String>::new(), "the print folder is empty");
    ends
}

async fn judge_one(t: &Gate, report: &Forlop, mottakere: &Mottakere<'_>, skriver: &Skriver<'_>) -> &'static str {
    let store = &t.services().store;
    let melding = store::melding::find(store, Part::Plattform, report.id).await.unwrap().unwrap();
    let history = store::melding::historikk(store, &melding).await.unwrap();
    let what = format!("report {}: {history:#?}", report.nr);
    assert_eq!(history.last().unwrap().tilstand, melding.tilstand, "{what}");
    legal(&history, &what);
    in_time(&history, &what);
    let (receipted, posted) = (mottakere.has_receipted(report.id), skriver.has_posted(report.id));
    let states: Vec<_> = history.iter().map(|entry| entry.tilstand).collect();
    let was_letter = states.contains(&Tilstand::SendtPrint);
    match melding.tilstand {
        Tilstand::Levert => {
            assert!(receipted != posted, "once, by one of them: {what}");
            // An office may still take what could not be printed, and never what is on its way as a letter.
            let rescued = states.ends_with(&[Tilstand::AvvistPrint, Tilstand::Levert]);
            assert_eq!(was_letter, posted || rescued, "{what}");
            assert!(!rescued || receipted, "{what}");
            assert!(melding.slettet.is_some() && melding.levert == melding.slettet, "{what}");
            match (posted, rescued) {
                (true, _) => "by letter",
                (false, true) => "by receipt, after it could not be printed",
                (false, false) => "by receipt",
            }
        }
        Tilstand::AvvistPrint => {
            assert!(!receipted && !posted, "{what}");
            let words = history.last().unwrap().beskrivelse.as_deref().unwrap();
            let why = match words {
                words if words.contains("postadresse") => "no address",
                words if words.contains("ikke kryptert") => "no envelope",
                words if words.contains("Utskriftsleverandøren") => "refused by the supplier",
                words if words.contains("gjentatte forsøk") => "given up",
                _ => panic!("{what}"),
            };
            assert_eq!(why == "no address", report.office_without_address, "{what}");
            assert!(why != "no envelope" || report.broken, "{what}");
            assert_eq!(why == "refused by the supplier", skriver.has_refused(report.id), "{what}");
            why
        }
        _ => panic!("on its way for ever: {what}"),
    }
}

/// Only steps that there are, each state at most once.
fn legal(history: &[Hendelse], what: &str) {
    use Tilstand as T;
    let order = [T::Akseptert, T::SendtFagsystem, T::AvvistFagsystem, T::SendtPrint, T::AvvistPrint, T::Levert];
    let place = |state| order.iter().position(|one| *one == state).unwrap();
    assert_eq!(history[0].tilstand, T::Akseptert, "{what}");
    assert_eq!(history[1].tilstand, T::SendtFagsystem, "{what}");
    for pair in history.windows(2) {
        assert!(place(pair[0].tilstand) < place(pair[1].tilstand), "{what}");
        assert!(pair[0].tidspunkt <= pair[1].tidspunkt, "{what}");
    }
}

/// A letter is decided at its deadline, or as soon after it as workers lived to do it.
fn in_time(history: &[Hendelse], what: &str) {
    let at = |state| history.iter().find(|entry| entry.tilstand == state).map(|entry| entry.tidspunkt);
    let Some(print) = at(Tilstand::SendtPrint) else { return };
    let handed_over = at(Tilstand::SendtFagsystem).unwrap();
    let due = at(Tilstand::AvvistFagsystem).unwrap_or_else(|| kvitteringsfrist(handed_over));
    assert!(print >= due, "too early: {what}");
    assert!(print <= due + TICK * plan::LATEST, "too late: {what}");
}
