//! Opening a container.

use std::fmt;

use jiff::Timestamp;
use openssl::sha::sha256;
use subtle::ConstantTimeEq;

use super::{
    FILE_LIST_ENTRY, MANIFEST_ENTRY, MIMETYPE, MIMETYPE_ENTRY,
    fault::ContainerFault,
    manifest::Manifest,
    names,
    signature::{self, Signed},
    unzip,
};
use crate::{crypto::certificate::Certificate, system::SecretBytes};

/// Whose signatures are believed.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// Certificates that a signer's chain must lead to: roots, or intermediates. **Empty means that no chain and no date
    /// is checked, only the signature's mathematics**: then the signer's certificate, and the organisation number in it,
    /// are whatever the signer wrote. That is what KS's Java client does.
    pub anchors: Vec<Certificate>,
    /// The organisation that must have signed; see [`Certificate::orgnr`].
    pub orgnr: Option<String>,
}

/// What was in a container.
pub struct Container {
    /// The files in the order they lay, without the container's own.
    pub files: Vec<(String, SecretBytes)>,
    /// Who signed.
    pub signer: Certificate,
}

impl fmt::Debug for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Container").field("files", &self.files.len()).field("signer", &self.signer).finish()
    }
}

/// Opens a container in the form of either KS client and checks all of it: the ZIP can be read in one way only, every file
/// is listed with its digest and no other is there, one certificate signed the list, and it may.
pub fn open(zip: &[u8], trust: &Trust, now: Timestamp) -> Result<Container, ContainerFault> {
    let mut entries = unzip::read(zip)?.into_iter();
    match entries.next() {
        Some((name, content)) if name == MIMETYPE_ENTRY && content.expose() == MIMETYPE.as_bytes() => {}
        _ => return Err(ContainerFault::Mimetype),
    }
    let parts = Parts::sort(entries)?;
    let manifest_bytes = parts.manifest.ok_or(ContainerFault::NoManifest)?;
    let manifest = Manifest::read(manifest_bytes.expose())?;
    let (signature_name, signature_bytes) = parts.signature.ok_or(ContainerFault::NoSignature)?;
    if manifest.signature.as_deref() != Some(&signature_name) {
        return Err(ContainerFault::SignatureReference);
    }
    // First who says it, then what is said.
    let signed = signature::verify(signature_bytes.expose(), manifest_bytes.expose())?;
    check_trust(&signed, trust, now)?;
    check_files(&parts.files, manifest)?;
    Ok(Container { files: parts.files, signer: signed.signer })
}

fn check_trust(signed: &Signed, trust: &Trust, now: Timestamp) -> Result<(), ContainerFault> {
    if !trust.anchors.is_empty() {
        signature::check_chain(signed, &trust.anchors, now)?;
    }
    if trust.orgnr.is_some() && signed.signer.orgnr() != trust.orgnr {
        return Err(ContainerFault::WrongSender);
    }
    Ok(())
}

/// Manifest and files must name each other, one to one.
fn check_files(files: &[(String, SecretBytes)], manifest: Manifest) -> Result<(), ContainerFault> {
    if files.is_empty() && manifest.files.is_empty() {
        return Err(ContainerFault::NoFiles);
    }
    let mut listed = manifest.files;
    for (name, content) in files {
        let at = listed.iter().position(|(uri, _)| uri == name).ok_or(ContainerFault::Unlisted)?;
        let (_, digest) = listed.swap_remove(at);
        if !bool::from(sha256(content.expose()).ct_eq(&digest)) {
            return Err(ContainerFault::Digest);
        }
    }
    if listed.iter().any(|(uri, _)| files.iter().any(|(name, _)| name == uri)) {
        return Err(ContainerFault::Manifest);
    }
    if listed.is_empty() { Ok(()) } else { Err(ContainerFault::Missing) }
}

/// The entries by what they are for.
#[derive(Default)]
struct Parts {
    manifest: Option<SecretBytes>,
    signature: Option<(String, SecretBytes)>,
    files: Vec<(String, SecretBytes)>,
}

impl Parts {
    fn sort(entries: impl Iterator<Item = (String, SecretBytes)>) -> Result<Self, ContainerFault> {
        let mut parts = Self::default();
        for (name, content) in entries {
            if !names::is_meta(&name) {
                parts.files.push((name, content));
            } else if name.eq_ignore_ascii_case(MANIFEST_ENTRY) {
                parts.manifest = Some(content);
            } else if name.to_ascii_lowercase().ends_with(".p7s") {
                if parts.signature.replace((name, content)).is_some() {
                    return Err(ContainerFault::ManySignatures);
                }
            } else if !name.eq_ignore_ascii_case(FILE_LIST_ENTRY) {
                return Err(ContainerFault::Unlisted);
            }
        }
        Ok(parts)
    }
}
