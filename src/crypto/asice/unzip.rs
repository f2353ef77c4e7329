//! Reading a ZIP file that may be hostile: nothing that it declares is believed, and what can be read in two ways is
//! refused.
//!
//! Readers differ: some walk the central directory at the end, some the headers from the beginning (KS's Java reader is
//! one of the latter). Here both have to tell the same, so that nobody can sign one thing and show another.

use std::io::{Cursor, Read};

use zeroize::Zeroizing;
use zip::{CompressionMethod, ZipArchive, read::ZipFile, result::ZipError};

use super::{fault::ContainerFault, names};
use crate::{
    crypto::policy::{CONTAINER_BYTES_MAX, CONTAINER_ENTRIES_MAX, CONTAINER_META_MAX},
    system::SecretBytes,
};

/// Length of a local file header without its name (APPNOTE 4.3.7). A smaller gap between two entries hides no third.
const LOCAL_HEADER: u64 = 30;
/// Length of the end of central directory record without its comment (APPNOTE 4.3.16).
const END_RECORD: usize = 22;

/// All entries in the order they lie in the file.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<(String, SecretBytes)>, ContainerFault> {
    if !bytes.starts_with(b"PK\x03\x04") {
        return Err(ContainerFault::NotZip);
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| ContainerFault::NotZip)?;
    let declared = declared_entries(bytes, archive.comment().len()).ok_or(ContainerFault::ZipStructure)?;
    if declared > CONTAINER_ENTRIES_MAX {
        return Err(ContainerFault::TooMany);
    }
    // The crate keeps entries by name, so one name twice shows as one entry too few.
    if declared != archive.len() {
        return Err(ContainerFault::Duplicate);
    }

    let mut entries: Vec<(String, SecretBytes)> = Vec::with_capacity(declared);
    let mut left = CONTAINER_BYTES_MAX;
    let mut expected_start = 0;
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).map_err(|error| match error {
            ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_) => ContainerFault::Method,
            _ => ContainerFault::ZipStructure,
        })?;
        if !matches!(file.compression(), CompressionMethod::Stored | CompressionMethod::Deflated) || file.encrypted() {
            return Err(ContainerFault::Method);
        }
        let name = name_of(&file, bytes)?;
        if entries.iter().any(|(other, _)| other.to_lowercase() == name.to_lowercase()) {
            return Err(ContainerFault::Duplicate);
        }
        let start = file.header_start();
        let end = file.data_start().and_then(|data| data.checked_add(file.compressed_size()));
        let gap = start.checked_sub(expected_start).ok_or(ContainerFault::ZipStructure)?;
        if gap >= LOCAL_HEADER || (index == 0 && start != 0) {
            return Err(ContainerFault::ZipStructure);
        }
        expected_start = end.ok_or(ContainerFault::ZipStructure)?;

        let limit = if names::is_meta(&name) { left.min(CONTAINER_META_MAX) } else { left };
        let content = inflate(&mut file, limit)?;
        left = left.saturating_sub(u64::try_from(content.expose().len()).unwrap_or(u64::MAX));
        entries.push((name, content));
    }
    let gap = archive.central_directory_start().checked_sub(expected_start).ok_or(ContainerFault::ZipStructure)?;
    if gap >= LOCAL_HEADER {
        return Err(ContainerFault::ZipStructure);
    }
    Ok(entries)
}

/// How many entries the central directory has, if the end record and the directory itself agree about it.
fn declared_entries(bytes: &[u8], comment: usize) -> Option<usize> {
    let end_at = bytes.len().checked_sub(END_RECORD.checked_add(comment)?)?;
    let record = bytes.get(end_at..)?;
    if !record.starts_with(b"PK\x05\x06") || usize::from(u16_at(record, 20)?) != comment {
        return None;
    }
    let declared = u16_at(record, 10)?;
    let start = usize::try_from(u32_at(record, 16)?).ok()?;
    let mut directory = bytes.get(start..end_at)?;
    let mut found = 0_u16;
    while !directory.is_empty() {
        if !directory.starts_with(b"PK\x01\x02") {
            return None;
        }
        let variable =
            [28, 30, 32].into_iter().map(|at| u16_at(directory, at).map(usize::from)).sum::<Option<usize>>()?;
        directory = directory.get(46 + variable..)?;
        found = found.checked_add(1)?;
    }
    (found == declared && u16_at(record, 8)? == declared).then_some(usize::from(declared))
}

/// The name, if it is safe.
fn name_of(file: &ZipFile<'_, Cursor<&[u8]>>, bytes: &[u8]) -> Result<String, ContainerFault> {
    let name = std::str::from_utf8(file.name_raw()).map_err(|_| ContainerFault::FileName)?;
    if !names::is_safe(name) || !file.is_file() || file.is_symlink() {
        return Err(ContainerFault::FileName);
    }
    if agrees(file, bytes) == Some(true) { Ok(name.to_owned()) } else { Err(ContainerFault::ZipStructure) }
}

/// Whether the header in front of an entry says the same as the one in the directory (APPNOTE 4.3.7 and 4.3.12): flags and
/// method, checksum and sizes unless they follow the data, and the name.
fn agrees(file: &ZipFile<'_, Cursor<&[u8]>>, bytes: &[u8]) -> Option<bool> {
    const SIZES_FOLLOW: u16 = 1 << 3;
    let local = bytes.get(usize::try_from(file.header_start()).ok()?..)?;
    let central = bytes.get(usize::try_from(file.central_header_start()).ok()?..)?;
    let name = local.get(30..)?.get(..usize::from(u16_at(local, 26)?))?;
    let method = local.get(6..10)? == central.get(8..12)?;
    let sizes = u16_at(local, 6)? & SIZES_FOLLOW != 0 || local.get(14..26)? == central.get(16..28)?;
    Some(name == file.name_raw() && method && sizes)
}

/// Inflates one entry, stopping at the limit whatever size it declares.
fn inflate(file: &mut ZipFile<'_, Cursor<&[u8]>>, limit: u64) -> Result<SecretBytes, ContainerFault> {
    let declared = file.size();
    if declared > limit {
        return Err(ContainerFault::TooBig);
    }
    // One byte more than declared, so that the buffer is never moved and no copy of the content is left behind.
    let capacity = usize::try_from(declared).map_err(|_| ContainerFault::TooBig)?.saturating_add(1);
    let mut content = Zeroizing::new(Vec::with_capacity(capacity));
    file.take(declared.saturating_add(1)).read_to_end(&mut content).map_err(|_| ContainerFault::Damaged)?;
    if u64::try_from(content.len()) != Ok(declared) {
        return Err(ContainerFault::Damaged);
    }
    Ok(SecretBytes::new(std::mem::take(&mut *content)))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}
