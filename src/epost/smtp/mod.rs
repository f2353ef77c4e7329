//! E-mails over a mail server, by `lettre`.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use lettre::{
    Message,
    transport::smtp::{
        Error, SMTP_PORT, SUBMISSION_PORT, SUBMISSIONS_PORT,
        authentication::{Credentials, DEFAULT_MECHANISMS},
        client::{AsyncSmtpConnection, TlsParameters},
        extension::ClientId,
    },
};
use tokio::time::{Instant, timeout};

use super::{
    Adresse, Epost, Grunn, Kryptering, Postkasse, SendFeil, SettingsFault, SmtpSettings, bygg, is_this_machine,
};

/// How long a connection waits for the next e-mail. Servers and the firewalls before them forget one after some minutes.
const IDLE: Duration = Duration::from_secs(30);

/// "Authentication required" (RFC 4954 § 6): says something about our settings, not about the e-mail.
const NOT_LOGGED_IN: u16 = 530;

/// Hands each e-mail to a mail server, which takes it for all recipients or for none.
///
/// The connection is kept a while for the next e-mail, but only after a conversation that ended well. That is why lettre's
/// own pool is not used: it takes a connection back when a send is abandoned in the middle (its timeout is for connecting
/// only), and the next e-mail would then read the answers to this one.
pub struct Smtp {
    fra: Adresse,
    vert: String,
    port: u16,
    tls: Option<(Kryptering, TlsParameters)>,
    innlogging: Option<Credentials>,
    tidsfrist: Duration,
    ledig: Mutex<Option<(AsyncSmtpConnection, Instant)>>,
}

impl Smtp {
    /// # Errors
    /// A server elsewhere without encryption, or TLS that cannot be set up.
    pub fn new(fra: Adresse, settings: SmtpSettings) -> Result<Self, SettingsFault> {
        let SmtpSettings { vert, port, kryptering, innlogging, tidsfrist } = settings;
        let tls = match kryptering {
            Kryptering::Ingen if is_this_machine(&vert) => None,
            Kryptering::Ingen => return Err(SettingsFault::Unencrypted),
            Kryptering::Tls | Kryptering::Starttls => {
                let parameters = TlsParameters::new(vert.clone());
                Some((kryptering, parameters.map_err(|error| SettingsFault::Tls(error.to_string()))?))
            }
        };
        let usual = match kryptering {
            Kryptering::Tls => SUBMISSIONS_PORT,
            Kryptering::Starttls => SUBMISSION_PORT,
            Kryptering::Ingen => SMTP_PORT,
        };
        let innlogging = innlogging.map(|(user, password)| Credentials::new(user, password.expose().clone()));
        let port = port.unwrap_or(usual);
        Ok(Self { fra, vert, port, tls, innlogging, tidsfrist, ledig: Mutex::new(None) })
    }

    async fn deliver(&self, message: &Message) -> Result<(), SendFeil> {
        let mut connection = match self.waiting().await {
            Some(connection) => connection,
            // Whatever a server says here, it has not seen the e-mail yet.
            None => self.connect().await.map_err(|error| SendFeil::Midlertidig(reason(&error)))?,
        };
        connection.send(message.envelope(), &message.formatted()).await.map_err(|error| match reason(&error) {
            Grunn::Svar(code) if error.is_permanent() && code != NOT_LOGGED_IN => {
                SendFeil::Permanent(Grunn::Svar(code))
            }
            reason => SendFeil::Midlertidig(reason),
        })?;
        *self.ledig.lock().unwrap_or_else(PoisonError::into_inner) = Some((connection, Instant::now()));
        Ok(())
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Error> {
        // Who we are in the eyes of the server: an own domain rather than the name of a container.
        let hello = ClientId::Domain(self.fra.domain().to_owned());
        let (from_start, later) = match self.tls.clone() {
            Some((Kryptering::Starttls, parameters)) => (None, Some(parameters)),
            Some((_, parameters)) => (Some(parameters), None),
            None => (None, None),
        };
        // Connecting is bounded by the whole send's time.
        let address = (self.vert.as_str(), self.port);
        let mut connection = AsyncSmtpConnection::connect_tokio1(address, None, &hello, from_start, None).await?;
        if let Some(parameters) = later {
            connection.starttls(parameters, &hello).await?;
        }
        if let Some(credentials) = &self.innlogging {
            connection.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        Ok(connection)
    }

    /// The connection of the last e-mail, if it is still good.
    async fn waiting(&self) -> Option<AsyncSmtpConnection> {
        let waiting = self.ledig.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (mut connection, since) = waiting?;
        (since.elapsed() < IDLE && connection.test_connected().await).then_some(connection)
    }
}

#[async_trait]
impl Postkasse for Smtp {
    async fn send(&self, epost: &Epost) -> Result<(), SendFeil> {
        let message = bygg::message(&self.fra, epost)?;
        let sent = timeout(self.tidsfrist, self.deliver(&message)).await;
        sent.unwrap_or(Err(SendFeil::Midlertidig(Grunn::Tidsavbrudd)))
    }
}

/// What of an error may be told: a server's own words often repeat an address.
fn reason(error: &Error) -> Grunn {
    match error.status() {
        Some(code) => code.to_string().parse().map_or(Grunn::Uforstaelig, Grunn::Svar),
        None if error.is_response() => Grunn::Uforstaelig,
        None => Grunn::Forbindelse(error.to_string()),
    }
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Smtp").field("vert", &self.vert).field("port", &self.port).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
