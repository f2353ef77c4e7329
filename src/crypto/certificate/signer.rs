//! A key with the certificates that vouch for it: what signs containers and Maskinporten grants.

use openssl::{pkcs12::Pkcs12, x509::X509};

use super::{Certificate, KeyFault, PrivateKey};

/// A private key, its certificate, and the certificates above that.
#[derive(Debug, Clone)]
pub struct Signer {
    key: PrivateKey,
    certificate: Certificate,
    chain: Vec<Certificate>,
}

impl Signer {
    /// Reads a PKCS#12 file (RFC 7292), which is how enterprise certificates are handed out.
    pub fn from_pkcs12(der: &[u8], password: &str) -> Result<Self, KeyFault> {
        let parsed = Pkcs12::from_der(der).map_err(|_| KeyFault::Pkcs12)?.parse2(password).map_err(|errors| {
            // By its number, since the text may change: PKCS12_R_MAC_VERIFY_FAILURE.
            let is_mac = errors.errors().iter().any(|error| error.reason_code() == MAC_VERIFY_FAILURE);
            if is_mac { KeyFault::Password } else { KeyFault::Pkcs12 }
        })?;
        let key = PrivateKey::from_pkey(parsed.pkey.ok_or(KeyFault::Unreadable)?)?;
        let leaf = parsed.cert.ok_or(KeyFault::NoCertificate)?;
        let above = parsed.ca.into_iter().flatten();
        Self::new(key, std::iter::once(leaf).chain(above))
    }

    /// Reads a private key and a chain in PEM, the key's own certificate first.
    pub fn from_pem(key: &[u8], chain: &[u8]) -> Result<Self, KeyFault> {
        let certificates = X509::stack_from_pem(chain).map_err(|_| KeyFault::NoCertificate)?;
        Self::new(PrivateKey::from_pem(key)?, certificates)
    }

    fn new(key: PrivateKey, certificates: impl IntoIterator<Item = X509>) -> Result<Self, KeyFault> {
        key.check_strength()?;
        let chain = certificates
            .into_iter()
            .map(|x509| Certificate::from_x509(x509).map_err(|_| KeyFault::NoCertificate))
            .collect::<Result<Vec<_>, _>>()?;
        let certificate = chain.first().cloned().ok_or(KeyFault::NoCertificate)?;
        if !certificate.public_key().public_eq(key.pkey()) {
            return Err(KeyFault::Mismatch);
        }
        Ok(Self { key, certificate, chain })
    }

    /// The key's own certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// All certificates, the key's own first.
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    /// The private key.
    pub fn key(&self) -> &PrivateKey {
        &self.key
    }
}

/// `PKCS12_R_MAC_VERIFY_FAILURE` in OpenSSL's `pkcs12err.h`.
const MAC_VERIFY_FAILURE: i32 = 113;
