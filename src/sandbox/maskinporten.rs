//! A developer Maskinporten: takes the grants that KS's clients make and gives the tokens that Digdir's service would.
//! Its keys are made on the spot, and only `meldeport demo` and tests start it: `serve` has no way to.
//!
//! Source: Digdir, «Autentisering av klient i Maskinporten» and «Access token fra Maskinporten».

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use josekit::{
    jwk::{Jwk, JwkSet, KeyPair as _, alg::rsa::RsaKeyPair},
    jws::{JwsHeader, JwsVerifier, RS256, RS384, RS512, alg::rsassa::RsassaJwsAlgorithm},
    jwt::{self, JwtPayload},
};
use openssl::x509::X509;
use poem::{
    EndpointExt as _, IntoResponse, Response, Route, get, handler,
    http::StatusCode,
    post,
    web::{Data, Form, Json},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    crypto::certificate::Certificate,
    model::Organisasjonsnummer,
    system::{Clock, Ids},
};

/// Seconds that a token lasts.
const LIFETIME: i64 = 120;
/// Longest time from a grant's `iat` to its `exp`, in seconds (Digdir).
const LONGEST_GRANT: i64 = 120;
/// How far a grant's `iat` may be from now, in seconds (Digdir).
const SKEW: i64 = 10;
const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// A client as it is registered.
#[derive(Debug, Clone)]
pub struct Client {
    pub id: String,
    pub organisasjonsnummer: Organisasjonsnummer,
    pub scopes: Vec<String>,
    /// Public keys that it may sign grants with, besides a certificate of its organisation.
    pub keys: Vec<Jwk>,
    /// Organisations that have delegated their right to it.
    pub delegert_fra: Vec<Organisasjonsnummer>,
}

/// Why a grant was refused: `error` and `error_description` of RFC 6749 §5.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{error}: {description}")]
pub struct GrantFault {
    pub error: &'static str,
    pub description: &'static str,
}

const fn fault(error: &'static str, description: &'static str) -> GrantFault {
    GrantFault { error, description }
}

const fn invalid(description: &'static str) -> GrantFault {
    fault("invalid_grant", description)
}

/// A token that was issued.
#[derive(Debug, Clone)]
pub struct Issued {
    pub access_token: String,
    pub scope: String,
}

#[derive(Debug)]
pub struct Maskinporten {
    issuer: String,
    key: RsaKeyPair,
    /// Certificate authorities whose virksomhetssertifikat we believe.
    anchors: Vec<Certificate>,
    clients: HashMap<String, Client>,
    clock: Arc<dyn Clock>,
    ids: Ids,
    /// Grants that have been used, until they would have run out anyway.
    used: Mutex<HashMap<String, i64>>,
}

impl Maskinporten {
    /// `issuer` ends with a slash; the token endpoint is below it.
    pub fn new(
        issuer: String,
        mut key: RsaKeyPair,
        anchors: Vec<Certificate>,
        clients: impl IntoIterator<Item = Client>,
        clock: Arc<dyn Clock>,
        ids: Ids,
    ) -> Self {
        if key.key_id().is_none() {
            key.set_key_id(Some(ids.uuid().to_string()));
        }
        let clients = clients.into_iter().map(|client| (client.id.clone(), client)).collect();
        Self { issuer, key, anchors, clients, clock, ids, used: Mutex::default() }
    }

    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    pub fn jwks_url(&self) -> String {
        format!("{}jwk", self.issuer)
    }

    pub fn token_endpoint(&self) -> String {
        format!("{}token", self.issuer)
    }

    /// The keys that tokens are signed with, as a JWK set.
    pub fn jwks(&self) -> Value {
        key_set(&self.key)
    }

    /// Judges a grant and issues a token for it.
    pub fn issue(&self, assertion: &str) -> Result<Issued, GrantFault> {
        let header = jwt::decode_header(assertion).map_err(|_| invalid("not a signed JWT"))?;
        let text = |name: &str| header.claim(name).and_then(Value::as_str);
        let algorithm = match text("alg") {
            Some("RS256") => RS256,
            Some("RS384") => RS384,
            Some("RS512") => RS512,
            _ => return Err(invalid("alg must be RS256, RS384 or RS512")),
        };
        let certificate = header.claim("x5c").and_then(|chain| chain.get(0)).and_then(Value::as_str);
        let (verifier, signer): (Box<dyn JwsVerifier>, _) = match (certificate, text("kid")) {
            (Some(leaf), _) => self.check_certificate(leaf, algorithm)?,
            (None, Some(kid)) => self.check_key(kid, algorithm)?,
            (None, None) => return Err(invalid("the header needs x5c or kid")),
        };
        let (payload, _) = jwt::decode_with_verifier(assertion, &*verifier).map_err(|_| invalid("wrong signature"))?;
        self.token(&payload, signer)
    }

