//! The kept counters say what counting the reports would say, whatever happens to reports and whenever the changes are
//! folded in.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp, civil::Date};
use meldeport::{
    model::{
        FiksOrgId, RessursId,
        melding::{Kanal, Skjematype, Tilstand},
        utvalg::{Advarsel, BydelAndel, Periode, PeriodeTall, Utvalg},
        virkedag::norsk_dag,
    },
    store::{
        self, Backend,
        admin::{Etter, Omrade, Start, antall, per_bydel, per_dogn, periodetall, side, tilstander},
        melding::{Part, find},
        tall,
    },
};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};

use super::{copies, literal};
use crate::support::Gate;

on_every_database! {
    counters_follow_the_reports,
    several_may_fold_at_once,
    what_was_there_before_is_counted,
    nothing_is_left_of_what_is_gone,
}

const REPORTS: usize = 60;
const STEPS: usize = 120;
const HOUR: i64 = 3_600_000;

/// What is known of a report.
#[derive(Debug, Clone)]
struct Rad {
    mottaker: FiksOrgId,
    bydel: RessursId,
    mottatt: Timestamp,
    skjematype: Skjematype,
    fra_fagsystem: bool,
    kanal: Kanal,
    tilstand: Tilstand,
}

/// Reports of a town with two offices and of a second receiver, as many as make each kind likely.
struct Historie {
    rng: StdRng,
    ids: Vec<String>,
    first: Timestamp,
}

async fn begin(t: &Gate, seed: u64) -> Historie {
    let (id, _) = t.deliver().await;
    let mut ids = copies(t, &id, REPORTS).await;
    ids.push(id);
    // Round the night in which the clocks go forward.
    Historie { rng: StdRng::seed_from_u64(seed), ids, first: "2027-03-25T00:00:00Z".parse().unwrap() }
}

impl Historie {
    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of.choose(&mut self.rng).unwrap().clone()
    }

    /// Something that happens to reports.
    async fn step(&mut self, t: &Gate) {
        let id = self.one(&self.ids.clone());
        let place = literal(t, &id);
        let office = self.rng.random_range(0..2);
        let change = match self.rng.random_range(0..10) {
            0..=2 => format!("tilstand = '{}'", self.one(&Tilstand::ALL)),
            3 => format!("kanal = '{}', tilstand = 'LEVERT'", self.one(&Kanal::ALL)),
            4 => format!("ressurs_id = {}", literal(t, &t.kontor(office).bydel.id.to_string())),
            5 => {
                let receiver = self.one(&[t.town.kommune.organisasjon.id, t.town.skole.organisasjon.id]);
                format!("mottaker_id = {}, tilstand = 'SENDT_PRINT'", literal(t, &receiver.to_string()))
            }
            6 | 7 => {
                let at = self.first.as_millisecond() + self.rng.random_range(0..8 * 24 * HOUR);
                format!("mottatt = {at}")
            }
            8 => "fra_fagsystem = NOT fra_fagsystem, skjematype = 'PRIVAT'".to_owned(),
            // Which changes nothing that is counted.
            _ => "levert = 1, tilstand = tilstand, kanal = kanal".to_owned(),
        };
        // Now and then, several at once.
        let which = match self.rng.random_range(0..10) {
            0 => format!("id = {place} OR id = {}", literal(t, &self.one(&self.ids.clone()))),
            _ => format!("id = {place}"),
        };
        t.database.execute(&format!("UPDATE melding SET {change} WHERE {which}")).await;
        if self.rng.random_range(0..8) == 0 && self.ids.len() > 10 {
            self.ids.retain(|other| *other != id);
            for table in ["hendelse", "innhold", "jobb"] {
                t.database.execute(&format!("DELETE FROM {table} WHERE melding_id = {place}")).await;
            }
            t.database.execute(&format!("DELETE FROM melding WHERE id = {place}")).await;
        }
    }

    /// The reports themselves.
    async fn reports(&self, t: &Gate) -> Vec<Rad> {
        let mut rows = Vec::new();
        for id in &self.ids {
            let found = find(&t.services().store, Part::Plattform, meldeport::model::MeldingId(id.parse().unwrap()));
            let m = found.await.unwrap().unwrap();
            rows.push(Rad {
                mottaker: m.mottaker,
                bydel: m.bydel,
                mottatt: m.mottatt,
                skjematype: m.skjematype,
                fra_fagsystem: m.fra_fagsystem,
                kanal: m.kanal,
                tilstand: m.tilstand,
            });
        }
        rows
    }

    fn some_time(&mut self) -> Timestamp {
        let after = self.rng.random_range(-HOUR..9 * 24 * HOUR);
        self.first.checked_add(SignedDuration::from_millis(after)).unwrap()
    }

    fn some_period(&mut self) -> Periode {
        let start = self.first.as_millisecond();
        let mut end = |likely: bool| {
            let at = start + self.rng.random_range(-HOUR..8 * 24 * HOUR);
            let at = if self.rng.random_bool(0.3) { at - at % HOUR } else { at };
            (likely || self.rng.random_bool(0.8)).then(|| Timestamp::from_millisecond(at).unwrap())
        };
        let (one, other) = (end(false), end(false));
        match (one, other) {
            (Some(one), Some(other)) => Periode { fra: Some(one.min(other)), til: Some(one.max(other)) },
            (fra, til) => Periode { fra, til },
        }
    }
}

