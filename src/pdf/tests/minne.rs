//! Memory and time over many documents.

use std::time::Instant;

use serde_json::json;

use super::support::{dokument, privat};
use crate::{
    model::melding::Skjematype::Privat,
    pdf::{Renderer, Sprak},
};

/// Resident memory in MiB, as Linux tells it.
#[cfg(target_os = "linux")]
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = statm.split_whitespace().nth(1).unwrap().parse().unwrap();
    pages * 4096 / (1 << 20)
}

/// typst keeps about a megabyte per document when its cache is not emptied.
#[test]
#[cfg(target_os = "linux")]
#[expect(clippy::print_stdout, reason = "the figures are the point")]
fn memory_does_not_grow_with_the_number_of_documents() {
    let renderer = Renderer::new().unwrap();
    let mut payload = privat();
    let mut times = Vec::new();
    let mut before = 0;
    for number in 0..220 {
        payload["melding"] = json!(format!("Melding nummer {number}. ").repeat(20));
        let started = Instant::now();
        renderer.render(&dokument(Privat, Sprak::Bokmal, &payload)).unwrap();
        times.push(started.elapsed());
        if number == 19 {
            before = resident();
        }
    }
    let after = resident();
    times.sort();
    println!("resident {before} MiB after 20 documents, {after} MiB after 220");
    println!("one document: p50 {:?}, p99 {:?}", times[110], times[217]);
    // Other tests run at the same time, so this is loose: without emptying it would be some 200 MiB.
    assert!(after < before + 120, "{before} MiB to {after} MiB");
}
