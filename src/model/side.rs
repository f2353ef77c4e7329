//! Paging by cursor, and what narrows a list.

use uuid::Uuid;

use super::{Bydelsnummer, Kommunenummer};

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side<T> {
    pub rader: Vec<T>,
    /// Where the next page starts; `None` on the last one.
    pub neste: Option<Markor>,
}

/// An opaque place in a list: everything after this identifier. Identifiers are UUIDv7, so a list in their order is a
/// list in the order of arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Markor(pub Uuid);

/// Narrows a municipality's queue.
#[derive(Debug, Clone, Copy, Default)]
pub struct KoFilter {
    pub kommunenummer: Option<Kommunenummer>,
    pub bydelsnummer: Option<Bydelsnummer>,
}
