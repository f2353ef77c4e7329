//! Concern reports over HTTP. Wire types live in the first version that has them.

use poem_openapi::{OpenApi, Tags};

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
    (v1::Kommuner, v1::Nokler(version), v1::MottakFagsystem(version), v1::Validering(version), v1::MottakSkjema)
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
    )
}
