//! The database schema of Meldeport, append-only: a migration that has been released is never changed.
//!
//! To add one: a file `mYYYYMMDD_what.rs` here, one line in [`Migrator::migrations`]. Every migration runs in a
//! transaction (`use_transaction`), never imports the store's entities, and runs unchanged on SQLite and PostgreSQL.

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;

mod m20261121_bekymringsmelding;
mod m20261122_leveranse;
mod m20261123_bruk;
mod m20261124_ledsagerbevis_oppsett;
mod m20261125_ledsagerbevis;
mod m20261126_lommebok;
mod m20261127_deling;
mod m20261127_utlopsvarsel;
mod m20261128_soketabell;
mod m20261129_papir;
mod m20261130_kortbrev;
mod m20261201_tall;
mod m20261202_lagring;
mod parts;

/// All migrations, oldest first.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261121_bekymringsmelding::Migration),
            Box::new(m20261122_leveranse::Migration),
            Box::new(m20261123_bruk::Migration),
            Box::new(m20261124_ledsagerbevis_oppsett::Migration),
            Box::new(m20261125_ledsagerbevis::Migration),
            Box::new(m20261126_lommebok::Migration),
            Box::new(m20261127_deling::Migration),
            Box::new(m20261127_utlopsvarsel::Migration),
            Box::new(m20261128_soketabell::Migration),
            Box::new(m20261129_papir::Migration),
            Box::new(m20261130_kortbrev::Migration),
            Box::new(m20261201_tall::Migration),
            Box::new(m20261202_lagring::Migration),
        ]
    }
}
