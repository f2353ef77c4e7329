//! The vault: personal data sealed with AES-256-GCM, each value to the place where it stands.
//!
//! A sealed value is `0x01 | key id (8) | nonce (12) | ciphertext | tag (16)`. What is authenticated besides: the first nine
//! bytes, and the table, the row and the column. So a value that is moved to another row, column or table does not open.
//!
//! The key and its id are both derived from the operator's secret (HKDF-SHA-256, RFC 5869), so that the id tells nothing of
//! the key. Nonces are random: a key is good for 2³² values (NIST SP 800-38D, section 8.3), more than any installation has.

use openssl::{
    error::ErrorStack,
    md::Md,
    pkey::Id,
    pkey_ctx::PkeyCtx,
    symm::{Cipher, decrypt_aead, encrypt_aead},
};
use uuid::Uuid;

use super::MIN_KEY;
use crate::system::{Rng, Secret, SecretBytes, SecretString, rng::random};

const FORMAT: u8 = 1;
const KEY: usize = 32;
const ID: usize = 8;
/// Bytes before the nonce, the same for all that one key seals.
pub const HODE: usize = 1 + ID;
const NONCE: usize = 12;
const TAG: usize = 16;
const KEY_LABEL: &[u8] = b"meldeport hvelv: key 1";
const ID_LABEL: &[u8] = b"meldeport hvelv: key id 1";

/// Why a vault cannot be made, or a value not be sealed or opened. Never holds a part of the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HvelvFault {
    #[error("a vault needs at least one key")]
    NoKey,
    #[error("a key must have at least {MIN_KEY} bytes")]
    KeyTooShort,
    #[error("the same key is given twice")]
    SameKey,
    #[error("sealed with a key that is not among those given")]
    UnknownKey,
    #[error("not a sealed value")]
    Form,
    #[error("altered, or sealed to another place")]
    Altered,
    #[error("sealed as text, but no text")]
    NoText,
    #[error("OpenSSL could not")]
    Openssl,
}

impl From<ErrorStack> for HvelvFault {
    fn from(_: ErrorStack) -> Self {
        Self::Openssl
    }
}

/// Where a value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plass {
    pub tabell: &'static str,
    pub rad: Uuid,
    pub kolonne: &'static str,
}

impl Plass {
    pub fn new(tabell: &'static str, rad: Uuid, kolonne: &'static str) -> Self {
        Self { tabell, rad, kolonne }
    }

    /// Names have their lengths before them, so that no two places are written the same.
    fn additional(&self, head: &[u8]) -> Vec<u8> {
        let mut written = head.to_vec();
        for name in [self.tabell.as_bytes(), self.rad.as_bytes(), self.kolonne.as_bytes()] {
            written.extend((name.len() as u64).to_be_bytes());
            written.extend(name);
        }
        written
    }
}

#[derive(Debug)]
struct Nokkel {
    id: [u8; ID],
    key: Secret<[u8; KEY]>,
}

impl Nokkel {
    fn derive(secret: &SecretBytes) -> Result<Self, HvelvFault> {
        if secret.expose().len() < MIN_KEY {
            return Err(HvelvFault::KeyTooShort);
        }
        Ok(Self { id: hkdf(secret, ID_LABEL)?, key: Secret::new(hkdf(secret, KEY_LABEL)?) })
    }
}

fn hkdf<const N: usize>(secret: &SecretBytes, label: &[u8]) -> Result<[u8; N], ErrorStack> {
    let mut derived = [0; N];
    let mut context = PkeyCtx::new_id(Id::HKDF)?;
    context.derive_init()?;
    context.set_hkdf_md(Md::sha256())?;
    context.set_hkdf_key(secret.expose())?;
    context.add_hkdf_info(label)?;
    context.derive(Some(&mut derived))?;
    Ok(derived)
}

/// Seals with the newest key, and opens what any of its keys has sealed.
#[derive(Debug)]
pub struct Hvelv {
    nyeste: Nokkel,
    eldre: Vec<Nokkel>,
}

