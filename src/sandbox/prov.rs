//! What lets a newcomer try the gateway from its front page: tokens for the town's organisations, at the press of a button.
//! The page cannot sign a grant itself, so the sandbox does, with the certificate of whom the reader is.

use std::sync::Arc;

use poem::{
    EndpointExt as _, IntoResponse, Response, Route, handler,
    http::StatusCode,
    post,
    web::{Data, Json, Path},
};
use serde_json::json;

use super::{
    maskinporten::Maskinporten,
    town::{SCOPE, Virksomhet},
};
use crate::{
    client::token::{GrantSettings, GrantSigner, TokenSource},
    system::{Clock, Ids},
};

/// Where a POST to `/prov/token/<part>` gives a token.
pub const TOKEN: &str = "/prov/token";

/// Gives tokens to anybody who asks.
pub struct Tokenkilde {
    maskinporten: Arc<Maskinporten>,
    parter: Vec<(&'static str, TokenSource)>,
}

impl Tokenkilde {
    /// For each of these, by the name that it goes by on the page.
    ///
    /// # Errors
    /// When a key cannot sign.
    pub fn new(
        maskinporten: Arc<Maskinporten>,
        parter: [(&'static str, &Virksomhet); 3],
        clock: &Arc<dyn Clock>,
        ids: &Ids,
    ) -> anyhow::Result<Self> {
        let source = |virksomhet: &Virksomhet| -> anyhow::Result<TokenSource> {
            let settings = GrantSettings {
                token_url: maskinporten.token_endpoint(),
                issuer: maskinporten.issuer().to_owned(),
                client_id: virksomhet.client_id.clone(),
                scope: SCOPE.to_owned(),
                resource: None,
            };
            let key = virksomhet.sertifikat.key_pem.expose().as_bytes();
            let signer = GrantSigner::with_certificate(key, virksomhet.sertifikat.certificate.to_der())?;
            Ok(TokenSource::new(settings, signer, clock.clone(), ids.clone()))
        };
        let parter = parter.into_iter().map(|(name, virksomhet)| Ok((name, source(virksomhet)?)));
        Ok(Self { parter: parter.collect::<anyhow::Result<_>>()?, maskinporten })
    }
}

pub fn mount(route: Route, tokenkilde: Tokenkilde) -> Route {
    route.at(format!("{TOKEN}/:part"), post(give_token).data(Arc::new(tokenkilde)))
}

#[handler]
fn give_token(tokenkilde: Data<&Arc<Tokenkilde>>, Path(part): Path<String>) -> Response {
    let Some((_, source)) = tokenkilde.parter.iter().find(|(name, _)| *name == part) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    // The same way as anyone's: a grant, judged by Maskinporten.
    let issued = source.grant().ok().and_then(|grant| tokenkilde.maskinporten.issue(grant.expose()).ok());
    match issued {
        Some(issued) => Json(json!({ "access_token": issued.access_token, "scope": issued.scope })).into_response(),
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
