//! Finding a row by something that is not stored: a keyed digest stands in its place. Whoever has the database alone
//! learns nothing from it, not even by trying every fødselsnummer there is.

use openssl::{error::ErrorStack, hash::MessageDigest, pkey::PKey, sign::Signer};

use crate::system::SecretBytes;

/// Fewest bytes of a key: as many as the digests that are made with it.
pub const MIN_KEY: usize = 32;

/// Makes keyed digests (HMAC-SHA-256, RFC 2104).
#[derive(Debug)]
pub struct BlindIndex(SecretBytes);

/// The key is shorter than [`MIN_KEY`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key must have at least {MIN_KEY} bytes")]
pub struct KeyTooShort;

impl BlindIndex {
    pub fn new(key: SecretBytes) -> Result<Self, KeyTooShort> {
        if key.expose().len() < MIN_KEY { Err(KeyTooShort) } else { Ok(Self(key)) }
    }

    /// The digest of a value in one column. The same value has another digest in another column.
    ///
    /// # Errors
    /// When OpenSSL cannot, which is when there is no memory.
    pub fn digest(&self, column: &str, value: &[u8]) -> Result<[u8; 32], ErrorStack> {
        let key = PKey::hmac(self.0.expose())?;
        let mut signer = Signer::new(MessageDigest::sha256(), &key)?;
        signer.update(column.as_bytes())?;
        signer.update(&[0])?;
        signer.update(value)?;
        let mut digest = [0; 32];
        signer.sign(&mut digest)?;
        Ok(digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::Secret;

    #[test]
    fn a_digest_depends_on_key_column_and_value() {
        let index = |byte: u8| BlindIndex::new(Secret::new(vec![byte; 32])).unwrap();
        let digest = index(1).digest("rolle.person", b"x").unwrap();
        assert_eq!(digest, index(1).digest("rolle.person", b"x").unwrap());
        assert_ne!(digest, index(2).digest("rolle.person", b"x").unwrap());
        assert_ne!(digest, index(1).digest("rolle.perso", b"nx").unwrap());
        assert_ne!(digest, index(1).digest("rolle.person", b"y").unwrap());
        assert!(BlindIndex::new(Secret::new(vec![1; 31])).is_err());
    }
}
