//! Text messages over a supplier's HTTP interface. Suppliers differ; what is sent here is plain enough to be mapped by a
//! few lines in a proxy: `POST` with `{"id", "til", "tekst", "avsender"}`, the number as E.164.

use std::fmt;

use async_trait::async_trait;
use reqwest::{Client, StatusCode, header};

use super::{Grunn, HttpSettings, Melding, SendFeil, Sms, Smsport};
use crate::system::SecretString;

/// Hands each message to a supplier. One that answers 2xx has taken it.
pub struct Http {
    client: Client,
    url: String,
    token: Option<SecretString>,
    avsender: String,
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http").finish_non_exhaustive()
    }
}

impl Http {
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(settings: HttpSettings) -> Result<Self, reqwest::Error> {
        let HttpSettings { url, token, avsender, tidsfrist } = settings;
        // A redirect would take the number and the code to somebody else.
        let client = Client::builder().timeout(tidsfrist).redirect(reqwest::redirect::Policy::none()).build()?;
        Ok(Self { client, url, token, avsender })
    }
}

#[async_trait]
impl Smsport for Http {
    async fn send(&self, sms: &Sms) -> Result<(), SendFeil> {
        let body = Melding::json(sms, Some(&self.avsender));
        let mut request = self
            .client
            .post(&self.url)
            .header(header::CONTENT_TYPE, "application/json")
            // The same for every try of one message.
            .header("Idempotency-Key", sms.id.to_string())
            .body(body.expose().clone());
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.expose());
        }
        let answer = request.send().await.map_err(|error| {
            SendFeil::Midlertidig(if error.is_timeout() { Grunn::Tidsavbrudd } else { Grunn::Forbindelse })
        })?;
        judge(answer.status())
    }
}

fn judge(status: StatusCode) -> Result<(), SendFeil> {
    let grunn = Grunn::Svar(status.as_u16());
    match status {
        status if status.is_success() => Ok(()),
        // These say something about the message; the other 4xx about our settings or about the moment.
        StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE | StatusCode::UNPROCESSABLE_ENTITY => {
            Err(SendFeil::Permanent(grunn))
        }
        _ => Err(SendFeil::Midlertidig(grunn)),
    }
}
