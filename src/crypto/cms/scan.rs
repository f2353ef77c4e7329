//! A forward-only reader of BER and DER (ITU-T X.690) over bytes in memory. It allocates nothing, never recurses, and
//! can only be asked for what the caller expects next, so its depth is the caller's own.
//!
//! KS clients write indefinite lengths, which the DER-only parsers refuse; hence this one.

use crate::crypto::policy::ENVELOPE_LENGTH_MAX;

/// Why the bytes are not the structure that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::crypto) enum ScanFault {
    /// The input ends inside an element.
    Truncated,
    /// Another element than the expected one.
    Unexpected,
    /// A length that is malformed, absurd, or greater than its parent.
    Length,
}

/// An opened constructed element. Give it back to [`Scanner::leave`].
#[derive(Debug)]
pub(in crate::crypto) struct Level {
    outer_end: usize,
    indefinite: bool,
}

#[derive(Debug, Clone)]
pub(in crate::crypto) struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    end: usize,
}

const CONSTRUCTED: u8 = 0x20;
const HIGH_TAG: u8 = 0x1F;

impl<'a> Scanner<'a> {
    pub(in crate::crypto) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, end: bytes.len() }
    }

    /// How many bytes have been read.
    pub(in crate::crypto) fn position(&self) -> usize {
        self.at
    }

    /// Whether the input, or the level that we are in if its length is definite, is used up.
    pub(in crate::crypto) fn is_at_end(&self) -> bool {
        self.at >= self.end
    }

    /// Whether a missing element means that the input was cut, and not that a parent with a definite length is full.
    pub(in crate::crypto) fn is_truncated(&self) -> bool {
        self.is_at_end() && self.is_outermost()
    }

    /// The next tag, if there is one.
    pub(in crate::crypto) fn peek(&self) -> Option<u8> {
        if self.is_at_end() { None } else { self.bytes.get(self.at).copied() }
    }

    /// Whether the level has another element.
    pub(in crate::crypto) fn has_more(&self, level: &Level) -> Result<bool, ScanFault> {
        if !level.indefinite {
            return Ok(!self.is_at_end());
        }
        // An end-of-contents tag is zero, which no element has.
        self.peek().map(|tag| tag != 0).ok_or_else(|| self.short())
    }

    /// Opens a constructed element with this tag.
    pub(in crate::crypto) fn enter(&mut self, tag: u8) -> Result<Level, ScanFault> {
        debug_assert!(tag & CONSTRUCTED != 0, "only a constructed element has a level");
        self.tag(tag)?;
        let level = match self.length()? {
            Some(length) => {
                let level = Level { outer_end: self.end, indefinite: false };
                self.end = self.at + length;
                level
            }
            None => Level { outer_end: self.end, indefinite: true },
        };
        Ok(level)
    }

    /// Closes an element: a definite one must be used up, an indefinite one must be ended.
    pub(in crate::crypto) fn leave(&mut self, level: Level) -> Result<(), ScanFault> {
        if level.indefinite {
            for _ in 0..2 {
                if self.byte()? != 0 {
                    return Err(ScanFault::Unexpected);
                }
            }
        } else if self.at != self.end {
            return Err(ScanFault::Unexpected);
        }
        self.end = level.outer_end;
        Ok(())
    }

    /// The content of a primitive element with this tag.
    pub(in crate::crypto) fn primitive(&mut self, tag: u8) -> Result<&'a [u8], ScanFault> {
        self.tag(tag)?;
        let length = self.length()?.ok_or(ScanFault::Length)?;
        self.take(length)
    }

    /// A whole element with this tag and a definite length, header included.
    pub(in crate::crypto) fn whole(&mut self, tag: u8) -> Result<&'a [u8], ScanFault> {
        let start = self.at;
        self.primitive(tag)?;
        self.bytes.get(start..self.at).ok_or(ScanFault::Truncated)
    }

    /// The next element, whatever it is, if its length is definite: its tag and its content.
    pub(in crate::crypto) fn any(&mut self) -> Result<(u8, &'a [u8]), ScanFault> {
        let tag = self.peek().ok_or_else(|| self.short())?;
        Ok((tag, self.primitive(tag)?))
    }

    fn tag(&mut self, expected: u8) -> Result<(), ScanFault> {
        let tag = self.peek().ok_or_else(|| self.short())?;
        if tag != expected || tag & HIGH_TAG == HIGH_TAG {
            return Err(ScanFault::Unexpected);
        }
        self.at += 1;
        Ok(())
    }

    /// `None` is an indefinite length. A definite one has been checked to lie within the level.
    fn length(&mut self) -> Result<Option<usize>, ScanFault> {
        let first = self.byte()?;
        let length = match first {
            0x00..0x80 => u64::from(first),
            0x80 => return Ok(None),
            0x81..=0x88 => {
                let octets = self.take(usize::from(first & 0x7F))?;
                octets.iter().fold(0_u64, |sum, &octet| (sum << 8) | u64::from(octet))
            }
            0x89.. => return Err(ScanFault::Length),
        };
        if length >= ENVELOPE_LENGTH_MAX {
            return Err(ScanFault::Length);
        }
        match usize::try_from(length) {
            Ok(length) if length <= self.end - self.at => Ok(Some(length)),
            _ if self.is_outermost() => Err(ScanFault::Truncated),
            _ => Err(ScanFault::Length),
        }
    }

    fn byte(&mut self) -> Result<u8, ScanFault> {
        let byte = self.peek().ok_or_else(|| self.short())?;
        self.at += 1;
        Ok(byte)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], ScanFault> {
        if length > self.end - self.at {
            return Err(self.short());
        }
        let taken = self.bytes.get(self.at..self.at + length).ok_or(ScanFault::Truncated)?;
        self.at += length;
        Ok(taken)
    }

    /// What a missing byte means: the input was cut, or a definite parent holds less than it must.
    fn short(&self) -> ScanFault {
        if self.is_outermost() { ScanFault::Truncated } else { ScanFault::Unexpected }
    }

    fn is_outermost(&self) -> bool {
        self.end == self.bytes.len()
    }
}
