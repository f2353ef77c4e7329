//! Concern reports over HTTP. Wire types live in the first version that has them.

use poem::http::header;
use poem_openapi::{
    OpenApi, Tags,
    payload::{Json, Response as PayloadResponse},
};

use crate::{
    model::{Bydelsnummer, FiksOrgId, melding::Versjon},
    versions::Versjonert,
};

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
    /// For kommunens administratorer: hvem som kan hva, hva som er endret, hva som har skjedd med meldingene, og hjelp til en
    /// som har stoppet opp.
    Administrasjon,
    /// For den som setter opp kommunens bydeler: et system, eller en person som er logget inn.
    Forvaltning,
}

pub const DESCRIPTION: &str = "Send bekymringsmeldinger til barnevernstjenesten, kryptert fra avsender til mottaker. \
    Alle kall skal ha et token fra Maskinporten og hodene IntegrasjonId og IntegrasjonPassord. Feil svares alltid i \
    samme form, med en fast `errorCode`.";

/// The name under which KS delivers (KS, «Bekymringsmelding»).
pub fn file_name(mottaker: FiksOrgId, bydel: Bydelsnummer) -> String {
    format!("FiksIO_encrypted_{mottaker}_{bydel}.zip")
}

/// Where the version that takes forms of this version is mounted.
fn prefix(versjon: Versjon) -> &'static str {
    match versjon {
        Versjon::V1 => Versjonert::BekymringsmeldingV1.prefix(),
        Versjon::V2 => Versjonert::BekymringsmeldingV2.prefix(),
    }
}

pub fn v1_api() -> impl OpenApi {
    let version = Versjon::V1;
    (
        v1::Kommuner,
        v1::Nokler(version),
        v1::MottakFagsystem(version),
        v1::Validering(version),
        v1::MottakSkjema,
        v1::Konfigurasjon,
        v1::Aktivering,
        v1::Administrasjon,
        v1::Inngrep,
    )
}

pub fn v2_api() -> impl OpenApi {
    let version = Versjon::V2;
    (
        v2::Kommuner,
        v1::Nokler(version),
        v1::MottakFagsystem(version),
        v1::Validering(version),
        v2::MottakSkjema,
        v2::Avhenting,
        v2::Roller,
        v2::Endringslogg,
        v2::Bydeler,
        v2::Kontor,
        v1::Aktivering,
        v2::Administrasjon,
        v1::Inngrep,
        v2::Forklaringer,
        v2::Bruk,
    )
}

/// An answer that may be another address's: who asks for a municipality that has become part of another one gets that
/// one's, and `Content-Location` says so (RFC 9110 §8.7). A header, for KS's own Java client cannot read fields that it does
/// not know.
type Svar<T> = PayloadResponse<Json<T>>;

/// Answers a call of `asked` with what `answers` has; both are paths below the version's prefix.
fn svar<T>(versjon: Versjon, asked: &str, answers: &str, body: T) -> Svar<T> {
    let answer = PayloadResponse::new(Json(body));
    if asked == answers {
        return answer;
    }
    answer.header(header::CONTENT_LOCATION, format!("{}{answers}", prefix(versjon)))
}
