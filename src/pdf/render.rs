//! Drives typst: a world of three template files and one data file.

use std::{
    fmt,
    panic::{self, AssertUnwindSafe},
    sync::Arc,
};

use jiff::tz::Offset;
use typst::{
    Library, LibraryExt, World,
    diag::{FileError, FileResult},
    foundations::{Bytes, Datetime, Duration, Smart},
    syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot},
    text::{Font, FontBook},
    utils::LazyHash,
};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use super::{Dokument, PdfFault, fonts::Fonts, skrift::Skrift, view};
use crate::{
    model::melding::Skjematype,
    system::{Secret, SecretBytes},
};

/// Makes PDFs. Fonts and templates are read once; a clone is a pointer, and threads may share one.
#[derive(Clone)]
pub struct Renderer(Arc<Shared>);

struct Shared {
    library: LazyHash<Library>,
    fonts: Fonts,
    felles: Source,
    offentlig: Source,
    privat: Source,
    data: FileId,
    standards: PdfStandards,
}

impl fmt::Debug for Renderer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Renderer")
    }
}

impl Renderer {
    pub fn new() -> Result<Self, PdfFault> {
        Ok(Self(Arc::new(Shared {
            library: LazyHash::new(Library::default()),
            fonts: Fonts::load()?,
            felles: source("felles.typ", include_str!("templates/felles.typ"))?,
            offentlig: source("offentlig.typ", include_str!("templates/offentlig.typ"))?,
            privat: source("privat.typ", include_str!("templates/privat.typ"))?,
            data: file("data.json")?,
            standards: PdfStandards::new(&[PdfStandard::Ua_1, PdfStandard::A_2a]).map_err(|_| PdfFault::Setup)?,
        })))
    }

    /// Makes the PDF of one report. It takes processor time, up to a second for a very long one: call it where
    /// blocking is allowed.
    pub fn render(&self, document: &Dokument<'_>) -> Result<SecretBytes, PdfFault> {
        // What is marked beforehand is what the fonts lack. Should typst and the fonts still disagree on some cluster,
        // the export refuses, and the second attempt keeps to plain letters: a report is not held up by a character.
        self.attempt(document, false).or_else(|_| self.attempt(document, true))
    }

    pub(super) fn attempt(&self, document: &Dokument<'_>, strict: bool) -> Result<SecretBytes, PdfFault> {
        let skrift = Skrift::new(&self.0.fonts, strict);
        let mut data = Vec::new();
        serde_json::to_writer(&mut data, &view::build(document, &skrift)).map_err(|_| PdfFault::Data)?;
        let press = Press {
            shared: &self.0,
            main: match document.variant {
                Skjematype::Offentlig => &self.0.offentlig,
                Skjematype::Privat => &self.0.privat,
            },
            data: Bytes::new(Plaintext(Secret::new(data))),
        };
        // typst is not known to panic, but a report should not be the one to find out.
        let result = panic::catch_unwind(AssertUnwindSafe(|| press.print(document))).unwrap_or(Err(PdfFault::Layout));
        drop(press);
        // Empties typst's cache, which would otherwise grow with each document and hold its text.
        comemo::evict(0);
        result
    }
}

fn file(name: &str) -> Result<FileId, PdfFault> {
    let path = VirtualPath::new(name).map_err(|_| PdfFault::Setup)?;
    Ok(RootedPath::new(VirtualRoot::Project, path).intern())
}

fn source(name: &str, text: &str) -> Result<Source, PdfFault> {
    Ok(Source::new(file(name)?, text.to_owned()))
}

/// The data file. It is overwritten when typst lets go of it.
struct Plaintext(SecretBytes);

impl AsRef<[u8]> for Plaintext {
    fn as_ref(&self) -> &[u8] {
        self.0.expose()
    }
}

/// The world of one document.
struct Press<'r> {
    shared: &'r Shared,
    main: &'r Source,
    data: Bytes,
}

impl Press<'_> {
    fn print(&self, document: &Dokument<'_>) -> Result<SecretBytes, PdfFault> {
        let compiled = typst::compile::<PagedDocument>(self);
        let pages = compiled.output.map_err(|faults| fault(faults, PdfFault::Layout))?;
        if !compiled.warnings.is_empty() {
            return Err(fault(compiled.warnings, PdfFault::Warning));
        }
        let options = PdfOptions {
            ident: Smart::Custom(document.kvittering.id.to_string()),
            creator: Smart::Custom(Some("Meldeport".to_owned())),
            timestamp: timestamp(document.kvittering.mottatt),
            page_ranges: None,
            standards: self.shared.standards.clone(),
            tagged: true,
            pretty: false,
        };
        typst_pdf::pdf(&pages, &options).map(Secret::new).map_err(|faults| fault(faults, PdfFault::Export))
    }
}

/// A diagnostic may quote the report, so only its kind leaves. Tests see it: their persons are made up.
fn fault(diagnostics: impl fmt::Debug, kind: PdfFault) -> PdfFault {
    #[cfg(test)]
    #[expect(clippy::print_stderr, reason = "for whoever edits a template")]
    {
        eprintln!("{diagnostics:#?}");
    }
    drop(diagnostics);
    kind
}

fn timestamp(moment: jiff::Timestamp) -> Option<Timestamp> {
    let utc = Offset::UTC.to_datetime(moment);
    let part = |part: i8| u8::try_from(part).ok();
    Datetime::from_ymd_hms(
        utc.year().into(),
        part(utc.month())?,
        part(utc.day())?,
        part(utc.hour())?,
        part(utc.minute())?,
        part(utc.second())?,
    )
    .map(Timestamp::new_utc)
}

impl World for Press<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &self.shared.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.shared.fonts.book
    }

    fn main(&self) -> FileId {
        self.main.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        [self.main, &self.shared.felles]
            .into_iter()
            .find(|source| source.id() == id)
            .cloned()
            .ok_or(FileError::AccessDenied)
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == self.shared.data { Ok(self.data.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.shared.fonts.face(index)
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}
