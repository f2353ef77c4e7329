//! The gateway's HTTP API, one method per operation, each a plain exchange that retries by itself. `fetch` and `send`
//! are thin users of it, and so may be anything else: the methods are the reference for who writes a client.

use std::{sync::Arc, time::Duration};

use reqwest::{StatusCode, header};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::{
    call::{Body, Call},
    config::{Base, ConfigError, Connection},
    error::{ApiError, Peer, refusal},
    retry::{Retry, Tries},
    token::TokenSource,
    watch::{Unwatched, Watch},
    wire::{Bydel, Innsendt, Krypteringsnokler, Kvittering, Melding, Side, Status},
};
use crate::system::{Rng, SecretString};

/// No connection stays silent for longer; a long-poll lasts at most 60 s.
const SILENCE: Duration = Duration::from_secs(90);

/// Where a sender's report goes.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    pub kommunenummer: String,
    pub bydelsnummer: String,
    /// `offentlig` or `privat`, as in the path.
    pub skjematype: String,
}

/// Which waiting reports to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub kommunenummer: Option<String>,
    pub bydelsnummer: Option<String>,
    pub antall: Option<u16>,
}

/// The rest of a download, if the content is still the one with this tag.
#[derive(Debug, Clone)]
pub(crate) struct Resume {
    pub from: u64,
    pub etag: String,
}

/// The gateway and who we are to it.
#[derive(Debug)]
pub struct Gateway {
    pub base_url: String,
    pub fiks_org_id: Uuid,
    pub integrasjon_id: Uuid,
    pub password: SecretString,
}

impl Gateway {
    pub fn from_config(config: &Connection, base: &Base) -> Result<Self, ConfigError> {
        Ok(Self {
            base_url: config.base_url()?,
            fiks_org_id: config.fiks_org_id,
            integrasjon_id: config.integrasjon_id,
            password: base.secret(&config.integrasjon_passord)?,
        })
    }
}

/// An HTTP client that follows no redirect (it would carry the password along) and never waits forever. `ca` is PEM.
pub fn http_client(ca: Option<&[u8]>) -> Result<reqwest::Client, ConfigError> {
    let unusable = |error: reqwest::Error| ConfigError::Wrong(format!("«ca» kan ikke brukes: {error}"));
    let roots = ca.map(reqwest::Certificate::from_pem_bundle).transpose().map_err(unusable)?;
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(10))
        .read_timeout(SILENCE)
        .user_agent(concat!("meldeport/", env!("CARGO_PKG_VERSION")))
        .tls_certs_merge(roots.unwrap_or_default())
        .build()
        .map_err(unusable)
}

#[derive(Debug)]
pub struct Api {
    http: reqwest::Client,
    gateway: Gateway,
    tokens: TokenSource,
    retry: Retry,
    rng: Arc<dyn Rng>,
    watch: Arc<dyn Watch>,
}

impl Api {
    pub fn new(http: reqwest::Client, gateway: Gateway, tokens: TokenSource, rng: Arc<dyn Rng>) -> Self {
        Self { http, gateway, tokens, retry: Retry::default(), rng, watch: Arc::new(Unwatched) }
    }

    pub fn with_retry(self, retry: Retry) -> Self {
        Self { retry, ..self }
    }

    pub fn with_watch(self, watch: Arc<dyn Watch>) -> Self {
        Self { watch, ..self }
    }

    pub fn fiks_org_id(&self) -> Uuid {
        self.gateway.fiks_org_id
    }

    pub fn base_url(&self) -> &str {
        &self.gateway.base_url
    }

    /// An access token, for whoever wants to call by other means.
    pub async fn token(&self) -> Result<SecretString, ApiError> {
        let token = self.tokens.token(&self.http, &*self.watch).await?;
        Ok(SecretString::new(token.expose().to_string()))
    }

    pub(super) fn watch(&self) -> &dyn Watch {
        &*self.watch
    }

    /// The offices of a municipality; none when it takes no reports.
    pub async fn bydeler(&self, kommunenummer: &str) -> Result<Vec<Bydel>, ApiError> {
        self.json(&Call::get(format!("/bekymringsmelding/api/v2/kommuner/{kommunenummer}/bydeler"))).await
    }

    /// The two certificates that a report is sealed to. Ask anew for each report: they are renewed.
    pub async fn keys(&self, kommunenummer: &str, bydelsnummer: &str) -> Result<Krypteringsnokler, ApiError> {
        let path = format!("{MOTTAK}/{kommunenummer}/{bydelsnummer}/krypteringsnokler");
        self.json(&Call::get(path)).await
    }

    /// Submits a sealed report: a finished multipart body. The same key and the same bytes may be sent any number of
    /// times; the gateway takes them once.
    pub async fn submit(
        &self,
        from: Uuid,
        target: &Target,
        idempotency_key: Uuid,
        boundary: &str,
        body: bytes::Bytes,
    ) -> Result<Innsendt, ApiError> {
        let Target { kommunenummer, bydelsnummer, skjematype } = target;
        let shown = ["bekymringsmelding=@bekymringsmelding.pdf", "asice=@asice.zip"].map(str::to_owned).to_vec();
        let body = Body::Multipart { boundary: boundary.to_owned(), bytes: body, shown };
        let call = Call::post(format!("{MOTTAK}/{from}/{kommunenummer}/{bydelsnummer}/{skjematype}"), body)
            .header("Idempotency-Key", idempotency_key.to_string())
            .timeout(Some(Duration::from_secs(120)));
        self.json(&call).await
    }

