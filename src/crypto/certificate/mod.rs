//! Certificates and private keys: read once, the parts that are compared kept as the bytes that they were.
//!
//! Municipalities ordinarily upload a self-signed RSA certificate without key usage, so a recipient's certificate is held
//! to its form, its key and its dates, and to no chain.

mod fault;
mod fields;
mod key;
mod name;
mod signer;

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use jiff::Timestamp;
use josekit::jwe::{RSA_OAEP_256, alg::rsaes::RsaesJweEncrypter};
use openssl::{
    asn1::{Asn1Time, Asn1TimeRef},
    bn::BigNum,
    error::ErrorStack,
    pkey::{Id, PKey, Public},
    sha,
    x509::X509,
};

pub use fault::{CertificateFault, KeyFault};
pub use key::PrivateKey;
pub use signer::Signer;

use super::{cms::scan::ScanFault, policy::RSA_BITS_MIN};
use fields::Fields;

/// An X.509 certificate (RFC 5280). Cheap to clone.
#[derive(Clone)]
pub struct Certificate(Arc<Inner>);

struct Inner {
    x509: X509,
    public_key: PKey<Public>,
    der: Vec<u8>,
    issuer: Vec<u8>,
    serial: Vec<u8>,
    serial_decimal: String,
    subject: Vec<u8>,
    ski: Option<Vec<u8>>,
    is_rsa: bool,
    key_bits: u32,
    modulus_bytes: usize,
    valid_from: Timestamp,
    valid_to: Timestamp,
    /// Made when the first JWE is, and kept: `None` where the key is of another kind.
    jwe: OnceLock<Option<RsaesJweEncrypter>>,
}

impl Certificate {
    /// Reads one certificate in PEM. A file that also holds a private key is refused with its own fault, so that the
    /// sender learns that the key has left the house.
    pub fn from_pem(pem: &[u8]) -> Result<Self, CertificateFault> {
        if pem.iter().all(u8::is_ascii_whitespace) {
            return Err(CertificateFault::Empty);
        }
        if contains(pem, b"PRIVATE KEY-----") {
            return Err(CertificateFault::PrivateKey);
        }
        let mut certificates = X509::stack_from_pem(pem).map_err(|_| CertificateFault::Unreadable)?;
        match (certificates.pop(), certificates.is_empty()) {
            (Some(x509), true) => Self::from_x509(x509),
            (Some(_), false) => Err(CertificateFault::Several),
            (None, _) => Err(CertificateFault::Unreadable),
        }
    }

    /// Reads one certificate in DER.
    pub fn from_der(bytes: &[u8]) -> Result<Self, CertificateFault> {
        if bytes.is_empty() {
            return Err(CertificateFault::Empty);
        }
        let x509 = X509::from_der(bytes).map_err(|_| {
            // PKCS#8 and PKCS#1 are told apart from rubbish so that an upload of the key is noticed.
            let is_key = PKey::private_key_from_der(bytes).is_ok();
            if is_key { CertificateFault::PrivateKey } else { CertificateFault::Unreadable }
        })?;
        let certificate = Self::from_x509(x509)?;
        // OpenSSL does not complain about bytes after the end.
        if certificate.to_der() == bytes { Ok(certificate) } else { Err(CertificateFault::Unreadable) }
    }

    pub(crate) fn from_x509(x509: X509) -> Result<Self, CertificateFault> {
        Self::parse(x509).map_err(|_| CertificateFault::Unreadable)
    }

    fn parse(x509: X509) -> Result<Self, Unreadable> {
        let der = x509.to_der()?;
        let fields = Fields::read(&der)?;
        let public_key = x509.public_key()?;
        let inner = Inner {
            issuer: fields.issuer.to_vec(),
            serial: fields.serial.to_vec(),
            subject: fields.subject.to_vec(),
            serial_decimal: decimal(&x509)?,
            ski: x509.subject_key_id().map(|ski| ski.as_slice().to_vec()),
            is_rsa: public_key.id() == Id::RSA,
            key_bits: public_key.bits(),
            modulus_bytes: public_key.size(),
            valid_from: timestamp(x509.not_before())?,
            valid_to: timestamp(x509.not_after())?,
            public_key,
            der,
            x509,
            jwe: OnceLock::new(),
        };
        Ok(Self(Arc::new(inner)))
    }

    /// The certificate in PEM, with a line feed at the end.
    pub fn to_pem(&self) -> String {
        // Writing what was read cannot fail.
        self.0.x509.to_pem().ok().and_then(|pem| String::from_utf8(pem).ok()).unwrap_or_default()
    }

    /// The certificate as it was signed.
    pub fn to_der(&self) -> &[u8] {
        &self.0.der
    }

    /// The serial number in decimal, as Java's `BigInteger` prints it.
    pub fn serial(&self) -> String {
        self.0.serial_decimal.clone()
    }

