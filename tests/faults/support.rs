//! What the integration tests stand on, as far as it serves here: the town, its Maskinporten, and gateways in processes.

#![expect(dead_code, unused_imports, unused_macros, reason = "the integration tests use more of it")]

use std::{fs, net::TcpListener, path::PathBuf};

use meldeport::system::Rng;

#[path = "../it/support/answer.rs"]
mod answer;
#[path = "../it/support/caller.rs"]
mod caller;
#[path = "../it/support/database.rs"]
mod database;
#[path = "../it/support/dokument.rs"]
pub mod dokument;
#[path = "../it/support/merke.rs"]
mod merke;
#[path = "../it/support/process.rs"]
mod process;
#[path = "../it/support/report.rs"]
mod report;
#[path = "../it/support/town.rs"]
mod town;

pub use answer::{Answer, answer, answer_as_it_is, id_of, ids_of, raw};
pub use caller::Caller;
pub use database::{Database, PATIENCE, Start};
pub use process::{Node, Server, Site};
pub use report::{Report, form};
pub use town::{KeySource, grant, issuer_key, town};

pub const V2: &str = "/bekymringsmelding/api/v2";

/// A file of the integration tests' fixtures.
pub fn fixture(name: &str) -> Vec<u8> {
    fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)).unwrap()
}

/// An address that is free now, so that a gateway can come back to it.
pub fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

/// A number below `bound`.
pub fn below(rng: &dyn Rng, bound: u64) -> u64 {
    let mut bytes = [0; 8];
    rng.fill(&mut bytes);
    u64::from_le_bytes(bytes) % bound
}
