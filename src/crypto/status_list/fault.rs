//! What can be wrong with a status list, as the one who checks a card is told.

use crate::crypto::{
    es256::{JwkFault, JwsFault},
    fault::faults,
    issuers::NoKey,
};

faults! {
    /// Why a status list cannot be used, or does not vouch for a card.
    pub enum StatusFault {
        /// Not a status list in JWT form.
        Form = "SPERRELISTE.FORM", "Dette er ikke en sperreliste vi kan lese. Hent den på nytt.";
        /// More than any list has, or inflates to more.
        TooBig = "SPERRELISTE.FOR_STOR", "Sperrelisten er større enn vi leser. Hent den på nytt, og si fra til utstederen hvis det fortsetter.";
        /// Signed with something else than ES256.
        Algorithm = "SPERRELISTE.ALGORITME", "Sperrelisten er ikke signert med ES256, og kan være forfalsket. Hent den på nytt.";
        /// Not by an issuer that the verifier knows.
        UnknownIssuer = "SPERRELISTE.UKJENT_UTSTEDER", "Sperrelisten er fra noen som ikke er på listen over utstedere. Hent den på nytt fra kortets utsteder.";
        /// Signed with a key that is not among the issuer's.
        UnknownKey = "SPERRELISTE.UKJENT_NOKKEL", "Sperrelisten er signert med en nøkkel vi ikke kjenner. Oppdater listen over utstedere, og hent den på nytt.";
        /// The signature does not fit.
        Signature = "SPERRELISTE.SIGNATUR", "Signaturen på sperrelisten stemmer ikke: den er endret eller forfalsket. Hent den på nytt.";
        /// By another issuer than the card's.
        WrongIssuer = "SPERRELISTE.FEIL_UTSTEDER", "Sperrelisten er fra en annen utsteder enn kortet. Hent den på nytt fra kortets utsteder.";
        /// None of the lists is the one that the card names.
        Missing = "SPERRELISTE.MANGLER", "Sperrelisten som kortet viser til, er ikke hentet. Hent den før kortet godtas.";
        /// `iat` lies ahead.
        NotYetValid = "SPERRELISTE.IKKE_GYLDIG_ENNA", "Sperrelisten er laget i framtiden. Kontroller at klokken på enheten går riktig.";
        /// `exp` is past.
        Expired = "SPERRELISTE.UTLOPT", "Sperrelisten er utløpt, så vi vet ikke om kortet er sperret. Koble til nett og hent den på nytt.";
        /// The card's place is not in the list.
        OutOfRange = "SPERRELISTE.UTENFOR", "Kortet har ingen plass i sperrelisten. Hent den på nytt; kortet kan være nyere enn listen.";
        /// Revoked (status 1).
        Revoked = "SPERRELISTE.TRUKKET", "Kortet er trukket tilbake av kommunen. Godta det ikke.";
        /// Suspended (status 2).
        Suspended = "SPERRELISTE.MIDLERTIDIG", "Kortet er sperret for en tid. Godta det ikke; innehaveren kan spørre kommunen.";
        /// Some other status.
        Other = "SPERRELISTE.ANNEN_STATUS", "Kortet har en status vi ikke kjenner. Godta det ikke; innehaveren kan spørre kommunen.";
        /// A key or OpenSSL refused.
        Library = "SPERRELISTE.INTERN_FEIL", "Krypteringsbiblioteket meldte en feil. Prøv igjen, og si fra til driften hvis feilen fortsetter.";
    }
}

impl From<JwkFault> for StatusFault {
    fn from(_: JwkFault) -> Self {
        Self::Library
    }
}

impl From<JwsFault> for StatusFault {
    fn from(fault: JwsFault) -> Self {
        match fault {
            JwsFault::Form => Self::Form,
            JwsFault::Algorithm => Self::Algorithm,
        }
    }
}

impl From<NoKey> for StatusFault {
    fn from(none: NoKey) -> Self {
        match none {
            NoKey::Issuer => Self::UnknownIssuer,
            NoKey::Key => Self::UnknownKey,
        }
    }
}
