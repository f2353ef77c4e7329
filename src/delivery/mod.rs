//! Getting accepted reports to someone who acts on them.
//!
//! To add a channel: a file in [`channels`], a [`Kanal`](crate::model::melding::Kanal) variant, one line in
//! [`channels::all`]. The contract test in `tests/it/delivery.rs` runs over all of them.

pub mod channels;
pub mod kortbrev;
pub mod sms;
mod takt;
pub mod tall;
pub mod utlop;
pub mod varsler;
pub mod vedlikehold;
pub mod worker;

pub use worker::{Worker, WorkerSettings};
