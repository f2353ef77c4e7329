//! Opening an envelope with the receiver's private keys.
//!
//! OpenSSL's own CMS reader would do, but it tries recipients in the order they stand, and the KS .NET client puts
//! PKCS#1 v1.5 first. Here only the OAEP recipient is ever decrypted, so no v1.5 padding error can be observed.

use openssl::{
    encrypt::Decrypter,
    error::ErrorStack,
    hash::MessageDigest,
    rsa::Padding,
    symm::{Cipher, Crypter, Mode},
};
use zeroize::Zeroizing;

use super::{envelope::Envelope, fault::OpenFault, inspect::profile_of, recipient::Transport};
use crate::{
    crypto::{
        certificate::PrivateKey,
        policy::{BLOCK_BYTES, CONTENT_KEY_BYTES},
    },
    system::SecretBytes,
};

/// Opens an envelope of the profile, trying the keys in turn: while a certificate is being renewed there are two.
///
/// The content has no integrity protection: a damaged ciphertext can come out as other bytes. What lies inside has to be
/// checked ([`crate::crypto::asice::open`]).
pub fn open(bytes: &[u8], keys: &[PrivateKey]) -> Result<SecretBytes, OpenFault> {
    let mut chunks = Vec::new();
    let envelope = Envelope::read(bytes, |chunk| chunks.push(chunk))?;
    profile_of(&envelope)?;
    let encrypted_key = envelope
        .recipients()
        .find(|recipient| recipient.transport == Transport::Oaep)
        .map(|recipient| recipient.encrypted_key)
        .ok_or(OpenFault::Decryption)?;
    let content_key = keys.iter().find_map(|key| unwrap(encrypted_key, key)).ok_or(OpenFault::Decryption)?;
    decrypt(&content_key, envelope.iv, &chunks, envelope.ciphertext_bytes).map_err(|_| OpenFault::Decryption)
}

/// The content key, if this is the private key that it was wrapped for.
fn unwrap(encrypted_key: &[u8], key: &PrivateKey) -> Option<Zeroizing<Vec<u8>>> {
    let content_key = decrypt_oaep(encrypted_key, key).ok()?;
    (content_key.len() == CONTENT_KEY_BYTES).then_some(content_key)
}

fn decrypt_oaep(encrypted_key: &[u8], key: &PrivateKey) -> Result<Zeroizing<Vec<u8>>, ErrorStack> {
    let mut decrypter = Decrypter::new(key.pkey())?;
    decrypter.set_rsa_padding(Padding::PKCS1_OAEP)?;
    decrypter.set_rsa_oaep_md(MessageDigest::sha256())?;
    decrypter.set_rsa_mgf1_md(MessageDigest::sha256())?;
    let mut out = Zeroizing::new(vec![0; decrypter.decrypt_len(encrypted_key)?]);
    let length = decrypter.decrypt(encrypted_key, &mut out)?;
    out.truncate(length);
    Ok(out)
}

fn decrypt(content_key: &[u8], iv: &[u8], chunks: &[&[u8]], length: usize) -> Result<SecretBytes, ErrorStack> {
    let mut crypter = Crypter::new(Cipher::aes_256_cbc(), Mode::Decrypt, content_key, Some(iv))?;
    // In a `Secret` from the start, so that what was decrypted before an error is overwritten too.
    let mut plaintext = Zeroizing::new(vec![0; length + BLOCK_BYTES]);
    let mut written = 0;
    for chunk in chunks {
        written += crypter.update(chunk, plaintext.get_mut(written..).unwrap_or_default())?;
    }
    written += crypter.finalize(plaintext.get_mut(written..).unwrap_or_default())?;
    plaintext.truncate(written);
    Ok(SecretBytes::new(std::mem::take(&mut *plaintext)))
}
