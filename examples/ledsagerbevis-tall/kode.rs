//! Whether the clock tells which numbers are on a card: a code is asked for, and guessed at, for one known number and one
//! unknown in each round, in whatever order.

use std::time::Instant;

use jiff::SignedDuration;
use meldeport::system::rng::random;
use serde_json::json;

use crate::{
    SEED,
    gate::Gate,
    machine,
    personer::{Penn, telefon},
};

const KNOWN: u64 = 400;
const WARM_UP: u64 = 50;

async fn order(gate: &Gate, number: &str) -> f64 {
    let request = gate.http.post(format!("{}/digitalt-ledsagerbevis/innbygger/api/v1/{number}", gate.url));
    let start = Instant::now();
    let status = request.send().await.unwrap().status();
    let taken = start.elapsed().as_secs_f64() * 1e6;
    assert_eq!(status, 201);
    taken
}

async fn redeem(gate: &Gate, number: &str) -> f64 {
    let body = json!({ "otp": "x", "telefonnummer": number });
    let request = gate.http.post(format!("{}/digitalt-ledsagerbevis/innbygger/api/v1/token", gate.url)).json(&body);
    let start = Instant::now();
    let status = request.send().await.unwrap().status();
    let taken = start.elapsed().as_secs_f64() * 1e6;
    assert_eq!(status, 401);
    taken
}

/// How likely a known number takes longer than an unknown one (one half: no difference), and how likely chance alone gives
/// a difference as large (Mann–Whitney, by the normal distribution).
fn compare(known: &[f64], unknown: &[f64]) -> (f64, f64) {
    let mut all: Vec<_> =
        known.iter().map(|time| (*time, true)).chain(unknown.iter().map(|time| (*time, false))).collect();
    all.sort_by(|one, other| one.0.total_cmp(&other.0));
    let ranks: f64 = all.iter().enumerate().filter(|(_, (_, known))| *known).map(|(rank, _)| rank as f64 + 1.0).sum();
    let (n, m) = (known.len() as f64, unknown.len() as f64);
    let u = ranks - n * (n + 1.0) / 2.0;
    let z = (u - n * m / 2.0) / (n * m * (n + m + 1.0) / 12.0).sqrt();
    (u / (n * m), erfc(z.abs() / std::f64::consts::SQRT_2))
}

/// Abramowitz and Stegun 7.1.26: to seven digits.
fn erfc(x: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let terms = [0.254_829_592, -0.284_496_736, 1.421_413_741, -1.453_152_027, 1.061_405_429];
    let sum = terms.iter().rev().fold(0.0, |sum, term| (sum + term) * t);
    sum * (-x * x).exp()
}

fn median(times: &[f64]) -> f64 {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

pub async fn run(database: Option<&str>, rounds: u64) {
    let gate = Gate::open(database, "kode").await;
    measure(&gate, rounds).await;
    gate.close().await;
}

async fn measure(gate: &Gate, rounds: u64) {
    Penn::new().write(gate, 0, KNOWN).await;
    let mut times: [[Vec<f64>; 2]; 2] = Default::default();
    for round in 0..WARM_UP + rounds {
        // Longer than a number's limits last by the time that it comes again.
        gate.advance(SignedDuration::from_mins(10));
        let numbers = [telefon(2 * (round % KNOWN)), telefon(500_000 + round % KNOWN)];
        let [chance] = random(&*gate.rng);
        for who in if chance % 2 == 0 { [0, 1] } else { [1, 0] } {
            // The guess comes at once, while what the order set going in the background is still being done.
            let taken = [order(gate, &numbers[who]).await, redeem(gate, &numbers[who]).await];
            if round >= WARM_UP {
                times.iter_mut().zip(taken).for_each(|(times, taken)| times[who].push(taken));
            }
        }
    }
    // Codes went to known numbers and to nobody else. One that is late is dropped, since the clock here leaps.
    let (sent, expected) = (gate.sent() as u64, WARM_UP + rounds);
    assert!((1..=expected).contains(&sent), "{sent} messages for {expected} known numbers");
    let mut rows = Vec::new();
    println!(
        "{:24} {:>10} {:>10} {:>7} {:>15} {:>8}",
        "microseconds, medians", "known", "unknown", "ratio", "P(known longer)", "p"
    );
    for (what, [known, unknown]) in ["a code is asked for", "a code is guessed at"].into_iter().zip(&times) {
        let (middle, other) = (median(known), median(unknown));
        let (share, p) = compare(known, unknown);
        println!("{what:24} {middle:10.1} {other:10.1} {:7.3} {share:15.3} {p:8.3}", middle / other);
        rows.push(
            json!({ "what": what, "known": middle, "unknown": other, "ratio": middle / other, "share": share, "p": p }),
        );
    }
    let backend = format!("{:?}", gate.services.store.backend());
    println!("{}", json!({ "rounds": rounds, "database": backend, "machine": machine(), "seed": SEED, "rows": rows }));
}
