//! The list itself (§4): places of one, two, four or eight bits, from the lowest bit of each byte on, compressed with
//! DEFLATE in the zlib format.

use std::io::{Read as _, Write as _};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use flate2::{Compression, read::ZlibDecoder, write::ZlibEncoder};
use serde_json::{Value, json};

use super::{LIST_MAX, StatusFault};

/// The status of a card that is as it should be (§7.1).
pub const VALID: u8 = 0;

/// A status for each place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusList {
    /// For each place.
    bits: u8,
    bytes: Vec<u8>,
}

impl StatusList {
    /// A list with one bit for each card, in order of their places: true when it is revoked.
    pub fn from_revoked(revoked: impl IntoIterator<Item = bool>) -> Result<Self, StatusFault> {
        let mut bytes = Vec::new();
        let mut bit = 0;
        for revoked in revoked {
            if bit == 0 {
                bytes.push(0);
                if bytes.len() > LIST_MAX {
                    return Err(StatusFault::TooBig);
                }
            }
            if let Some(last) = bytes.last_mut() {
                *last |= u8::from(revoked) << bit;
            }
            bit = (bit + 1) % 8;
        }
        Ok(Self { bits: 1, bytes })
    }

    /// The status at a place; the list has whole bytes, so up to seven places more than were put in.
    pub fn get(&self, index: u64) -> Option<u8> {
        let per_byte = u64::from(8 / self.bits);
        let byte = *self.bytes.get(usize::try_from(index / per_byte).ok()?)?;
        let shift = u8::try_from(index % per_byte).ok()? * self.bits;
        let mask = u8::MAX >> (8 - self.bits);
        Some((byte >> shift) & mask)
    }

    /// How many places there are.
    pub fn places(&self) -> usize {
        self.bytes.len() * usize::from(8 / self.bits)
    }

    pub(super) fn to_json(&self) -> Result<Value, StatusFault> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&self.bytes).map_err(|_| StatusFault::Library)?;
        let compressed = encoder.finish().map_err(|_| StatusFault::Library)?;
        Ok(json!({ "bits": self.bits, "lst": URL_SAFE_NO_PAD.encode(compressed) }))
    }

    pub(super) fn from_json(list: &Value) -> Result<Self, StatusFault> {
        let bits = match list.get("bits").and_then(Value::as_u64) {
            Some(1) => 1,
            Some(2) => 2,
            Some(4) => 4,
            Some(8) => 8,
            _ => return Err(StatusFault::Form),
        };
        let lst = list.get("lst").and_then(Value::as_str).ok_or(StatusFault::Form)?;
        let compressed = URL_SAFE_NO_PAD.decode(lst).map_err(|_| StatusFault::Form)?;
        let mut bytes = Vec::new();
        // One byte more than we take tells a list that is too long from one that ends there.
        let limit = u64::try_from(LIST_MAX + 1).unwrap_or(u64::MAX);
        let read = ZlibDecoder::new(compressed.as_slice()).take(limit).read_to_end(&mut bytes);
        match read {
            Ok(_) if bytes.len() > LIST_MAX => Err(StatusFault::TooBig),
            Ok(_) => Ok(Self { bits, bytes }),
            Err(_) => Err(StatusFault::Form),
        }
    }
}
