//! The signed container inside an envelope: ASiC-E with CAdES (ETSI EN 319 162-1), as KS's clients for Java and .NET
//! read and write it.
//!
//! - [`pack()`]: files and a signer become a ZIP.
//! - [`open()`]: a ZIP becomes files and a signer, or a fault.
//!
//! A container is a ZIP with `mimetype`, the files, a manifest with the digest of each, and one detached signature over
//! the manifest. KS's Java reader checks no chain and its .NET reader not even the signature; this one checks both.

mod fault;
mod manifest;
mod names;
mod open;
mod pack;
mod signature;
mod unzip;

pub use fault::{ContainerFault, PackFault};
pub use open::{Container, Trust, open};
pub use pack::pack;

/// What the `mimetype` entry says (ETSI EN 319 162-1, section 6.2.2).
const MIMETYPE: &str = "application/vnd.etsi.asic-e+zip";
const MIMETYPE_ENTRY: &str = "mimetype";
const META_INF: &str = "META-INF/";
/// The KS .NET client writes it in lower case.
const MANIFEST_ENTRY: &str = "META-INF/ASiCManifest.xml";
/// The list of files in OpenDocument's form, which the KS Java client adds. Nobody reads it.
const FILE_LIST_ENTRY: &str = "META-INF/manifest.xml";

#[cfg(test)]
mod tests;
