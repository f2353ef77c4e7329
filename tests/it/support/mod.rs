//! What the tests stand on: a town, a database each, a running gateway, and callers.

use std::{fs, path::PathBuf};

#[macro_use]
mod database;
mod answer;
pub mod bevis;
mod caller;
pub mod dokument;
pub mod forged;
mod gate;
pub mod konfig;
mod log;
mod merke;
mod mottak;
mod nabo;
mod operations;
mod post;
mod process;
mod report;
mod smsboks;
mod town;

pub use answer::{Answer, answer, answer_as_it_is, id_of, ids_of, raw};
pub use caller::{Caller, Person};
pub use database::{Database, PATIENCE, Start, in_time, start};
pub use gate::{GRUPPE, Gate, MASKINPORTEN, ROLLE, Settings, UTSTEDER, register};
pub use log::{keep_log, log, watch_log};
pub use merke::look;
pub use mottak::{Saksbehandler, Svarinn};
pub use nabo::Nabo;
pub use operations::{Call, calls};
pub use post::Post;
pub use process::Site;
pub use report::{Report, Sak, form};
pub use smsboks::Smsboks;
pub use town::{KeySource, grant, issuer_key, sign, signed_token, start_of_tests, town};

pub const V1: &str = "/bekymringsmelding/api/v1";
pub const V2: &str = "/bekymringsmelding/api/v2";
pub const PRINT: &str = "/print/api/v1";

/// A file of `tests/fixtures`.
pub fn fixture(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
