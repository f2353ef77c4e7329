//! The published services: each version of each, with what it is made of.

use poem::{EndpointExt as _, IntoEndpoint as _, Response, endpoint::BoxEndpoint};
use poem_openapi::{OpenApi, OpenApiService};

use super::{
    bekymringsmelding, fiksio_manuell, ledsagerbevis, ledsagerbevis_konfigurasjon, print, spec::AllRequired,
    svarinn_mottak,
};
use crate::versions::Versjonert;

/// One version of one service.
pub struct Published {
    pub endpoint: BoxEndpoint<'static, Response>,
    /// The document as poem-openapi writes it.
    pub document: String,
}

/// What a version serves. A service says in its own folder which resources each of its versions has, and in a few words
/// what it is for.
pub fn publish(version: Versjonert) -> Published {
    match version {
        Versjonert::BekymringsmeldingV1 => of(version, bekymringsmelding::DESCRIPTION, bekymringsmelding::v1_api()),
        Versjonert::BekymringsmeldingV2 => of(version, bekymringsmelding::DESCRIPTION, bekymringsmelding::v2_api()),
        Versjonert::PrintV1 => of(version, print::DESCRIPTION, print::v1::api()),
        Versjonert::FiksIoManuellV1 => {
            let published = of(version, fiksio_manuell::DESCRIPTION, fiksio_manuell::v1_api());
            Published { endpoint: fiksio_manuell::without_head(published.endpoint), ..published }
        }
        Versjonert::SvarinnMottakV1 => of(version, svarinn_mottak::DESCRIPTION, svarinn_mottak::v1_api()),
        Versjonert::LedsagerbevisV1 => of(version, ledsagerbevis::DESCRIPTION, ledsagerbevis::v1::api()),
        Versjonert::LedsagerbevisKonfigurasjonV1 => {
            of(version, ledsagerbevis_konfigurasjon::DESCRIPTION, ledsagerbevis_konfigurasjon::v1::api())
        }
    }
}

fn of(version: Versjonert, description: &str, api: impl OpenApi + 'static) -> Published {
    let service = OpenApiService::new(AllRequired(api), version.title(), version.manifest().version)
        .description(description)
        .server(version.prefix());
    Published { document: service.spec(), endpoint: service.into_endpoint().map_to_response().boxed() }
}
