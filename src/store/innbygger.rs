//! How citizens log in: one-time codes by number, and sessions by token. Neither number, code nor token is here, only
//! digests of them.

use jiff::Timestamp;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, OnConflict},
};

use super::{
    Conn, StoreError, Tx, digest,
    entity::{engangspassord, innbyggersesjon},
    millis, time,
};

/// The newest code of a number, and how many were asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Engangspassord {
    pub telefon: [u8; 32],
    /// `None` once it was used or guessed at too often.
    pub kode: Option<[u8; 32]>,
    pub utloper: Timestamp,
    /// Wrong guesses so far.
    pub forsok: u32,
    pub bestilt: Timestamp,
    /// Since when, and how many.
    pub dogn: (Timestamp, u32),
}

/// What a number has; nobody else changes it until the transaction ends.
pub async fn lock(tx: &Tx, telefon: [u8; 32]) -> Result<Option<Engangspassord>, StoreError> {
    let row = engangspassord::Entity::find_by_id(telefon.to_vec()).lock_exclusive().one(&tx.0).await?;
    row.map(|row| {
        Ok(Engangspassord {
            telefon: digest(&row.telefon)?,
            kode: row.kode.as_deref().map(digest).transpose()?,
            utloper: time(row.utloper)?,
            forsok: row.forsok.unsigned_abs(),
            bestilt: time(row.bestilt)?,
            dogn: (time(row.dogn_fra)?, row.dogn_antall.unsigned_abs()),
        })
    })
    .transpose()
}

/// Writes a number's first row. False when it has one; then whoever is about to write one has been waited for.
pub async fn insert(tx: &Tx, new: &Engangspassord) -> Result<bool, StoreError> {
    let known = OnConflict::column(engangspassord::Column::Telefon).do_nothing().to_owned();
    Ok(engangspassord::Entity::insert(row(new)).on_conflict(known).exec_without_returning(&tx.0).await? == 1)
}

/// Puts a number's row in the place of the one that it had.
pub async fn save(tx: &Tx, new: &Engangspassord) -> Result<(), StoreError> {
    use engangspassord::Column as C;
    let mut known = OnConflict::column(C::Telefon);
    known.update_columns([C::Kode, C::Utloper, C::Forsok, C::Bestilt, C::DognFra, C::DognAntall]);
    engangspassord::Entity::insert(row(new)).on_conflict(known).exec_without_returning(&tx.0).await?;
    Ok(())
}

fn row(of: &Engangspassord) -> engangspassord::ActiveModel {
    engangspassord::ActiveModel {
        telefon: Set(of.telefon.to_vec()),
        kode: Set(of.kode.map(|kode| kode.to_vec())),
        utloper: Set(millis(of.utloper)),
        forsok: Set(i32::try_from(of.forsok).unwrap_or(i32::MAX)),
        bestilt: Set(millis(of.bestilt)),
        dogn_fra: Set(millis(of.dogn.0)),
        dogn_antall: Set(i32::try_from(of.dogn.1).unwrap_or(i32::MAX)),
    }
}

/// Takes back a number's code and counts a wrong guess, or marks it as used.
pub async fn set_kode(tx: &Tx, telefon: [u8; 32], kode: Option<[u8; 32]>, forsok: u32) -> Result<(), StoreError> {
    use engangspassord::Column as C;
    let update = engangspassord::Entity::update_many()
        .col_expr(C::Kode, Expr::value(kode.map(|kode| kode.to_vec())))
        .col_expr(C::Forsok, Expr::value(i32::try_from(forsok).unwrap_or(i32::MAX)))
        .filter(C::Telefon.eq(telefon.to_vec()));
    update.exec(&tx.0).await?;
    Ok(())
}

/// Notes a session by the SHA-256 of its token.
pub async fn insert_sesjon(tx: &Tx, token: [u8; 32], telefon: [u8; 32], utloper: Timestamp) -> Result<(), StoreError> {
    let row = innbyggersesjon::ActiveModel {
        token: Set(token.to_vec()),
        telefon: Set(telefon.to_vec()),
        utloper: Set(millis(utloper)),
    };
    innbyggersesjon::Entity::insert(row).exec_without_returning(&tx.0).await?;
    Ok(())
}

/// The number that a session is of, if it has not run out.
pub async fn sesjon(conn: &impl Conn, token: [u8; 32], now: Timestamp) -> Result<Option<[u8; 32]>, StoreError> {
    let query =
        innbyggersesjon::Entity::find_by_id(token.to_vec()).filter(innbyggersesjon::Column::Utloper.gt(millis(now)));
    query.one(conn.raw()).await?.map(|row| digest(&row.telefon)).transpose()
}

/// Forgets sessions that have run out, and numbers that nobody has asked a code for since `before`.
pub async fn sweep(tx: &Tx, now: Timestamp, before: Timestamp) -> Result<(), StoreError> {
    innbyggersesjon::Entity::delete_many()
        .filter(innbyggersesjon::Column::Utloper.lte(millis(now)))
        .exec(&tx.0)
        .await?;
    engangspassord::Entity::delete_many()
        .filter(engangspassord::Column::Bestilt.lt(millis(before)))
        .exec(&tx.0)
        .await?;
    Ok(())
}
