//! The numbers that decide what is strong enough and what is too much, each with where it comes from.

/// Smallest RSA modulus for a recipient or a signer, in bits (NIST SP 800-131A rev. 2, sections 3 and 6). The KS
/// clients themselves encrypt to 1024 bits without complaint, so the gateway has to be the one that refuses.
pub const RSA_BITS_MIN: u32 = 2048;

/// Most bytes of an envelope before its ciphertext begins. Two recipients with RSA-4096 need about 1.5 kB.
pub const ENVELOPE_HEADER_MAX: usize = 64 * 1024;

/// No length field may claim this much or more, whatever is really there. Fiks IO's own limit is 5 GB.
pub const ENVELOPE_LENGTH_MAX: u64 = 1 << 40;

/// Length of the AES-256 content encryption key in bytes (FIPS 197; RFC 3565).
pub const CONTENT_KEY_BYTES: usize = 32;

/// Length of the initialisation vector and of a cipher block in bytes (RFC 3565, section 2.3).
pub const BLOCK_BYTES: usize = 16;

/// Most entries in a container. A concern report has six: `mimetype`, JSON, PDF, manifest, signature, file list.
pub const CONTAINER_ENTRIES_MAX: usize = 64;

/// Most bytes that all entries of one container may inflate to. KS takes at most 5 MB per concern report, counted
/// before inflation; text shrinks to about a third.
pub const CONTAINER_BYTES_MAX: u64 = 20 * 1024 * 1024;

/// Most bytes in a manifest or a signature file.
pub const CONTAINER_META_MAX: u64 = 256 * 1024;

/// Longest file name in a container, in bytes.
pub const CONTAINER_NAME_MAX: usize = 200;
