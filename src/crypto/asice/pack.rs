//! Making a container.

use std::io::{Cursor, Write};

use jiff::{Timestamp, tz::TimeZone};
use zip::{CompressionMethod, DateTime, ZipWriter, result::ZipResult, write::SimpleFileOptions};

use super::{
    FILE_LIST_ENTRY, MANIFEST_ENTRY, META_INF, MIMETYPE, MIMETYPE_ENTRY,
    fault::PackFault,
    manifest::{self, File},
    names, signature,
};
use crate::{
    crypto::{
        certificate::Signer,
        policy::{CONTAINER_BYTES_MAX, CONTAINER_ENTRIES_MAX},
    },
    system::{Rng, SecretBytes, rng::random},
};

/// What is added to the files: `mimetype`, manifest, signature, list of files.
const OWN_ENTRIES: usize = 4;
/// Room for headers, manifest, signature and chain, so that the buffer is seldom moved.
const OVERHEAD: usize = 32 * 1024;

/// How hard to try: a report's PDF comes out a twentieth longer than at the usual 6, in three fifths of the time.
const LEVEL: i64 = 1;

/// Packs and signs files, in the order and under the names that the KS clients for Java and .NET read. The first file is
/// the root file. `rng` only names the signature file; the signature itself has no randomness, and its time is `now`.
///
/// The ZIP is in the clear: it is meant for [`crate::crypto::cms::seal`].
pub fn pack(files: &[(&str, &[u8])], signer: &Signer, now: Timestamp, rng: &dyn Rng) -> Result<SecretBytes, PackFault> {
    let files = check(files)?;
    let id = uuid::Builder::from_random_bytes(random(rng)).into_uuid();
    let signature_entry = format!("{META_INF}signature-{id}.p7s");
    let manifest = manifest::write(&signature_entry, &files);
    let signature = signature::sign(manifest.as_bytes(), signer, now).map_err(|_| PackFault::Library)?;
    let file_list = manifest::write_file_list(&files);

    let mut entries = vec![(MIMETYPE_ENTRY, CompressionMethod::Stored, MIMETYPE.as_bytes())];
    entries.extend(files.iter().map(|file| (file.name, CompressionMethod::Deflated, file.content)));
    entries.push((MANIFEST_ENTRY, CompressionMethod::Deflated, manifest.as_bytes()));
    entries.push((&signature_entry, CompressionMethod::Deflated, &signature));
    entries.push((FILE_LIST_ENTRY, CompressionMethod::Deflated, file_list.as_bytes()));
    write(&entries, now).map(SecretBytes::new).map_err(|_| PackFault::Library)
}

/// Files with their media types, if every reader will take them.
fn check<'a>(files: &[(&'a str, &'a [u8])]) -> Result<Vec<File<'a>>, PackFault> {
    if files.is_empty() {
        return Err(PackFault::NoFiles);
    }
    let bytes: usize = files.iter().map(|(_, content)| content.len()).sum();
    if files.len() + OWN_ENTRIES > CONTAINER_ENTRIES_MAX
        || u64::try_from(bytes + OVERHEAD).is_ok_and(|bytes| bytes > CONTAINER_BYTES_MAX)
    {
        return Err(PackFault::TooBig);
    }
    let mut checked: Vec<File<'_>> = Vec::with_capacity(files.len());
    for (name, content) in files {
        if !names::is_safe(name) || names::is_meta(name) || name.eq_ignore_ascii_case(MIMETYPE_ENTRY) {
            return Err(PackFault::FileName);
        }
        if checked.iter().any(|other| other.name.to_lowercase() == name.to_lowercase()) {
            return Err(PackFault::Duplicate);
        }
        let media_type = names::media_type(name).ok_or(PackFault::FileType)?;
        checked.push(File { name, media_type, content });
    }
    Ok(checked)
}

fn write(entries: &[(&str, CompressionMethod, &[u8])], now: Timestamp) -> ZipResult<Vec<u8>> {
    let time = zip_time(now);
    let capacity = entries.iter().map(|(.., content)| content.len()).sum::<usize>() + OVERHEAD;
    let mut zip = ZipWriter::new(Cursor::new(Vec::with_capacity(capacity)));
    for (name, method, content) in entries {
        let level = (*method == CompressionMethod::Deflated).then_some(LEVEL);
        let options =
            SimpleFileOptions::default().compression_method(*method).compression_level(level).last_modified_time(time);
        zip.start_file(*name, options)?;
        zip.write_all(content)?;
    }
    // KS's clients write the type here too, for programs that look at a file's last bytes.
    zip.set_comment(format!("mimetype={MIMETYPE}"))?;
    Ok(zip.finish()?.into_inner())
}

/// ZIP has two-second steps and no time zone; UTC is the only choice that says nothing about where we are.
fn zip_time(now: Timestamp) -> DateTime {
    let now = now.to_zoned(TimeZone::UTC).datetime();
    let [year, month, day, hour, minute, second] =
        [now.year(), now.month().into(), now.day().into(), now.hour().into(), now.minute().into(), now.second().into()]
            .map(i16::unsigned_abs);
    let small = |number: u16| u8::try_from(number).unwrap_or(0);
    DateTime::from_date_and_time(year, small(month), small(day), small(hour), small(minute), small(second))
        .unwrap_or_default()
}
