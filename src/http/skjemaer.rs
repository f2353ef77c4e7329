//! The JSON Schemas of the forms, for anyone: each at the path that is its `$id`, and an index.

use poem::{Request, Response, Route, get, handler, web::Path};
use serde_json::{Value, json};

use super::{cached::respond, problem::error};
use crate::{
    model::Feilkode,
    skjema::{self, register},
};

/// A published schema never changes, but what is published may grow.
const SCHEMA_CACHE: &str = "public, max-age=86400";
const INDEX_CACHE: &str = "public, max-age=300";

pub fn mount(route: Route) -> Route {
    route.at("/schemas", get(index)).at("/schemas/*path", get(schema))
}

/// Every form version: where its schema is, what stage it is in, and its digest.
#[handler]
fn index(request: &Request) -> Response {
    let forms: Vec<Value> = register()
        .forms()
        .iter()
        .map(|form| {
            json!({
                "skjema": form.id.skjema.as_str(),
                "variant": form.id.variant.as_str(),
                "versjon": form.id.versjon,
                "tittel": form.tittel,
                "status": form.dokument.status.as_str(),
                "adresse": form.dokument.path,
                "sha256": form.dokument.sha256,
                "dokumentasjon": format!("/docs/{}-v{}", form.id.skjema.as_str(), form.id.versjon),
            })
        })
        .collect();
    index_of(request, json!({ "skjemaer": forms }).to_string())
}

/// A public list as JSON, which may be kept for a little while.
pub fn index_of(request: &Request, text: String) -> Response {
    let tag = hex::encode(crate::crypto::sha256(text.as_bytes()));
    respond(request, text, "application/json", &tag, INDEX_CACHE)
}

#[handler]
fn schema(request: &Request, Path(path): Path<String>) -> poem::Result<Response> {
    let found = register().document(&format!("/schemas/{path}"));
    let document: &skjema::registry::Dokument = found.ok_or_else(|| error(Feilkode::UkjentAdresse))?;
    let text = document.text.to_owned();
    Ok(respond(request, text, "application/schema+json", &document.sha256, SCHEMA_CACHE))
}