    /// The subject, most specific first (RFC 2253): `CN=…,O=…,C=NO`.
    pub fn subject_dn(&self) -> String {
        name::display(&self.0.subject)
    }

    /// The issuer, most specific first (RFC 2253).
    pub fn issuer_dn(&self) -> String {
        name::display(&self.0.issuer)
    }

    /// The first moment of its validity.
    pub fn valid_from(&self) -> Timestamp {
        self.0.valid_from
    }

    /// The last second of its validity.
    pub fn valid_to(&self) -> Timestamp {
        self.0.valid_to
    }

    /// Length of the modulus for RSA; the strength-giving length for other keys.
    pub fn key_bits(&self) -> u32 {
        self.0.key_bits
    }

    /// Whether the key is RSA; nothing else can be sealed to.
    pub fn is_rsa(&self) -> bool {
        self.0.is_rsa
    }

    /// SHA-256 of the DER: what tells one certificate from another.
    pub fn thumbprint(&self) -> [u8; 32] {
        sha::sha256(&self.0.der)
    }

    /// The organisation number that the subject carries: `organizationIdentifier` as `NTRNO-#########` (ETSI EN 319 412-1,
    /// section 5.1.4), else a `serialNumber` of nine digits, as Norwegian enterprise certificates have. It is only as
    /// true as the chain that the certificate hangs in.
    pub fn orgnr(&self) -> Option<String> {
        name::orgnr(&self.0.subject)
    }

    /// Whether something may be sealed to this certificate now: RSA, long enough, in date.
    pub fn check_recipient(&self, now: Timestamp) -> Result<(), CertificateFault> {
        if !self.is_rsa() {
            return Err(CertificateFault::NotRsa);
        }
        if self.key_bits() < RSA_BITS_MIN {
            return Err(CertificateFault::WeakKey);
        }
        self.check_dates(now)
    }

    /// Whether the certificate is in date; both ends belong to it (RFC 5280, section 4.1.2.5).
    pub fn check_dates(&self, now: Timestamp) -> Result<(), CertificateFault> {
        if now < self.valid_from() {
            return Err(CertificateFault::NotYetValid);
        }
        // The last second is part of the validity, and its fractions too.
        if now.as_second() > self.valid_to().as_second() {
            return Err(CertificateFault::Expired);
        }
        Ok(())
    }

    /// The public key as `SubjectPublicKeyInfo` in DER, which is what josekit takes.
    pub fn public_key_der(&self) -> Vec<u8> {
        self.0.public_key.public_key_to_der().unwrap_or_default()
    }

    /// What seals a JWE to this certificate.
    pub(super) fn jwe_encrypter(&self) -> Option<&RsaesJweEncrypter> {
        let make = || RSA_OAEP_256.encrypter_from_der(self.public_key_der()).ok();
        self.0.jwe.get_or_init(make).as_ref()
    }

    pub(crate) fn public_key(&self) -> &PKey<Public> {
        &self.0.public_key
    }

    pub(crate) fn x509(&self) -> &X509 {
        &self.0.x509
    }

    /// The issuer's name as the bytes in the certificate.
    pub(super) fn issuer_der(&self) -> &[u8] {
        &self.0.issuer
    }

    /// The content bytes of the serial number.
    pub(super) fn serial_der(&self) -> &[u8] {
        &self.0.serial
    }

    pub(super) fn subject_key_identifier(&self) -> Option<&[u8]> {
        self.0.ski.as_deref()
    }

    pub(super) fn modulus_bytes(&self) -> usize {
        self.0.modulus_bytes
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("serial", &self.0.serial_decimal)
            .field("valid_from", &self.0.valid_from)
            .field("valid_to", &self.0.valid_to)
            .finish_non_exhaustive()
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.0.der == other.0.der
    }
}

impl Eq for Certificate {}

/// Every way of not being able to read a certificate ends in the same fault.
struct Unreadable;

impl From<ErrorStack> for Unreadable {
    fn from(_: ErrorStack) -> Self {
        Self
    }
}

impl From<ScanFault> for Unreadable {
    fn from(_: ScanFault) -> Self {
        Self
    }
}

fn decimal(x509: &X509) -> Result<String, ErrorStack> {
    let number: BigNum = x509.serial_number().to_bn()?;
    Ok(number.to_dec_str()?.to_string())
}

fn timestamp(time: &Asn1TimeRef) -> Result<Timestamp, ErrorStack> {
    const DAY: i64 = 24 * 60 * 60;
    let since = Asn1Time::from_unix(0)?.diff(time)?;
    let seconds = i64::from(since.days) * DAY + i64::from(since.secs);
    // "No well-defined end" is written 99991231235959Z, which is a little more than jiff can hold.
    let limit = if seconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Ok(Timestamp::from_second(seconds).unwrap_or(limit))
}

pub(super) fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

#[cfg(test)]
mod tests;
