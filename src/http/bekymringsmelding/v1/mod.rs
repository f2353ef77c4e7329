//! Version 1: the wire of KS Fiks' version 1.

pub mod admin;
use poem::{Request, http::header};

use crate::model::melding::Versjon;

mod fagsystem;
mod inngrep;
mod kommune;
mod konfigurasjon;
mod nokler;
pub mod skjema;
mod valider;

pub use admin::Administrasjon;
pub use fagsystem::MottakFagsystem;
pub use inngrep::Inngrep;
pub use kommune::{KommuneEnkel, Kommuner};
pub use konfigurasjon::{Aktivering, Endret, Konfigurasjon, NokkelSvar, NokkelbevisSvar};
pub use nokler::Nokler;
pub use skjema::MottakSkjema;
pub use valider::Validering;

/// Whether the caller is a client that dies on a field it does not know. Seen with KS's Java client 2.0.1 set up as its
/// README shows: `UnrecognizedPropertyException: Unrecognized field "gyldig" (class …Nokkel), not marked as ignorable`. It
/// calls version 1 only, through Jersey (`User-Agent: Jersey/3.1.8 (HttpUrlConnection …)`). KS's newest document of version
/// 1 promises that field, so everyone else gets it.
fn dies_on_unknown_fields(versjon: Versjon, request: &Request) -> bool {
    let agent = request.header(header::USER_AGENT);
    versjon == Versjon::V1 && agent.is_some_and(|agent| agent.starts_with("Jersey/"))
}
