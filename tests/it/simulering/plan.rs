//! What happens when, drawn from the seed before anything does.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use meldeport::{
    crypto::{cms, sha256},
    domain::oppsett::Oppsett,
    model::{
        KontoId, MeldingId, RessursId,
        kommune::{Bydel, Konto},
        melding::{Format, Innhold, Kanal, Melding, Profil, Skjematype, Tilstand, Versjon},
        virkedag::kvitteringsfrist,
    },
    store::{self, StoreError},
};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use uuid::Uuid;

use crate::{
    brev::LEASE,
    support::{Gate, start_of_tests},
};

/// From one look of the workers to the next where it matters; a lease of the one before has ended by then.
pub const TICK: SignedDuration = LEASE.saturating_add(SignedDuration::from_secs(1));
/// So many ticks after a letter was due, some worker has lived while no dead one's lease was in the way.
pub const LATEST: i32 = 4;
/// Everything but the deadlines happens on this grid, so that a moment has something of everything.
const GRID: SignedDuration = SignedDuration::from_mins(30);
/// From one look of the supplier to the next, on the grid.
const LOOK: SignedDuration = SignedDuration::from_hours(1);
/// Reports arrive at so many points of the grid, a week, and all is over when the last letter is posted.
const ARRIVING: i32 = 7 * 24 * 2;
const LASTING: SignedDuration = SignedDuration::from_hours(13 * 24);

pub fn start() -> Timestamp {
    start_of_tests()
}

/// One report, from what is known of it before it comes.
#[derive(Debug)]
pub struct Forlop {
    pub nr: usize,
    pub id: MeldingId,
    pub job: Uuid,
    pub arrives: Timestamp,
    pub office: Bydel,
    pub office_without_address: bool,
    /// Its PDF is no envelope.
    pub broken: bool,
    pub supplier: Skjebne,
    pdf: Bytes,
}

/// What a receiver does with a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handling {
    /// Fetches it, and then nothing: it hangs.
    Henter,
    Mottatt,
    Feilet,
}

/// What the supplier does with a letter, so many looks after it has seen it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Skjebne {
    pub looks: u32,
    pub refuses: bool,
    /// Says so again, or the opposite.
    pub again: bool,
}

/// How the workers of a moment end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dod {
    Ingen,
    /// Killed after so many polls of all that it was doing.
    Midt(u32),
    /// Takes some jobs and stops between the steps of each; two bits of `steps` say where.
    MellomSteg {
        taken: u64,
        steps: u64,
    },
    /// Nobody dies: two at once, and the slow ones come back.
    Dobbel,
}

#[derive(Debug)]
pub struct Tick {
    pub arrivals: Vec<usize>,
    pub acts: Vec<(usize, Handling)>,
    pub dod: Dod,
    pub supplier: bool,
    pub sweep: bool,
    pub disk_breaks: bool,
    pub disk_is_mended: bool,
}

impl Default for Tick {
    fn default() -> Self {
        Self {
            arrivals: Vec::new(),
            acts: Vec::new(),
            dod: Dod::Ingen,
            supplier: false,
            sweep: false,
            disk_breaks: false,
            disk_is_mended: false,
        }
    }
}

#[derive(Debug)]
pub struct Plan {
    pub reports: Vec<Forlop>,
    pub ticks: BTreeMap<Timestamp, Tick>,
}

/// The town's offices, and one that has no postal address.
pub fn offices(t: &Gate) -> Oppsett {
    Oppsett { bydeler: vec![without_address(t)], ..Oppsett::default() }
}

fn without_address(t: &Gate) -> Bydel {
    let like = t.kontor(1).bydel.clone();
    let konto = Konto::fagsystem(KontoId(Uuid::from_u128(78)));
    Bydel { id: RessursId(Uuid::from_u128(77)), bydelsnummer: "77".parse().unwrap(), adresse: None, konto, ..like }
}

impl Plan {
    pub fn draw(t: &Gate, seed: u64, reports: usize) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let pdf = Bytes::from(cms::seal(b"%PDF-1.7", &t.town.print.certificate, &*t.rng).unwrap());
        let mut ticks = BTreeMap::<Timestamp, Tick>::new();
        let reports: Vec<_> = (0..reports).map(|nr| report(t, &mut rng, nr, &pdf)).collect();
        for report in &reports {
            ticks.entry(report.arrives).or_default().arrivals.push(report.nr);
            for (at, act) in acts(&mut rng, report.arrives) {
                ticks.entry(at).or_default().acts.push((report.nr, act));
            }
        }
        let mut lives = BTreeSet::new();
        let mut at = start();
        while at < start() + LASTING {
            let look = ticks.entry(at).or_default();
            look.supplier = true;
            look.sweep = rng.random_ratio(1, 20);
            // What is late at a deadline is followed closely from there.
            let deadline = kvitteringsfrist(at);
            for n in 0..=LATEST {
                ticks.entry(deadline + TICK * n).or_default();
            }
            lives.insert(deadline + TICK * LATEST);
            at += LOOK;
        }
        let failures = ticks.iter().filter(|(_, tick)| tick.acts.iter().any(|(_, act)| *act == Handling::Feilet));
        lives.extend(failures.map(|(at, _)| *at + TICK * 2));
        for at in &lives {
            ticks.entry(*at).or_default();
        }
        break_disk(&mut rng, &mut ticks);
        let peace = start() + LASTING - SignedDuration::from_hours(48);
        for (at, tick) in &mut ticks {
            // One that died now would hold its leases while the other one is to live.
            let spared = lives.range(*at..=*at + LEASE).next().is_some();
            tick.dod = if spared || *at > peace { Dod::Ingen } else { death(&mut rng) };
        }
        Self { reports, ticks }
    }
}

