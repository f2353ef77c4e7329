//! What can be wrong with a container, as the one who reads or writes it is told.

use crate::crypto::{certificate::CertificateFault, cms::scan::ScanFault, fault::faults};

faults! {
    /// Why a container is refused.
    pub enum ContainerFault {
        /// Not a ZIP file.
        NotZip = "ASICE.IKKE_ZIP",
            "Innholdet er ikke en ASiC-E-pakke (ZIP). Avsenderen må lage pakken på nytt.";
        /// A ZIP file that can be read in more than one way.
        ZipStructure = "ASICE.ZIP_STRUKTUR",
            "ZIP-filen er ikke entydig bygd opp. Avsenderen må lage pakken på nytt uten ekstra data i ZIP-filen.";
        /// An entry that does not inflate or has the wrong checksum.
        Damaged = "ASICE.SKADET",
            "En fil i pakken er skadet og kan ikke pakkes ut. Avsenderen må sende på nytt.";
        /// Encrypted, or packed by another method than stored and deflated.
        Method = "ASICE.PAKKEMETODE",
            "En fil i pakken er kryptert eller pakket med en metode vi ikke støtter. Bruk bare stored og deflate.";
        /// Too many entries.
        TooMany = "ASICE.FOR_MANGE_FILER",
            "Pakken har for mange filer. Send færre filer i samme pakke.";
        /// Too many bytes once inflated.
        TooBig = "ASICE.FOR_STOR",
            "Pakken blir for stor når den pakkes ut. Send mindre eller færre filer.";
        /// One name twice.
        Duplicate = "ASICE.DUPLIKAT",
            "Pakken har to filer med samme navn. Gi hver fil sitt eget navn.";
        /// A name that could end up elsewhere.
        FileName = "ASICE.FILNAVN",
            "En fil i pakken har et navn som ikke er tillatt. Bruk et enkelt filnavn uten sti.";
        /// `mimetype` is missing, not first, or says something else.
        Mimetype = "ASICE.MIMETYPE",
            "Pakken er ikke merket som ASiC-E. Filen mimetype må ligge først med verdien application/vnd.etsi.asic-e+zip.";
        /// No manifest.
        NoManifest = "ASICE.MANGLER_MANIFEST",
            "Pakken mangler META-INF/ASiCManifest.xml. Avsenderen må lage pakken på nytt.";
        /// A manifest that cannot be read.
        Manifest = "ASICE.UGYLDIG_MANIFEST",
            "META-INF/ASiCManifest.xml kan ikke leses. Avsenderen må lage pakken på nytt.";
        /// No files beside the manifest.
        NoFiles = "ASICE.INGEN_FILER",
            "Pakken har ingen filer. Legg ved minst én fil.";
        /// The manifest lists a file that is not there.
        Missing = "ASICE.MANGLENDE_FIL",
            "En fil som står i manifestet, finnes ikke i pakken. Avsenderen må lage pakken på nytt.";
        /// A file that the manifest does not list, so that no signature covers it.
        Unlisted = "ASICE.ULISTET_FIL",
            "Pakken har en fil som ikke står i manifestet og derfor ikke er signert. Ta den bort eller før den opp.";
        /// Another digest than SHA-256 in the manifest.
        DigestAlgorithm = "ASICE.HASHALGORITME",
            "Manifestet bruker en annen hash enn SHA-256. Avsenderen må lage pakken på nytt med SHA-256.";
        /// A file was changed after it was signed.
        Digest = "ASICE.FEIL_HASH",
            "En fil i pakken er endret etter at den ble signert. Innholdet kan ikke stoles på: be om ny sending.";
        /// No signature.
        NoSignature = "ASICE.MANGLER_SIGNATUR",
            "Pakken er ikke signert. Avsenderen må signere pakken med virksomhetssertifikatet sitt.";
        /// More than one signature, or signatures by several certificates.
        ManySignatures = "ASICE.FLERE_SIGNATURER",
            "Pakken har mer enn én signatur. Signer pakken én gang, med ett sertifikat.";
        /// The manifest points at another signature.
        SignatureReference = "ASICE.SIGNATURREFERANSE",
            "Manifestet viser til en annen signaturfil enn den som ligger i pakken. Avsenderen må lage pakken på nytt.";
        /// The signature file is not a detached CMS signature.
        SignatureFormat = "ASICE.UGYLDIG_SIGNATURFIL",
            "Signaturfilen er ikke en løs CMS-signatur (SignedData) med sertifikat. Avsenderen må signere på nytt.";
        /// A digest in the signature that has been given up.
        SignatureAlgorithm = "ASICE.SIGNATURALGORITME",
            "Signaturen bruker en algoritme vi ikke godtar. Bruk RSA med SHA-256.";
        /// The signer's key is not RSA or too short.
        WeakSigner = "ASICE.SVAK_NOKKEL",
            "Signaturen er laget med en nøkkel som ikke er RSA på minst 2048 bit. Bytt virksomhetssertifikat.";
        /// The signature does not fit the manifest.
        Signature = "ASICE.FEIL_SIGNATUR",
            "Signaturen stemmer ikke med manifestet. Innholdet kan ikke stoles på: be om ny sending.";
        /// The signer's certificate has expired.
        Expired = "ASICE.SERTIFIKAT_UTLOPT",
            "Avsenderens sertifikat er utløpt. Avsenderen må signere med et gyldig virksomhetssertifikat.";
        /// The signer's certificate is not valid yet.
        NotYetValid = "ASICE.SERTIFIKAT_IKKE_GYLDIG_ENNA",
            "Avsenderens sertifikat er ikke gyldig ennå. Avsenderen må signere med et gyldig virksomhetssertifikat.";
        /// No chain to one of the anchors.
        Untrusted = "ASICE.UKJENT_UTSTEDER",
            "Avsenderens sertifikat er ikke utstedt av noen vi stoler på. Avsenderen må bruke et virksomhetssertifikat.";
        /// Signed by another organisation than expected.
        WrongSender = "ASICE.FEIL_AVSENDER",
            "Pakken er signert av en annen virksomhet enn den som står som avsender. Avklar hvem som har sendt den.";
    }
}

