//! Places in status lists: a copy of a card, on a phone or on paper, stands at one, and the list says there whether it counts.

use sea_orm::{
    EntityTrait, QuerySelect,
    sea_query::{Expr, ExprTrait},
};

use crate::store::{Conn, StoreError};

/// Where a copy stands. Lists are numbered from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Listeplass {
    pub liste: u32,
    pub indeks: u32,
}

impl Listeplass {
    pub(super) fn read(liste: i32, indeks: i32) -> Result<Self, StoreError> {
        Ok(Self { liste: unsigned(liste)?, indeks: unsigned(indeks)? })
    }
}

/// How many lists there are of which a table has the places: at least one, which may be empty.
pub(super) async fn antall<E: EntityTrait>(conn: &impl Conn, liste: E::Column) -> Result<u32, StoreError> {
    let newest = E::find().select_only().column_as(Expr::col(liste).max(), "liste");
    let newest: Option<Option<i32>> = newest.into_tuple().one(conn.raw()).await?;
    unsigned(newest.flatten().unwrap_or(1))
}

/// As databases have it.
pub(super) fn signed(number: u32) -> Result<i32, StoreError> {
    i32::try_from(number).map_err(|_| StoreError::Internal("a status list's number".to_owned()))
}

pub(super) fn unsigned(number: i32) -> Result<u32, StoreError> {
    u32::try_from(number).map_err(|_| StoreError::corrupt("a status list's number"))
}
