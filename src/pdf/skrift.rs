//! Free text as the template takes it: lines, each a row of runs. Nothing is dropped silently: a character that no
//! embedded font can show, or that a PDF/A may not hold, becomes a mark with its Unicode number.

use std::{borrow::Cow, cell::Cell, ops::RangeInclusive};

use serde::{Serialize, Serializer};
use unicode_segmentation::UnicodeSegmentation;

use super::fonts::Fonts;

/// A longer row of characters without a space may be broken, or it would run off the page.
const UNBROKEN: usize = 24;
/// How far apart such places are.
const STEP: usize = 8;

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Run<'a> {
    /// Printed literally.
    Text(Cow<'a, str>),
    /// A character that cannot be shown: `{"u": "U+738B"}`.
    Mark(char),
    /// The line may be broken here, without a hyphen: `0`.
    Break,
}

pub(super) type Line<'a> = Vec<Run<'a>>;

impl Serialize for Run<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Mark(character) => serializer.collect_map([("u", format!("U+{:04X}", u32::from(*character)))]),
            Self::Break => serializer.serialize_u8(0),
        }
    }
}

/// Prepares the text of one document.
pub(super) struct Skrift<'f> {
    fonts: &'f Fonts,
    strict: bool,
    marked: Cell<bool>,
}

impl<'f> Skrift<'f> {
    /// `strict` marks everything but plain Latin text. It is for a second attempt, so that a report is never held up
    /// by a strange character.
    pub fn new(fonts: &'f Fonts, strict: bool) -> Self {
        Self { fonts, strict, marked: Cell::new(false) }
    }

    /// Whether any character has been marked.
    pub fn marked(&self) -> bool {
        self.marked.get()
    }

    /// The lines of a text, as its author broke them.
    pub fn lines<'a>(&self, text: &'a str) -> Vec<Line<'a>> {
        let mut lines = Vec::new();
        let mut rest = text;
        while let Some(end) = rest.find(is_line_end) {
            let (line, tail) = rest.split_at(end);
            lines.push(self.line(line));
            let mut tail = tail.chars();
            if tail.next() == Some('\r') && tail.as_str().starts_with('\n') {
                tail.next();
            }
            rest = tail.as_str();
        }
        lines.push(self.line(rest));
        lines
    }

    /// One line. What is borrowed stays borrowed: no copy of the text is made.
    pub fn line<'a>(&self, line: &'a str) -> Line<'a> {
        let mut runs = Vec::new();
        let (mut start, mut unbroken) = (0, 0);
        for (at, cluster) in line.grapheme_indices(true) {
            let space = cluster.chars().all(|character| matches!(character, ' ' | '\t' | '-'));
            unbroken = if space { 0 } else { unbroken + 1 };
            let shown = self.shows(cluster);
            let may_break = unbroken > UNBROKEN && unbroken.is_multiple_of(STEP);
            if (shown && cluster != "\t") && !may_break {
                continue;
            }
            push_text(&mut runs, line.get(start..at));
            start = at;
            if may_break {
                runs.push(Run::Break);
            }
            if cluster == "\t" {
                runs.push(Run::Text(Cow::Borrowed("    ")));
                start = at + cluster.len();
            } else if !shown {
                self.mark(cluster, &mut runs);
                start = at + cluster.len();
            }
        }
        push_text(&mut runs, line.get(start..));
        runs
    }

    fn shows(&self, cluster: &str) -> bool {
        cluster == "\t"
            || if self.strict {
                cluster.chars().all(is_plain)
            } else {
                !cluster.chars().any(is_refused)
                    && self.fonts.show(cluster.chars().filter(|character| !is_invisible(*character)))
            }
    }

    /// Writes a cluster that cannot be shown as a whole, character by character.
    fn mark<'a>(&self, cluster: &'a str, runs: &mut Line<'a>) {
        for (at, character) in cluster.char_indices() {
            let alone = cluster.get(at..at + character.len_utf8()).unwrap_or_default();
            if !is_combining(character) && self.shows(alone) {
                push_text(runs, Some(alone));
            } else {
                self.marked.set(true);
                runs.push(Run::Mark(character));
            }
        }
    }
}

fn push_text<'a>(runs: &mut Line<'a>, text: Option<&'a str>) {
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        runs.push(Run::Text(Cow::Borrowed(text)));
    }
}

/// Unicode's mandatory breaks (UAX #14: BK, CR, LF, NL).
fn is_line_end(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_plain(character: char) -> bool {
    matches!(character, ' '..='~' | '\u{a0}'..='\u{ac}' | '\u{ae}'..='\u{17f}' | '–' | '—' | '‘' | '’' | '“' | '”')
}

/// Draws nothing by nature, so it is not lost when no font has it.
fn is_invisible(character: char) -> bool {
    const RANGES: [RangeInclusive<char>; 4] =
        ['\u{200b}'..='\u{200f}', '\u{202a}'..='\u{202c}', '\u{2060}'..='\u{2069}', '\u{fe00}'..='\u{fe0f}'];
    matches!(character, '\u{ad}' | '\u{34f}' | '\u{61c}') || RANGES.iter().any(|range| range.contains(&character))
}

/// Control characters; those that a PDF/A may not map to (ISO 19005-2, 6.2.11.7.2), private use among them; and the
/// overrides by which a text can be made to read otherwise than it was written.
fn is_refused(character: char) -> bool {
    const RANGES: [RangeInclusive<char>; 5] = [
        '\u{202d}'..='\u{202e}',
        '\u{e000}'..='\u{f8ff}',
        '\u{fdd0}'..='\u{fdef}',
        '\u{fff0}'..='\u{ffff}',
        '\u{e0000}'..='\u{10ffff}',
    ];
    character.is_control()
        || matches!(character, '\u{feff}')
        || u32::from(character) & 0xfffe == 0xfffe
        || RANGES.iter().any(|range| range.contains(&character))
}

/// Would attach itself to the character before it: a mark never hides what it is about.
fn is_combining(character: char) -> bool {
    let text: String = ['a', character].into_iter().collect();
    text.graphemes(true).count() == 1
}
