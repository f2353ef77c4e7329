//! Making an envelope that the KS clients for Java and .NET open (RFC 5652, RFC 3560, RFC 3565).

use openssl::{
    encrypt::Encrypter,
    error::ErrorStack,
    hash::MessageDigest,
    rsa::Padding,
    symm::{self, Cipher},
};
use zeroize::Zeroizing;

use super::fault::SealFault;
use crate::{
    crypto::{
        certificate::Certificate,
        der::{self, algorithm, oid, tlv},
        policy::{BLOCK_BYTES, CONTENT_KEY_BYTES, RSA_BITS_MIN},
    },
    system::{Rng, rng::random},
};

/// Seals `plaintext` to one certificate: EnvelopedData version 0, RSAES-OAEP with SHA-256, AES-256-CBC, in DER.
///
/// Content key and initialisation vector come from `rng`; the randomness in the OAEP padding is OpenSSL's own and cannot
/// be given. The certificate's dates are not looked at: see [`Certificate::check_recipient`].
pub fn seal(plaintext: &[u8], recipient: &Certificate, rng: &dyn Rng) -> Result<Vec<u8>, SealFault> {
    if !recipient.is_rsa() {
        return Err(SealFault::NotRsa);
    }
    if recipient.key_bits() < RSA_BITS_MIN {
        return Err(SealFault::WeakKey);
    }
    let mut content_key = Zeroizing::new([0_u8; CONTENT_KEY_BYTES]);
    rng.fill(content_key.as_mut_slice());
    let iv: [u8; BLOCK_BYTES] = random(rng);
    let ciphertext = symm::encrypt(Cipher::aes_256_cbc(), content_key.as_slice(), Some(&iv), plaintext)
        .map_err(|_| SealFault::Library)?;
    let encrypted_key = wrap(content_key.as_slice(), recipient).map_err(|_| SealFault::Library)?;
    Ok(write(recipient, &encrypted_key, &iv, &ciphertext))
}

fn wrap(content_key: &[u8], recipient: &Certificate) -> Result<Vec<u8>, ErrorStack> {
    let mut encrypter = Encrypter::new(recipient.public_key())?;
    encrypter.set_rsa_padding(Padding::PKCS1_OAEP)?;
    encrypter.set_rsa_oaep_md(MessageDigest::sha256())?;
    encrypter.set_rsa_mgf1_md(MessageDigest::sha256())?;
    let mut out = vec![0; encrypter.encrypt_len(content_key)?];
    let length = encrypter.encrypt(content_key, &mut out)?;
    out.truncate(length);
    Ok(out)
}

fn write(recipient: &Certificate, encrypted_key: &[u8], iv: &[u8], ciphertext: &[u8]) -> Vec<u8> {
    use der::{CONTEXT_0, CONTEXT_0_CONSTRUCTED, CONTEXT_1_CONSTRUCTED, INTEGER, OCTET_STRING, OID, SEQUENCE, SET};
    let version = tlv(INTEGER, &[&[0]]);

    let hash = tlv(CONTEXT_0_CONSTRUCTED, &[&algorithm(oid::SHA256)]);
    let mgf = tlv(SEQUENCE, &[&tlv(OID, &[oid::MGF1]), &algorithm(oid::SHA256)]);
    let parameters = tlv(SEQUENCE, &[&hash, &tlv(CONTEXT_1_CONSTRUCTED, &[&mgf])]);
    let transport = tlv(SEQUENCE, &[&tlv(OID, &[oid::RSAES_OAEP]), &parameters]);
    let serial = tlv(INTEGER, &[recipient.serial_der()]);
    let id = tlv(SEQUENCE, &[recipient.issuer_der(), &serial]);
    let info = tlv(SEQUENCE, &[&version, &id, &transport, &tlv(OCTET_STRING, &[encrypted_key])]);

    let cipher = tlv(SEQUENCE, &[&tlv(OID, &[oid::AES256_CBC]), &tlv(OCTET_STRING, &[iv])]);
    let content = tlv(SEQUENCE, &[&tlv(OID, &[oid::DATA]), &cipher, &tlv(CONTEXT_0, &[ciphertext])]);
    let enveloped = tlv(SEQUENCE, &[&version, &tlv(SET, &[&info]), &content]);
    tlv(SEQUENCE, &[&tlv(OID, &[oid::ENVELOPED_DATA]), &tlv(CONTEXT_0_CONSTRUCTED, &[&enveloped])])
}
