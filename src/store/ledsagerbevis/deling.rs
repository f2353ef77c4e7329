//! Cards that are shared for a time. Name and number are sealed; rows are found by keyed digests.

use jiff::Timestamp;
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, sea_query::Expr};
use uuid::Uuid;

use crate::{
    model::ledsagerbevis::BevisId,
    store::{Conn, StoreError, Tx, digest, entity::ledsagerbevisdeling as rad, millis, time},
};

/// Somebody whom a card is or was shared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delingsrad {
    pub id: Uuid,
    pub bevis: BevisId,
    /// The row of the owner or guardian who shared it.
    pub gitt_av: Uuid,
    pub navn: Vec<u8>,
    pub telefon: Vec<u8>,
    pub telefon_indeks: [u8; 32],
    pub fra: Timestamp,
    /// When it ends by itself.
    pub utloper: Timestamp,
    /// When it ended before that.
    pub avsluttet: Option<Timestamp>,
}

impl Delingsrad {
    pub fn er_aktiv(&self, now: Timestamp) -> bool {
        self.avsluttet.is_none() && self.utloper > now
    }
}

pub async fn insert(tx: &Tx, new: &Delingsrad) -> Result<(), StoreError> {
    let row = rad::ActiveModel {
        id: Set(new.id),
        bevis_id: Set(new.bevis.0),
        gitt_av: Set(new.gitt_av),
        navn: Set(new.navn.clone()),
        telefon: Set(new.telefon.clone()),
        telefon_indeks: Set(new.telefon_indeks.to_vec()),
        fra: Set(millis(new.fra)),
        utloper: Set(millis(new.utloper)),
        avsluttet: Set(None),
    };
    rad::Entity::insert(row).exec_without_returning(&tx.0).await?;
    Ok(())
}

/// Everybody whom a card is or was shared with, in the order in which they came.
pub async fn av_bevis(conn: &impl Conn, bevis: BevisId) -> Result<Vec<Delingsrad>, StoreError> {
    let query = rad::Entity::find().filter(rad::Column::BevisId.eq(bevis.0));
    let query = query.order_by_asc(rad::Column::Fra).order_by_asc(rad::Column::Id);
    query.all(conn.raw()).await?.into_iter().map(read).collect()
}

/// What somebody on a card has shared, and what still counts.
pub async fn gitt_av(conn: &impl Conn, person: Uuid, now: Timestamp) -> Result<Vec<Delingsrad>, StoreError> {
    let query = rad::Entity::find().filter(rad::Column::GittAv.eq(person)).filter(live(now));
    query.order_by_asc(rad::Column::Id).all(conn.raw()).await?.into_iter().map(read).collect()
}

pub async fn end(tx: &Tx, id: Uuid, at: Timestamp) -> Result<(), StoreError> {
    let update = rad::Entity::update_many()
        .col_expr(rad::Column::Avsluttet, Expr::value(millis(at)))
        .filter(rad::Column::Id.eq(id))
        .filter(rad::Column::Avsluttet.is_null());
    update.exec(&tx.0).await?;
    Ok(())
}

/// Lets the row that takes the place of another one answer for what that one has shared.
pub async fn flytt(tx: &Tx, fra: Uuid, til: Uuid) -> Result<(), StoreError> {
    let update = rad::Entity::update_many()
        .col_expr(rad::Column::GittAv, Expr::value(til))
        .filter(rad::Column::GittAv.eq(fra))
        .filter(rad::Column::Avsluttet.is_null());
    update.exec(&tx.0).await?;
    Ok(())
}

/// What counts at a moment.
pub(super) fn live(now: Timestamp) -> Condition {
    Condition::all().add(rad::Column::Utloper.gt(millis(now))).add(rad::Column::Avsluttet.is_null())
}

fn read(row: rad::Model) -> Result<Delingsrad, StoreError> {
    Ok(Delingsrad {
        id: row.id,
        bevis: BevisId(row.bevis_id),
        gitt_av: row.gitt_av,
        navn: row.navn,
        telefon: row.telefon,
        telefon_indeks: digest(&row.telefon_indeks)?,
        fra: time(row.fra)?,
        utloper: time(row.utloper)?,
        avsluttet: row.avsluttet.map(time).transpose()?,
    })
}
