//! E-mails as files. The default: nothing to set up, nothing leaves the machine.

use std::{
    fs::{self, DirBuilder, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use async_trait::async_trait;
use uuid::Uuid;

use super::{Adresse, Epost, Grunn, Postkasse, SendFeil, bygg};

/// Writes each e-mail as `<folder>/<id>.eml` (RFC 5322), which mail programs open and mail servers take. A file appears
/// under its name only when it is whole and on disk, and is never written again: the same id twice is one e-mail, and
/// so it is when several nodes share the folder. Only the owner may read folder and files, for they hold addresses.
#[derive(Debug)]
pub struct Mappe {
    fra: Adresse,
    folder: PathBuf,
}

impl Mappe {
    /// The folder is made when the first e-mail is sent.
    pub fn new(fra: Adresse, folder: impl Into<PathBuf>) -> Self {
        Self { fra, folder: folder.into() }
    }
}

#[async_trait]
impl Postkasse for Mappe {
    async fn send(&self, epost: &Epost) -> Result<(), SendFeil> {
        let message = bygg::message(&self.fra, epost)?.formatted();
        let (folder, id) = (self.folder.clone(), epost.id);
        let written = tokio::task::spawn_blocking(move || write(&folder, id, &message)).await;
        let written = written.unwrap_or_else(|failed| Err(io::Error::other(failed)));
        written.map_err(|error| SendFeil::Midlertidig(Grunn::Mappe(error.kind())))
    }
}

fn write(folder: &Path, id: Uuid, message: &[u8]) -> io::Result<()> {
    make(folder)?;
    // The name begins with a dot and has another ending: who collects `*.eml` does not see it.
    let mut new = tempfile::Builder::new().prefix(".ny-").tempfile_in(folder)?;
    new.write_all(message)?;
    new.as_file().sync_all()?;
    match new.persist_noclobber(folder.join(format!("{id}.eml"))) {
        Err(failed) if failed.error.kind() != io::ErrorKind::AlreadyExists => return Err(failed.error),
        _ => {}
    }
    // Also when the file was there: its writer may have died before this.
    File::open(folder)?.sync_all()
}

fn make(folder: &Path) -> io::Result<()> {
    if fs::metadata(folder).is_ok_and(|found| found.is_dir()) {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}