/// A signature file that cannot be read as CMS.
impl From<ScanFault> for ContainerFault {
    fn from(_: ScanFault) -> Self {
        Self::SignatureFormat
    }
}

/// A signer's certificate out of date; other faults mean that it could not be read.
impl From<CertificateFault> for ContainerFault {
    fn from(fault: CertificateFault) -> Self {
        match fault {
            CertificateFault::Expired => Self::Expired,
            CertificateFault::NotYetValid => Self::NotYetValid,
            CertificateFault::NotRsa | CertificateFault::WeakKey => Self::WeakSigner,
            CertificateFault::Empty
            | CertificateFault::PrivateKey
            | CertificateFault::Several
            | CertificateFault::Unreadable => Self::SignatureFormat,
        }
    }
}

faults! {
    /// Why a container could not be made.
    pub enum PackFault {
        /// Nothing to pack.
        NoFiles = "PAKKING.INGEN_FILER",
            "Det er ingen filer å pakke. Legg ved minst én fil.";
        /// A name that no reader would let in.
        FileName = "PAKKING.FILNAVN",
            "Et filnavn er ikke tillatt. Bruk et enkelt filnavn uten sti, og ikke META-INF eller mimetype.";
        /// A file type that the KS Java client does not know.
        FileType = "PAKKING.FILTYPE",
            "En fil har en filtype mottakerne ikke kjenner. Bruk json, pdf, xml, txt, jpg, png eller tif.";
        /// One name twice.
        Duplicate = "PAKKING.DUPLIKAT",
            "To filer har samme navn. Gi hver fil sitt eget navn.";
        /// Too much or too many.
        TooBig = "PAKKING.FOR_STOR",
            "Filene er for store eller for mange til én pakke. Send mindre eller færre filer.";
        /// The signature or the ZIP could not be made.
        Library = "PAKKING.INTERN_FEIL",
            "Pakken kunne ikke lages på grunn av en feil hos oss. Prøv igjen senere.";
    }
}
