//! File names: which are let in, and what kind of file they promise.

use super::META_INF;
use crate::crypto::policy::CONTAINER_NAME_MAX;

/// Whether a name stays where it is put on every system: relative, forward slashes, no parent, nothing unprintable.
pub(super) fn is_safe(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= CONTAINER_NAME_MAX
        && !name.chars().any(|c| c.is_control() || matches!(c, '\\' | ':' | '<' | '>' | '"' | '|' | '?' | '*'))
        && name.split('/').all(|part| !part.is_empty() && part != "." && part != ".." && part.trim() == part)
}

/// Whether the name lies in the folder of the signature, which no payload may.
pub(super) fn is_meta(name: &str) -> bool {
    name.get(..META_INF.len()).is_some_and(|start| start.eq_ignore_ascii_case(META_INF))
}

/// The media type that the manifest gives a file. The KS Java client refuses names whose type it cannot guess, so the
/// list is short and sure.
pub(super) fn media_type(name: &str) -> Option<&'static str> {
    let (_, extension) = name.rsplit_once('.')?;
    Some(match extension.to_ascii_lowercase().as_str() {
        "json" => "application/json",
        "pdf" => "application/pdf",
        "xml" => "application/xml",
        "txt" => "text/plain",
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "tif" | "tiff" => "image/tiff",
        _ => return None,
    })
}
