//! Private keys.

use std::fmt;

use openssl::{
    error::ErrorStack,
    pkey::{Id, PKey, Private},
};

use super::{KeyFault, contains};
use crate::{crypto::policy::RSA_BITS_MIN, system::SecretString};

/// An RSA private key. OpenSSL overwrites it when the last clone is dropped; it has nothing to show in `Debug`.
#[derive(Clone)]
pub struct PrivateKey(PKey<Private>);

impl PrivateKey {
    /// Reads an unencrypted PKCS#8 or PKCS#1 key in PEM.
    pub fn from_pem(pem: &[u8]) -> Result<Self, KeyFault> {
        if contains(pem, b"ENCRYPTED") {
            return Err(KeyFault::Encrypted);
        }
        // The callback keeps OpenSSL from ever asking at the terminal.
        let key = PKey::private_key_from_pem_callback(pem, |_| Ok(0)).map_err(|_| KeyFault::Unreadable)?;
        Self::from_pkey(key)
    }

    pub(crate) fn from_pkey(key: PKey<Private>) -> Result<Self, KeyFault> {
        if key.id() != Id::RSA {
            return Err(KeyFault::NotRsa);
        }
        Ok(Self(key))
    }

    /// The key in PKCS#8 PEM, the only form that the KS Java clients read.
    pub fn to_pkcs8_pem(&self) -> Result<SecretString, KeyFault> {
        let pem = self.0.private_key_to_pem_pkcs8().map_err(|_: ErrorStack| KeyFault::Unreadable)?;
        String::from_utf8(pem).map(SecretString::new).map_err(|_| KeyFault::Unreadable)
    }

    /// Length of the modulus in bits.
    pub fn bits(&self) -> u32 {
        self.0.bits()
    }

    pub(super) fn check_strength(&self) -> Result<(), KeyFault> {
        if self.bits() < RSA_BITS_MIN { Err(KeyFault::WeakKey) } else { Ok(()) }
    }

    pub(crate) fn pkey(&self) -> &PKey<Private> {
        &self.0
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey(…)")
    }
}
