//! Concern reports over HTTP. Wire types live in the first version that has them.

use poem::{Endpoint, EndpointExt as _, Response, endpoint::BoxEndpoint};
use poem_openapi::{OpenApi, OpenApiService, Tags};

use super::spec::AllRequired;
use crate::versions::Versjonert;

mod v1;
mod v2;

/// Who an operation is for.
#[derive(Debug, Tags)]
pub enum Malgruppe {
    /// Finn kommuner, bydeler og nøkler.
    Oppslag,
    /// For fagsystemer som sender bekymringsmeldinger.
    Fagsystem,
    /// For portaler der en person melder i eget navn.
    Skjema,
    /// For kommunens egne systemer som henter og kvitterer bekymringsmeldinger.
    Kommune,
}

const DESCRIPTION: &str = "Send bekymringsmeldinger til barnevernstjenesten, kryptert fra avsender til mottaker. \
    Alle kall skal ha et token fra Maskinporten og hodene IntegrasjonId og IntegrasjonPassord. Feil svares alltid i \
    samme form, med en fast `errorCode`.";

/// What one version serves, documented.
pub fn service(version: Versjonert) -> BoxEndpoint<'static, Response> {
    match version {
        Versjonert::BekymringsmeldingV1 => boxed(document(v1_api(), version)),
        Versjonert::BekymringsmeldingV2 => boxed(document(v2_api(), version)),
    }
}

/// The document of one version as poem-openapi writes it.
pub fn raw_document(version: Versjonert) -> String {
    match version {
        Versjonert::BekymringsmeldingV1 => document(v1_api(), version).spec(),
        Versjonert::BekymringsmeldingV2 => document(v2_api(), version).spec(),
    }
}

fn v1_api() -> impl OpenApi {
    let version = Versjonert::BekymringsmeldingV1;
    (v1::Kommuner, v1::Nokler(version), v1::MottakFagsystem(version), v1::Validering(version), v1::MottakSkjema)
}

fn v2_api() -> impl OpenApi {
    let version = Versjonert::BekymringsmeldingV2;
    (
        v2::Kommuner,
        v1::Nokler(version),
        v1::MottakFagsystem(version),
        v1::Validering(version),
        v2::MottakSkjema,
        v2::Avhenting,
    )
}

fn document<T: OpenApi>(api: T, version: Versjonert) -> OpenApiService<AllRequired<T>, ()> {
    OpenApiService::new(AllRequired(api), version.title(), version.manifest().version)
        .description(DESCRIPTION)
        .server(version.prefix())
}

fn boxed<E: poem::IntoEndpoint>(service: E) -> BoxEndpoint<'static, Response>
where
    E::Endpoint: Endpoint + 'static,
{
    service.into_endpoint().map_to_response().boxed()
}
