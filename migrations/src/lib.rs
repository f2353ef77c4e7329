//! The database schema of Meldeport, append-only.
use sea_orm_migration as _;
