//! Both commands against a small gateway on a real socket that fails when told to.

mod command;
mod fetch;
mod gateway;
mod send;
mod token;
mod world;

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::watch::{Step, Stopped, Unwatched, Watch};

/// Stops the run where it passes a step for the n-th time: what lies on the disk then is what a kill leaves.
#[derive(Debug)]
struct Kill {
    at: Step,
    left: AtomicUsize,
}

impl Kill {
    fn at(at: Step, nth: usize) -> Arc<Self> {
        Arc::new(Self { at, left: AtomicUsize::new(nth) })
    }
}

impl Watch for Kill {
    fn step(&self, step: Step) -> Result<(), Stopped> {
        if step == self.at && self.left.fetch_sub(1, Ordering::SeqCst) == 1 { Err(Stopped(step)) } else { Ok(()) }
    }
}

fn nobody() -> Arc<dyn Watch> {
    Arc::new(Unwatched)
}

/// Every file below a folder, with its content.
fn files(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            found.extend(files(&path).into_iter().map(|(below, bytes)| (format!("{name}/{below}"), bytes)));
        } else {
            found.push((name, std::fs::read(path).unwrap()));
        }
    }
    found.sort();
    found
}
