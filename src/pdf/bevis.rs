//! What the papers of a companion card say: the card itself, and the letter that comes with it.

use jiff::{Timestamp, civil::Date};
use uuid::Uuid;

use super::Sprak;

/// What both say.
#[derive(Clone, Copy)]
pub struct Bevispapir<'a> {
    pub id: Uuid,
    pub sprak: Sprak,
    pub navn: &'a str,
    /// One or two.
    pub antall_ledsagere: u8,
    /// The last day; `None`: for ever.
    pub gyldig_til: Option<Date>,
    pub utsteder: &'a str,
    /// The document's timestamp.
    pub laget: Timestamp,
}

/// Both sides of the card, to be cut out.
#[derive(Clone, Copy)]
pub struct Kortark<'a> {
    pub papir: Bevispapir<'a>,
    /// JPEG.
    pub bilde: Option<&'a [u8]>,
    pub kode: Option<Kortkode<'a>>,
}

/// What the card is checked by.
#[derive(Clone, Copy)]
pub struct Kortkode<'a> {
    /// PNG.
    pub bilde: &'a [u8],
    /// Where the page is that checks it.
    pub kontroll: &'a str,
}

/// The letter that tells of the decision.
#[derive(Clone, Copy)]
pub struct Vedtaksbrev<'a> {
    pub papir: Bevispapir<'a>,
    /// Below the owner's name in the window; `None`: only the name.
    pub adresse: Option<Brevadresse<'a>>,
    pub referanse: &'a str,
    pub vedtatt: Date,
    /// The last digits of the number that the owner logs in with.
    pub telefon_slutt: &'a str,
    /// The names of those who may show the card for the owner.
    pub forvaltere: &'a [&'a str],
    pub kontakt: Kontakt<'a>,
}

/// Where a letter goes, or comes from.
#[derive(Clone, Copy)]
pub struct Brevadresse<'a> {
    pub adressenavn: &'a str,
    pub postnummer: &'a str,
    pub poststed: &'a str,
}

/// How the one who decided is reached.
#[derive(Clone, Copy, Default)]
pub struct Kontakt<'a> {
    pub epost: &'a [String],
    pub telefon: Option<&'a str>,
    pub adresse: Option<Brevadresse<'a>>,
}

/// Without anything of a person.
impl std::fmt::Debug for Bevispapir<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bevispapir").field("id", &self.id).field("sprak", &self.sprak).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Kortark<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kortark").field("papir", &self.papir).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Vedtaksbrev<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vedtaksbrev").field("papir", &self.papir).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Kortkode<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Kortkode(…)")
    }
}

impl std::fmt::Debug for Brevadresse<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Brevadresse(…)")
    }
}

impl std::fmt::Debug for Kontakt<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Kontakt(…)")
    }
}
