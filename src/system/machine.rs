//! What the machine has left.

use std::{fs, path::Path};

/// Bytes that may be written where a path is, or will be when its folder is made; `None` where that cannot be told.
pub fn available(path: &Path) -> Option<u64> {
    let there = path.ancestors().find(|part| !part.as_os_str().is_empty() && part.exists()).unwrap_or(Path::new("."));
    let room = rustix::fs::statvfs(there).ok()?;
    Some(room.f_bavail.saturating_mul(room.f_frsize))
}

/// Bytes of memory that this process has in use; `None` where that cannot be told.
pub fn resident_memory() -> Option<u64> {
    let statm = fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split(' ').nth(1)?.parse().ok()?;
    Some(pages.saturating_mul(rustix::param::page_size() as u64))
}
