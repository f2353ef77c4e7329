//! Room that is kept for what makes room.
//!
//! A receipt erases a report, and needs some room itself: it is written to the log first, and the log into the file. Could new
//! reports take an SQLite database's disk to its end, no receipt could be written any more, and the disk would stay full until an
//! operator came. So reports are refused a little earlier, and what is left is for all that ends them.
//!
//! PostgreSQL's disk is its server's own affair.

use std::path::PathBuf;

use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};

use super::{DatabaseSettings, bounded::Bounded};
use crate::system::machine;

/// Bytes that reports have left behind in the file. They are used again before the file grows.
const FREE_PAGES: &str = "SELECT freelist_count * page_size FROM pragma_freelist_count, pragma_page_size";

#[derive(Debug)]
pub(super) struct Reserve {
    file: PathBuf,
    bytes: u64,
}

impl Reserve {
    /// `None` where nothing is to be kept.
    pub fn of(settings: &DatabaseSettings) -> Option<Self> {
        let file = settings.file().filter(|_| settings.reserve > 0)?;
        Some(Self { file, bytes: settings.reserve })
    }

    /// Whether so much content may be written. What cannot be told is no reason to refuse a report.
    pub async fn has_room_for(&self, db: &Bounded<DatabaseConnection>, content: u64) -> bool {
        // It is written to the log, and from there into the file.
        let wanted = self.bytes.saturating_add(content.saturating_mul(2));
        let Some(on_disk) = machine::available(&self.file) else { return true };
        // Where the disk alone will do, the database need not be asked.
        on_disk >= wanted || on_disk.saturating_add(free_pages(db).await) >= wanted
    }
}

async fn free_pages(db: &Bounded<DatabaseConnection>) -> u64 {
    let asked = Statement::from_string(db.get_database_backend(), FREE_PAGES);
    let row = db.query_one_raw(asked).await.ok().flatten();
    row.and_then(|row| row.try_get_by_index::<i64>(0).ok()).map_or(0, i64::unsigned_abs)
}
