//! Pure types: what the field talks about, and the rules that need neither a database nor a network.

pub mod bevisoppsett;
pub mod brev;
pub mod feil;
pub mod fnr;
pub mod gruppe;
pub mod hendelse;
pub mod ids;
pub mod integrasjon;
pub mod kommune;
pub mod kortbrev;
pub mod ledsagerbevis;
pub mod melding;
pub mod navneform;
pub mod nokkel;
pub mod revisjon;
pub mod rolle;
pub mod side;
pub mod skjema;
pub mod telefon;
pub mod utvalg;
pub mod varsel;
pub mod virkedag;

pub use feil::{Feil, Feilkode};
pub use ids::{
    BrevId, Bydelsnummer, FiksOrgId, GruppeId, IntegrasjonId, Kommunenummer, KontoId, MeldingId, NokkelbevisId,
    Organisasjonsnummer, RessursId,
};
