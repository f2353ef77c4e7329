//! The published services: each version of each, with what it is made of.

use poem::{EndpointExt as _, IntoEndpoint as _, Response, endpoint::BoxEndpoint};
use poem_openapi::{OpenApi, OpenApiService};

use super::{
    bekymringsmelding, fiksio_manuell, ledsagerbevis, ledsagerbevis_konfigurasjon, print, spec::AllRequired,
    svarinn_mottak,
};
use crate::versions::Versjonert;

/// What serves a version.
pub fn endpoint(version: Versjonert) -> BoxEndpoint<'static, Response> {
    let endpoint = make(version, Endpoint);
    match version {
        Versjonert::FiksIoManuellV1 => fiksio_manuell::without_head(endpoint),
        _ => endpoint,
    }
}

/// A version's document as poem-openapi writes it.
pub fn document(version: Versjonert) -> String {
    make(version, Document)
}

/// What is made of a service. Each has a type of its own, so a closure cannot take them all.
trait Make {
    type Made;

    fn of<T: OpenApi + 'static>(self, service: OpenApiService<AllRequired<T>, ()>) -> Self::Made;
}

struct Endpoint;

impl Make for Endpoint {
    type Made = BoxEndpoint<'static, Response>;

    fn of<T: OpenApi + 'static>(self, service: OpenApiService<AllRequired<T>, ()>) -> Self::Made {
        service.into_endpoint().map_to_response().boxed()
    }
}

struct Document;

impl Make for Document {
    type Made = String;

    fn of<T: OpenApi + 'static>(self, service: OpenApiService<AllRequired<T>, ()>) -> String {
        service.spec()
    }
}

/// A service says in its own folder which resources each of its versions has, and in a few words what it is for.
fn make<M: Make>(version: Versjonert, made: M) -> M::Made {
    match version {
        Versjonert::BekymringsmeldingV1 => {
            made.of(service(version, bekymringsmelding::DESCRIPTION, bekymringsmelding::v1_api()))
        }
        Versjonert::BekymringsmeldingV2 => {
            made.of(service(version, bekymringsmelding::DESCRIPTION, bekymringsmelding::v2_api()))
        }
        Versjonert::PrintV1 => made.of(service(version, print::DESCRIPTION, print::v1::api())),
        Versjonert::FiksIoManuellV1 => made.of(service(version, fiksio_manuell::DESCRIPTION, fiksio_manuell::v1_api())),
        Versjonert::SvarinnMottakV1 => made.of(service(version, svarinn_mottak::DESCRIPTION, svarinn_mottak::v1_api())),
        Versjonert::LedsagerbevisV1 => made.of(service(version, ledsagerbevis::DESCRIPTION, ledsagerbevis::v1::api())),
        Versjonert::LedsagerbevisKonfigurasjonV1 => {
            let api = ledsagerbevis_konfigurasjon::v1::api();
            made.of(service(version, ledsagerbevis_konfigurasjon::DESCRIPTION, api))
        }
    }
}

fn service<T: OpenApi + 'static>(version: Versjonert, description: &str, api: T) -> OpenApiService<AllRequired<T>, ()> {
    OpenApiService::new(AllRequired(api), version.title(), version.manifest().version)
        .description(description)
        .server(version.prefix())
}