fn fits(row: &Rad, omrade: &Omrade, utvalg: &Utvalg) -> bool {
    omrade.mottakere.as_ref().is_none_or(|all| all.contains(&row.mottaker))
        && omrade.bydeler.as_ref().is_none_or(|all| all.contains(&row.bydel))
        && utvalg.periode.fra.is_none_or(|fra| fra <= row.mottatt)
        && utvalg.periode.til.is_none_or(|til| row.mottatt < til)
        && utvalg.fra_fagsystem.is_none_or(|fra| fra == row.fra_fagsystem)
        && utvalg.kanal.is_none_or(|kanal| kanal == row.kanal)
        && utvalg.skjematyper.as_ref().is_none_or(|all| all.contains(&row.skjematype))
}

fn figures(rows: &[&Rad]) -> PeriodeTall {
    let n = |which: &dyn Fn(&Rad) -> bool| rows.iter().filter(|row| which(row)).count() as u64;
    let delivered = |kanal| n(&|row| row.tilstand == Tilstand::Levert && row.kanal == kanal);
    PeriodeTall {
        private: n(&|row| row.skjematype == Skjematype::Privat),
        offentlige: n(&|row| row.skjematype == Skjematype::Offentlig),
        fra_fagsystem: n(&|row| row.fra_fagsystem),
        levert_print: delivered(Kanal::Print),
        levert_fiks_io: delivered(Kanal::Fagsystem),
        levert_manuelt_mottak: delivered(Kanal::ManuellMottak),
        levert_svarinn: delivered(Kanal::Svarinn),
    }
}

