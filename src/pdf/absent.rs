//! In a program that was built without the feature `pdf`: there is nothing that renders, and whoever asks is told so at
//! start.

use super::{
    Dokument, PdfFault,
    bevis::{Kortark, Vedtaksbrev},
};
use crate::system::SecretBytes;

/// Cannot be made.
#[derive(Debug, Clone)]
pub struct Renderer(std::convert::Infallible);

impl Renderer {
    /// # Errors
    /// Always [`PdfFault::Setup`].
    pub fn new() -> Result<Self, PdfFault> {
        Err(PdfFault::Setup)
    }

    /// Never called: there is no renderer to call it on.
    pub fn render(&self, _: &Dokument<'_>) -> Result<SecretBytes, PdfFault> {
        match self.0 {}
    }

    /// Never called, likewise.
    pub fn kort(&self, _: &Kortark<'_>) -> Result<SecretBytes, PdfFault> {
        match self.0 {}
    }

    /// Never called, likewise.
    pub fn vedtak(&self, _: &Vedtaksbrev<'_>) -> Result<SecretBytes, PdfFault> {
        match self.0 {}
    }

    /// Never called, likewise.
    pub fn utsending(&self, _: &Vedtaksbrev<'_>, _: &Kortark<'_>) -> Result<SecretBytes, PdfFault> {
        match self.0 {}
    }
}
