//! Writing DER (ITU-T X.690): enough for one envelope and one signature.
//!
//! A library was weighed: the `cms` crate has no OAEP recipient and brings six crates for its structs, and openssl cannot
//! be asked for OAEP through safe Rust. What we write has a fixed shape, so these few functions are simpler.

pub(super) const INTEGER: u8 = 0x02;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const NULL: u8 = 0x05;
pub(super) const OID: u8 = 0x06;
pub(super) const UTC_TIME: u8 = 0x17;
pub(super) const GENERALIZED_TIME: u8 = 0x18;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;
/// `[0]`, primitive and constructed.
pub(super) const CONTEXT_0: u8 = 0x80;
pub(super) const CONTEXT_0_CONSTRUCTED: u8 = 0xA0;
pub(super) const CONTEXT_1_CONSTRUCTED: u8 = 0xA1;
pub(super) const CONTEXT_2_CONSTRUCTED: u8 = 0xA2;

/// Object identifiers, as the content bytes of their encoding.
pub(super) mod oid {
    /// `id-data` 1.2.840.113549.1.7.1 (RFC 5652)
    pub const DATA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x01];
    /// `id-signedData` 1.2.840.113549.1.7.2 (RFC 5652)
    pub const SIGNED_DATA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02];
    /// `id-envelopedData` 1.2.840.113549.1.7.3 (RFC 5652)
    pub const ENVELOPED_DATA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x03];
    /// `id-ct-authEnvelopedData` 1.2.840.113549.1.9.16.1.23 (RFC 5083)
    pub const AUTH_ENVELOPED_DATA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x10, 0x01, 0x17];
    /// `rsaEncryption` 1.2.840.113549.1.1.1 (RFC 8017)
    pub const RSA_ENCRYPTION: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01];
    /// `id-RSAES-OAEP` 1.2.840.113549.1.1.7 (RFC 8017)
    pub const RSAES_OAEP: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x07];
    /// `id-mgf1` 1.2.840.113549.1.1.8 (RFC 8017)
    pub const MGF1: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x08];
    /// `id-pSpecified` 1.2.840.113549.1.1.9 (RFC 8017)
    pub const P_SPECIFIED: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x09];
    /// `sha256WithRSAEncryption` 1.2.840.113549.1.1.11 (RFC 8017)
    pub const SHA256_WITH_RSA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0B];
    /// `id-sha256` 2.16.840.1.101.3.4.2.1 (RFC 5754)
    pub const SHA256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
    /// `id-sha384` 2.16.840.1.101.3.4.2.2 (RFC 5754)
    pub const SHA384: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02];
    /// `id-sha512` 2.16.840.1.101.3.4.2.3 (RFC 5754)
    pub const SHA512: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03];
    /// `id-sha1` 1.3.14.3.2.26 (RFC 3370)
    pub const SHA1: &[u8] = &[0x2B, 0x0E, 0x03, 0x02, 0x1A];
    /// `id-aes256-CBC` 2.16.840.1.101.3.4.1.42 (RFC 3565)
    pub const AES256_CBC: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2A];
    /// `id-contentType` 1.2.840.113549.1.9.3 (RFC 5652)
    pub const CONTENT_TYPE: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x03];
    /// `id-messageDigest` 1.2.840.113549.1.9.4 (RFC 5652)
    pub const MESSAGE_DIGEST: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x04];
    /// `id-signingTime` 1.2.840.113549.1.9.5 (RFC 5652)
    pub const SIGNING_TIME: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x05];
    /// `id-aa-signingCertificateV2` 1.2.840.113549.1.9.16.2.47 (RFC 5035)
    pub const SIGNING_CERTIFICATE_V2: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x10, 0x02, 0x2F];
}

/// One element: tag, definite length, and the parts one after another.
pub(super) fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = Vec::with_capacity(length + 10);
    out.push(tag);
    let octets = length.to_be_bytes();
    let significant = octets.iter().position(|&octet| octet != 0).map_or(&[][..], |at| octets.get(at..).unwrap_or(&[]));
    match significant {
        [] => out.push(0),
        [short] if *short < 0x80 => out.push(*short),
        long => {
            // At most eight octets, so the sum stays below 0x89.
            out.push(0x80 | u8::try_from(long.len()).unwrap_or(8));
            out.extend_from_slice(long);
        }
    }
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

/// `AlgorithmIdentifier` with NULL parameters, which RFC 4055 section 2.1 asks for round SHA-256 and RSA.
pub(super) fn algorithm(oid: &[u8]) -> Vec<u8> {
    tlv(SEQUENCE, &[&tlv(OID, &[oid]), &tlv(NULL, &[])])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_minimal() {
        for (length, header) in [
            (0_usize, &[4_u8, 0][..]),
            (127, &[4, 127]),
            (128, &[4, 0x81, 128]),
            (255, &[4, 0x81, 255]),
            (256, &[4, 0x82, 1, 0]),
            (65536, &[4, 0x83, 1, 0, 0]),
        ] {
            let written = tlv(OCTET_STRING, &[&vec![7; length]]);
            assert!(written.starts_with(header), "{length}");
            assert_eq!(written.len(), header.len() + length);
        }
    }
}
