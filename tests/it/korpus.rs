//! Readers of a stranger's bytes: their corpora played, whole and cut off, and then changed by chance.
//!
//! `MELDEPORT_FUZZ_RUNS` says how many changed inputs each reader gets, `MELDEPORT_FUZZ_SEED` which: always the same few here.

#[path = "../../fuzz/read.rs"]
mod read;

use std::{
    env, fs,
    io::Write as _,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    time::Instant,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

type Read = fn(&[u8]);

const TARGETS: [(&str, Read); 5] = [
    ("asice", read::asice),
    ("jwt", read::jwt),
    ("konvolutt", read::konvolutt),
    ("multipart", read::multipart),
    ("skjema", read::skjema),
];

fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

#[test]
fn every_input_of_the_corpora_is_borne() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, TARGETS.map(|(name, _)| name), "a corpus came or went: say so here");
    let mut played = 0;
    for (name, read) in TARGETS {
        for bytes in corpus(name) {
            read(&bytes);
            for end in (0..bytes.len()).step_by(1 + bytes.len() / 50) {
                read(&bytes[..end]);
            }
            played += 1;
        }
    }
    assert!(played > 100, "{played}");
    say(&format!(
        "corpora of {} readers: {played} inputs played, each whole and cut off at fifty places",
        TARGETS.len()
    ));
}

/// What readers stumble over: nothing, everything, signs, lengths, and the characters that forms are made of.
const ODD: [&[u8]; 16] = [
    b"",
    b"\0",
    b"\xFF\xFF\xFF\xFF",
    b"\x80",
    b"\x7F",
    b"\x84\x7F\xFF\xFF\xFF",
    b"PK\x01\x02",
    b"PK\x05\x06",
    b"\r\n\r\n",
    b"--x",
    b"..",
    b"../",
    b"{\"",
    b"\"]}",
    b"\\ud800",
    b"1e999",
];

/// One of the inputs with some changes.
fn changed(rng: &mut StdRng, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = corpus[rng.random_range(0..corpus.len())].clone();
    for _ in 0..rng.random_range(1..8) {
        let at = rng.random_range(0..=bytes.len());
        let end = at + rng.random_range(0..=(bytes.len() - at).min(64));
        match rng.random_range(0..8) {
            0 | 1 if at < bytes.len() => bytes[at] = rng.random(),
            2 if at < bytes.len() => bytes[at] ^= 1 << rng.random_range(0..8),
            3 => drop(bytes.drain(at..end)),
            4 => drop(bytes.splice(at..end, ODD[rng.random_range(0..ODD.len())].iter().copied())),
            5 => {
                let copy = bytes[at..end].to_vec();
                let to = rng.random_range(0..=bytes.len());
                drop(bytes.splice(to..to, copy));
            }
            6 => {
                let other = &corpus[rng.random_range(0..corpus.len())];
                let from = rng.random_range(0..=other.len());
                let upto = from + rng.random_range(0..=(other.len() - from).min(256));
                drop(bytes.splice(at..end, other[from..upto].iter().copied()));
            }
            7 if at > 0 && rng.random_bool(0.1) => bytes.truncate(at),
            _ => {}
        }
    }
    bytes
}

#[test]
fn changed_inputs_are_borne() {
    let number = |name: &str, usual| env::var(name).map_or(usual, |text| text.parse::<u64>().unwrap());
    let (runs, seed) = (number("MELDEPORT_FUZZ_RUNS", 3_000), number("MELDEPORT_FUZZ_SEED", 20_261_122));
    for (name, read) in TARGETS {
        let (corpus, started) = (corpus(name), Instant::now());
        let mut rng = StdRng::seed_from_u64(seed);
        for _ in 0..runs {
            let bytes = changed(&mut rng, &corpus);
            if catch_unwind(AssertUnwindSafe(|| read(&bytes))).is_err() {
                panic!("{name} stumbles over (base64) {}", STANDARD.encode(&bytes));
            }
        }
        say(&format!("{name}: {runs} changed inputs borne in {} s, seed {seed}", started.elapsed().as_secs()));
    }
}

/// Past libtest, which hides what passing tests print.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
