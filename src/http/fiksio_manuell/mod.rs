//! Manual reception over HTTP.

use poem::{EndpointExt as _, Request, Response, endpoint::BoxEndpoint, http::Method};
use poem_openapi::{OpenApi, Tags};

use super::problem::error;
use crate::model::Feilkode;

mod v1;

/// Who an operation is for.
#[derive(Debug, Tags)]
pub enum Mottaker {
    /// For saksbehandlere som tar imot bekymringsmeldinger for hånd, og for programmene deres.
    ManueltMottak,
}

pub const DESCRIPTION: &str = "Ta imot bekymringsmeldinger for hånd: se på den første i køen, hent innholdet, og \
    bekreft. Meldingen blir liggende først i køen til den er besvart, eller til fristen er ute og den går som brev.\n\n\
    **Hvem:** en person med rollen BRUKER i kommunen, med token fra ID-porten, eller et system med privilegiet \
    BEKYMRINGSMELDING_HENT, med token fra Maskinporten og hodene IntegrasjonId og IntegrasjonPassord. Kontoen er bydelens `kontoId`.\n\n\
    **Trygt å gjenta:** `ack`, `nac` og `svarOgAck` gjelder den første i køen, og å bekrefte sletter innholdet. Derfor kan \
    du bare bekrefte en melding du selv har hentet innholdet i (`neste/data`), og bare avvise en du selv har sett på. Et \
    kall som blir gjentatt av et uhell, svarer 400 og rører ikke neste melding. Oppgi helst `meldingId`: da gjelder \
    kallet bare den meldingen, og kan gjentas med samme svar. Alle som ser på, henter, bekrefter eller avviser en \
    melding, blir ført i revisjonssporet.";

/// poem answers a HEAD by doing the GET and keeping the answer to itself, and a GET has effects here.
pub fn without_head(endpoint: BoxEndpoint<'static, Response>) -> BoxEndpoint<'static, Response> {
    let refuse = |request: Request| async move {
        if *request.method() == Method::HEAD { Err(error(Feilkode::Metode)) } else { Ok(request) }
    };
    endpoint.before(refuse).boxed()
}

pub fn v1_api() -> impl OpenApi {
    v1::Manuell
}
