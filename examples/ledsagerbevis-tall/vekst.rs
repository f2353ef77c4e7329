//! How long list and search take with a thousand cards and with a hundred times as many.

use std::time::{Duration, Instant};

use meldeport::domain::ledsagerbevis::Fremdrift;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    SEED,
    gate::Gate,
    machine,
    personer::{Penn, SJELDEN, fnr, reference},
};

const FEW: u64 = 1_000;
const WARM_UP: usize = 30;
const ROUNDS: usize = 1_000;
/// Cards on a page.
const PAGE: usize = 20;

/// What is asked: a name, where, and the body; a list when there is none.
type Question = (&'static str, String, Option<Value>);

fn questions(marker: &str) -> Vec<Question> {
    let search = |name, body: Value| (name, format!("/sok?antall={PAGE}"), Some(body));
    vec![
        ("list, first page", format!("?antall={PAGE}"), None),
        ("list, from the middle", format!("?antall={PAGE}&markor={marker}"), None),
        search("name, a third of all: an", json!({ "navn": "an" })),
        search("name, two frequent words", json!({ "navn": "an fantasi" })),
        search("name, five cards", json!({ "navn": SJELDEN })),
        search("fødselsnummer", json!({ "fnr": fnr(2 * 500) })),
        search("reference", json!({ "eksternId": reference(500) })),
        search("state AKTIVT", json!({ "tilstand": "AKTIVT" })),
        search("state UTLOPT", json!({ "tilstand": "UTLOPT" })),
        search("state REVOKERT", json!({ "tilstand": "REVOKERT" })),
        search(
            "ends within a quarter",
            json!({ "utloperFra": "2027-04-01", "utloperTil": "2027-06-30", "tilstand": "AKTIVT" }),
        ),
        search(
            "name and ends within a quarter",
            json!({ "navn": "an", "utloperFra": "2027-04-01", "utloperTil": "2027-06-30" }),
        ),
        search("name and state UTLOPT", json!({ "navn": "an", "tilstand": "UTLOPT" })),
    ]
}

#[derive(Debug, Clone, Copy)]
struct Times {
    p50: f64,
    p99: f64,
    hits: usize,
}

async fn ask(gate: &Gate, token: &str, (_, rest, body): &Question) -> (Duration, usize) {
    let method = if body.is_some() { Method::POST } else { Method::GET };
    let request = gate.request(token, method, rest);
    let request = body.iter().fold(request, |request, body| request.json(body));
    let start = Instant::now();
    let answer = request.send().await.unwrap();
    let (status, text) = (answer.status(), answer.bytes().await.unwrap());
    let taken = start.elapsed();
    assert!(status.is_success(), "{status}: {}", String::from_utf8_lossy(&text));
    let found: Vec<Value> = serde_json::from_slice(&text).unwrap();
    (taken, found.len())
}

/// A gateway with its cards, and how long each question took.
struct Side {
    gate: Gate,
    token: String,
    questions: Vec<Question>,
    times: Vec<Vec<f64>>,
    hits: Vec<usize>,
}

impl Side {
    async fn fill(gate: Gate, cards: u64) -> Self {
        let start = Instant::now();
        Penn::new().write(&gate, 0, cards).await;
        println!("{cards} cards written in {:.1} s", start.elapsed().as_secs_f64());
        index(&gate).await;
        gate.services.store.truncate_log().await.unwrap();
        let token = gate.token();
        let all = gate.request(&token, Method::GET, "?antall=500").send().await.unwrap();
        let marker = all.headers().get("neste-markor").unwrap().to_str().unwrap().to_owned();
        let questions = questions(&marker);
        Self { gate, token, times: vec![Vec::new(); questions.len()], hits: vec![0; questions.len()], questions }
    }

    fn measured(&mut self) -> Vec<Times> {
        let of = |(times, hits): (&mut Vec<f64>, &usize)| {
            times.sort_by(f64::total_cmp);
            Times { p50: times[times.len() / 2], p99: times[times.len() * 99 / 100], hits: *hits }
        };
        self.times.iter_mut().zip(&self.hits).map(of).collect()
    }
}

/// Asks in turn, so that whatever else the machine does meets both sides and all questions.
async fn measure(sides: &mut [Side; 2]) {
    for round in 0..WARM_UP + ROUNDS {
        for n in 0..sides[0].questions.len() {
            for side in &mut *sides {
                let (taken, found) = ask(&side.gate, &side.token, &side.questions[n]).await;
                side.hits[n] = found;
                if round >= WARM_UP {
                    side.times[n].push(taken.as_secs_f64() * 1000.0);
                }
            }
        }
    }
}

async fn index(gate: &Gate) {
    let start = Instant::now();
    let mut all = Fremdrift::default();
    loop {
        let part = gate.services.fyll_sokeindeks(all.neste).await.unwrap();
        all.indeksert += part.indeksert;
        assert_eq!(part.feilet, 0);
        if all.indeksert / 10_000 > (all.indeksert - part.indeksert) / 10_000 {
            eprintln!("{} cards made searchable", all.indeksert);
        }
        all.neste = part.neste;
        if part.neste.is_none() {
            break;
        }
    }
    println!("{} cards made searchable in {:.1} s", all.indeksert, start.elapsed().as_secs_f64());
}

pub async fn run(database: Option<&str>, many: u64) {
    let few = Side::fill(Gate::open(database, "vekst_faa").await, FEW).await;
    let lots = Side::fill(Gate::open(database, "vekst_mange").await, many).await;
    let mut sides = [few, lots];
    measure(&mut sides).await;
    let measured = sides.each_mut().map(Side::measured);
    println!(
        "{:32} {:>5} {:>8} {:>8} {:>8} {:>8} {:>6} {:>6}",
        "milliseconds", "hits", "p50", "p99", "p50", "p99", "r50", "r99"
    );
    println!("{:32} {:>5} {FEW:>17} {many:>17}", "", "");
    let mut rows = Vec::new();
    for ((name, ..), (few, lots)) in questions("").iter().zip(measured[0].iter().zip(&measured[1])) {
        let (middle, worst) = (lots.p50 / few.p50, lots.p99 / few.p99);
        println!(
            "{name:32} {:>2}/{:<2} {:8.2} {:8.2} {:8.2} {:8.2} {middle:6.2} {worst:6.2}",
            few.hits, lots.hits, few.p50, few.p99, lots.p50, lots.p99
        );
        rows.push(json!({
            "question": name, "p50": [few.p50, lots.p50], "p99": [few.p99, lots.p99],
            "ratioP50": middle, "ratioP99": worst, "hits": [few.hits, lots.hits],
        }));
    }
    let backend = format!("{:?}", sides[0].gate.services.store.backend());
    println!(
        "{}",
        json!({ "cards": [FEW, many], "rounds": ROUNDS, "page": PAGE, "database": backend, "machine": machine(), "seed": SEED, "rows": rows })
    );
    for side in sides {
        side.gate.close().await;
    }
}
