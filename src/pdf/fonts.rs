//! The fonts in the program: Noto Sans for what Norwegians write (Sami included), DejaVu Sans for Arabic, Hebrew,
//! Georgian, Armenian and symbols, Noto Emoji in one colour. Chinese, Japanese and Korean, the Indian scripts and
//! Thai are not among them: no data-only crate has them at a size worth carrying. [`skrift`](super::skrift) marks
//! what is missing.

use std::{fmt::Write, ops::RangeInclusive};

use typst::{
    foundations::Bytes,
    text::{Coverage, Font, FontBook},
    utils::LazyHash,
};

use super::PdfFault;

pub(super) struct Fonts {
    pub book: LazyHash<FontBook>,
    faces: Vec<Font>,
    families: Vec<Family>,
}

/// Spacing accents that this Noto Sans (1.04) takes for combining ones and draws on top of the letter before: a
/// backtick, for instance. They come from the next font.
const NOT_NOTO: [RangeInclusive<char>; 14] = [
    '`'..='`',
    '¨'..='¨',
    '´'..='´',
    '¸'..='¸',
    '\u{2b9}'..='\u{2ff}',
    '\u{374}'..='\u{375}',
    '\u{37a}'..='\u{37a}',
    '\u{384}'..='\u{385}',
    '\u{1fbd}'..='\u{1fc1}',
    '\u{1fcd}'..='\u{1fcf}',
    '\u{1fdd}'..='\u{1fdf}',
    '\u{1fed}'..='\u{1fef}',
    '\u{1ffd}'..='\u{1ffe}',
    '\u{a700}'..='\u{a788}',
];

/// What Noto Sans is used for, as the regular expression that typst's `covers` takes.
pub(super) fn noto_covers() -> String {
    NOT_NOTO.iter().fold("[^".to_owned(), |mut class, range| {
        let (from, to) = (u32::from(*range.start()), u32::from(*range.end()));
        // Writing to a string cannot fail.
        let _ = write!(class, "\\u{{{from:x}}}-\\u{{{to:x}}}");
        class
    }) + "]"
}

/// A family can show a character when each of its faces can: the template chooses the face.
struct Family {
    faces: Vec<Coverage>,
    not: &'static [RangeInclusive<char>],
}

impl Family {
    fn shows(&self, character: char) -> bool {
        self.faces.iter().all(|face| face.contains(character.into()))
            && !self.not.iter().any(|range| range.contains(&character))
    }
}

impl Fonts {
    pub fn load() -> Result<Self, PdfFault> {
        let mut fonts = Self { book: LazyHash::new(FontBook::new()), faces: Vec::new(), families: Vec::new() };
        fonts.add(&[notosans::REGULAR_TTF, notosans::BOLD_TTF], &NOT_NOTO)?;
        fonts.add(&[dejavu::sans::regular(), dejavu::sans::bold()], &[])?;
        fonts.add(&[epaint_default_fonts::NOTO_EMOJI_REGULAR], &[])?;
        fonts.book = LazyHash::new(FontBook::from_fonts(&fonts.faces));
        Ok(fonts)
    }

    fn add(&mut self, files: &[&'static [u8]], not: &'static [RangeInclusive<char>]) -> Result<(), PdfFault> {
        let mut faces = Vec::new();
        for file in files {
            let font = Font::new(Bytes::new(*file), 0).ok_or(PdfFault::Setup)?;
            faces.push(font.info().coverage.clone());
            self.faces.push(font);
        }
        self.families.push(Family { faces, not });
        Ok(())
    }

    pub fn face(&self, index: usize) -> Option<Font> {
        self.faces.get(index).cloned()
    }

    /// Whether one family can show all these characters. Those of one cluster (a letter and its accents) are drawn
    /// from the same font, so it does not help when two fonts can do it between them.
    pub fn show(&self, mut characters: impl Iterator<Item = char> + Clone) -> bool {
        self.families.iter().any(|family| characters.clone().all(|character| family.shows(character)))
            || characters.next().is_none()
    }
}
