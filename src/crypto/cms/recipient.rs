//! The recipients of an envelope: whom it is for, and how the content key was wrapped for them.

use super::{
    fault::EnvelopeFault,
    scan::{ScanFault, Scanner},
};
use crate::crypto::{
    certificate::Certificate,
    der::{self, oid},
};

#[derive(Debug)]
pub(super) struct Recipient<'a> {
    pub id: RecipientId<'a>,
    pub transport: Transport,
    pub encrypted_key: &'a [u8],
}

#[derive(Debug, PartialEq, Eq)]
pub(in crate::crypto) enum RecipientId<'a> {
    /// The issuer as a whole element, the serial number as content bytes.
    IssuerAndSerial {
        issuer: &'a [u8],
        serial: &'a [u8],
    },
    SubjectKeyIdentifier(&'a [u8]),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transport {
    /// RSAES-OAEP with SHA-256, MGF1-SHA-256, no label.
    Oaep,
    /// `rsaEncryption`: PKCS#1 v1.5.
    Pkcs1V15,
}

impl<'a> RecipientId<'a> {
    /// `RecipientIdentifier`, which a signature calls `SignerIdentifier` (RFC 5652, sections 6.2.1 and 5.3).
    pub(in crate::crypto) fn read(scanner: &mut Scanner<'a>) -> Result<Self, ScanFault> {
        if scanner.peek() == Some(der::CONTEXT_0) {
            return Ok(Self::SubjectKeyIdentifier(scanner.primitive(der::CONTEXT_0)?));
        }
        let pair = scanner.enter(der::SEQUENCE)?;
        let issuer = scanner.whole(der::SEQUENCE)?;
        let serial = scanner.primitive(der::INTEGER)?;
        scanner.leave(pair)?;
        Ok(Self::IssuerAndSerial { issuer, serial })
    }

    /// Whether this names the certificate. Raw bytes are compared: KS clients copy the issuer as it stands.
    pub(in crate::crypto) fn names(&self, certificate: &Certificate) -> bool {
        match self {
            Self::IssuerAndSerial { issuer, serial } => {
                *issuer == certificate.issuer_der() && *serial == certificate.serial_der()
            }
            Self::SubjectKeyIdentifier(ski) => certificate.subject_key_identifier() == Some(ski),
        }
    }

    /// The version that goes with this form (RFC 5652, section 6.2.1).
    pub(super) fn version(&self) -> u8 {
        match self {
            Self::IssuerAndSerial { .. } => 0,
            Self::SubjectKeyIdentifier(_) => 2,
        }
    }
}

/// One or two recipients; the profile has no use for more.
pub(super) fn recipients<'a>(
    scanner: &mut Scanner<'a>,
) -> Result<(Recipient<'a>, Option<Recipient<'a>>), EnvelopeFault> {
    let set = scanner.enter(der::SET)?;
    if !scanner.has_more(&set)? {
        return Err(EnvelopeFault::NoRecipient);
    }
    let first = recipient(scanner)?;
    let second = if scanner.has_more(&set)? { Some(recipient(scanner)?) } else { None };
    if scanner.has_more(&set)? {
        return Err(EnvelopeFault::ManyRecipients);
    }
    scanner.leave(set)?;
    Ok((first, second))
}

/// `KeyTransRecipientInfo` (RFC 5652, section 6.2.1).
fn recipient<'a>(scanner: &mut Scanner<'a>) -> Result<Recipient<'a>, EnvelopeFault> {
    // [1] to [4] are the other kinds: key agreement, key encryption key, password, other.
    if matches!(scanner.peek(), Some(0xA1..=0xA4)) {
        return Err(EnvelopeFault::RecipientType);
    }
    let info = scanner.enter(der::SEQUENCE)?;
    let version = scanner.primitive(der::INTEGER)?;
    let id = RecipientId::read(scanner)?;
    if version != [id.version()] {
        return Err(EnvelopeFault::Version);
    }
    let transport = key_transport(scanner)?;
    let encrypted_key = scanner.primitive(der::OCTET_STRING)?;
    scanner.leave(info)?;
    Ok(Recipient { id, transport, encrypted_key })
}

fn key_transport(scanner: &mut Scanner<'_>) -> Result<Transport, EnvelopeFault> {
    let algorithm = scanner.enter(der::SEQUENCE)?;
    let transport = match scanner.primitive(der::OID)? {
        oid::RSAES_OAEP => {
            oaep_parameters(scanner)?;
            Transport::Oaep
        }
        oid::RSA_ENCRYPTION => {
            optional_null(scanner)?;
            Transport::Pkcs1V15
        }
        _ => return Err(EnvelopeFault::KeyTransport),
    };
    scanner.leave(algorithm)?;
    Ok(transport)
}

/// `RSAES-OAEP-params` (RFC 8017, appendix A.2.1). What is left out means SHA-1, so both digests have to be there.
fn oaep_parameters(scanner: &mut Scanner<'_>) -> Result<(), EnvelopeFault> {
    if scanner.peek() != Some(der::SEQUENCE) {
        return Err(EnvelopeFault::OaepHash);
    }
    let parameters = scanner.enter(der::SEQUENCE)?;
    if scanner.peek() != Some(der::CONTEXT_0_CONSTRUCTED) {
        return Err(EnvelopeFault::OaepHash);
    }
    let hash = scanner.enter(der::CONTEXT_0_CONSTRUCTED)?;
    sha256(scanner, EnvelopeFault::OaepHash)?;
    scanner.leave(hash)?;

    if scanner.peek() != Some(der::CONTEXT_1_CONSTRUCTED) {
        return Err(EnvelopeFault::OaepMask);
    }
    let mask = scanner.enter(der::CONTEXT_1_CONSTRUCTED)?;
    let mgf = scanner.enter(der::SEQUENCE)?;
    if scanner.primitive(der::OID)? != oid::MGF1 {
        return Err(EnvelopeFault::OaepMask);
    }
    sha256(scanner, EnvelopeFault::OaepMask)?;
    scanner.leave(mgf)?;
    scanner.leave(mask)?;

    if scanner.has_more(&parameters)? {
        let label = scanner.enter(der::CONTEXT_2_CONSTRUCTED)?;
        let source = scanner.enter(der::SEQUENCE)?;
        if scanner.primitive(der::OID)? != oid::P_SPECIFIED || !scanner.primitive(der::OCTET_STRING)?.is_empty() {
            return Err(EnvelopeFault::OaepLabel);
        }
        scanner.leave(source)?;
        scanner.leave(label)?;
    }
    scanner.leave(parameters)?;
    Ok(())
}

/// BouncyCastle writes NULL after the digest's identifier, OpenSSL nothing: both mean the same (RFC 4055, section 2.1).
fn sha256(scanner: &mut Scanner<'_>, otherwise: EnvelopeFault) -> Result<(), EnvelopeFault> {
    let algorithm = scanner.enter(der::SEQUENCE)?;
    if scanner.primitive(der::OID)? != oid::SHA256 {
        return Err(otherwise);
    }
    optional_null(scanner)?;
    scanner.leave(algorithm)?;
    Ok(())
}

fn optional_null(scanner: &mut Scanner<'_>) -> Result<(), EnvelopeFault> {
    if scanner.peek() == Some(der::NULL) && !scanner.primitive(der::NULL)?.is_empty() {
        return Err(EnvelopeFault::Structure);
    }
    Ok(())
}
