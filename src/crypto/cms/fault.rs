//! What can be wrong with an envelope, as the sender is told it.

use super::scan::ScanFault;
use crate::crypto::{certificate::CertificateFault, fault::faults};

faults! {
    /// Why an envelope is refused. The codes are part of the API: they never change meaning.
    pub enum EnvelopeFault {
        /// No bytes.
        Empty = "KONVOLUTT.TOM",
            "Filen er tom. Krypter innholdet til mottakerens sertifikat og send på nytt.";
        /// PEM text where DER or BER bytes are asked for.
        Pem = "KONVOLUTT.PEM",
            "Konvolutten er sendt som PEM-tekst. Send de binære CMS-bytene (DER eller BER) direkte.";
        /// Base64 text where DER or BER bytes are asked for.
        Base64 = "KONVOLUTT.BASE64",
            "Konvolutten er sendt som base64-tekst. Send de binære CMS-bytene (DER eller BER) direkte.";
        /// A PDF, ZIP, JSON or XML file in the clear.
        Unencrypted = "KONVOLUTT.UKRYPTERT",
            "Filen er ikke kryptert. Krypter den til mottakerens sertifikat før du sender den. Den er nå sendt ukryptert til \
             oss: følg virksomhetens rutine for avvik.";
        /// Not CMS at all.
        NotCms = "KONVOLUTT.IKKE_CMS",
            "Filen er ikke en CMS-konvolutt. Krypter innholdet som CMS EnvelopedData (RFC 5652) og send på nytt.";
        /// A CMS that is not `EnvelopedData`.
        ContentType = "KONVOLUTT.INNHOLDSTYPE",
            "Filen er CMS, men ikke EnvelopedData. Krypter innholdet til mottakerens sertifikat og send på nytt.";
        /// `AuthEnvelopedData` (RFC 5083), for instance AES-GCM, which no KS client can read.
        AuthEnveloped = "KONVOLUTT.AUTHENVELOPED",
            "Konvolutten er AuthEnvelopedData (for eksempel AES-GCM), som mottakerne ikke kan åpne. \
             Bruk EnvelopedData med AES-256-CBC.";
        /// The input ends too early.
        Truncated = "KONVOLUTT.AVKORTET",
            "Konvolutten slutter for tidlig. Den ble trolig avbrutt under skriving eller opplasting: send den på nytt.";
        /// Bytes after the end.
        Trailing = "KONVOLUTT.EKSTRA_BYTES",
            "Det ligger data etter slutten på konvolutten. Send bare selve konvolutten.";
        /// A malformed or absurd length.
        Length = "KONVOLUTT.LENGDE",
            "Konvolutten har et ugyldig lengdefelt. Lag konvolutten på nytt.";
        /// An element that does not belong where it stands.
        Structure = "KONVOLUTT.STRUKTUR",
            "Konvolutten er ikke bygd opp slik RFC 5652 krever. Lag den på nytt med et CMS-bibliotek.";
        /// Encrypted content in parts that have parts.
        Nesting = "KONVOLUTT.NOSTING",
            "Det krypterte innholdet er delt opp i flere nivåer. Del det høyst opp i ett nivå med OCTET STRING.";
        /// Too much before the ciphertext.
        Header = "KONVOLUTT.HODE_FOR_STORT",
            "Konvoluttens hode er større enn 64 KiB. Legg ved én mottaker og ingen andre sertifikater.";
        /// A version number that does not fit the recipients.
        Version = "KONVOLUTT.VERSJON",
            "Konvoluttens versjonsnummer passer ikke til innholdet. Bruk versjon 0 med issuerAndSerialNumber.";
        /// `originatorInfo` or `unprotectedAttrs`.
        UnexpectedField = "KONVOLUTT.UVENTET_FELT",
            "Konvolutten har felt som ikke skal være med (originatorInfo eller unprotectedAttrs). Utelat dem.";
        /// No recipient.
        NoRecipient = "KONVOLUTT.INGEN_MOTTAKER",
            "Konvolutten har ingen mottaker. Krypter innholdet til mottakerens sertifikat og send på nytt.";
        /// More than one recipient.
        ManyRecipients = "KONVOLUTT.FLERE_MOTTAKERE",
            "Konvolutten har mer enn én mottaker. Lag én konvolutt for hver mottaker.";
        /// A recipient that is not key transport.
        RecipientType = "KONVOLUTT.MOTTAKERTYPE",
            "Konvoluttens mottaker har en form vi ikke støtter. Bruk KeyTransRecipientInfo med RSA.";
        /// Made to another certificate than those registered.
        WrongRecipient = "KONVOLUTT.FEIL_MOTTAKER",
            "Konvolutten er kryptert til et annet sertifikat enn det mottakeren har registrert. \
             Hent mottakerens sertifikat på nytt, kontroller kommune og bydel, og krypter på nytt.";
        /// The recipient's certificate has expired.
        Expired = "KONVOLUTT.SERTIFIKAT_UTLOPT",
            "Mottakerens sertifikat er utløpt. Hent mottakerens gjeldende sertifikat og krypter på nytt.";
        /// The recipient's certificate is not valid yet.
        NotYetValid = "KONVOLUTT.SERTIFIKAT_IKKE_GYLDIG_ENNA",
            "Mottakerens sertifikat er ikke gyldig ennå. Hent mottakerens gjeldende sertifikat og krypter på nytt.";
        /// The recipient's key is too short.
        WeakKey = "KONVOLUTT.SVAK_NOKKEL",
            "Mottakerens nøkkel er kortere enn 2048 bit og kan ikke brukes. Mottakeren må bytte sertifikat.";
        /// The recipient's key is not RSA.
        NotRsa = "KONVOLUTT.IKKE_RSA",
            "Mottakerens nøkkel er ikke en RSA-nøkkel og kan ikke brukes. Mottakeren må bytte sertifikat.";
        /// Only PKCS#1 v1.5, or another key transport that is not OAEP.
        KeyTransport = "KONVOLUTT.NOKKELTRANSPORT",
            "Innholdsnøkkelen er ikke pakket med RSAES-OAEP. Bruk OAEP med SHA-256; bare PKCS#1 v1.5 er ikke nok.";
        /// OAEP with another digest than SHA-256.
        OaepHash = "KONVOLUTT.OAEP_HASH",
            "RSAES-OAEP bruker en annen hash enn SHA-256. Sett både hash og MGF1 til SHA-256.";
        /// OAEP with another mask than MGF1 with SHA-256.
        OaepMask = "KONVOLUTT.OAEP_MGF",
            "RSAES-OAEP bruker en annen maske enn MGF1 med SHA-256. Sett både hash og MGF1 til SHA-256.";
        /// OAEP with a label.
        OaepLabel = "KONVOLUTT.OAEP_ETIKETT",
            "RSAES-OAEP har en etikett (pSource). Utelat etiketten.";
        /// `encryptedKey` is not as long as the modulus.
        KeyLength = "KONVOLUTT.NOKKELLENGDE",
            "Den krypterte innholdsnøkkelen har ikke samme lengde som mottakerens RSA-nøkkel. Krypter på nytt.";
        /// The content inside is not of the type `data`.
        InnerType = "KONVOLUTT.INDRE_TYPE",
            "Det krypterte innholdet er ikke av typen data. Sett innholdstypen til 1.2.840.113549.1.7.1.";
        /// Another content cipher than AES-256-CBC.
        ContentCipher = "KONVOLUTT.INNHOLDSKRYPTERING",
            "Innholdet er ikke kryptert med AES-256-CBC. Bruk AES-256-CBC med PKCS#7-utfylling.";
        /// The initialisation vector is not 16 bytes.
        Iv = "KONVOLUTT.IV",
            "Initialiseringsvektoren er ikke 16 byte. Bruk en ny, tilfeldig IV på 16 byte for hver konvolutt.";
        /// No ciphertext.
        NoContent = "KONVOLUTT.INGEN_INNHOLD",
            "Konvolutten har ikke noe kryptert innhold. Legg det krypterte innholdet i selve konvolutten.";
        /// The ciphertext is not whole blocks.
        BlockLength = "KONVOLUTT.BLOKKLENGDE",
            "Det krypterte innholdet går ikke opp i hele blokker på 16 byte. Det er trolig skadet: krypter på nytt.";
    }
}

