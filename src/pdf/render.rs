//! Drives typst: a world of a template, what templates share, a data file and some pictures.

use std::{
    fmt,
    panic::{self, AssertUnwindSafe},
    sync::Arc,
};

use jiff::tz::Offset;
use typst::{
    Library, LibraryExt, World,
    diag::{FileError, FileResult},
    foundations::{Bytes, Datetime, Dict, Duration, IntoValue as _, Regex, Smart},
    syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot},
    text::{Font, FontBook},
    utils::LazyHash,
};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use uuid::Uuid;

use super::{
    Dokument, PdfFault,
    bevis::{Bevispapir, Kortark, Vedtaksbrev},
    fonts::{self, Fonts},
    skrift::Skrift,
    view,
};
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
    /// What templates import.
    delte: [Source; 4],
    offentlig: Source,
    privat: Source,
    kort: Source,
    vedtak: Source,
    utsending: Source,
    data: FileId,
    bilde: FileId,
    kode: FileId,
    standards: PdfStandards,
}

/// What is printed, less its words.
struct Ark<'r> {
    main: &'r Source,
    ident: Uuid,
    laget: jiff::Timestamp,
    /// Pictures, by the names that the template has for them.
    bilder: Vec<(FileId, Bytes)>,
}

impl fmt::Debug for Renderer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Renderer")
    }
}

impl Renderer {
    pub fn new() -> Result<Self, PdfFault> {
        Ok(Self(Arc::new(Shared {
            library: LazyHash::new(Library::builder().with_inputs(inputs()?).build()),
            fonts: Fonts::load()?,
            delte: [
                source("skrift.typ", include_str!("templates/skrift.typ"))?,
                source("felles.typ", include_str!("templates/felles.typ"))?,
                source("kortark.typ", include_str!("templates/kortark.typ"))?,
                source("vedtaksbrev.typ", include_str!("templates/vedtaksbrev.typ"))?,
            ],
            offentlig: source("offentlig.typ", include_str!("templates/offentlig.typ"))?,
            privat: source("privat.typ", include_str!("templates/privat.typ"))?,
            kort: source("kort.typ", include_str!("templates/kort.typ"))?,
            vedtak: source("vedtak.typ", include_str!("templates/vedtak.typ"))?,
            utsending: source("utsending.typ", include_str!("templates/utsending.typ"))?,
            data: file("data.json")?,
            bilde: file("bilde.jpg")?,
            kode: file("kode.png")?,
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

    /// Both sides of a companion card.
    pub fn kort(&self, ark: &Kortark<'_>) -> Result<SecretBytes, PdfFault> {
        let sheet = Ark { bilder: self.bilder(ark), ..self.papir(&ark.papir, &self.0.kort) };
        let print = |strict| self.set(&sheet, strict, |skrift| written(&view::bevis::kort(ark, skrift)));
        print(false).or_else(|_| print(true))
    }

    /// What is posted: the letter, and both sides of the card after it.
    pub fn utsending(&self, brev: &Vedtaksbrev<'_>, ark: &Kortark<'_>) -> Result<SecretBytes, PdfFault> {
        let sheet = Ark { bilder: self.bilder(ark), ..self.papir(&brev.papir, &self.0.utsending) };
        let print = |strict| self.set(&sheet, strict, |skrift| written(&view::bevis::utsending(brev, ark, skrift)));
        print(false).or_else(|_| print(true))
    }

    fn bilder(&self, ark: &Kortark<'_>) -> Vec<(FileId, Bytes)> {
        // Overwritten when typst lets go of them, as the data is.
        let picture = |id, bytes: &[u8]| (id, Bytes::new(Plaintext(Secret::new(bytes.to_vec()))));
        let bilde = ark.bilde.map(|jpeg| picture(self.0.bilde, jpeg));
        let kode = ark.kode.map(|kode| picture(self.0.kode, kode.bilde));
        bilde.into_iter().chain(kode).collect()
    }

    /// The letter that tells of a companion card.
    pub fn vedtak(&self, brev: &Vedtaksbrev<'_>) -> Result<SecretBytes, PdfFault> {
        let sheet = self.papir(&brev.papir, &self.0.vedtak);
        let print = |strict| self.set(&sheet, strict, |skrift| written(&view::bevis::brev(brev, skrift)));
        print(false).or_else(|_| print(true))
    }

    fn papir<'r>(&self, papir: &Bevispapir<'_>, main: &'r Source) -> Ark<'r> {
        Ark { main, ident: papir.id, laget: papir.laget, bilder: Vec::new() }
    }

    pub(super) fn attempt(&self, document: &Dokument<'_>, strict: bool) -> Result<SecretBytes, PdfFault> {
        let ark = Ark {
            main: match document.variant {
                Skjematype::Offentlig => &self.0.offentlig,
                Skjematype::Privat => &self.0.privat,
            },
            ident: document.kvittering.id.0,
            laget: document.kvittering.mottatt,
            bilder: Vec::new(),
        };
        self.set(&ark, strict, |skrift| written(&view::build(document, skrift)))
    }

    fn set(
        &self,
        ark: &Ark<'_>,
        strict: bool,
        view: impl FnOnce(&Skrift<'_>) -> Result<Vec<u8>, PdfFault>,
    ) -> Result<SecretBytes, PdfFault> {
        let data = view(&Skrift::new(&self.0.fonts, strict))?;
        let press = Press { shared: &self.0, ark, data: Bytes::new(Plaintext(Secret::new(data))) };
        // typst is not known to panic, but a report should not be the one to find out.
        let result = panic::catch_unwind(AssertUnwindSafe(|| press.print())).unwrap_or(Err(PdfFault::Layout));
        drop(press);
        // Empties typst's cache, which would otherwise grow with each document and hold its text.
        comemo::evict(0);
        result
    }
}

fn written(view: &impl serde::Serialize) -> Result<Vec<u8>, PdfFault> {
    serde_json::to_vec(view).map_err(|_| PdfFault::Data)
}

/// `sys.inputs`: what is the same on every sheet. A regular expression takes longer to compile than a line to be set.
fn inputs() -> Result<Dict, PdfFault> {
    let noto = Regex::new(&fonts::noto_covers()).map_err(|_| PdfFault::Setup)?;
    Ok(std::iter::once(("noto".into(), noto.into_value())).collect())
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
    ark: &'r Ark<'r>,
    data: Bytes,
}

impl Press<'_> {
    fn print(&self) -> Result<SecretBytes, PdfFault> {
        let compiled = typst::compile::<PagedDocument>(self);
        let pages = compiled.output.map_err(|faults| fault(faults, PdfFault::Layout))?;
        if !compiled.warnings.is_empty() {
            return Err(fault(compiled.warnings, PdfFault::Warning));
        }
        let options = PdfOptions {
            ident: Smart::Custom(self.ark.ident.to_string()),
            creator: Smart::Custom(Some("Meldeport".to_owned())),
            timestamp: timestamp(self.ark.laget),
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
        self.ark.main.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        std::iter::once(self.ark.main)
            .chain(&self.shared.delte)
            .find(|source| source.id() == id)
            .cloned()
            .ok_or(FileError::AccessDenied)
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        let pictures = self.ark.bilder.iter().map(|(name, bytes)| (*name, bytes));
        let mut files = pictures.chain([(self.shared.data, &self.data)]);
        files.find(|(name, _)| *name == id).map(|(_, bytes)| bytes.clone()).ok_or(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.shared.fonts.face(index)
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}
