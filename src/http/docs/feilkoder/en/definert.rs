//! Codes of a report's form, its envelope and a certificate.

use crate::{
    crypto::{certificate::CertificateFault, cms::EnvelopeFault},
    skjema::Skjemafeil,
};

pub fn konvolutt(fault: EnvelopeFault) -> (&'static str, &'static str) {
    use EnvelopeFault::*;
    match fault {
        Empty => ("The file is empty.", "Encrypt the content to the receiver's certificate and send again."),
        Pem => ("The envelope is PEM text.", "Send the binary CMS bytes (DER or BER) directly."),
        Base64 => ("The envelope is base64 text.", "Send the binary CMS bytes (DER or BER) directly."),
        Unencrypted => (
            "The file is not encrypted.",
            "Encrypt it to the receiver's certificate before you send it. It has now been sent to us in the clear: follow \
             your organisation's routine for incidents.",
        ),
        NotCms => {
            ("The file is no CMS envelope.", "Encrypt the content as CMS EnvelopedData (RFC 5652) and send again.")
        }
        ContentType => (
            "The file is CMS, but not EnvelopedData.",
            "Encrypt the content to the receiver's certificate and send again.",
        ),
        AuthEnveloped => (
            "The envelope is AuthEnvelopedData (AES-GCM, for instance), which the receivers cannot open.",
            "Use EnvelopedData with AES-256-CBC.",
        ),
        Truncated => {
            ("The envelope ends too early.", "Writing or uploading it was probably broken off: send it again.")
        }
        Trailing => ("There is data after the end of the envelope.", "Send the envelope and nothing else."),
        Length => ("The envelope has an invalid length field.", "Make the envelope again."),
        Structure => ("The envelope is not built as RFC 5652 demands.", "Make it again with a CMS library."),
        Nesting => {
            ("The encrypted content is divided at several levels.", "Divide it at one level of OCTET STRING at most.")
        }
        Header => ("The envelope's header is larger than 64 KiB.", "Enclose one recipient and no other certificates."),
        Version => {
            ("The envelope's version number does not fit its content.", "Use version 0 with issuerAndSerialNumber.")
        }
        UnexpectedField => (
            "The envelope has fields that do not belong there (originatorInfo or unprotectedAttrs).",
            "Leave them out.",
        ),
        NoRecipient => {
            ("The envelope has no recipient.", "Encrypt the content to the receiver's certificate and send again.")
        }
        ManyRecipients => ("The envelope has more than one recipient.", "Make one envelope for each recipient."),
        RecipientType => {
            ("The envelope's recipient is of a form that we do not support.", "Use KeyTransRecipientInfo with RSA.")
        }
        WrongRecipient => (
            "The envelope is encrypted to another certificate than the one the receiver has registered.",
            "Fetch the receiver's certificate again, check municipality and office, and encrypt again.",
        ),
        Expired => {
            ("The receiver's certificate has expired.", "Fetch the receiver's present certificate and encrypt again.")
        }
        NotYetValid => (
            "The receiver's certificate is not valid yet.",
            "Fetch the receiver's present certificate and encrypt again.",
        ),
        WeakKey => (
            "The receiver's key is shorter than 2048 bits and cannot be used.",
            "The receiver must change certificate.",
        ),
        NotRsa => ("The receiver's key is not an RSA key and cannot be used.", "The receiver must change certificate."),
        KeyTransport => (
            "The content key is not wrapped with RSAES-OAEP.",
            "Use OAEP with SHA-256; PKCS#1 v1.5 alone is not enough.",
        ),
        OaepHash => ("RSAES-OAEP uses another hash than SHA-256.", "Set both the hash and MGF1 to SHA-256."),
        OaepMask => ("RSAES-OAEP uses another mask than MGF1 with SHA-256.", "Set both the hash and MGF1 to SHA-256."),
        OaepLabel => ("RSAES-OAEP has a label (pSource).", "Leave the label out."),
        KeyLength => ("The encrypted content key is not as long as the receiver's RSA key.", "Encrypt again."),
        InnerType => {
            ("The encrypted content is not of the type data.", "Set the content type to 1.2.840.113549.1.7.1.")
        }
        ContentCipher => ("The content is not encrypted with AES-256-CBC.", "Use AES-256-CBC with PKCS#7 padding."),
        Iv => ("The initialisation vector is not 16 bytes.", "Use a new, random IV of 16 bytes for each envelope."),
        NoContent => ("The envelope has no encrypted content.", "Put the encrypted content into the envelope itself."),
        BlockLength => {
            ("The encrypted content is not whole blocks of 16 bytes.", "It is probably damaged: encrypt again.")
        }
    }
}

pub fn sertifikat(fault: CertificateFault) -> (&'static str, &'static str) {
    use CertificateFault::*;
    match fault {
        Empty => ("The file is empty.", "Upload the certificate as PEM."),
        PrivateKey => (
            "The file holds a private key.",
            "Upload the certificate only. Others must be taken to know the key: make a new key pair and change certificate.",
        ),
        Several => ("The file holds more than one certificate.", "Upload the receiver's own certificate only."),
        Unreadable => ("The file is not a valid X.509 certificate.", "Upload the certificate as PEM."),
        NotRsa => {
            ("The certificate's key is not an RSA key.", "Make a certificate with an RSA key of at least 2048 bits.")
        }
        WeakKey => (
            "The certificate's RSA key is shorter than 2048 bits.",
            "Make a certificate with a key of at least 2048 bits.",
        ),
        Expired => ("The certificate has expired.", "Make a new certificate."),
        NotYetValid => ("The certificate is not valid yet.", "Wait until it is, or use another certificate."),
    }
}

pub fn skjema(fault: Skjemafeil) -> (&'static str, &'static str) {
    use Skjemafeil::*;
    match fault {
        Ukjent => {
            ("The form does not exist in this version.", "Fetch the list of forms, and use a version that is in it.")
        }
        Avvik => {
            ("The report does not follow the form.", "Correct each deviation in the list, and send the report again.")
        }
        Tom => ("The request has no content.", "Send the report as JSON."),
        IkkeUtf8 => ("The content is not valid UTF-8.", "Send JSON in UTF-8, not UTF-16 or Latin-1."),
        Bom => ("The content begins with an invisible byte order mark (BOM).", "Send JSON in UTF-8 without this mark."),
        IkkeJson => ("The content is not valid JSON.", "Look for the fault at the line and column that are given."),
        Avkortet => ("The JSON ends too early.", "Check that the whole report was sent."),
        EkstraInnhold => ("Something follows the end of the JSON.", "Send exactly one JSON object."),
        DobbeltFelt => (
            "The same field is there twice in one object, so that it is unclear which value counts.",
            "Send each field once.",
        ),
        EnsligSurrogat => (
            "A text has half a character (\\uD800–\\uDFFF without its other half).",
            "Send the whole character, best directly in UTF-8.",
        ),
        ForDypt => ("The JSON is nested too deep.", "64 levels are the most."),
        ForMangeVerdier => ("The JSON has too many values.", "100,000 are the most."),
    }
}
