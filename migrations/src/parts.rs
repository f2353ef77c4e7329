//! What the tables of several migrations are made of. It stays as it is: released migrations rest on it.

use sea_orm_migration::{prelude::*, schema::uuid};

/// An id that the program gives.
pub fn uuid_key(name: &'static str) -> ColumnDef {
    uuid(name).primary_key().take()
}

/// A foreign key from a table's column to another's.
pub fn refers(from: (&'static str, &'static str), to: (&'static str, &'static str)) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(from.0, from.1).to(to.0, to.1).take()
}
