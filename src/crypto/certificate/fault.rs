//! What can be wrong with a certificate or a key, as the one who uploads or configures it is told.

use crate::crypto::fault::faults;

faults! {
    /// Why a certificate is refused.
    pub enum CertificateFault {
        /// No bytes.
        Empty = "SERTIFIKAT.TOM",
            "Filen er tom. Last opp sertifikatet i PEM-format.";
        /// A private key came with it, or instead of it.
        PrivateKey = "SERTIFIKAT.PRIVAT_NOKKEL",
            "Filen inneholder en privat nøkkel. Last bare opp sertifikatet. Nøkkelen må regnes som kjent av andre: \
             lag et nytt nøkkelpar og bytt sertifikat.";
        /// More than one certificate.
        Several = "SERTIFIKAT.FLERE",
            "Filen inneholder mer enn ett sertifikat. Last bare opp mottakerens eget sertifikat.";
        /// Not a certificate.
        Unreadable = "SERTIFIKAT.ULESELIG",
            "Filen er ikke et gyldig X.509-sertifikat. Last opp sertifikatet i PEM-format.";
        /// Another kind of key than RSA.
        NotRsa = "SERTIFIKAT.IKKE_RSA",
            "Sertifikatet har ikke en RSA-nøkkel. Lag et sertifikat med en RSA-nøkkel på minst 2048 bit.";
        /// A key that is too short.
        WeakKey = "SERTIFIKAT.SVAK_NOKKEL",
            "Sertifikatets RSA-nøkkel er kortere enn 2048 bit. Lag et sertifikat med en nøkkel på minst 2048 bit.";
        /// Past its end.
        Expired = "SERTIFIKAT.UTLOPT",
            "Sertifikatet er utløpt. Lag et nytt sertifikat.";
        /// Before its beginning.
        NotYetValid = "SERTIFIKAT.IKKE_GYLDIG_ENNA",
            "Sertifikatet er ikke gyldig ennå. Vent til det er gyldig, eller bruk et annet sertifikat.";
    }
}

faults! {
    /// Why a private key, or a key with its certificates, cannot be used.
    pub enum KeyFault {
        /// Not a private key in PKCS#8 or PKCS#1.
        Unreadable = "NOKKEL.ULESELIG",
            "Filen er ikke en gyldig privat nøkkel. Bruk PKCS#8 eller PKCS#1 i PEM-format.";
        /// A key with a password.
        Encrypted = "NOKKEL.KRYPTERT",
            "Den private nøkkelen er beskyttet med passord. Bruk en ukryptert nøkkelfil eller en PKCS#12-fil.";
        /// Another kind of key than RSA.
        NotRsa = "NOKKEL.IKKE_RSA",
            "Den private nøkkelen er ikke en RSA-nøkkel. Bruk en RSA-nøkkel på minst 2048 bit.";
        /// A key that is too short.
        WeakKey = "NOKKEL.SVAK_NOKKEL",
            "Den private nøkkelen er kortere enn 2048 bit. Bruk en RSA-nøkkel på minst 2048 bit.";
        /// Not PKCS#12, or PKCS#12 with algorithms that have been given up (RC2).
        Pkcs12 = "NOKKEL.PKCS12_ULESELIG",
            "PKCS#12-filen kan ikke leses. Er den gammel, må den lagres på nytt med AES i stedet for RC2.";
        /// Wrong password.
        Password = "NOKKEL.FEIL_PASSORD",
            "Passordet til PKCS#12-filen er feil, eller filen er skadet. Kontroller passordet.";
        /// No certificate beside the key.
        NoCertificate = "NOKKEL.MANGLER_SERTIFIKAT",
            "Det følger ikke noe lesbart sertifikat med nøkkelen. Legg ved sertifikatet og kjeden det er utstedt av.";
        /// The certificate belongs to another key.
        Mismatch = "NOKKEL.PASSER_IKKE",
            "Den private nøkkelen hører ikke til sertifikatet. Sertifikatet for nøkkelen må stå først i kjeden.";
    }
}