/// Asks every question of the counters, and holds the answers against the reports.
async fn compare(t: &Gate, history: &mut Historie) {
    let store = &t.services().store;
    let rows = history.reports(t).await;
    let own = Omrade { mottakere: Some(vec![t.town.kommune.organisasjon.id]), bydeler: None };
    let several =
        Omrade { mottakere: Some(vec![t.town.kommune.organisasjon.id, t.town.skole.organisasjon.id]), bydeler: None };
    let office = Omrade { bydeler: Some(vec![t.kontor(1).bydel.id]), ..own.clone() };
    for omrade in [own, several, office, Omrade::default()] {
        let mut states = BTreeMap::<&str, u64>::new();
        for row in rows.iter().filter(|row| fits(row, &omrade, &Utvalg::default())) {
            *states.entry(row.tilstand.as_str()).or_default() += 1;
        }
        let told = tilstander(store, &omrade).await.unwrap();
        assert_eq!(told.iter().map(|(tilstand, n)| (tilstand.as_str(), *n)).collect::<BTreeMap<_, _>>(), states);

        let (periode, now) = (history.some_period(), history.some_time());
        let within = Utvalg { periode, ..Utvalg::default() };
        let inside: Vec<&Rad> = rows.iter().filter(|row| fits(row, &omrade, &within)).collect();
        assert_eq!(periodetall(store, &omrade, periode, now).await.unwrap(), figures(&inside), "{periode:?}");

        let mut days = BTreeMap::<Date, (u64, u64)>::new();
        for row in &inside {
            let (private, public) = days.entry(norsk_dag(row.mottatt)).or_default();
            *(if row.skjematype == Skjematype::Privat { private } else { public }) += 1;
        }
        let days: Vec<_> = days.into_iter().map(|(day, (private, public))| (day, private, public)).collect();
        assert_eq!(per_dogn(store, &omrade, periode, now).await.unwrap(), days, "{periode:?}");

        let text = t.kontor(1).bydel.navn.clone();
        for sok in [None, Some(text.as_str()), Some("fins ikke")] {
            for (fra_fagsystem, skjematyper, kanal) in [
                (None, None, None),
                (Some(true), None, None),
                (Some(false), None, None),
                (None, Some(vec![Skjematype::Privat]), None),
                (Some(true), Some(vec![Skjematype::Offentlig]), Some(Kanal::Fagsystem)),
                (None, Some(vec![]), None),
            ] {
                for periode in [Periode::default(), periode] {
                    let sok = sok.map(str::to_owned);
                    let utvalg =
                        Utvalg { periode, sok, fra_fagsystem, skjematyper: skjematyper.clone(), kanal, advarsel: None };
                    let found = |row: &&Rad| match utvalg.sok.as_deref() {
                        None => true,
                        Some(name) => name == text && row.bydel == t.kontor(1).bydel.id,
                    };
                    let n = rows.iter().filter(found).filter(|row| fits(row, &omrade, &utvalg)).count() as u64;
                    assert_eq!(antall(store, &omrade, &utvalg, now).await.unwrap(), n, "{omrade:?} {utvalg:?}");
                }
            }
        }
    }
    warnings(t, &rows).await;
    let offices = [t.kontor(0).bydel.id, t.kontor(1).bydel.id];
    let key = |share: &BydelAndel| (share.bydel.to_string(), share.tilstand.as_str(), share.kanal.as_str());
    let mut shares = BTreeMap::new();
    for row in rows.iter().filter(|row| offices.contains(&row.bydel)) {
        *shares.entry((row.bydel.to_string(), row.tilstand.as_str(), row.kanal.as_str())).or_default() += 1;
    }
    let told = per_bydel(store, &offices).await.unwrap();
    assert_eq!(told.iter().map(|share| (key(share), share.antall)).collect::<BTreeMap<_, u64>>(), shares);
}

/// Reports with a warning, counted, and a page of them: by themselves and together with everything else that narrows a list.
async fn warnings(t: &Gate, rows: &[Rad]) {
    let store = &t.services().store;
    let omrade = Omrade { mottakere: Some(vec![t.town.kommune.organisasjon.id]), bydeler: None };
    let now: Timestamp = "2027-03-29T00:00:00Z".parse().unwrap();
    let periode = Periode { fra: Some("2027-03-26T10:20:30Z".parse().unwrap()), til: None };
    let name = t.kontor(1).bydel.navn.clone();
    for advarsel in Advarsel::ALL {
        for narrowed in [
            Utvalg::default(),
            Utvalg { periode, ..Utvalg::default() },
            Utvalg { periode, kanal: Some(Kanal::Fagsystem), fra_fagsystem: Some(true), ..Utvalg::default() },
            Utvalg { sok: Some(name.clone()), ..Utvalg::default() },
        ] {
            let utvalg = Utvalg { advarsel: Some((advarsel, now)), ..narrowed };
            let warned = |row: &&Rad| {
                let old = |(tilstand, age): &(Tilstand, SignedDuration)| {
                    row.tilstand == *tilstand && (age.is_zero() || row.mottatt <= now.checked_sub(*age).unwrap())
                };
                let named = utvalg.sok.is_none() || row.bydel == t.kontor(1).bydel.id;
                named && fits(row, &omrade, &utvalg) && advarsel.tilstander().iter().any(old)
            };
            let mut times: Vec<_> = rows.iter().filter(warned).map(|row| row.mottatt).collect();
            times.sort_by(|a, b| b.cmp(a));
            assert_eq!(antall(store, &omrade, &utvalg, now).await.unwrap(), times.len() as u64, "{utvalg:?}");
            let first = side(store, &omrade, &utvalg, Start::Hopp(0), 3).await.unwrap();
            let mut seen: Vec<_> = first.iter().map(|melding| melding.mottatt).collect();
            if let Some(last) = first.last() {
                let etter = Start::Etter(Etter { mottatt: last.mottatt, id: last.id });
                let rest = side(store, &omrade, &utvalg, etter, 1000).await.unwrap();
                seen.extend(rest.iter().map(|melding| melding.mottatt));
            }
            assert_eq!(seen, times, "{utvalg:?}");
        }
    }
}