impl From<ScanFault> for EnvelopeFault {
    fn from(fault: ScanFault) -> Self {
        match fault {
            ScanFault::Truncated => Self::Truncated,
            ScanFault::Unexpected => Self::Structure,
            ScanFault::Length => Self::Length,
        }
    }
}

/// A registered certificate that may no longer, or not yet, be sealed to.
impl From<CertificateFault> for EnvelopeFault {
    fn from(fault: CertificateFault) -> Self {
        match fault {
            CertificateFault::Expired => Self::Expired,
            CertificateFault::NotYetValid => Self::NotYetValid,
            CertificateFault::WeakKey => Self::WeakKey,
            CertificateFault::NotRsa => Self::NotRsa,
            CertificateFault::Empty
            | CertificateFault::PrivateKey
            | CertificateFault::Several
            | CertificateFault::Unreadable => Self::WrongRecipient,
        }
    }
}

faults! {
    /// Why an envelope could not be made.
    pub enum SealFault {
        /// The recipient's key is not RSA.
        NotRsa = "FORSEGLING.IKKE_RSA",
            "Mottakerens sertifikat har ikke en RSA-nøkkel. Mottakeren må bytte sertifikat.";
        /// The recipient's key is too short.
        WeakKey = "FORSEGLING.SVAK_NOKKEL",
            "Mottakerens RSA-nøkkel er kortere enn 2048 bit. Mottakeren må bytte sertifikat.";
        /// The cryptographic library refused.
        Library = "FORSEGLING.INTERN_FEIL",
            "Innholdet kunne ikke krypteres på grunn av en feil hos oss. Prøv igjen senere.";
    }
}

/// Why an envelope could not be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenFault {
    /// It is not an envelope of the profile, whatever the key.
    #[error(transparent)]
    Envelope(#[from] EnvelopeFault),
    /// Wrong key, damaged key block, damaged padding: one fault, so that nobody learns which (RFC 3218).
    #[error("APNING.DEKRYPTERING")]
    Decryption,
}

impl OpenFault {
    /// The stable `errorCode`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Envelope(fault) => fault.code(),
            Self::Decryption => "APNING.DEKRYPTERING",
        }
    }

    /// What is wrong, in Norwegian bokmål.
    pub fn melding(&self) -> String {
        match self {
            Self::Envelope(fault) => fault.melding(),
            Self::Decryption => "Konvolutten kunne ikke åpnes med noen av nøklene. Enten er den laget til et annet \
                 sertifikat, eller så er den skadet."
                .to_owned(),
        }
    }
}
