//! Every error that a caller can be told of, wherever it is found out.

use crate::{
    crypto::{certificate::CertificateFault, cms::EnvelopeFault},
    model::{Feil, Feilkode},
    skjema::Skjemafeil,
};

impl From<EnvelopeFault> for Feil {
    /// An envelope that nobody could open: the sender's to mend.
    fn from(fault: EnvelopeFault) -> Self {
        Self { code: fault.code(), status: 422, melding: fault.melding(), fakta: None, vent: None }
    }
}

impl From<CertificateFault> for Feil {
    /// A certificate that nothing could be sealed to: its owner's to mend.
    fn from(fault: CertificateFault) -> Self {
        Self { code: fault.code(), status: 422, melding: fault.melding(), fakta: None, vent: None }
    }
}

impl From<Skjemafeil> for Feil {
    /// A form that is not as its schema says.
    fn from(fault: Skjemafeil) -> Self {
        Self { code: fault.code(), status: 400, melding: fault.text().to_owned(), fakta: None, vent: None }
    }
}

/// All of them, by family: each with its stable code, its HTTP status, and what happened and what to do.
pub fn alle() -> Vec<Feil> {
    let own = Feilkode::ALL.iter().map(|kode| Feil::from(*kode));
    own.chain(konvolutt()).chain(sertifikat()).chain(skjema()).collect()
}

/// What can be wrong with a sealed part.
pub fn konvolutt() -> impl Iterator<Item = Feil> {
    EnvelopeFault::ALL.iter().map(|fault| Feil::from(*fault))
}

/// What can be wrong with an office's certificate.
pub fn sertifikat() -> impl Iterator<Item = Feil> {
    CertificateFault::ALL.iter().map(|fault| Feil::from(*fault))
}

/// What can be wrong with a form.
pub fn skjema() -> impl Iterator<Item = Feil> {
    Skjemafeil::ALL.iter().map(|fault| Feil::from(*fault))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::alle;

    #[test]
    fn no_code_has_two_meanings() {
        let codes: HashSet<_> = alle().iter().map(|feil| feil.code).collect();
        assert_eq!(codes.len(), alle().len());
    }
}
