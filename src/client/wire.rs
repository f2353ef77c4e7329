//! What the gateway says and hears, as far as the client reads it. Unknown fields are tolerated, and those of a listing
//! are kept: inside a major version the gateway may add.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

/// An office of a municipality.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bydel {
    pub bydelsnummer: String,
    #[serde(default)]
    pub bydelsnavn: Option<String>,
    #[serde(default)]
    pub standard_mottaker: bool,
    #[serde(default)]
    pub stottet_versjon: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct OffentligNokkel {
    /// The certificate, PEM.
    pub nokkel: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Krypteringsnokler {
    pub print_offentlig_nokkel: OffentligNokkel,
    #[serde(rename = "fiksIOOffentligNokkel")]
    pub fiks_io_offentlig_nokkel: OffentligNokkel,
}

/// The answer to a submitted report.
#[derive(Debug, Clone, Deserialize)]
pub struct Innsendt {
    pub uuid: Uuid,
}

/// One event in the life of a report.
#[derive(Debug, Clone, Deserialize)]
pub struct Status {
    pub tidspunkt: String,
    pub tilstand: String,
    #[serde(default)]
    pub beskrivelse: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Avsender {
    #[serde(default)]
    pub fiks_org_id: Option<Uuid>,
    #[serde(default)]
    pub organisasjonsnummer: Option<String>,
    #[serde(default)]
    pub navn: Option<String>,
}

/// A report that waits to be fetched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Melding {
    pub bekymringsmelding_id: Uuid,
    pub kommunenummer: String,
    pub bydelsnummer: String,
    pub skjematype: String,
    pub avsender: Avsender,
    pub mottatt_tidspunkt: String,
    /// Bytes of ciphertext.
    pub storrelse: u64,
    /// Of the ciphertext, hexadecimal.
    pub sha256: String,
    /// `ASICE` or `JWE`; a gateway that does not say has ASiC-E only.
    #[serde(default)]
    pub format: Option<String>,
    /// Who sealed the content, when it was not the sender.
    #[serde(default)]
    pub forseglet_av: Option<String>,
    /// The rest of the listing, as it came.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// One page of the listing.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Side {
    pub meldinger: Vec<Melding>,
    #[serde(default)]
    pub neste_markor: Option<String>,
}

/// The gateway's answer to `mottatt` and `feilet`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Kvittering {
    pub bekymringsmelding_id: Uuid,
    pub tilstand: String,
    pub tidspunkt: String,
    /// Ours, not the gateway's: why `tilstand` is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merknad: Option<String>,
}
