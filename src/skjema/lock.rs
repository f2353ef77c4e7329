//! `versions/forms.lock`: the SHA-256 of every published schema, in the form that `sha256sum -c` reads from the top of
//! the repository. A published schema never changes; its hash is what holds us to it.

use std::collections::BTreeMap;

use super::registry::{Dokument, Register, Status};

/// What the program itself was built with.
pub const LOCK: &str = include_str!("../../versions/forms.lock");

const HEADING: &str =
    "# SHA-256 of every published schema. Written by `meldeport forms lock`; never changed by hand.\n";

/// Hashes by the path in the repository (`schemas/…`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lock(BTreeMap<String, String>);

/// How a schema stands to the lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tilstand {
    /// Published as it is locked, or a draft that is not locked.
    Stemmer,
    /// Not in the lock yet.
    Ny,
    /// Published, and changed since: forbidden.
    Endret,
    /// Locked, but no longer part of the program: forbidden.
    Borte,
}

/// A lock file that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("linje {0} er ikke på formen «sha256, to mellomrom, sti»")]
pub struct LockError(pub usize);

impl Lock {
    pub fn read(text: &str) -> Result<Self, LockError> {
        let mut hashes = BTreeMap::new();
        for (index, line) in text.lines().enumerate() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            match line.split_once("  ") {
                Some((hash, path)) if hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                    hashes.insert(path.to_owned(), hash.to_owned());
                }
                _ => return Err(LockError(index + 1)),
            }
        }
        Ok(Self(hashes))
    }

    /// The file as it is committed.
    pub fn write(&self) -> String {
        let lines: String = self.0.iter().map(|(path, hash)| format!("{hash}  {path}\n")).collect();
        format!("{HEADING}{lines}")
    }

    /// Every schema of the program and of the lock, by path, with how it stands.
    pub fn compare(&self, register: &Register) -> BTreeMap<String, Tilstand> {
        let mut states: BTreeMap<String, Tilstand> =
            self.0.keys().map(|path| (path.clone(), Tilstand::Borte)).collect();
        for document in register.documents() {
            states.insert(file(document).to_owned(), self.state(document));
        }
        states
    }

    /// Adds what is new. What is locked stays as it is.
    pub fn add(&mut self, register: &Register) {
        for document in register.documents().filter(|document| document.status != Status::Draft) {
            self.0.entry(file(document).to_owned()).or_insert_with(|| document.sha256.clone());
        }
    }

    fn state(&self, document: &Dokument) -> Tilstand {
        match (self.0.get(file(document)), document.status) {
            (None, Status::Draft) => Tilstand::Stemmer,
            (None, _) => Tilstand::Ny,
            (Some(hash), _) if *hash == document.sha256 => Tilstand::Stemmer,
            (Some(_), _) => Tilstand::Endret,
        }
    }
}

/// Where a document stands in the repository.
pub fn file(document: &Dokument) -> &str {
    document.path.trim_start_matches('/')
}
