//! Rows as the tables hold them. Private to the store: every other room sees only the model.

pub mod brev;
pub mod bruk;
pub mod bruksvarsel;
pub mod bydel;
pub mod duplikatvern;
pub mod gruppe;
pub mod gruppemedlem;
pub mod hendelse;
pub mod idempotens;
pub mod innhold;
pub mod integrasjon;
pub mod jobb;
pub mod kommune;
pub mod ledsagerbevisoppsett;
pub mod melding;
pub mod nokkel;
pub mod nokkelbevis;
pub mod organisasjon;
pub mod passord;
pub mod privilegium;
pub mod revisjon;
pub mod rolle;
pub mod svarutkonto;
pub mod varsel;