    /// The whole history of a report, oldest first.
    pub async fn status(&self, from: Uuid, id: Uuid) -> Result<Vec<Status>, ApiError> {
        self.json(&Call::get(format!("{MOTTAK}/{from}/bekymringsmelding/{id}/status"))).await
    }

    /// One page of the reports that wait for us; `wait` seconds (at most 60) for the first one to come.
    pub async fn list(&self, filter: &Filter, cursor: Option<&str>, wait: u64) -> Result<Side, ApiError> {
        let call = Call::get(self.waiting(""))
            .query("kommunenummer", filter.kommunenummer.clone())
            .query("bydelsnummer", filter.bydelsnummer.clone())
            .query("antall", filter.antall.map(|antall| antall.to_string()))
            .query("markor", cursor.map(str::to_owned))
            .query("vent", (wait > 0).then(|| wait.to_string()))
            .timeout(Some(Duration::from_secs(30 + wait)));
        self.json(&call).await
    }

    /// One waiting report.
    pub async fn melding(&self, id: Uuid) -> Result<Melding, ApiError> {
        self.json(&Call::get(self.waiting(&format!("/{id}")))).await
    }

    /// Opens the ciphertext for reading: one try, no retry. [`super::download::download`] takes it from here.
    pub(super) async fn content(&self, id: Uuid, resume: Option<&Resume>) -> Result<reqwest::Response, ApiError> {
        let mut call = Call::get(self.waiting(&format!("/{id}/innhold"))).timeout(None);
        if let Some(Resume { from, etag }) = resume {
            call = call.header("Range", format!("bytes={from}-")).header("If-Range", etag.clone());
        }
        self.exchange(&call).await
    }

    /// Tells the gateway that the report is safe with us. It then erases its copy.
    pub async fn confirm(&self, id: Uuid) -> Result<Kvittering, ApiError> {
        self.json(&Call::post(self.waiting(&format!("/{id}/mottatt")), Body::None)).await
    }

    /// Tells the gateway that the report cannot be used by us: it goes to print. Never put content in the text.
    pub async fn reject(&self, id: Uuid, text: &str) -> Result<Kvittering, ApiError> {
        let body = Body::Json(serde_json::json!({ "melding": text }).to_string());
        self.json(&Call::post(self.waiting(&format!("/{id}/feilet")), body)).await
    }

    /// The retry policy, for what takes more than one exchange.
    pub(super) fn tries(&self) -> Tries<'_> {
        self.retry.start(&*self.rng)
    }

    fn waiting(&self, rest: &str) -> String {
        format!("/bekymringsmelding/api/v2/avhenting/{}/meldinger{rest}", self.gateway.fiks_org_id)
    }

    async fn json<T: DeserializeOwned>(&self, call: &Call) -> Result<T, ApiError> {
        let mut tries = self.tries();
        let body = loop {
            match self.body(call).await {
                Ok(body) => break body,
                Err(error) => tries.pause(error).await?,
            }
        };
        // The position, but not the text: serde quotes values.
        serde_json::from_slice(&body).map_err(|error| ApiError::Unexpected {
            peer: Peer::Gateway,
            reason: format!("kan ikke lese svaret på {} ({}:{})", call.path, error.line(), error.column()),
        })
    }

    async fn body(&self, call: &Call) -> Result<bytes::Bytes, ApiError> {
        let response = self.exchange(call).await?;
        response.bytes().await.map_err(|error| ApiError::connection(Peer::Gateway, error))
    }

    /// One exchange; a 401 is answered once with a new token, since the old one may have been revoked.
    async fn exchange(&self, call: &Call) -> Result<reqwest::Response, ApiError> {
        match self.attempt(call).await {
            Err(error) if error.status() == Some(401) => {
                self.tokens.forget().await;
                self.attempt(call).await
            }
            other => other,
        }
    }

    async fn attempt(&self, call: &Call) -> Result<reqwest::Response, ApiError> {
        let lost = |error| ApiError::connection(Peer::Gateway, error);
        let token = self.tokens.token(&self.http, &*self.watch).await?;
        self.watch.request(&call.curl(&self.gateway.base_url));
        let mut request = self
            .http
            .request(call.method.clone(), format!("{}{}", self.gateway.base_url, call.path))
            .query(&call.query)
            .bearer_auth(token.expose())
            .header("IntegrasjonId", self.gateway.integrasjon_id.to_string())
            .header("IntegrasjonPassord", sensitive(&self.gateway.password)?);
        for (name, value) in &call.headers {
            request = request.header(*name, value);
        }
        if let Some(timeout) = call.timeout {
            request = request.timeout(timeout);
        }
        request = match &call.body {
            Body::None => request,
            Body::Json(json) => request.header(header::CONTENT_TYPE, "application/json").body(json.clone()),
            Body::Multipart { boundary, bytes, .. } => request
                .header(header::CONTENT_TYPE, format!("multipart/form-data; boundary={boundary}"))
                .body(bytes.clone()),
        };
        let response = request.send().await.map_err(lost)?;
        match response.status() {
            StatusCode::OK | StatusCode::CREATED | StatusCode::PARTIAL_CONTENT => Ok(response),
            _ => Err(refusal(Peer::Gateway, response).await),
        }
    }
}

const MOTTAK: &str = "/bekymringsmelding/api/v2/mottak/fagsystem";

/// A header value that no debug output shows.
fn sensitive(secret: &SecretString) -> Result<header::HeaderValue, ApiError> {
    let mut value = header::HeaderValue::from_str(secret.expose()).map_err(|_| ApiError::Unexpected {
        peer: Peer::Gateway,
        reason: "integrasjonspassordet har tegn som ikke kan sendes".to_owned(),
    })?;
    value.set_sensitive(true);
    Ok(value)
}
