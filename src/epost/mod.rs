//! Warnings by e-mail: the texts, the message, and two ways to send it. Who is warned of what, and that it happens once,
//! is decided elsewhere.
//!
//! - [`tekst`]: what a warning says, in bokmål and nynorsk.
//! - [`Mappe`]: each e-mail a file in a folder, for those who have no mail server or send the files on themselves.
//! - [`Smtp`]: over a mail server.
//!
//! Both send the same bytes. An address is nowhere in a log, an error or a `Debug`.

mod adresse;
mod bygg;
mod mappe;
mod smtp;
pub mod tekst;

use std::{fmt::Debug, io, path::PathBuf, sync::Arc, time::Duration};

use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

pub use adresse::{Adresse, InvalidAdresse};
pub use mappe::Mappe;
pub use smtp::Smtp;

use crate::system::SecretString;

/// One e-mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Epost {
    /// Becomes the `Message-ID`, so that a repeat can be recognised, and the file's name in a folder.
    pub id: Uuid,
    /// All of them stand in the message. A mail server takes it for all or for none: one address that it refuses stops
    /// the others' too, so recipients who do not depend on each other get an e-mail each.
    pub til: Vec<Adresse>,
    pub emne: String,
    pub tekst: String,
    /// When it was written: the header `Date`, to the second.
    pub tidspunkt: Timestamp,
}

/// Takes e-mails.
#[async_trait]
pub trait Postkasse: Send + Sync + Debug {
    /// Sends one e-mail. When this is `Ok`, it is on disk or in the mail server's hands. After an error, the server may
    /// have taken it all the same (its answer was lost); sending it again with the same id is then harmless to those who
    /// look at the `Message-ID`.
    ///
    /// # Errors
    /// [`SendFeil::Midlertidig`] when the same e-mail may be taken later, [`SendFeil::Permanent`] when it never will.
    async fn send(&self, epost: &Epost) -> Result<(), SendFeil>;
}

/// Why an e-mail was not sent. Holds no address, and nothing that a mail server wrote: that may hold one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendFeil {
    /// Try again later. What an operator can mend is of this kind too: a full disk, a wrong password.
    #[error("e-posten kunne ikke sendes nå: {0}")]
    Midlertidig(Grunn),
    /// The e-mail itself was refused; the same one will be refused again.
    #[error("e-posten kan ikke sendes: {0}")]
    Permanent(Grunn),
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Grunn {
    #[error("den har ingen mottaker")]
    IngenMottaker,
    #[error("den lar seg ikke skrive som e-post")]
    Form,
    #[error("mappen for e-post kan ikke skrives til ({0})")]
    Mappe(io::ErrorKind),
    #[error("e-posttjeneren svarte ikke i tide")]
    Tidsavbrudd,
    /// With the reason of the operating system or of OpenSSL.
    #[error("forbindelsen til e-posttjeneren sviktet ({0})")]
    Forbindelse(String),
    #[error("e-posttjeneren svarte noe annet enn SMTP, eller la på")]
    Uforstaelig,
    /// The reply code (RFC 5321 § 4.2).
    #[error("e-posttjeneren svarte {0}")]
    Svar(u16),
}

/// How e-mails are sent.
#[derive(Debug)]
pub struct Settings {
    /// Whom they are from, and whom a mail server tells that one did not arrive.
    pub fra: Adresse,
    pub transport: Transport,
}

#[derive(Debug)]
pub enum Transport {
    /// Each e-mail becomes a file in this folder.
    Mappe(PathBuf),
    Smtp(SmtpSettings),
}

#[derive(Debug)]
pub struct SmtpSettings {
    pub vert: String,
    /// `None`: the usual one for the encryption.
    pub port: Option<u16>,
    pub kryptering: Kryptering,
    /// User name and password.
    pub innlogging: Option<(String, SecretString)>,
    /// For one e-mail, from the first packet to the last answer.
    pub tidsfrist: Duration,
}

/// How the connection to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kryptering {
    /// TLS from the start (RFC 8314). Port 465.
    Tls,
    /// STARTTLS; a server that does not offer it gets nothing. Port 587.
    Starttls,
    /// None, to a server on this machine only. Port 25.
    Ingen,
}

/// Why nothing can be sent with these settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsFault {
    #[error("uten kryptering kan e-post bare sendes til en e-posttjener på samme maskin (localhost)")]
    Unencrypted,
    #[error("TLS kan ikke settes opp: {0}")]
    Tls(String),
}

/// What sends e-mails with these settings. Opens no connection and makes no folder yet.
///
/// # Errors
/// A server elsewhere without encryption, or TLS that cannot be set up.
pub fn open(settings: Settings) -> Result<Arc<dyn Postkasse>, SettingsFault> {
    Ok(match settings.transport {
        Transport::Mappe(folder) => Arc::new(Mappe::new(settings.fra, folder)),
        Transport::Smtp(smtp) => Arc::new(Smtp::new(settings.fra, smtp)?),
    })
}

/// Whether a mail server's name means this machine, whatever a name server says.
pub fn is_this_machine(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "::1")
}

#[cfg(test)]
mod tests;
