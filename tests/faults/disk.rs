//! A disk of a few megabytes. Needs the right to mount a tmpfs.

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

/// A small file system of its own, until it is dropped.
pub struct Disk {
    folder: TempDir,
}

impl Disk {
    /// # Errors
    /// Why there is none here.
    pub fn mount(megabytes: u32) -> Result<Self, String> {
        let folder = TempDir::new().map_err(|error| error.to_string())?;
        let options = format!("size={megabytes}m,mode=0777");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(folder.path()).output();
        match mounted {
            Ok(output) if output.status.success() => Ok(Self { folder }),
            Ok(output) => {
                Err(format!("a small disk cannot be mounted here: {}", String::from_utf8_lossy(&output.stderr).trim()))
            }
            Err(error) => Err(format!("a small disk cannot be mounted here: {error}")),
        }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Takes all the room that is left, and more each time.
    pub fn fill(&self) {
        let mut file = File::options().create(true).append(true).open(self.filler()).unwrap();
        for size in [64 * 1024, 4096, 512] {
            while file.write_all(&vec![1; size]).is_ok() {}
        }
    }

    /// Gives it all back.
    pub fn free(&self) {
        fs::remove_file(self.filler()).unwrap();
    }

    fn filler(&self) -> PathBuf {
        self.path().join("something-else")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.folder.path()).status();
    }
}