    fn check_certificate(
        &self,
        leaf: &str,
        algorithm: RsassaJwsAlgorithm,
    ) -> Result<(Box<dyn JwsVerifier>, Signer<'_>), GrantFault> {
        let unreadable = invalid("x5c holds no certificate");
        let der = openssl::base64::decode_block(leaf).map_err(|_| unreadable)?;
        let certificate = Certificate::from_der(&der).map_err(|_| unreadable)?;
        let x509 = X509::from_der(&der).map_err(|_| unreadable)?;
        let issued_by = |anchor: &Certificate| {
            let anchor = X509::from_der(anchor.to_der()).and_then(|anchor| anchor.public_key());
            anchor.and_then(|key| x509.verify(&key)).unwrap_or(false)
        };
        if !self.anchors.iter().any(issued_by) {
            return Err(invalid("the certificate is not issued by a known authority"));
        }
        let now = self.clock.now();
        if now < certificate.valid_from() || certificate.valid_to() < now {
            return Err(invalid("the certificate is not valid now"));
        }
        let orgnr = certificate.orgnr().and_then(|orgnr| orgnr.parse().ok());
        let orgnr = orgnr.ok_or(invalid("the certificate names no organisation"))?;
        let key = x509.public_key().and_then(|key| key.public_key_to_der()).map_err(|_| unreadable)?;
        let verifier = algorithm.verifier_from_der(&key).map_err(|_| unreadable)?;
        Ok((Box::new(verifier), Signer::Organisation(orgnr)))
    }

    fn check_key(
        &self,
        kid: &str,
        algorithm: RsassaJwsAlgorithm,
    ) -> Result<(Box<dyn JwsVerifier>, Signer<'_>), GrantFault> {
        let unknown = invalid("no client has registered this kid");
        let keys = self.clients.values().flat_map(|client| client.keys.iter().map(move |key| (client, key)));
        let (client, key) = { keys }.find(|(_, key)| key.key_id() == Some(kid)).ok_or(unknown)?;
        let verifier = algorithm.verifier_from_jwk(key).map_err(|_| unknown)?;
        Ok((Box::new(verifier), Signer::Client(client)))
    }

    fn token(&self, grant: &JwtPayload, signer: Signer<'_>) -> Result<Issued, GrantFault> {
        let claims = grant.claims_set();
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let number = |name: &str| claims.get(name).and_then(Value::as_i64).ok_or(invalid("iat and exp are required"));
        if text("aud") != Some(self.issuer.as_str()) {
            return Err(invalid("aud must be the issuer"));
        }
        let client = self.clients.get(text("iss").unwrap_or_default());
        let client = client.ok_or(fault("invalid_client", "iss is no registered client"))?;
        let owns = match signer {
            Signer::Organisation(orgnr) => orgnr == client.organisasjonsnummer,
            Signer::Client(signed) => signed.id == client.id,
        };
        if !owns {
            return Err(fault("invalid_client", "the key does not belong to the client"));
        }
        let now = self.clock.now().as_second();
        let (iat, exp) = (number("iat")?, number("exp")?);
        if exp.saturating_sub(iat) > LONGEST_GRANT || exp <= now || now.abs_diff(iat) > SKEW.unsigned_abs() {
            return Err(invalid("exp may be 120 seconds after iat, and iat 10 seconds from now"));
        }
        let scope = text("scope").unwrap_or_default();
        if scope.is_empty() || !scope.split(' ').all(|word| client.scopes.iter().any(|scope| scope == word)) {
            return Err(fault("invalid_scope", "the client may not ask for this scope"));
        }
        let own = client.organisasjonsnummer;
        let consumer = match text("consumer_org").map(str::parse) {
            None => own,
            Some(Ok(other)) if client.delegert_fra.contains(&other) => other,
            Some(_) => return Err(invalid("consumer_org has not delegated this scope to the client")),
        };
        self.use_once(text("jti").ok_or(invalid("jti is required"))?, exp, now)?;
        let token = self.claims(client, consumer, scope, text("resource"), now);
        let access_token = self.sign(&token).ok_or(fault("server_error", "the token could not be signed"))?;
        Ok(Issued { access_token, scope: scope.to_owned() })
    }

