//! Reading `EnvelopedData` (RFC 5652, section 6.1) down to what the profile allows, and no further.

use super::{
    fault::EnvelopeFault,
    recipient::{Recipient, recipients},
    scan::{ScanFault, Scanner},
};
use crate::crypto::{
    der::{self, oid},
    policy::{BLOCK_BYTES, ENVELOPE_HEADER_MAX},
};

/// An envelope as it stands in the bytes; nothing is copied.
#[derive(Debug)]
pub(super) struct Envelope<'a> {
    pub first: Recipient<'a>,
    pub second: Option<Recipient<'a>>,
    pub iv: &'a [u8],
    pub ciphertext_bytes: usize,
}

impl<'a> Envelope<'a> {
    pub(super) fn recipients(&self) -> impl Iterator<Item = &Recipient<'a>> {
        std::iter::once(&self.first).chain(&self.second)
    }

    /// Reads the whole input, handing each piece of ciphertext to `on_chunk`.
    pub(super) fn read(bytes: &'a [u8], mut on_chunk: impl FnMut(&'a [u8])) -> Result<Self, EnvelopeFault> {
        recognise(bytes)?;
        let mut scanner = Scanner::new(bytes);
        let content_info = scanner.enter(der::SEQUENCE).map_err(not_cms)?;
        match scanner.primitive(der::OID).map_err(not_cms)? {
            oid::ENVELOPED_DATA => {}
            oid::AUTH_ENVELOPED_DATA => return Err(EnvelopeFault::AuthEnveloped),
            _ => return Err(EnvelopeFault::ContentType),
        }
        let content = scanner.enter(der::CONTEXT_0_CONSTRUCTED)?;
        let enveloped = scanner.enter(der::SEQUENCE)?;

        let version = scanner.primitive(der::INTEGER)?;
        if scanner.peek() == Some(der::CONTEXT_0_CONSTRUCTED) {
            return Err(EnvelopeFault::UnexpectedField);
        }
        let (first, second) = recipients(&mut scanner)?;
        let expected = std::iter::once(&first).chain(&second).map(|recipient| recipient.id.version()).max();
        if version != expected.as_slice() {
            return Err(EnvelopeFault::Version);
        }

        let encrypted = scanner.enter(der::SEQUENCE)?;
        if scanner.primitive(der::OID)? != oid::DATA {
            return Err(EnvelopeFault::InnerType);
        }
        let iv = content_cipher(&mut scanner)?;
        if scanner.position() > ENVELOPE_HEADER_MAX {
            return Err(EnvelopeFault::Header);
        }
        let ciphertext_bytes = ciphertext(&mut scanner, &mut on_chunk)?;
        scanner.leave(encrypted)?;
        if scanner.peek() == Some(der::CONTEXT_1_CONSTRUCTED) {
            return Err(EnvelopeFault::UnexpectedField);
        }

        scanner.leave(enveloped)?;
        scanner.leave(content)?;
        scanner.leave(content_info)?;
        if !scanner.is_at_end() {
            return Err(EnvelopeFault::Trailing);
        }
        if ciphertext_bytes == 0 {
            return Err(EnvelopeFault::NoContent);
        }
        if !ciphertext_bytes.is_multiple_of(BLOCK_BYTES) {
            return Err(EnvelopeFault::BlockLength);
        }
        Ok(Self { first, second, iv, ciphertext_bytes })
    }
}

/// The mistakes that can be named from the first bytes, so that the sender need not guess.
fn recognise(bytes: &[u8]) -> Result<(), EnvelopeFault> {
    if bytes.is_empty() {
        return Err(EnvelopeFault::Empty);
    }
    if bytes.starts_with(&[der::SEQUENCE]) {
        return Ok(());
    }
    // "MI" is what base64 makes of a SEQUENCE with a long length.
    Err(match bytes {
        [b'-', b'-', b'-', b'-', b'-', b'B', ..] => EnvelopeFault::Pem,
        [b'M', b'I', ..] => EnvelopeFault::Base64,
        [b'%', b'P', b'D', b'F', ..] | [b'P', b'K', 3, 4, ..] | [b'{' | b'[' | b'<', ..] => EnvelopeFault::Unencrypted,
        _ => EnvelopeFault::NotCms,
    })
}

fn not_cms(fault: ScanFault) -> EnvelopeFault {
    match fault {
        ScanFault::Truncated => EnvelopeFault::Truncated,
        ScanFault::Unexpected | ScanFault::Length => EnvelopeFault::NotCms,
    }
}

fn content_cipher<'a>(scanner: &mut Scanner<'a>) -> Result<&'a [u8], EnvelopeFault> {
    let algorithm = scanner.enter(der::SEQUENCE)?;
    if scanner.primitive(der::OID)? != oid::AES256_CBC {
        return Err(EnvelopeFault::ContentCipher);
    }
    if scanner.peek() != Some(der::OCTET_STRING) {
        return Err(EnvelopeFault::Iv);
    }
    let iv = scanner.primitive(der::OCTET_STRING)?;
    if iv.len() != BLOCK_BYTES {
        return Err(EnvelopeFault::Iv);
    }
    scanner.leave(algorithm)?;
    Ok(iv)
}

/// `encryptedContent [0] IMPLICIT OCTET STRING`: whole, or in pieces that have no pieces themselves.
fn ciphertext<'a>(scanner: &mut Scanner<'a>, on_chunk: &mut impl FnMut(&'a [u8])) -> Result<usize, EnvelopeFault> {
    match scanner.peek() {
        Some(der::CONTEXT_0) => {
            let whole = scanner.primitive(der::CONTEXT_0)?;
            on_chunk(whole);
            Ok(whole.len())
        }
        Some(der::CONTEXT_0_CONSTRUCTED) => {
            let pieces = scanner.enter(der::CONTEXT_0_CONSTRUCTED)?;
            let mut sum = 0_usize;
            while scanner.has_more(&pieces)? {
                if scanner.peek() == Some(der::OCTET_STRING | 0x20) {
                    return Err(EnvelopeFault::Nesting);
                }
                let piece = scanner.primitive(der::OCTET_STRING)?;
                on_chunk(piece);
                // Pieces lie in the input, so their sum is at most its length.
                sum += piece.len();
            }
            scanner.leave(pieces)?;
            Ok(sum)
        }
        // Left out altogether: the ciphertext is somewhere else (RFC 5652 allows it, nobody can deliver it).
        Some(0) => Err(EnvelopeFault::NoContent),
        None if !scanner.is_truncated() => Err(EnvelopeFault::NoContent),
        None => Err(EnvelopeFault::Truncated),
        Some(_) => Err(EnvelopeFault::Structure),
    }
}
