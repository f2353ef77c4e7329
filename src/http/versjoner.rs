//! `GET /versjoner`: every version of every service, for programs. `docs/versjoner.md` tells what the fields mean.

use std::sync::Arc;

use jiff::Timestamp;
use poem::{Request, Response, Route, get, handler, web::Data};
use serde::Serialize;

use super::{livslop::VERSJONER, skjemaer};
use crate::{
    domain::Services,
    versions::{Livslop, Versjonert},
};

/// The forms of a document: the version of OpenAPI, and what stands between its name and `.json`.
const DOKUMENTER: [(&str, &str); 2] = [("3.0.3", ""), ("3.1.0", ".3.1")];

#[derive(Debug, Serialize)]
struct Versjoner {
    versjoner: Vec<Versjon>,
}

/// One major version. A date is a Norwegian calendar day, or null.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Versjon {
    /// The service without its version.
    tjeneste: &'static str,
    /// Name of the documents, without their ending. What `etterfolger` and usage figures refer to.
    navn: &'static str,
    tittel: &'static str,
    /// Semantic version of the documents.
    versjon: String,
    /// `draft`, `live`, `deprecated` or `retired`, now.
    status: &'static str,
    publisert: Option<String>,
    /// From when on nobody should begin with it.
    frarades: Option<String>,
    /// From when on it answers 410.
    avvikles: Option<String>,
    /// The `navn` of the version that takes over.
    etterfolger: Option<&'static str>,
    /// Where its operations are, below the host.
    prefiks: &'static str,
    /// The page on which a person can read and try it.
    dokumentasjon: String,
    dokumenter: Vec<Dokument>,
    skjemaer: Vec<Skjema>,
}

#[derive(Debug, Serialize)]
struct Dokument {
    openapi: &'static str,
    adresse: String,
}

#[derive(Debug, Serialize)]
struct Skjema {
    skjema: String,
    adresse: String,
}

impl Versjon {
    fn new(livslop: &Livslop, version: Versjonert, now: Timestamp) -> Self {
        let manifest = livslop.manifest(version);
        let name = version.name();
        let date = |day: Option<jiff::civil::Date>| day.map(|day| day.to_string());
        let document = |(openapi, form): (&'static str, &str)| Dokument {
            openapi,
            adresse: format!("/openapi/{name}{form}.json"),
        };
        let form = |form: &String| Skjema { skjema: form.clone(), adresse: format!("/schemas/{form}.schema.json") };
        Self {
            tjeneste: version.tjeneste(),
            navn: name,
            tittel: version.title(),
            versjon: manifest.version.clone(),
            status: livslop.status(version, now).as_str(),
            publisert: date(manifest.published),
            frarades: date(manifest.deprecated),
            avvikles: date(manifest.sunset),
            etterfolger: livslop.successor(version).map(Versjonert::name),
            prefiks: version.prefix(),
            dokumentasjon: format!("/docs/{name}"),
            dokumenter: DOKUMENTER.into_iter().map(document).collect(),
            skjemaer: manifest.forms.iter().map(form).collect(),
        }
    }
}

pub fn mount(route: Route) -> Route {
    route.at(VERSJONER, get(versjoner))
}

#[handler]
fn versjoner(request: &Request, services: Data<&Arc<Services>>) -> poem::Result<Response> {
    let now = services.clock.now();
    let versjoner = Versjonert::ALL.into_iter().map(|version| Versjon::new(&services.livslop, version, now)).collect();
    let text = serde_json::to_string(&Versjoner { versjoner }).map_err(poem::error::InternalServerError)?;
    Ok(skjemaer::index_of(request, text))
}
