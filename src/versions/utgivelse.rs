//! Editions: a major version's document as it was published once, under a number, and never changed since.

use semver::Version;

use super::endring::{Endring, Klasse, worst};

/// How a document stands to the newest edition of its major version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dom {
    /// The number fits what has changed.
    Godtatt,
    /// What has changed asks for this number.
    Trenger(Version),
    /// Something breaks. It belongs in a major version of its own, this one.
    Brudd(Version),
}

/// The number that a document names.
pub fn number(document: &serde_json::Value) -> Option<Version> {
    document.pointer("/info/version")?.as_str()?.parse().ok()
}

/// The number that a document must have that differs from an edition in this: a minor for additions; for less, the same
/// number or a patch.
pub fn needed(edition: &Version, changes: &[Endring]) -> Version {
    let Version { major, minor, patch, .. } = *edition;
    match worst(changes) {
        Some(Klasse::Brudd) => Version::new(major + 1, 0, 0),
        Some(Klasse::Tillegg) => Version::new(major, minor + 1, 0),
        Some(Klasse::Uvesentlig) => Version::new(major, minor, patch + 1),
        None => edition.clone(),
    }
}

/// Judges the number of a document that differs from an edition in this.
pub fn judge(edition: &Version, number: &Version, changes: &[Endring]) -> Dom {
    let needed = needed(edition, changes);
    match worst(changes) {
        Some(Klasse::Brudd) => Dom::Brudd(needed),
        Some(Klasse::Uvesentlig) if number == edition => Dom::Godtatt,
        _ if *number == needed => Dom::Godtatt,
        _ => Dom::Trenger(needed),
    }
}