impl Hvelv {
    /// `secrets`: at least 32 random bytes each, the newest first.
    ///
    /// # Errors
    /// Without a secret, with one that is too short, and with the same one twice: then a file was not renewed.
    pub fn new(secrets: &[SecretBytes]) -> Result<Self, HvelvFault> {
        let mut keys = secrets.iter().map(Nokkel::derive);
        let nyeste = keys.next().ok_or(HvelvFault::NoKey)??;
        let mut eldre: Vec<Nokkel> = Vec::new();
        for key in keys {
            let key = key?;
            if key.id == nyeste.id || eldre.iter().any(|other| other.id == key.id) {
                return Err(HvelvFault::SameKey);
            }
            eldre.push(key);
        }
        Ok(Self { nyeste, eldre })
    }

    /// # Errors
    /// When OpenSSL cannot, which is when there is no memory.
    pub fn seal(&self, plass: Plass, plain: &[u8], rng: &dyn Rng) -> Result<Vec<u8>, HvelvFault> {
        let mut sealed = vec![FORMAT];
        sealed.extend(self.nyeste.id);
        let additional = plass.additional(&sealed);
        let nonce: [u8; NONCE] = random(rng);
        let mut tag = [0; TAG];
        let key = self.nyeste.key.expose();
        let hidden = encrypt_aead(Cipher::aes_256_gcm(), key, Some(&nonce), &additional, plain, &mut tag)?;
        sealed.extend(nonce);
        sealed.extend(hidden);
        sealed.extend(tag);
        Ok(sealed)
    }

    /// # Errors
    /// When the value was not sealed here: to this place, with one of these keys, and unaltered since.
    pub fn open(&self, plass: Plass, sealed: &[u8]) -> Result<SecretBytes, HvelvFault> {
        let (head, rest) = sealed.split_at_checked(1 + ID).ok_or(HvelvFault::Form)?;
        let (nonce, rest) = rest.split_at_checked(NONCE).ok_or(HvelvFault::Form)?;
        let end = rest.len().checked_sub(TAG).ok_or(HvelvFault::Form)?;
        let (hidden, tag) = rest.split_at_checked(end).ok_or(HvelvFault::Form)?;
        let id = head.strip_prefix(&[FORMAT]).ok_or(HvelvFault::Form)?;
        let key = self.keys().find(|key| key.id == id).ok_or(HvelvFault::UnknownKey)?;
        let additional = plass.additional(head);
        let plain = decrypt_aead(Cipher::aes_256_gcm(), key.key.expose(), Some(nonce), &additional, hidden, tag)
            .map(Secret::new);
        plain.map_err(|_| HvelvFault::Altered)
    }

    /// [`open`](Self::open), for what was sealed as text.
    ///
    /// # Errors
    /// As [`open`](Self::open), and when it is no text.
    pub fn open_text(&self, plass: Plass, sealed: &[u8]) -> Result<SecretString, HvelvFault> {
        let plain = self.open(plass, sealed)?;
        let text = str::from_utf8(plain.expose()).map_err(|_| HvelvFault::NoText)?;
        Ok(Secret::new(text.to_owned()))
    }

    /// Whether the newest key has sealed the value. One that it has not must be sealed anew before the older key can go.
    pub fn is_newest(&self, sealed: &[u8]) -> bool {
        sealed.get(1..=ID) == Some(&self.nyeste.id)
    }

    /// How each key begins what it seals, in the order in which the keys were given.
    pub fn hoder(&self) -> Vec<[u8; HODE]> {
        let head = |key: &Nokkel| {
            let mut head = [FORMAT; HODE];
            head.iter_mut().skip(1).zip(key.id).for_each(|(to, from)| *to = from);
            head
        };
        self.keys().map(head).collect()
    }

    fn keys(&self) -> impl Iterator<Item = &Nokkel> {
        std::iter::once(&self.nyeste).chain(&self.eldre)
    }
}

#[cfg(test)]
mod tests;
