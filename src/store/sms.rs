//! Text messages that are to be sent. A row goes when its message was sent or given up; rows are leased (`store::lease`).

use jiff::Timestamp;
use sea_orm::{ActiveValue::Set, Condition, EntityTrait};
use uuid::Uuid;

use super::{Conn, StoreError, Tx, entity::sms, lease, millis, parse, time};
use crate::model::ledsagerbevis::{BevisId, Smsslag};

/// A message on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Smsrad {
    pub id: Uuid,
    pub slag: Smsslag,
    /// The card that it tells of, and who on it is told.
    pub om: Option<(BevisId, Uuid)>,
    /// Number and text, sealed.
    pub innhold: Vec<u8>,
    pub planlagt: Timestamp,
}

/// A message that this worker has leased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Smsleie {
    pub rad: Smsrad,
    /// How often it has been leased, this time included.
    pub forsok: u32,
    pub leie: Uuid,
}

pub async fn insert(tx: &Tx, new: &Smsrad) -> Result<(), StoreError> {
    let row = sms::ActiveModel {
        id: Set(new.id),
        slag: Set(new.slag.as_str().to_owned()),
        bevis_id: Set(new.om.map(|(bevis, _)| bevis.0)),
        person_id: Set(new.om.map(|(_, person)| person)),
        innhold: Set(new.innhold.clone()),
        planlagt: Set(millis(new.planlagt)),
        tidligst: Set(millis(new.planlagt)),
        forsok: Set(0),
        leie_merke: Set(None),
        leie_utloper: Set(None),
    };
    sms::Entity::insert(row).exec_without_returning(&tx.0).await?;
    Ok(())
}

/// Leases up to `antall` messages that are due: two workers never get the same one.
pub async fn claim(
    tx: &Tx,
    leie: Uuid,
    now: Timestamp,
    until: Timestamp,
    antall: u64,
) -> Result<Vec<Smsleie>, StoreError> {
    let rows = lease::claim::<sms::Entity>(tx, Condition::all(), leie, now, until, antall).await?;
    rows.into_iter().map(|row| read(row, leie)).collect()
}

/// Ends a message and forgets it. False when the lease is no longer ours.
pub async fn finish(tx: &Tx, leie: &Smsleie) -> Result<bool, StoreError> {
    lease::finish::<sms::Entity>(tx, leie.rad.id, leie.leie).await
}

/// Gives a message back, to be tried again at `tidligst`.
pub async fn retry(tx: &Tx, leie: &Smsleie, tidligst: Timestamp) -> Result<bool, StoreError> {
    lease::retry::<sms::Entity>(tx, leie.rad.id, leie.leie, tidligst).await
}

/// When the next message is due; `None` when there is none.
pub async fn next_due(conn: &impl Conn) -> Result<Option<Timestamp>, StoreError> {
    lease::next_due::<sms::Entity>(conn, Condition::all()).await
}

fn read(row: sms::Model, leie: Uuid) -> Result<Smsleie, StoreError> {
    Ok(Smsleie {
        rad: Smsrad {
            id: row.id,
            slag: parse(&row.slag, "sms.slag")?,
            om: row.bevis_id.map(BevisId).zip(row.person_id),
            innhold: row.innhold,
            planlagt: time(row.planlagt)?,
        },
        forsok: row.forsok.unsigned_abs(),
        leie,
    })
}
