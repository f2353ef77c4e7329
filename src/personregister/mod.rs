//! Who somebody is, by a population register and a contact register. Which registers, an installation decides: this is the
//! shape that the domain asks in. Without any, a case worker writes the name, address and number by hand.
//!
//! - [`Http`]: an operator's proxy to the registers.

mod http;

use std::fmt::Debug;

use async_trait::async_trait;

pub use http::{Http, HttpSettings};

use crate::{model::ledsagerbevis::Adresse, system::SecretString};

/// A person, as the registers know her. What they do not know is left out.
#[derive(Debug)]
pub struct Registrert {
    pub navn: SecretString,
    pub adresse: Option<Adresse>,
    pub telefonnummer: Option<SecretString>,
    /// The address is protected (*adressebeskyttelse*): neither it nor the number may be shown to anybody.
    pub beskyttet: bool,
}

/// Why nothing could be looked up. Holds nothing of the person asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the person register does not answer")]
pub struct RegisterNede;

/// Looks persons up.
#[async_trait]
pub trait Personregister: Send + Sync + Debug {
    /// `None` for a number that nobody has.
    ///
    /// # Errors
    /// When the register cannot be asked now.
    async fn finn(&self, fnr: &SecretString) -> Result<Option<Registrert>, RegisterNede>;
}