    fn use_once(&self, jti: &str, exp: i64, now: i64) -> Result<(), GrantFault> {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.retain(|_, until| *until > now);
        match used.insert(jti.to_owned(), exp) {
            None => Ok(()),
            Some(_) => Err(invalid("jti has been used")),
        }
    }

    fn claims(
        &self,
        client: &Client,
        consumer: Organisasjonsnummer,
        scope: &str,
        resource: Option<&str>,
        now: i64,
    ) -> Value {
        let party = |orgnr| json!({ "authority": "iso6523-actorid-upis", "ID": format!("0192:{orgnr}") });
        let mut claims = json!({
            "iss": self.issuer,
            "client_id": client.id,
            "client_amr": if client.keys.is_empty() { "virksomhetssertifikat" } else { "private_key_jwt" },
            "token_type": "Bearer",
            "scope": scope,
            "iat": now,
            "exp": now + LIFETIME,
            "jti": self.ids.uuid().to_string(),
            "consumer": party(consumer),
        });
        if let Some(claims) = claims.as_object_mut() {
            if consumer != client.organisasjonsnummer {
                claims.insert("supplier".to_owned(), party(client.organisasjonsnummer));
                claims.insert("delegation_source".to_owned(), "https://tt02.altinn.no/".into());
            }
            if let Some(resource) = resource {
                claims.insert("aud".to_owned(), resource.into());
            }
        }
        claims
    }

    fn sign(&self, claims: &Value) -> Option<String> {
        let payload = JwtPayload::from_map(claims.as_object()?.clone()).ok()?;
        let mut signer = RS256.signer_from_pem(self.key.to_pem_private_key()).ok()?;
        if let Some(kid) = self.key.key_id() {
            signer.set_key_id(kid);
        }
        jwt::encode_with_signer(&payload, &JwsHeader::new(), &signer).ok()
    }
}

/// Whose key a grant was signed with.
enum Signer<'a> {
    Organisation(Organisasjonsnummer),
    Client(&'a Client),
}

/// Mounts the service at `path`, which starts and does not end with a slash.
pub fn mount(route: Route, path: &str, maskinporten: Arc<Maskinporten>) -> Route {
    let service = Route::new()
        .at("/token", post(give_token))
        .at("/jwk", get(give_keys))
        .at("/.well-known/oauth-authorization-server", get(give_metadata))
        .data(maskinporten);
    route.nest(path, service)
}

#[derive(Deserialize)]
struct TokenRequest {
    #[serde(default)]
    grant_type: String,
    #[serde(default)]
    assertion: String,
}

#[handler]
fn give_token(maskinporten: Data<&Arc<Maskinporten>>, Form(request): Form<TokenRequest>) -> Response {
    let issued = if request.grant_type == GRANT_TYPE {
        maskinporten.issue(&request.assertion)
    } else {
        Err(fault("unsupported_grant_type", "grant_type must be the JWT bearer grant"))
    };
    match issued {
        Ok(issued) => Json(json!({
            "access_token": issued.access_token,
            "token_type": "Bearer",
            "expires_in": LIFETIME,
            "scope": issued.scope,
        }))
        .into_response(),
        Err(GrantFault { error, description }) => {
            let body = Json(json!({ "error": error, "error_description": description }));
            body.with_status(StatusCode::BAD_REQUEST).into_response()
        }
    }
}

#[handler]
fn give_keys(maskinporten: Data<&Arc<Maskinporten>>) -> Json<Value> {
    Json(maskinporten.jwks())
}

#[handler]
fn give_metadata(maskinporten: Data<&Arc<Maskinporten>>) -> Json<Value> {
    Json(json!({
        "issuer": maskinporten.issuer(),
        "token_endpoint": maskinporten.token_endpoint(),
        "jwks_uri": maskinporten.jwks_url(),
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "grant_types_supported": [GRANT_TYPE],
    }))
}

/// The public part of a signing key, as a JWK set.
pub(super) fn key_set(key: &RsaKeyPair) -> Value {
    let mut public = key.to_jwk_public_key();
    public.set_key_use("sig");
    public.set_algorithm("RS256");
    if let Some(kid) = key.key_id() {
        public.set_key_id(kid);
    }
    let mut set = JwkSet::new();
    set.push_key(public);
    serde_json::to_value(AsRef::<serde_json::Map<String, Value>>::as_ref(&set)).unwrap_or(Value::Null)
}

/// Makes the key that tokens are signed with.
///
/// # Errors
/// When OpenSSL cannot make one.
pub fn new_key() -> anyhow::Result<RsaKeyPair> {
    Ok(RsaKeyPair::generate(2048)?)
}
