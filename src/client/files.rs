//! Files that are there whole or not at all, readable by their owner only.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Write},
    path::Path,
};

const LOCK: &str = ".meldeport.lock";

/// Why a folder could not be had for ourselves.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    #[error("en annen meldeport-prosess bruker mappen {0}; vent til den er ferdig")]
    Taken(String),
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// A folder that no other client process uses while this lives. The lock goes with the process, however it ends.
#[derive(Debug)]
pub struct DirLock {
    _file: File,
}

impl DirLock {
    /// Makes the folder if need be, and locks it; does not wait.
    pub fn acquire(dir: &Path) -> Result<Self, LockError> {
        make_dir_all(dir)?;
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        private(&mut options);
        let file = options.open(dir.join(LOCK))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(LockError::Taken(dir.display().to_string())),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }
}

/// A new file, synced. Fails where there is one already.
pub fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    private(&mut options);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// A file that appears under its name only when it is whole and synced, replacing any former one.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    let new = parent.join(format!(".ny-{}", name.to_string_lossy()));
    remove_file_if_there(&new)?;
    write_new(&new, bytes)?;
    fs::rename(&new, path)?;
    sync_dir(parent)
}

/// Gives a finished folder its final name, durably. The two must lie in the same folder.
pub fn publish(from: &Path, to: &Path) -> io::Result<()> {
    sync_dir(from)?;
    fs::rename(from, to)?;
    to.parent().map_or(Ok(()), sync_dir)
}

/// A new folder for the owner only.
pub fn make_dir(path: &Path) -> io::Result<()> {
    builder().create(path)
}

/// The same with missing parents, each durably there; a folder that is there is left as it is.
pub fn make_dir_all(path: &Path) -> io::Result<()> {
    let missing: Vec<_> = path.ancestors().take_while(|path| !path.as_os_str().is_empty() && !path.exists()).collect();
    builder().recursive(true).create(path)?;
    missing.into_iter().filter_map(Path::parent).try_for_each(sync_dir)
}

/// Removes what an interrupted run left: everything in the folder whose name begins so.
pub fn sweep(dir: &Path, prefix: &str) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if !entry.file_name().to_string_lossy().starts_with(prefix) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            remove_file_if_there(&entry.path())?;
        }
    }
    Ok(())
}

fn remove_file_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Windows has no such thing and needs none.
pub fn sync_dir(dir: &Path) -> io::Result<()> {
    let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
    if cfg!(unix) { File::open(dir)?.sync_all() } else { Ok(()) }
}

#[cfg(unix)]
fn private(options: &mut OpenOptions) {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
}

#[cfg(not(unix))]
fn private(_: &mut OpenOptions) {}

#[cfg(unix)]
fn builder() -> DirBuilder {
    let mut builder = DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

#[cfg(not(unix))]
fn builder() -> DirBuilder {
    DirBuilder::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locked_folder_is_refused_until_the_holder_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let ours = DirLock::acquire(dir.path()).unwrap();
        assert!(matches!(DirLock::acquire(dir.path()), Err(LockError::Taken(_))));
        drop(ours);
        assert!(DirLock::acquire(dir.path()).is_ok());
    }

    #[test]
    fn a_file_is_replaced_whole_and_half_files_are_swept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.json");
        fs::write(dir.path().join(".ny-a.json"), "half").unwrap();
        write_atomic(&path, b"one").unwrap();
        write_atomic(&path, b"two").unwrap();
        make_dir(&dir.path().join(".ny-b")).unwrap();
        write_new(&dir.path().join(".ny-b/c"), b"half").unwrap();
        sweep(dir.path(), ".ny-").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        assert!(write_new(&path, b"three").is_err());
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        make_dir_all(&dir.path().join("a/b")).unwrap();
        write_atomic(&dir.path().join("a/b/c"), b"").unwrap();
        let mode = |path: &str| fs::metadata(dir.path().join(path)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("a"), mode("a/b"), mode("a/b/c")), (0o700, 0o700, 0o600));
    }
}
