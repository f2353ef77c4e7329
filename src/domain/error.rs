//! Errors of the domain: what a rule said, or that the store could not.

use crate::{
    crypto::at_rest::HvelvFault,
    model::{Feil, Feilkode},
    spool::SpoolError,
    store::{StoreError, WorkError},
};

#[derive(Debug, Clone, thiserror::Error)]
pub enum DomainError {
    #[error(transparent)]
    Regel(#[from] Feil),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Spool(#[from] SpoolError),
    #[error(transparent)]
    Hvelv(#[from] HvelvFault),
}

impl From<Feilkode> for DomainError {
    fn from(kode: Feilkode) -> Self {
        Self::Regel(kode.into())
    }
}

impl WorkError for DomainError {
    fn store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            Self::Regel(_) | Self::Spool(_) | Self::Hvelv(_) => None,
        }
    }
}

impl DomainError {
    /// What the caller is told. What the store said stays inside.
    pub fn feil(&self) -> Feil {
        match self {
            Self::Regel(feil) => feil.clone(),
            Self::Store(StoreError::Full) => Feilkode::LagringFull.into(),
            Self::Store(StoreError::Conflict | StoreError::Unavailable(_) | StoreError::Schema(_)) => {
                Feil::from(Feilkode::Utilgjengelig).vent(5)
            }
            Self::Store(StoreError::Corrupt(_) | StoreError::Internal(_)) | Self::Spool(_) | Self::Hvelv(_) => {
                Feilkode::Intern.into()
            }
        }
    }

    /// What went wrong inside, for the log only.
    pub fn internal(&self) -> Option<String> {
        match self {
            Self::Regel(_) => None,
            Self::Store(error) => Some(error.to_string()),
            Self::Spool(error) => Some(error.to_string()),
            Self::Hvelv(fault) => Some(fault.to_string()),
        }
    }
}

pub type Result<T> = std::result::Result<T, DomainError>;
