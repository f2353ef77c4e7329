//! The parts of a certificate that are compared byte by byte.

use crate::crypto::{
    cms::scan::{ScanFault, Scanner},
    der,
};

/// The parts of a certificate that openssl gives only re-encoded or not at all.
pub(super) struct Fields<'a> {
    /// Content bytes.
    pub serial: &'a [u8],
    /// The whole element.
    pub issuer: &'a [u8],
    /// The whole element.
    pub subject: &'a [u8],
}

impl<'a> Fields<'a> {
    /// `TBSCertificate` (RFC 5280, section 4.1).
    pub(super) fn read(der: &'a [u8]) -> Result<Self, ScanFault> {
        let mut scanner = Scanner::new(der);
        scanner.enter(der::SEQUENCE)?;
        scanner.enter(der::SEQUENCE)?;
        if scanner.peek() == Some(der::CONTEXT_0_CONSTRUCTED) {
            scanner.whole(der::CONTEXT_0_CONSTRUCTED)?;
        }
        let serial = scanner.primitive(der::INTEGER)?;
        scanner.whole(der::SEQUENCE)?;
        let issuer = scanner.whole(der::SEQUENCE)?;
        scanner.whole(der::SEQUENCE)?;
        let subject = scanner.whole(der::SEQUENCE)?;
        Ok(Self { serial, issuer, subject })
    }
}
