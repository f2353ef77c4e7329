//! Text messages as files. The default: nothing to set up, nothing leaves the machine.

use std::{
    fs::{self, DirBuilder, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use async_trait::async_trait;
use uuid::Uuid;

use super::{Grunn, Melding, SendFeil, Sms, Smsport};

/// Writes each message as `<folder>/<id>.json`. A file appears under its name only when it is whole and on disk, and is
/// never written again: the same id twice is one message, and so it is when several nodes share the folder. Only the owner
/// may read folder and files, for they hold numbers and codes.
#[derive(Debug)]
pub struct Mappe {
    folder: PathBuf,
}

impl Mappe {
    /// The folder is made when the first message is sent.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }
}

#[async_trait]
impl Smsport for Mappe {
    async fn send(&self, sms: &Sms) -> Result<(), SendFeil> {
        let json = Melding::json(sms, None);
        let (folder, id) = (self.folder.clone(), sms.id);
        let written = tokio::task::spawn_blocking(move || write(&folder, id, json.expose())).await;
        let written = written.unwrap_or_else(|failed| Err(io::Error::other(failed)));
        written.map_err(|error| SendFeil::Midlertidig(Grunn::Mappe(error.kind())))
    }
}

fn write(folder: &Path, id: Uuid, message: &[u8]) -> io::Result<()> {
    if !fs::metadata(folder).is_ok_and(|found| found.is_dir()) {
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.recursive(true).create(folder)?;
    }
    // The name begins with a dot and has another ending: who collects `*.json` does not see it.
    let mut new = tempfile::Builder::new().prefix(".ny-").tempfile_in(folder)?;
    new.write_all(message)?;
    new.as_file().sync_all()?;
    match new.persist_noclobber(folder.join(format!("{id}.json"))) {
        Err(failed) if failed.error.kind() != io::ErrorKind::AlreadyExists => return Err(failed.error),
        _ => {}
    }
    // Also when the file was there: its writer may have died before this.
    File::open(folder)?.sync_all()
}