fn report(t: &Gate, rng: &mut StdRng, nr: usize, pdf: &Bytes) -> Forlop {
    let office_without_address = rng.random_ratio(1, 12);
    let office = if office_without_address { without_address(t) } else { t.kontor(nr % 2).bydel.clone() };
    let broken = rng.random_ratio(1, 40);
    let arrives = start() + GRID * rng.random_range(0..ARRIVING);
    Forlop {
        nr,
        id: MeldingId(t.ids.uuid()),
        job: t.ids.uuid(),
        arrives,
        office,
        office_without_address,
        broken,
        supplier: Skjebne {
            looks: rng.random_range(0..10),
            refuses: rng.random_ratio(1, 10),
            again: rng.random_ratio(1, 5),
        },
        pdf: if broken { pdf.slice(..100) } else { pdf.clone() },
    }
}

/// What a receiver does with one report, and when.
fn acts(rng: &mut StdRng, arrives: Timestamp) -> Vec<(Timestamp, Handling)> {
    use Handling::{Feilet, Henter, Mottatt};
    let soon = arrives + GRID * rng.random_range(0..67);
    let deadline = kvitteringsfrist(arrives);
    match rng.random_range(0..100) {
        0..40 => vec![(soon, Henter), (soon, Mottatt)],
        40..50 => vec![(soon, Mottatt), (soon + GRID * rng.random_range(0..300), Mottatt)],
        50..55 => vec![(soon, Mottatt), (soon, Mottatt), (soon + GRID, Feilet)],
        55..65 => vec![(soon, Feilet), (soon + GRID * rng.random_range(0..20), Feilet)],
        65..68 => vec![(soon, Feilet), (soon, Mottatt), (soon + GRID, Mottatt)],
        // In the very moment in which the letter is due, and a little later.
        68..80 => vec![(deadline, Mottatt), (deadline + TICK * rng.random_range(0..4), Mottatt)],
        80..83 => vec![(deadline, Feilet)],
        83..92 => vec![(soon, Henter)],
        _ => Vec::new(),
    }
}

/// Twice the disk is full, once over a deadline.
fn break_disk(rng: &mut StdRng, ticks: &mut BTreeMap<Timestamp, Tick>) {
    let over = kvitteringsfrist(start() + SignedDuration::from_hours(96));
    let later = over + SignedDuration::from_hours(rng.random_range(5..15));
    for (from, mins) in [(over, 180), (later, 20)] {
        let until = from + SignedDuration::from_mins(mins);
        ticks.entry(from).or_default().disk_breaks = true;
        ticks.entry(until).or_default().disk_is_mended = true;
        // The waits between tries are minutes.
        let mut at = from;
        while at < until {
            ticks.entry(at).or_default();
            at += SignedDuration::from_mins(3);
        }
    }
}

fn death(rng: &mut StdRng) -> Dod {
    match rng.random_range(0..10) {
        0..4 => Dod::Ingen,
        4..7 => Dod::Midt(rng.random_range(1..40)),
        7..9 => Dod::MellomSteg { taken: rng.random_range(1..20), steps: rng.random() },
        _ => Dod::Dobbel,
    }
}

/// Reports are accepted: what the front door writes.
pub async fn accept(t: &Gate, reports: &[Forlop], arrivals: &[usize]) {
    let new: Vec<_> =
        arrivals.iter().map(|nr| (melding(t, &reports[*nr]), innhold(&reports[*nr]), reports[*nr].job)).collect();
    if new.is_empty() {
        return;
    }
    let work = t.services().store.write("mottak", new, |tx, new| {
        Box::pin(async move {
            for (melding, innhold, job) in new {
                store::melding::insert(tx, melding, innhold).await?;
                store::melding::append(tx, melding.id, Tilstand::Akseptert, melding.mottatt, None).await?;
                store::jobb::insert(tx, *job, melding.id, melding.kanal, melding.mottatt).await?;
            }
            Ok(())
        })
    });
    work.await.map_err(|error: StoreError| error).unwrap();
}

fn innhold(report: &Forlop) -> Innhold {
    Innhold { asice: Bytes::from_static(b"to the office"), pdf: report.pdf.clone() }
}

fn melding(t: &Gate, report: &Forlop) -> Melding {
    let innhold = innhold(report);
    Melding {
        id: report.id,
        avsender: t.town.skole.organisasjon.id,
        integrasjon: t.town.skole.integrasjon,
        leverandor: None,
        mottaker: t.town.kommune.organisasjon.id,
        kommunenummer: report.office.kommunenummer,
        bydelsnummer: report.office.bydelsnummer,
        bydel: report.office.id,
        skjematype: Skjematype::Offentlig,
        versjon: Versjon::V1,
        tilstand: Tilstand::Akseptert,
        kanal: Kanal::Fagsystem,
        fra_fagsystem: true,
        frist: None,
        format: Format::Asice,
        profil: Profil::Ks,
        forseglet_av: None,
        sertifikat: "1".to_owned(),
        asice_sha256: sha256(&innhold.asice),
        asice_storrelse: innhold.asice.len() as u64,
        pdf_sha256: sha256(&innhold.pdf),
        pdf_storrelse: innhold.pdf.len() as u64,
        mottatt: report.arrives,
        levert: None,
        slettet: None,
    }
}
