//! The other side of the gateway: `meldeport fetch` takes a municipality's reports home, `meldeport send` hands one in.
//! Both are thin over parts that stand alone, and are the reference for a vendor that writes its own:
//!
//! | part | does |
//! |---|---|
//! | [`token`] | the Maskinporten grant and its access token |
//! | [`api`] | one method per operation, with retry |
//! | [`download`] | resumable, verified download |
//! | [`keyring`] | decryption, signature, trust |
//! | [`fetcher`], [`sender`] | the steps of the two commands |
//! | [`inbox`], [`outbox`] | the disk, in an order that survives a kill |
//! | [`watch`] | looking on: the demo's narration, `--vis-curl`, the tests' kills |
//!
//! Both commands may be killed at any time and started again: nothing is lost and nothing happens twice.

use std::sync::Arc;

use crate::system::{Clock, Ids, Rng};

pub mod api;
pub(crate) mod call;
pub mod config;
pub mod download;
pub mod error;
pub mod fetch;
pub mod fetcher;
mod files;
pub mod inbox;
pub mod keyring;
pub mod outbox;
pub mod print_token;
pub mod progress;
pub mod retry;
pub mod send;
pub mod sender;
#[cfg(test)]
mod tests;
pub mod token;
pub mod watch;
pub mod wire;

/// How a command ended, as the shell sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// All done.
    Done = 0,
    /// Something failed; another run may help.
    Failed = 1,
    /// Wrong use or configuration.
    Usage = 2,
    /// Some reports could not be opened, or were refused for good: a person must look.
    NeedsPerson = 3,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// The gateway as a configuration file describes it.
fn connect(
    connection: &config::Connection,
    maskinporten: &config::Maskinporten,
    credential: &keyring::Credential,
    base: &config::Base,
    clock: &Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
) -> Result<api::Api, config::ConfigError> {
    let ca = connection.ca.as_deref().map(|path| base.bytes(path)).transpose()?;
    let http = api::http_client(ca.as_ref().map(|pem| pem.expose().as_slice()))?;
    let settings = token::GrantSettings::from_config(maskinporten, connection.usikret_http)?;
    let signer = token::GrantSigner::from_credential(credential)?;
    let ids = Ids::new(clock.clone(), rng.clone());
    let tokens = token::TokenSource::new(settings, signer, clock.clone(), ids);
    Ok(api::Api::new(http, api::Gateway::from_config(connection, base)?, tokens, rng))
}
