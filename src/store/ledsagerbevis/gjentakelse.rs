//! What makes a repeated issue the same card.

use jiff::Timestamp;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait, OnConflict},
};

use crate::{
    model::{FiksOrgId, ledsagerbevis::BevisId},
    store::{Conn, StoreError, Tx, digest, entity::ledsagerbevisgjentakelse as rad, millis},
};

/// What a mark was used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Brukt {
    /// Keyed digest of what was to be issued.
    pub innhold: [u8; 32],
    pub bevis: BevisId,
}

/// What a mark was used for, if it has not run out.
pub async fn find(
    conn: &impl Conn,
    organisasjon: FiksOrgId,
    merke: [u8; 32],
    now: Timestamp,
) -> Result<Option<Brukt>, StoreError> {
    let query = rad::Entity::find_by_id((organisasjon.0, merke.to_vec())).filter(rad::Column::Utloper.gt(millis(now)));
    let found = query.one(conn.raw()).await?;
    found.map(|row| Ok(Brukt { innhold: digest(&row.innhold)?, bevis: BevisId(row.bevis_id) })).transpose()
}

/// Takes a mark for a card. `None` when it was free or had run out; otherwise what it is already used for. Two nodes that
/// try at the same time wait for each other on the row.
pub async fn claim(
    tx: &Tx,
    organisasjon: FiksOrgId,
    merke: [u8; 32],
    brukt: Brukt,
    now: Timestamp,
    utloper: Timestamp,
) -> Result<Option<Brukt>, StoreError> {
    use rad::Column as C;
    let row = rad::ActiveModel {
        organisasjon_id: Set(organisasjon.0),
        merke: Set(merke.to_vec()),
        innhold: Set(brukt.innhold.to_vec()),
        bevis_id: Set(brukt.bevis.0),
        utloper: Set(millis(utloper)),
    };
    let mut claim = OnConflict::columns([C::OrganisasjonId, C::Merke]);
    claim
        .update_columns([C::Innhold, C::BevisId, C::Utloper])
        .action_and_where(Expr::col((rad::Entity, C::Utloper)).lte(millis(now)));
    let taken = rad::Entity::insert(row).on_conflict(claim).exec_without_returning(&tx.0).await?;
    if taken == 1 {
        return Ok(None);
    }
    find(tx, organisasjon, merke, now).await?.map(Some).ok_or(StoreError::Conflict)
}

/// Lets a mark lead to another card.
pub async fn point(tx: &Tx, organisasjon: FiksOrgId, merke: [u8; 32], bevis: BevisId) -> Result<(), StoreError> {
    let update = rad::Entity::update_many()
        .col_expr(rad::Column::BevisId, Expr::value(bevis.0))
        .filter(rad::Column::OrganisasjonId.eq(organisasjon.0))
        .filter(rad::Column::Merke.eq(merke.to_vec()));
    update.exec(&tx.0).await?;
    Ok(())
}

/// Forgets what has run out.
pub async fn sweep(tx: &Tx, now: Timestamp) -> Result<(), StoreError> {
    rad::Entity::delete_many().filter(rad::Column::Utloper.lte(millis(now))).exec(&tx.0).await?;
    Ok(())
}
