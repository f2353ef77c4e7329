//! Letters as files: a folder from which a print supplier takes them without a line of code for our API.
//!
//! Each letter is a folder of its own, named by the letter's id, with the sealed PDF ([`FILNAVN`]) and a description of it
//! ([`MANIFEST`]). It is made beside, put on disk, and only then given its name, and it loses its name before it is taken
//! apart: nobody who looks for folders without a dot in front ever sees half of one. Several nodes may share the folder.

use std::{
    fs::{self, File, Permissions},
    io::{self, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use tempfile::TempDir;
use tokio::task::spawn_blocking;
use uuid::Uuid;

use crate::model::brev::FILNAVN;

#[cfg(test)]
mod tests;

/// What the letter is and where it goes, as JSON.
pub const MANIFEST: &str = "manifest.json";

/// Begins the name of a letter that is not whole yet.
const UNFINISHED: &str = ".ny-";
/// Begins the name of one that is being taken away.
const REMOVED: &str = ".bort-";

/// Why a letter could not be laid out, or taken away. An operator can mend all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the print folder cannot be used ({0})")]
pub struct SpoolError(io::ErrorKind);

impl From<io::Error> for SpoolError {
    fn from(error: io::Error) -> Self {
        Self(error.kind())
    }
}

#[derive(Debug, Clone)]
pub struct Spool {
    folder: PathBuf,
}

/// What a letter's folder holds.
#[derive(Debug, Clone)]
pub struct Letter {
    pub id: Uuid,
    /// JSON.
    pub manifest: Vec<u8>,
    pub pdf: Bytes,
}

/// A letter that is whole and on disk, and has no name yet. It is gone when this is dropped.
#[derive(Debug)]
pub struct Prepared {
    folder: PathBuf,
    id: Uuid,
    /// `None`: the letter has its name already.
    made: Option<TempDir>,
}

/// Something that lies in the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    name: String,
    /// The letter that it is, or was to be.
    pub letter: Uuid,
    pub whole: bool,
}

impl Spool {
    /// The folder is made when the first letter is.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Writes a letter to disk, still out of sight. One that lies there under its name is not written again.
    pub async fn prepare(&self, letter: Letter) -> Result<Prepared, SpoolError> {
        let folder = self.folder.clone();
        blocking(move || prepare(folder, &letter)).await
    }

    /// Removes a letter, if it is there.
    pub async fn remove(&self, id: Uuid) -> Result<(), SpoolError> {
        let folder = self.folder.clone();
        blocking(move || remove(&folder, &id.to_string(), id)).await
    }

    /// All letters in the folder, also those that somebody died over. What we did not put there is left out.
    pub async fn entries(&self) -> Result<Vec<Entry>, SpoolError> {
        let folder = self.folder.clone();
        blocking(move || entries(&folder)).await
    }

    /// Removes what [`Self::entries`] found.
    pub async fn clear(&self, entry: Entry) -> Result<(), SpoolError> {
        let folder = self.folder.clone();
        blocking(move || remove(&folder, &entry.name, entry.letter)).await
    }
}

impl Prepared {
    /// Gives the letter its name. When this returns, the print supplier can see it, also after a power cut.
    pub async fn publish(self) -> Result<(), SpoolError> {
        blocking(move || publish(self)).await
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T, SpoolError> {
    Ok(spawn_blocking(work).await.unwrap_or_else(|failed| Err(io::Error::other(failed)))?)
}

fn prepare(folder: PathBuf, letter: &Letter) -> io::Result<Prepared> {
    if !folder.is_dir() {
        fs::create_dir_all(&folder)?;
    }
    let id = letter.id;
    if folder.join(id.to_string()).is_dir() {
        return Ok(Prepared { folder, id, made: None });
    }
    // Who may read it is the operator's choice, by umask and the rights on the folder; tempfile's own is the owner alone.
    let mut builder = tempfile::Builder::new();
    builder.permissions(Permissions::from_mode(0o777));
    let made = builder.prefix(&format!("{UNFINISHED}{id}-")).tempdir_in(&folder)?;
    write(&made.path().join(FILNAVN), &letter.pdf)?;
    write(&made.path().join(MANIFEST), &letter.manifest)?;
    sync(made.path())?;
    Ok(Prepared { folder, id, made: Some(made) })
}

fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// Puts on disk which names a folder holds.
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn publish(prepared: Prepared) -> io::Result<()> {
    if let Some(made) = prepared.made {
        match fs::rename(made.path(), prepared.folder.join(prepared.id.to_string())) {
            Ok(()) => {
                // It has another name now.
                let _ = made.keep();
            }
            // Another worker was quicker.
            Err(error) if is_there(&error) => {}
            Err(error) => return Err(error),
        }
    }
    // Also when it was there: whoever put it may have died before this.
    sync(&prepared.folder)
}

fn is_there(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::DirectoryNotEmpty)
}

fn remove(folder: &Path, name: &str, id: Uuid) -> io::Result<()> {
    let hidden = if name.starts_with(REMOVED) {
        folder.join(name)
    } else {
        // A name that nobody has: tempfile makes an empty folder, and a rename takes its place.
        let made = match tempfile::Builder::new().prefix(&format!("{REMOVED}{id}-")).tempdir_in(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            made => made?,
        };
        match fs::rename(folder.join(name), made.path()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            moved => moved?,
        }
        sync(folder)?;
        made.keep()
    };
    match fs::remove_dir_all(hidden) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn entries(folder: &Path) -> io::Result<Vec<Entry>> {
    let listed = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        listed => listed?,
    };
    let mut found = Vec::new();
    for entry in listed {
        let Ok(name) = entry?.file_name().into_string() else { continue };
        let bare = name.strip_prefix(UNFINISHED).or(name.strip_prefix(REMOVED)).unwrap_or(&name);
        // The id, and after it what tempfile has made up.
        let id = bare.get(..36).and_then(|id| Uuid::try_parse(id).ok());
        if let Some(letter) = id.filter(|_| bare.len() == 36 || bare.len() < name.len()) {
            found.push(Entry { letter, whole: bare.len() == name.len(), name });
        }
    }
    Ok(found)
}
