//! A developer ID-porten: gives a token for whichever person is asked for. There is no log-in; only `meldeport demo` and
//! tests start it.

use std::sync::Arc;

use josekit::{
    jwk::alg::rsa::RsaKeyPair,
    jws::{JwsHeader, RS256},
    jwt::{self, JwtPayload},
};
use poem::{
    EndpointExt as _, IntoResponse, Response, Route, get, handler,
    http::StatusCode,
    post,
    web::{Data, Form, Json},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::maskinporten::key_set;
use crate::system::{Clock, Ids};

/// Seconds that a token lasts.
const LIFETIME: i64 = 600;

#[derive(Debug)]
pub struct Idporten {
    issuer: String,
    key: RsaKeyPair,
    clock: Arc<dyn Clock>,
    ids: Ids,
}

/// Who is to be logged in.
#[derive(Debug, Clone, Deserialize)]
pub struct Login {
    /// Fødselsnummer or D-number, synthetic.
    pub pid: String,
    pub name: Option<String>,
    /// Level of assurance; high when not given.
    pub acr: Option<String>,
}

impl Idporten {
    /// `issuer` has no final slash, as ID-porten's has none.
    pub fn new(issuer: String, mut key: RsaKeyPair, clock: Arc<dyn Clock>, ids: Ids) -> Self {
        key.set_key_id(Some(ids.uuid().to_string()));
        Self { issuer, key, clock, ids }
    }

    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Gives a token to whoever posts the fields of [`Login`].
    pub fn token_endpoint(&self) -> String {
        format!("{}/token", self.issuer)
    }

    pub fn jwks_url(&self) -> String {
        format!("{}/jwks.json", self.issuer)
    }

    /// The keys that tokens are signed with, as a JWK set.
    pub fn jwks(&self) -> Value {
        key_set(&self.key)
    }

    /// A token for a person.
    pub fn issue(&self, login: &Login) -> Option<String> {
        let now = self.clock.now().as_second();
        let claims = json!({
            "iss": self.issuer,
            "sub": self.ids.uuid().to_string(),
            "pid": login.pid,
            "name": login.name,
            "acr": login.acr.as_deref().unwrap_or("idporten-loa-high"),
            "client_id": "sandkasse",
            "iat": now,
            "exp": now + LIFETIME,
            "jti": self.ids.uuid().to_string(),
        });
        let payload = JwtPayload::from_map(claims.as_object()?.clone()).ok()?;
        let mut signer = RS256.signer_from_pem(self.key.to_pem_private_key()).ok()?;
        signer.set_key_id(self.key.key_id()?);
        jwt::encode_with_signer(&payload, &JwsHeader::new(), &signer).ok()
    }
}

/// Mounts the service at `path`.
pub fn mount(route: Route, path: &str, idporten: Arc<Idporten>) -> Route {
    let service = Route::new().at("/token", post(give_token)).at("/jwks.json", get(give_keys)).data(idporten);
    route.nest(path, service)
}

#[handler]
fn give_token(idporten: Data<&Arc<Idporten>>, Form(login): Form<Login>) -> Response {
    match idporten.issue(&login) {
        Some(token) => {
            let body = json!({ "access_token": token, "token_type": "Bearer", "expires_in": LIFETIME });
            Json(body).into_response()
        }
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[handler]
fn give_keys(idporten: Data<&Arc<Idporten>>) -> Json<Value> {
    Json(idporten.jwks())
}