async fn fold(t: &Gate, bunch: u64) -> u64 {
    let work = t.services().store.write("test", bunch, |tx, bunch| Box::pin(tall::brett(tx, *bunch)));
    work.await.unwrap()
}

async fn counters_follow_the_reports(t: &mut Gate) {
    let mut history = begin(t, 1).await;
    compare(t, &mut history).await;
    for step in 0..STEPS {
        history.step(t).await;
        if history.rng.random_bool(0.2) {
            let bunch = history.rng.random_range(1..20);
            fold(t, bunch).await;
        }
        if step % 12 == 0 {
            compare(t, &mut history).await;
        }
    }
    while t.services().brett_tall().await.unwrap() {}
    assert_eq!(tall::ventende(&t.services().store, 10).await.unwrap(), 0);
    compare(t, &mut history).await;
    assert_eq!(t.database.count("meldingstall", "antall <= 0").await, 0, "kinds that nothing is of are not kept");
    assert_eq!(t.database.count("meldingsperiode", "private + offentlige <= 0").await, 0);
}

async fn several_may_fold_at_once(t: &mut Gate) {
    let mut history = begin(t, 2).await;
    for _ in 0..6 {
        for _ in 0..10 {
            history.step(t).await;
        }
        let store = &t.services().store;
        let folding = (0..4).map(|_| store.write("test", 7, |tx, bunch| Box::pin(tall::brett(tx, *bunch))));
        let folded: u64 = join_all(folding).await.into_iter().map(Result::unwrap).sum();
        assert!(folded > 0);
        compare(t, &mut history).await;
    }
    while fold(t, 1000).await > 0 {}
    compare(t, &mut history).await;
}

/// As if the reports had come in before there were counters.
async fn what_was_there_before_is_counted(t: &mut Gate) {
    let mut history = begin(t, 3).await;
    for _ in 0..40 {
        history.step(t).await;
    }
    let triggers = match t.services().store.backend() {
        Backend::Sqlite => "DROP TRIGGER melding_kom; DROP TRIGGER melding_endret; DROP TRIGGER melding_gikk",
        Backend::Postgres => "DROP FUNCTION meldingsendring_noter CASCADE",
    };
    t.database.execute(triggers).await;
    for table in ["meldingsendring", "meldingstall", "meldingsperiode"] {
        t.database.execute(&format!("DROP TABLE {table}")).await;
    }
    t.database.execute("DELETE FROM seaql_migrations WHERE version = 'm20261201_tall'").await;
    assert_eq!(store::migrate(&t.database.settings).await.unwrap(), 1);
    compare(t, &mut history).await;
    fold(t, 10).await;
    compare(t, &mut history).await;
    history.step(t).await;
    while fold(t, 1000).await > 0 {}
    compare(t, &mut history).await;
}

async fn nothing_is_left_of_what_is_gone(t: &mut Gate) {
    begin(t, 4).await;
    while fold(t, 16).await > 0 {}
    assert!(t.database.count("meldingstall", "antall > 0").await > 0);
    for table in ["hendelse", "innhold", "jobb", "melding"] {
        t.database.execute(&format!("DELETE FROM {table}")).await;
    }
    while fold(t, 16).await > 0 {}
    for table in ["meldingsendring", "meldingstall", "meldingsperiode"] {
        assert_eq!(t.database.count(table, "1 = 1").await, 0, "{table}");
    }
}
