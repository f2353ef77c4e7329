//! Keys and certificates made on the spot, for `meldeport demo` and for tests. Each is marked TEST in its subject and is
//! good for nothing else: nobody has checked who asked for it.
//!
//! The keys are OpenSSL's own random numbers, since it takes none from outside; only serial numbers come from the `rng`
//! that is given, and the dates from `now`.

use jiff::Timestamp;
use openssl::{
    asn1::Asn1Time,
    bn::BigNum,
    error::ErrorStack,
    hash::MessageDigest,
    nid::Nid,
    pkcs12::Pkcs12,
    pkey::{PKey, Private},
    rsa::Rsa,
    stack::Stack,
    x509::{
        X509, X509Builder, X509Name, X509NameRef,
        extension::{AuthorityKeyIdentifier, BasicConstraints, KeyUsage, SubjectKeyIdentifier},
    },
};

use crate::{
    crypto::certificate::{Certificate, CertificateFault, KeyFault, PrivateKey, Signer},
    system::{Rng, SecretBytes, SecretString, rng::random},
};

const RSA_BITS: u32 = 2048;
/// How long a certificate lasts, in seconds: two years.
const VALIDITY: i64 = 2 * 365 * 24 * 60 * 60;
/// Longest value of the name attributes used here, in characters (RFC 5280, appendix A.1: `ub-common-name`).
const NAME_MAX: usize = 64;
/// PBKDF2 rounds for the PKCS#12 file: what Java's own tool uses.
const PKCS12_ROUNDS: u32 = 10_000;

