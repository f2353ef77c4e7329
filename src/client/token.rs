//! The Maskinporten grant (RFC 7523): a JWT signed with the organisation's key, exchanged for an access token that is
//! kept until ten seconds before it runs out.

use std::{fmt, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use josekit::{
    jws::{JwsHeader, RS256, alg::rsassa::RsassaJwsSigner},
    jwt::{self, JwtPayload},
};
use serde::Deserialize;
use tokio::sync::Mutex;

use super::{
    config::{ConfigError, Maskinporten},
    error::{ApiError, Peer, refusal},
    keyring::Credential,
    watch::Watch,
};
use crate::{
    crypto::certificate::PrivateKey,
    system::{Clock, Ids, SecretString},
};

/// A grant lives this long; Maskinporten takes no more than 120 s.
const GRANT_SECONDS: i64 = 120;
/// A token is not used in the last seconds of its life.
const MARGIN: SignedDuration = SignedDuration::from_secs(10);

/// Signs grants: the key, and how the issuer shall recognise it (`x5c` or `kid`).
pub struct GrantSigner {
    signer: RsassaJwsSigner,
    header: JwsHeader,
}

impl fmt::Debug for GrantSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GrantSigner(…)")
    }
}

impl GrantSigner {
    /// A key in PKCS#8 PEM that is registered on the client as `kid`.
    pub fn with_kid(key_pem: &[u8], kid: &str) -> Result<Self, ApiError> {
        let mut header = JwsHeader::new();
        header.set_key_id(kid);
        Self::new(key_pem, header)
    }

    /// A key in PKCS#8 PEM and its enterprise certificate in DER; the leaf only, as KS's clients send it.
    pub fn with_certificate(key_pem: &[u8], leaf_der: &[u8]) -> Result<Self, ApiError> {
        let mut header = JwsHeader::new();
        header.set_x509_certificate_chain(&vec![leaf_der]);
        Self::new(key_pem, header)
    }

    fn new(key_pem: &[u8], header: JwsHeader) -> Result<Self, ApiError> {
        match RS256.signer_from_pem(key_pem) {
            Ok(signer) => Ok(Self { signer, header }),
            Err(_) => Err(ApiError::Grant("nøkkelen er ikke en RSA-nøkkel i PKCS#8 PEM".to_owned())),
        }
    }

    /// The `[virksomhet]` section.
    pub fn from_credential(credential: &Credential) -> Result<Self, ConfigError> {
        let wrong = |text: String| ConfigError::Wrong(format!("[virksomhet]: {text}"));
        let pem = |key: &PrivateKey| key.to_pkcs8_pem().map_err(|fault| wrong(fault.melding()));
        let signer = match credential {
            Credential::Certificate(signer) => {
                Self::with_certificate(pem(signer.key())?.expose().as_bytes(), signer.certificate().to_der())
            }
            Credential::Registered { key, kid } => Self::with_kid(pem(key)?.expose().as_bytes(), kid),
        };
        signer.map_err(|error| wrong(error.to_string()))
    }
}

/// Who asks for what.
#[derive(Debug)]
pub struct GrantSettings {
    pub token_url: String,
    pub issuer: String,
    pub client_id: String,
    pub scope: String,
    pub resource: Option<String>,
}

impl GrantSettings {
    pub fn from_config(config: &Maskinporten, usikret_http: bool) -> Result<Self, ConfigError> {
        Ok(Self {
            token_url: config.token_url(usikret_http)?,
            issuer: config.utsteder.clone(),
            client_id: config.klient_id.clone(),
            scope: config.scope.clone(),
            resource: config.ressurs.clone(),
        })
    }
}

#[derive(Debug)]
struct Cached {
    token: Arc<SecretString>,
    fresh_until: Timestamp,
}

/// Hands out access tokens.
#[derive(Debug)]
pub struct TokenSource {
    settings: GrantSettings,
    signer: GrantSigner,
    clock: Arc<dyn Clock>,
    ids: Ids,
    cached: Mutex<Option<Cached>>,
}

#[derive(Deserialize)]
struct TokenResponse {
    access_token: SecretString,
    expires_in: i64,
}

impl TokenSource {
    pub fn new(settings: GrantSettings, signer: GrantSigner, clock: Arc<dyn Clock>, ids: Ids) -> Self {
        Self { settings, signer, clock, ids, cached: Mutex::new(None) }
    }

    /// A new grant. Its `jti` may be used once, so each request makes its own.
    pub fn grant(&self) -> Result<SecretString, ApiError> {
        let now = self.clock.now().as_second();
        let mut claims = JwtPayload::new();
        let values = [
            ("aud", Some(self.settings.issuer.clone().into())),
            ("iss", Some(self.settings.client_id.clone().into())),
            ("scope", Some(self.settings.scope.clone().into())),
            ("jti", Some(self.ids.uuid().to_string().into())),
            ("iat", Some(now.into())),
            ("exp", Some((now + GRANT_SECONDS).into())),
            ("resource", self.settings.resource.clone().map(Into::into)),
        ];
        for (name, value) in values {
            claims.set_claim(name, value).map_err(|error| ApiError::Grant(error.to_string()))?;
        }
        let jwt = jwt::encode_with_signer(&claims, &self.signer.header, &self.signer.signer);
        jwt.map(SecretString::new).map_err(|error| ApiError::Grant(error.to_string()))
    }

    /// A token that is good for at least ten seconds more. One try: the caller's retry covers this too.
    pub(super) async fn token(&self, http: &reqwest::Client, watch: &dyn Watch) -> Result<Arc<SecretString>, ApiError> {
        let mut cached = self.cached.lock().await;
        match &*cached {
            Some(hit) if self.clock.now() < hit.fresh_until => return Ok(hit.token.clone()),
            _ => *cached = None,
        }
        let lost = |error| ApiError::connection(Peer::TokenIssuer, error);
        let grant = self.grant()?;
        let form =
            [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", grant.expose().as_str())];
        watch.request(&format!(
            "curl -sS '{}' -d grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer -d assertion=\"$ASSERTION\"",
            self.settings.token_url
        ));
        let response = http.post(&self.settings.token_url).form(&form).send().await.map_err(lost)?;
        if response.status() != reqwest::StatusCode::OK {
            return Err(refusal(Peer::TokenIssuer, response).await);
        }
        let body = response.bytes().await.map_err(lost)?;
        let answer: TokenResponse = serde_json::from_slice(&body).map_err(|_| ApiError::Unexpected {
            peer: Peer::TokenIssuer,
            reason: "svaret mangler access_token eller expires_in".to_owned(),
        })?;
        let token = Arc::new(answer.access_token);
        let life = SignedDuration::from_secs(answer.expires_in.clamp(0, 86_400));
        let fresh_until = self.clock.now().saturating_add(life - MARGIN).unwrap_or(Timestamp::MIN);
        *cached = Some(Cached { token: token.clone(), fresh_until });
        Ok(token)
    }

    /// The gateway did not like the token: the next call fetches a new one.
    pub(super) async fn forget(&self) {
        *self.cached.lock().await = None;
    }
}
