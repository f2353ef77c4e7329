//! What makes a repeated send the same report: the caller's `Idempotency-Key`, and the digest of the envelope.

use jiff::Timestamp;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait, OnConflict},
};

use super::{
    Conn, StoreError, Tx, digest,
    entity::{duplikatvern, idempotens},
    millis,
};
use crate::model::{Bydelsnummer, FiksOrgId, IntegrasjonId, Kommunenummer, MeldingId};

/// A key that a caller has used, with what it was used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Brukt {
    pub fingeravtrykk: [u8; 32],
    pub melding: MeldingId,
}

/// Looks up a key that has not run out.
pub async fn find_nokkel(
    conn: &impl Conn,
    integrasjon: IntegrasjonId,
    nokkel: &str,
    now: Timestamp,
) -> Result<Option<Brukt>, StoreError> {
    idempotens::Entity::find_by_id((integrasjon.0, nokkel.to_owned()))
        .filter(idempotens::Column::Utloper.gt(millis(now)))
        .one(conn.raw())
        .await?
        .map(|row| Ok(Brukt { fingeravtrykk: digest(&row.fingeravtrykk)?, melding: MeldingId(row.melding_id) }))
        .transpose()
}

/// Takes a key for a report. `None` when it was free or had run out; otherwise what it is already used for. Two nodes
/// that try at the same time wait for each other on the row.
pub async fn claim_nokkel(
    tx: &Tx,
    integrasjon: IntegrasjonId,
    nokkel: &str,
    brukt: Brukt,
    now: Timestamp,
    utloper: Timestamp,
) -> Result<Option<Brukt>, StoreError> {
    let row = idempotens::ActiveModel {
        integrasjon_id: Set(integrasjon.0),
        nokkel: Set(nokkel.to_owned()),
        fingeravtrykk: Set(brukt.fingeravtrykk.to_vec()),
        melding_id: Set(brukt.melding.0),
        utloper: Set(millis(utloper)),
    };
    use idempotens::Column as C;
    let mut claim = OnConflict::columns([C::IntegrasjonId, C::Nokkel]);
    claim
        .update_columns([C::Fingeravtrykk, C::MeldingId, C::Utloper])
        .action_and_where(Expr::col((idempotens::Entity, C::Utloper)).lte(millis(now)));
    let taken = idempotens::Entity::insert(row).on_conflict(claim).exec_without_returning(&tx.0).await?;
    if taken == 1 {
        return Ok(None);
    }
    find_nokkel(tx, integrasjon, nokkel, now).await
}

/// Lets a key that was just claimed lead to another report.
pub async fn point_nokkel(
    tx: &Tx,
    integrasjon: IntegrasjonId,
    nokkel: &str,
    melding: MeldingId,
) -> Result<(), StoreError> {
    idempotens::Entity::update_many()
        .col_expr(idempotens::Column::MeldingId, Expr::value(melding.0))
        .filter(idempotens::Column::IntegrasjonId.eq(integrasjon.0))
        .filter(idempotens::Column::Nokkel.eq(nokkel))
        .exec(&tx.0)
        .await?;
    Ok(())
}

/// Where an envelope was sent from and to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sending {
    pub avsender: FiksOrgId,
    pub kommunenummer: Kommunenummer,
    pub bydelsnummer: Bydelsnummer,
    /// Of what makes two sends the same: SHA-256 of the envelope, or a keyed digest of a report that came in the clear.
    pub digest: [u8; 32],
}

/// Notes that an envelope belongs to a report. `None` when it is new or its note had run out; otherwise the report
/// that the same envelope from the same sender to the same office already became.
pub async fn claim_sending(
    tx: &Tx,
    sending: Sending,
    melding: MeldingId,
    now: Timestamp,
    utloper: Timestamp,
) -> Result<Option<MeldingId>, StoreError> {
    use duplikatvern::Column as C;
    let row = duplikatvern::ActiveModel {
        avsender_id: Set(sending.avsender.0),
        kommunenummer: Set(sending.kommunenummer.to_string()),
        bydelsnummer: Set(sending.bydelsnummer.to_string()),
        digest: Set(sending.digest.to_vec()),
        melding_id: Set(melding.0),
        utloper: Set(millis(utloper)),
    };
    let mut claim = OnConflict::columns([C::AvsenderId, C::Kommunenummer, C::Bydelsnummer, C::Digest]);
    claim
        .update_columns([C::MeldingId, C::Utloper])
        .action_and_where(Expr::col((duplikatvern::Entity, C::Utloper)).lte(millis(now)));
    let taken = duplikatvern::Entity::insert(row).on_conflict(claim).exec_without_returning(&tx.0).await?;
    if taken == 1 {
        return Ok(None);
    }
    find_sending(tx, sending, now).await?.map(Some).ok_or(StoreError::Conflict)
}

/// The report that an envelope became, if its note has not run out.
pub async fn find_sending(conn: &impl Conn, sending: Sending, now: Timestamp) -> Result<Option<MeldingId>, StoreError> {
    let key = (
        sending.avsender.0,
        sending.kommunenummer.to_string(),
        sending.bydelsnummer.to_string(),
        sending.digest.to_vec(),
    );
    let found = duplikatvern::Entity::find_by_id(key)
        .filter(duplikatvern::Column::Utloper.gt(millis(now)))
        .one(conn.raw())
        .await?;
    Ok(found.map(|row| MeldingId(row.melding_id)))
}

/// Forgets what has run out.
pub async fn sweep(tx: &Tx, now: Timestamp) -> Result<(), StoreError> {
    idempotens::Entity::delete_many().filter(idempotens::Column::Utloper.lte(millis(now))).exec(&tx.0).await?;
    duplikatvern::Entity::delete_many().filter(duplikatvern::Column::Utloper.lte(millis(now))).exec(&tx.0).await?;
    Ok(())
}
