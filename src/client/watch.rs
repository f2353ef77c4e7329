//! Looking over the client's shoulder: the demo narrates with it, `--vis-curl` prints with it, the tests die with it.

use std::fmt::Debug;

/// A point after which the world outside the process has changed, in the order in which a run passes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// fetch: the ciphertext is in memory and its digest is right.
    Downloaded,
    /// fetch: decrypted, and the signature holds.
    Opened,
    /// fetch: the files lie in the hidden folder, synced.
    Written,
    /// fetch: the folder has its final name, synced.
    Published,
    /// fetch: the gateway has the receipt.
    Confirmed,
    /// fetch: `kvittering.json` lies beside the files. Nothing remains to be done.
    Noted,
    /// send: the request is sealed, only in memory.
    Sealed,
    /// send: the sealed request is in the outbox, synced.
    Queued,
    /// send: the gateway answered 201.
    Accepted,
    /// send: the receipt file is written, synced.
    Receipted,
    /// send: the ciphertext is gone from the outbox. Nothing remains to be done.
    Cleared,
}

/// The watcher asked the run to stop where it is, leaving everything as it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stanset etter {0:?}")]
pub struct Stopped(pub Step);

/// Told about every request and every step.
pub trait Watch: Send + Sync + Debug {
    /// A request is about to be sent. The line is a `curl` command that does the same; secrets stand as `$NAME`.
    fn request(&self, _curl: &str) {}

    /// A step was passed. An error stops the run right there, as a kill would.
    fn step(&self, _step: Step) -> Result<(), Stopped> {
        Ok(())
    }
}

/// Watches nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Watch for Unwatched {}
