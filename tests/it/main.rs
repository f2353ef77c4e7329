//! The whole gateway, tested through its public door: HTTP against a gateway in this process (or in processes of its
//! own, where a test kills it), on SQLite and, when `TEST_DATABASE_URL` names a server, on PostgreSQL as well.
//!
//! To add a test: an `async fn name(t: &mut Gate)` in the file of its area, and its name in that file's
//! `on_every_database!`. The clock stands still until the test moves it, and jobs run when the test says so.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where it is surprised"
)]

#[macro_use]
mod support;

mod admin;
mod architecture;
mod auth;
mod backup;
mod brev;
mod bruk;
mod capture;
mod coverage;
mod deaths;
mod delivery;
mod download;
mod durability;
mod endringer;
mod envelopes;
mod errors;
mod etterfolger;
mod forklaring;
mod grenser;
mod hemmeligheter;
mod hoder;
mod idempotency;
mod jwks;
mod kanal;
mod klienter;
mod klokke;
mod kommune;
mod konfigtilgang;
mod konfigurasjon;
mod korpus;
mod kort;
mod ledsagerbevis;
mod main_job;
mod manuell;
mod matrise;
mod metrics;
mod migrations;
mod nodes;
mod nokkelbevis;
mod openapi;
mod person;
mod personregister;
mod plaintext;
mod portal;
mod privacy;
mod queue;
mod reserve;
mod retention;
mod roller;
mod samarbeid;
mod simulering;
mod sizes;
mod skjema;
mod spec;
mod spor;
mod store;
mod svarinn;
mod threats;
mod tls;
mod tokens;
mod utskrift;
mod varsler;
mod versjoner;
