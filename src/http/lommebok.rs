//! What whoever checks a card needs, for anyone and without credentials: who issues, with which keys, what the card's kind is
//! called, and which cards count no longer. Meant to be fetched ahead of time and kept, also by pages of other hosts.
//!
//! - `/.well-known/jwt-vc-issuer`: the issuer and its keys (SD-JWT VC, «JWT VC Issuer Metadata»).
//! - `/ledsagerbevis/v1`: the kind of card, at its `vct`.
//! - `/ledsagerbevis-papir/v1`: the kind of card that is printed, likewise.
//! - `/ledsagerbevis/status/<n>`, `/ledsagerbevis/status/papir/<n>`: a status list, signed (Token Status List).
//! - `/ledsagerbevis/issuers.json`: the issuer and its keys as `meldeport card verify` and `/kontroll` read them.

use std::{io::Write as _, sync::Arc};

use flate2::{Compression, write::GzEncoder};
use poem::{
    Body, EndpointExt as _, Request, Response, Route, get, handler,
    http::{HeaderName, HeaderValue, header},
    web::{Data, Path},
};
use serde_json::{Value, json};

use super::{cached::respond, problem::error};
use crate::{
    crypto::{sha256, status_list},
    domain::{Services, ledsagerbevis::Listeslag},
    model::Feilkode,
};

/// A key that is taken out of use is still known for a while, and a new one is published before it signs.
const DOCUMENT_CACHE: &str = "public, max-age=300";
/// The list itself says how long it may be kept; a cache on the way adds no more than this.
const LIST_CACHE: &str = "public, max-age=30";
const WELL_KNOWN: &str = "/.well-known/jwt-vc-issuer";

pub fn mount(route: Route) -> Route {
    let open = |response: Response| async move { anywhere(response) };
    route
        .at(WELL_KNOWN, get(issuer).map(open))
        // Of an issuer whose name has a path, the path comes after (RFC 8615 as SD-JWT VC has it).
        .at(format!("{WELL_KNOWN}/*path"), get(issuer_below).map(open))
        .at("/ledsagerbevis/v1", get(kind).map(open))
        .at("/ledsagerbevis-papir/v1", get(paper_kind).map(open))
        .at("/ledsagerbevis/issuers.json", get(issuers).map(open))
        .at("/ledsagerbevis/status/:liste", get(list).map(open))
        .at("/ledsagerbevis/status/papir/:liste", get(paper_list).map(open))
}

/// A page of any host may read it.
fn anywhere(mut response: Response) -> Response {
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

fn document(request: &Request, document: &Value) -> Response {
    let text = document.to_string();
    let tag = hex::encode(sha256(text.as_bytes()));
    respond(request, text, "application/json", &tag, DOCUMENT_CACHE)
}

/// The part of an address after its host.
fn path_of(iss: &str) -> &str {
    let rest = iss.split_once("://").map_or(iss, |(_, rest)| rest);
    rest.split_once('/').map_or("", |(_, path)| path)
}

fn metadata(request: &Request, services: &Services, path: &str) -> poem::Result<Response> {
    let (iss, jwks) = services.utstedernokler()?;
    if path_of(iss) != path {
        return Err(error(Feilkode::UkjentAdresse));
    }
    Ok(document(request, &json!({ "issuer": iss, "jwks": jwks })))
}

#[handler]
fn issuer(request: &Request, services: Data<&Arc<Services>>) -> poem::Result<Response> {
    metadata(request, &services, "")
}

#[handler]
fn issuer_below(request: &Request, services: Data<&Arc<Services>>, Path(path): Path<String>) -> poem::Result<Response> {
    metadata(request, &services, &path)
}

#[handler]
fn kind(request: &Request, services: Data<&Arc<Services>>) -> poem::Result<Response> {
    Ok(document(request, &services.kortslag()?))
}

#[handler]
fn paper_kind(request: &Request, services: Data<&Arc<Services>>) -> poem::Result<Response> {
    Ok(document(request, &services.papirslag()?))
}

#[handler]
fn issuers(request: &Request, services: Data<&Arc<Services>>) -> poem::Result<Response> {
    let (iss, jwks) = services.utstedernokler()?;
    Ok(document(request, &json!({ iss: jwks })))
}

#[handler]
async fn list(request: &Request, services: Data<&Arc<Services>>, Path(liste): Path<String>) -> poem::Result<Response> {
    list_of(request, &services, Listeslag::Telefon, &liste).await
}

#[handler]
async fn paper_list(
    request: &Request,
    services: Data<&Arc<Services>>,
    Path(liste): Path<String>,
) -> poem::Result<Response> {
    list_of(request, &services, Listeslag::Papir, &liste).await
}

async fn list_of(request: &Request, services: &Services, slag: Listeslag, liste: &str) -> poem::Result<Response> {
    // Written in one way only, as in the cards.
    let number = liste.parse::<u32>().ok().filter(|number| number.to_string() == liste);
    let made = services.sperreliste(slag, number.ok_or_else(|| error(Feilkode::UkjentAdresse))?).await?;
    let tag = hex::encode(sha256(made.token.as_bytes()));
    let response = respond(request, made.token.clone(), &format!("application/{}", status_list::TYP), &tag, LIST_CACHE);
    Ok(zipped(request, response, &made.token))
}

/// With gzip for who takes it (Token Status List §8.1), although a list is compressed in itself already.
fn zipped(request: &Request, mut response: Response, text: &str) -> Response {
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if !response.status().is_success() || !takes_gzip(request) {
        return response;
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let Ok(bytes) = encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish()) else { return response };
    let tag = response.headers().get(header::ETAG).and_then(|tag| tag.to_str().ok()).map(|tag| format!("W/{tag}"));
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    };
    set(header::CONTENT_ENCODING, "gzip");
    // Other bytes of the same list.
    set(header::ETAG, &tag.unwrap_or_default());
    response.set_body(Body::from(bytes));
    response
}

fn takes_gzip(request: &Request) -> bool {
    let accepted = request.headers().get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let refused = weight.trim().strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0));
        name.trim().eq_ignore_ascii_case("gzip") && !refused
    })
}