/// Why no key could be made.
#[derive(Debug, thiserror::Error)]
pub enum MakeError {
    /// OpenSSL refused, for instance an empty name.
    #[error("the certificate could not be made")]
    Library(#[from] ErrorStack),
    /// What was made could not be read back.
    #[error("the certificate that was made cannot be read")]
    Certificate(#[from] CertificateFault),
    /// The key that was made could not be read back.
    #[error("the key that was made cannot be read")]
    Key(#[from] KeyFault),
}

/// The name of the key in a PKCS#12, as Java asks for it.
pub const PKCS12_ALIAS: &str = "virksomhet";

/// A receiver's key: what a municipality makes with `openssl req -x509` and uploads the certificate of.
#[derive(Debug)]
pub struct RecipientKey {
    /// Self-signed, RSA-2048, without key usage.
    pub certificate: Certificate,
    /// The private key, PKCS#8.
    pub key_pem: SecretString,
}

impl RecipientKey {
    /// Makes one, valid from `now` for two years. `name` is the organisation's, for instance "Nordbygd kommune".
    pub fn make(name: &str, now: Timestamp, rng: &dyn Rng) -> Result<Self, MakeError> {
        let key = rsa()?;
        let subject = subject(name, "TEST mottak", None)?;
        let mut builder = begin(&subject, &subject, &key, now, rng)?;
        builder.append_extension(SubjectKeyIdentifier::new().build(&builder.x509v3_context(None, None))?)?;
        builder.append_extension(BasicConstraints::new().critical().ca().build()?)?;
        builder.sign(&key, MessageDigest::sha256())?;
        Ok(Self {
            certificate: Certificate::from_x509(builder.build())?,
            key_pem: PrivateKey::from_pkey(key)?.to_pkcs8_pem()?,
        })
    }

    /// The private key, ready to open with.
    pub fn private_key(&self) -> Result<PrivateKey, KeyFault> {
        PrivateKey::from_pem(self.key_pem.expose().as_bytes())
    }
}

/// A small authority that issues enterprise certificates.
pub struct Authority {
    /// What a verifier trusts.
    pub certificate: Certificate,
    key: PKey<Private>,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority").field("certificate", &self.certificate).finish_non_exhaustive()
    }
}

/// An enterprise certificate (*virksomhetssertifikat*): what signs containers and Maskinporten grants.
#[derive(Debug)]
pub struct EnterpriseKey {
    /// The enterprise's own certificate, with the organisation number in `organizationIdentifier` and `serialNumber`.
    pub certificate: Certificate,
    /// The private key, PKCS#8.
    pub key_pem: SecretString,
    /// The enterprise's certificate and the authority's, in PEM.
    pub chain_pem: String,
    /// Key and chain in PKCS#12, in the algorithms that Java 17 and later read (PBES2, AES-256, HMAC-SHA-256).
    pub pkcs12: SecretBytes,
}

impl Authority {
    /// Makes one, valid from `now` for two years.
    pub fn make(now: Timestamp, rng: &dyn Rng) -> Result<Self, MakeError> {
        let key = rsa()?;
        let subject = subject("Meldeport", "TEST utsteder", None)?;
        let mut builder = begin(&subject, &subject, &key, now, rng)?;
        builder.append_extension(BasicConstraints::new().critical().ca().pathlen(0).build()?)?;
        builder.append_extension(KeyUsage::new().critical().key_cert_sign().crl_sign().build()?)?;
        builder.append_extension(SubjectKeyIdentifier::new().build(&builder.x509v3_context(None, None))?)?;
        builder.sign(&key, MessageDigest::sha256())?;
        Ok(Self { certificate: Certificate::from_x509(builder.build())?, key })
    }

    /// Issues an enterprise certificate to an organisation, valid from `now` for two years. `password` opens the PKCS#12;
    /// keep to ASCII, since Java and OpenSSL do not agree about other letters.
    pub fn issue(
        &self,
        name: &str,
        orgnr: &str,
        password: &SecretString,
        now: Timestamp,
        rng: &dyn Rng,
    ) -> Result<EnterpriseKey, MakeError> {
        let key = rsa()?;
        let authority = self.certificate.x509();
        let subject = subject(name, "TEST virksomhetssertifikat", Some(orgnr))?;
        let mut builder = begin(&subject, authority.subject_name(), &key, now, rng)?;
        builder.append_extension(BasicConstraints::new().critical().build()?)?;
        builder.append_extension(KeyUsage::new().critical().digital_signature().non_repudiation().build()?)?;
        let context = builder.x509v3_context(Some(authority), None);
        let own_id = SubjectKeyIdentifier::new().build(&context)?;
        let authority_id = AuthorityKeyIdentifier::new().keyid(true).build(&context)?;
        builder.append_extension(own_id)?;
        builder.append_extension(authority_id)?;
        builder.sign(&self.key, MessageDigest::sha256())?;
        let x509 = builder.build();
        let pkcs12 = pkcs12(&key, &x509, authority, password)?;
        let certificate = Certificate::from_x509(x509)?;
        Ok(EnterpriseKey {
            chain_pem: certificate.to_pem() + &self.certificate.to_pem(),
            certificate,
            key_pem: PrivateKey::from_pkey(key)?.to_pkcs8_pem()?,
            pkcs12,
        })
    }
}

impl EnterpriseKey {
    /// Key and chain, ready to sign with.
    pub fn signer(&self) -> Result<Signer, KeyFault> {
        Signer::from_pem(self.key_pem.expose().as_bytes(), self.chain_pem.as_bytes())
    }
}

fn rsa() -> Result<PKey<Private>, ErrorStack> {
    PKey::from_rsa(Rsa::generate(RSA_BITS)?)
}

fn subject(name: &str, common_name: &str, orgnr: Option<&str>) -> Result<X509Name, ErrorStack> {
    const MARK: &str = " (TEST)";
    let organisation: String = name.chars().take(NAME_MAX - MARK.len()).chain(MARK.chars()).collect();
    let mut subject = X509Name::builder()?;
    subject.append_entry_by_nid(Nid::COUNTRYNAME, "NO")?;
    subject.append_entry_by_nid(Nid::ORGANIZATIONNAME, &organisation)?;
    if let Some(orgnr) = orgnr {
        // organizationIdentifier, as ETSI EN 319 412-1 writes it.
        subject.append_entry_by_text("2.5.4.97", &format!("NTRNO-{orgnr}"))?;
        subject.append_entry_by_nid(Nid::SERIALNUMBER, orgnr)?;
    }
    subject.append_entry_by_nid(Nid::COMMONNAME, common_name)?;
    Ok(subject.build())
}

fn begin(
    subject: &X509NameRef,
    issuer: &X509NameRef,
    key: &PKey<Private>,
    now: Timestamp,
    rng: &dyn Rng,
) -> Result<X509Builder, ErrorStack> {
    let mut builder = X509::builder()?;
    builder.set_version(2)?; // which is how version 3 is written
    // The highest bit is cleared because a serial number is positive, the next is set so that it is never zero.
    let [first, rest @ ..]: [u8; 16] = random(rng);
    let serial = [&[(first & 0x7F) | 0x40], rest.as_slice()].concat();
    let serial = BigNum::from_slice(&serial)?.to_asn1_integer()?;
    builder.set_serial_number(&serial)?;
    builder.set_subject_name(subject)?;
    builder.set_issuer_name(issuer)?;
    builder.set_pubkey(key)?;
    let from = now.as_second();
    let not_before = Asn1Time::from_unix(from)?;
    let not_after = Asn1Time::from_unix(from.saturating_add(VALIDITY))?;
    builder.set_not_before(&not_before)?;
    builder.set_not_after(&not_after)?;
    Ok(builder)
}

fn pkcs12(
    key: &PKey<Private>,
    certificate: &X509,
    authority: &X509,
    password: &SecretString,
) -> Result<SecretBytes, ErrorStack> {
    let mut above = Stack::new()?;
    above.push(authority.clone())?;
    let file = Pkcs12::builder()
        .name(PKCS12_ALIAS)
        .pkey(key)
        .cert(certificate)
        .ca(above)
        .key_algorithm(Nid::AES_256_CBC)
        .cert_algorithm(Nid::AES_256_CBC)
        .key_iter(PKCS12_ROUNDS)
        .mac_iter(PKCS12_ROUNDS)
        .mac_md(MessageDigest::sha256())
        .build2(password.expose())?;
    Ok(SecretBytes::new(file.to_der()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        crypto::{asice, cms},
        system::SeededRng,
    };

    fn now() -> Timestamp {
        "2026-12-01T08:00:00.123Z".parse().unwrap()
    }

    #[test]
    fn recipients_can_be_sealed_to() {
        let rng = SeededRng::new(1);
        let made = RecipientKey::make("Nordbygd kommune", now(), &rng).unwrap();
        assert_eq!(made.certificate.subject_dn(), "CN=TEST mottak,O=Nordbygd kommune (TEST),C=NO");
        assert_eq!(made.certificate.subject_dn(), made.certificate.issuer_dn());
        assert_eq!(made.certificate.check_recipient(now()), Ok(()));
        assert_eq!(made.certificate.valid_from().as_second(), now().as_second());
        assert!(made.certificate.check_recipient(now() - jiff::SignedDuration::from_secs(1)).is_err());
        let envelope = cms::seal(b"synthetic", &made.certificate, &rng).unwrap();
        assert!(cms::inspect(&envelope, &[&made.certificate], now()).is_ok());
        let opened = cms::open(&envelope, &[made.private_key().unwrap()]).unwrap();
        assert_eq!(opened.expose(), b"synthetic");
        assert!(!format!("{made:?}").contains("PRIVATE"));
    }

    #[test]
    fn enterprises_can_sign() {
        let rng = SeededRng::new(2);
        let authority = Authority::make(now(), &rng).unwrap();
        let password = SecretString::new("hemmelig".to_owned());
        let long = "Et navn som er langt over de sekstifire tegnene som det er plass til i et sertifikat";
        let made = authority.issue(long, "999999992", &password, now(), &rng).unwrap();
        assert_eq!(made.certificate.orgnr().as_deref(), Some("999999992"));
        let signer = Signer::from_pkcs12(made.pkcs12.expose(), password.expose()).unwrap();
        assert_eq!(signer.chain(), made.signer().unwrap().chain());
        assert_eq!(signer.chain().len(), 2);
        let zip = asice::pack(&[("bekymringsmelding.json", b"{}")], &signer, now(), &rng).unwrap();
        let trust = asice::Trust { anchors: vec![authority.certificate.clone()], orgnr: Some("999999992".to_owned()) };
        assert_eq!(asice::open(zip.expose(), &trust, now()).unwrap().signer, made.certificate);
        let other = Authority::make(now(), &rng).unwrap();
        let trust = asice::Trust { anchors: vec![other.certificate], orgnr: None };
        assert_eq!(asice::open(zip.expose(), &trust, now()).unwrap_err(), asice::ContainerFault::Untrusted);
    }
}
