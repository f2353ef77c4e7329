//! What can be wrong with a card, as the one who checks or presents it is told.

use crate::crypto::{
    es256::{JwkFault, JwsFault},
    fault::faults,
    issuers::NoKey,
};

faults! {
    /// Why a card, or what is shown of it, is refused.
    pub enum SdJwtFault {
        /// Not an SD-JWT in the compact form.
        Form = "KORT.FORM", "Dette er ikke et kort vi kan lese. Be om at kortet vises på nytt.";
        /// More bytes or disclosures than any card has.
        TooBig = "KORT.FOR_STORT", "Det som ble vist, er større enn noe kort. Be om at kortet vises på nytt.";
        /// Claims too deep in each other.
        TooDeep = "KORT.FOR_DYPT", "Opplysningene i kortet ligger for dypt i hverandre. Kortet må utstedes på nytt.";
        /// `typ` is not that of a credential.
        Typ = "KORT.TYP", "Dette er en annen slags dokument enn et kort. Be om at kortet vises.";
        /// Signed with something else than ES256.
        Algorithm = "KORT.ALGORITME", "Kortet er ikke signert med ES256, og kan være forfalsket. Godta det ikke.";
        /// Digests by something else than SHA-256.
        Digest = "KORT.SAMMENDRAG", "Kortet bruker en annen metode enn SHA-256 for skjulte opplysninger. Det må utstedes på nytt.";
        /// Issued by someone whom the verifier does not know.
        UnknownIssuer = "KORT.UKJENT_UTSTEDER", "Kortet er utstedt av noen som ikke er på listen over utstedere. Oppdater listen, eller godta ikke kortet.";
        /// Signed with a key that is not among the issuer's.
        UnknownKey = "KORT.UKJENT_NOKKEL", "Kortet er signert med en nøkkel vi ikke kjenner. Oppdater listen over utstedere, og prøv igjen.";
        /// The issuer's signature does not fit.
        Signature = "KORT.SIGNATUR", "Signaturen stemmer ikke: kortet er endret eller forfalsket. Godta det ikke.";
        /// A disclosure is not an array of salt, name and value.
        Disclosure = "KORT.OPPLYSNING", "En opplysning i kortet kan ikke leses. Be om at kortet vises på nytt.";
        /// One digest twice, or one disclosure twice.
        Duplicate = "KORT.DUPLIKAT", "En opplysning står der to ganger. Kortet er endret eller feil laget. Godta det ikke.";
        /// A disclosure that the issuer did not sign for.
        Unreferenced = "KORT.UKJENT_OPPLYSNING", "Noe er lagt til i kortet som utstederen ikke har gått god for. Godta det ikke.";
        /// A disclosure of a property where a list element belongs, or the other way round.
        WrongKind = "KORT.FEIL_SLAGS_OPPLYSNING", "En opplysning står på feil sted i kortet. Kortet må utstedes på nytt.";
        /// `_sd` or `...` as the name of a claim.
        Reserved = "KORT.RESERVERT_NAVN", "Kortet bruker et navn som er reservert for formatet. Kortet må utstedes på nytt.";
        /// A disclosure would replace a claim that is there.
        Overwritten = "KORT.OVERSKREVET", "En skjult opplysning har samme navn som en synlig. Godta ikke kortet.";
        /// A claim that must always be seen comes as a disclosure.
        Hidden = "KORT.SKJULT", "Noe som alltid skal være synlig i kortet, er skjult. Kortet må utstedes på nytt.";
        /// Another kind of card than the one asked for.
        WrongType = "KORT.FEIL_TYPE", "Dette er et gyldig dokument, men ikke et ledsagerbevis fra denne utstederen. Be om ledsagerbeviset.";
        /// `nbf` or `iat` lies ahead.
        NotYetValid = "KORT.IKKE_GYLDIG_ENNA", "Kortet gjelder ikke ennå. Kontroller at klokken på enheten går riktig.";
        /// `exp` is past.
        Expired = "KORT.UTLOPT", "Kortet er utløpt. Innehaveren kan hente det på nytt, eller be kommunen om et nytt.";
        /// `status` names no status list.
        Status = "KORT.STATUS", "Kortet viser til en sperreordning vi ikke kjenner. Det kan ikke kontrolleres her.";
        /// No `cnf` with a P-256 key.
        NoHolder = "KORT.INGEN_INNEHAVER", "Kortet er ikke knyttet til innehaverens telefon. Kortet må utstedes på nytt.";
        /// No key-binding JWT.
        NoBinding = "KORT.IKKE_BUNDET", "Kortet er vist uten innehaverens signatur, og kan være en kopi. Be om at det vises fra telefonen.";
        /// The key-binding JWT cannot be read, or is not one.
        BindingForm = "KORT.BINDING_FORM", "Innehaverens signatur kan ikke leses. Be om at kortet vises på nytt.";
        /// Not signed with the holder's key.
        BindingSignature = "KORT.FEIL_INNEHAVER", "Kortet er vist fra en annen telefon enn den det hører til. Godta det ikke.";
        /// The holder signed for something else than what is shown.
        BindingDigest = "KORT.BINDING_SAMMENDRAG", "Det som vises, er endret etter at innehaveren signerte. Godta det ikke.";
        /// Shown to somebody else.
        Audience = "KORT.FEIL_MOTTAKER", "Kortet er vist fram for noen andre. Be om at det vises på nytt her.";
        /// Not the challenge that was given.
        Nonce = "KORT.FEIL_UTFORDRING", "Kortet svarer ikke på denne forespørselen, og kan være et opptak. Be om at det vises på nytt.";
        /// Shown too long ago.
        BindingTooOld = "KORT.VIST_FOR_LENGE_SIDEN", "Koden er for gammel, og kan være et bilde av en annens. Be om at kortet vises på nytt.";
        /// Shown in the future.
        BindingAhead = "KORT.VIST_I_FRAMTIDEN", "Koden er laget i framtiden. Kontroller at klokkene går riktig, og be om at kortet vises på nytt.";
        /// A key or OpenSSL refused.
        Library = "KORT.INTERN_FEIL", "Krypteringsbiblioteket meldte en feil. Prøv igjen, og si fra til driften hvis feilen fortsetter.";
    }
}

impl From<JwkFault> for SdJwtFault {
    fn from(_: JwkFault) -> Self {
        Self::Library
    }
}

impl From<JwsFault> for SdJwtFault {
    fn from(fault: JwsFault) -> Self {
        match fault {
            JwsFault::Form => Self::Form,
            JwsFault::Algorithm => Self::Algorithm,
        }
    }
}

impl From<NoKey> for SdJwtFault {
    fn from(none: NoKey) -> Self {
        match none {
            NoKey::Issuer => Self::UnknownIssuer,
            NoKey::Key => Self::UnknownKey,
        }
    }
}
