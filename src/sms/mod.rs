//! Text messages: one-time codes, and notices about a card. What is sent, to whom and how often is decided elsewhere.
//!
//! - [`Mappe`]: each message a file in a folder, for those who have no gateway or send the files on themselves.
//! - [`Http`]: over a supplier's HTTP interface.
//!
//! A number or a text is nowhere in a log, an error or a `Debug`.

mod http;
mod mappe;

use std::{fmt::Debug, io, path::PathBuf, sync::Arc, time::Duration};

use async_trait::async_trait;
use uuid::Uuid;

pub use http::Http;
pub use mappe::Mappe;

use crate::{
    model::telefon::Telefonnummer,
    system::{Secret, SecretString},
};

/// One text message.
#[derive(Debug)]
pub struct Sms {
    /// By which a repeat is recognised: the file's name in a folder, the `Idempotency-Key` of a call.
    pub id: Uuid,
    pub til: Telefonnummer,
    pub tekst: SecretString,
}

/// Takes text messages.
#[async_trait]
pub trait Smsport: Send + Sync + Debug {
    /// Sends one message. When this is `Ok`, it is on disk or in the supplier's hands. After an error the supplier may have
    /// taken it all the same; sending it again with the same id is then harmless.
    ///
    /// # Errors
    /// [`SendFeil::Midlertidig`] when the same message may be taken later, [`SendFeil::Permanent`] when it never will.
    async fn send(&self, sms: &Sms) -> Result<(), SendFeil>;
}

/// Why a message was not sent. Holds no number, and nothing that a supplier wrote: that may hold one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SendFeil {
    /// Try again later. What an operator can mend is of this kind too: a full disk, a wrong token.
    #[error("the message could not be sent now: {0}")]
    Midlertidig(Grunn),
    /// The message itself was refused; the same one will be refused again.
    #[error("the message cannot be sent: {0}")]
    Permanent(Grunn),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Grunn {
    #[error("the folder for text messages cannot be written to ({0})")]
    Mappe(io::ErrorKind),
    #[error("the supplier did not answer in time")]
    Tidsavbrudd,
    #[error("the supplier cannot be reached")]
    Forbindelse,
    #[error("the supplier answered {0}")]
    Svar(u16),
}

/// How messages are sent.
#[derive(Debug)]
pub enum Settings {
    /// Each message becomes a file in this folder.
    Mappe(PathBuf),
    Http(HttpSettings),
}

#[derive(Debug)]
pub struct HttpSettings {
    pub url: String,
    /// Sent as `Authorization: Bearer`; `None` for a supplier on this machine that asks for none.
    pub token: Option<SecretString>,
    /// Whom the messages are from: at most eleven letters and digits, or a number.
    pub avsender: String,
    pub tidsfrist: Duration,
}

/// What sends messages with these settings. Opens no connection and makes no folder yet.
///
/// # Errors
/// When TLS cannot be set up.
pub fn open(settings: Settings) -> Result<Arc<dyn Smsport>, reqwest::Error> {
    Ok(match settings {
        Settings::Mappe(folder) => Arc::new(Mappe::new(folder)),
        Settings::Http(http) => Arc::new(Http::new(http)?),
    })
}

/// What a message is as JSON, in a file and to a supplier.
#[derive(serde::Serialize)]
struct Melding<'a> {
    id: Uuid,
    til: &'a str,
    tekst: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    avsender: Option<&'a str>,
}

impl Melding<'_> {
    fn json(sms: &Sms, avsender: Option<&str>) -> Secret<Vec<u8>> {
        let melding = Melding { id: sms.id, til: sms.til.e164(), tekst: sms.tekst.expose(), avsender };
        // Texts and an id: there is nothing that JSON cannot hold.
        Secret::new(serde_json::to_vec(&melding).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests;
