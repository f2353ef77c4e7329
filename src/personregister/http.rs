//! A person register over HTTP. The national registers ask for agreements and certificates of the municipality's own, so an
//! operator puts a small proxy before them, which answers as `docs/personregister.md` says.

use std::{fmt, time::Duration};

use async_trait::async_trait;
use reqwest::{Client, Response, StatusCode, header};
use serde::Deserialize;

use super::{Personregister, RegisterNede, Registrert};
use crate::{
    model::{ledsagerbevis::Adresse, telefon::Telefonnummer},
    system::{Secret, SecretBytes, SecretString},
};

/// Most bytes of an answer: much more than a name, an address and a number.
const MAX_SVAR: usize = 16 * 1024;
/// Times that the register is asked about one person. A case worker waits.
const FORSOK: u32 = 2;

#[derive(Debug)]
pub struct HttpSettings {
    pub url: String,
    /// Sent as `Authorization: Bearer`; `None` for a proxy on this machine that asks for none.
    pub token: Option<SecretString>,
    pub tidsfrist: Duration,
}

/// Asks an operator's proxy.
pub struct Http {
    client: Client,
    url: String,
    token: Option<SecretString>,
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http").finish_non_exhaustive()
    }
}

/// What the proxy answers.
#[derive(Deserialize)]
struct Svar {
    navn: SecretString,
    adresse: Option<Adressesvar>,
    telefonnummer: Option<SecretString>,
    /// Must be there: an answer that does not say whether the address is protected is no answer.
    gradert: bool,
}

#[derive(Deserialize)]
struct Adressesvar {
    adressenavn: SecretString,
    postnummer: SecretString,
    poststed: SecretString,
}

/// Why one try gave nothing.
enum Feil {
    /// May go better at once.
    Forbigaende(&'static str),
    Svar(StatusCode),
    Uleselig,
}

impl Http {
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(settings: HttpSettings) -> Result<Self, reqwest::Error> {
        let HttpSettings { url, token, tidsfrist } = settings;
        // A redirect would take the number to somebody else.
        let client = Client::builder().timeout(tidsfrist).redirect(reqwest::redirect::Policy::none()).build()?;
        Ok(Self { client, url, token })
    }

    async fn ask(&self, fnr: &SecretString) -> Result<Option<Registrert>, Feil> {
        let body = Secret::new(format!("{{\"fnr\":\"{}\"}}", fnr.expose()));
        let mut request = self
            .client
            .post(&self.url)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json")
            .body(body.expose().clone());
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.expose());
        }
        let answer = request.send().await.map_err(|error| {
            Feil::Forbigaende(if error.is_timeout() { "no answer in time" } else { "cannot be reached" })
        })?;
        match answer.status() {
            StatusCode::OK => read(&whole(answer).await?).map(Some),
            StatusCode::NOT_FOUND => Ok(None),
            StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
                Err(Feil::Forbigaende("not available"))
            }
            other => Err(Feil::Svar(other)),
        }
    }
}

#[async_trait]
impl Personregister for Http {
    async fn finn(&self, fnr: &SecretString) -> Result<Option<Registrert>, RegisterNede> {
        // Digits and nothing else go into the body.
        if fnr.expose().len() != 11 || !fnr.expose().bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(None);
        }
        for attempt in 1..=FORSOK {
            match self.ask(fnr).await {
                Ok(found) => return Ok(found),
                Err(Feil::Forbigaende(reason)) => tracing::warn!(attempt, reason, "the person register did not answer"),
                Err(Feil::Svar(status)) => {
                    tracing::error!(status = status.as_u16(), "the person register refused to answer");
                    break;
                }
                Err(Feil::Uleselig) => {
                    tracing::error!("the person register's answer is not what it should be");
                    break;
                }
            }
        }
        Err(RegisterNede)
    }
}

async fn whole(mut answer: Response) -> Result<SecretBytes, Feil> {
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|_| Feil::Forbigaende("broke off"))? {
        if bytes.len() + chunk.len() > MAX_SVAR {
            return Err(Feil::Uleselig);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Secret::new(bytes))
}

/// A protected address, and the number that may lead to it, are dropped here already.
fn read(answer: &SecretBytes) -> Result<Registrert, Feil> {
    let Svar { navn, adresse, telefonnummer, gradert } =
        serde_json::from_slice(answer.expose()).map_err(|_| Feil::Uleselig)?;
    if navn.expose().trim().is_empty() || navn.expose().chars().any(char::is_control) {
        return Err(Feil::Uleselig);
    }
    let adresse = adresse.filter(|_| !gradert).map(|Adressesvar { adressenavn, postnummer, poststed }| Adresse {
        adressenavn,
        postnummer,
        poststed,
    });
    // One that no text message can be sent to is of no use.
    let callable = |number: &SecretString| number.expose().parse::<Telefonnummer>().is_ok();
    Ok(Registrert {
        navn,
        adresse,
        telefonnummer: telefonnummer.filter(|_| !gradert).filter(callable),
        beskyttet: gradert,
    })
}
