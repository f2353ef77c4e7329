//! Photos. The bytes are sealed, and whom one shows is a keyed digest.

use jiff::Timestamp;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, sea_query::Expr,
};
use uuid::Uuid;

use crate::{
    model::FiksOrgId,
    store::{
        Conn, StoreError, Tx, digest,
        entity::{ledsagerbevis, ledsagerbevisbilde},
        millis,
    },
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bilderad {
    pub id: Uuid,
    pub organisasjon: FiksOrgId,
    /// Whom it shows; `None` until a card says so.
    pub fnr_indeks: Option<[u8; 32]>,
    pub innhold: Vec<u8>,
}

pub async fn insert(tx: &Tx, new: &Bilderad, now: Timestamp) -> Result<(), StoreError> {
    let row = ledsagerbevisbilde::ActiveModel {
        id: Set(new.id),
        organisasjon_id: Set(new.organisasjon.0),
        fnr_indeks: Set(new.fnr_indeks.map(|digest| digest.to_vec())),
        innhold: Set(new.innhold.clone()),
        opprettet: Set(millis(now)),
    };
    ledsagerbevisbilde::Entity::insert(row).exec_without_returning(&tx.0).await?;
    Ok(())
}

/// One of the photos that were handed in at an organisation.
pub async fn find(conn: &impl Conn, organisasjon: FiksOrgId, id: Uuid) -> Result<Option<Bilderad>, StoreError> {
    use ledsagerbevisbilde::Column as C;
    let query = ledsagerbevisbilde::Entity::find_by_id(id).filter(C::OrganisasjonId.eq(organisasjon.0));
    query.one(conn.raw()).await?.map(read).transpose()
}

/// The newest photo of somebody at an organisation.
pub async fn siste(conn: &impl Conn, organisasjon: FiksOrgId, fnr: [u8; 32]) -> Result<Option<Bilderad>, StoreError> {
    use ledsagerbevisbilde::Column as C;
    let query = ledsagerbevisbilde::Entity::find()
        .filter(C::OrganisasjonId.eq(organisasjon.0))
        .filter(C::FnrIndeks.eq(fnr.to_vec()))
        .order_by_desc(C::Id);
    query.one(conn.raw()).await?.map(read).transpose()
}

/// Says whom a photo shows.
pub async fn set_person(tx: &Tx, id: Uuid, fnr: [u8; 32]) -> Result<(), StoreError> {
    let update = ledsagerbevisbilde::Entity::update_many()
        .col_expr(ledsagerbevisbilde::Column::FnrIndeks, Expr::value(fnr.to_vec()))
        .filter(ledsagerbevisbilde::Column::Id.eq(id));
    update.exec(&tx.0).await?;
    Ok(())
}

/// Removes photos from before a moment that no card shows.
pub async fn sweep(tx: &Tx, before: Timestamp) -> Result<(), StoreError> {
    use ledsagerbevisbilde::Column as C;
    let shown = ledsagerbevis::Entity::find()
        .select_only()
        .column(ledsagerbevis::Column::BildeId)
        .filter(ledsagerbevis::Column::BildeId.is_not_null())
        .into_query();
    let unused = ledsagerbevisbilde::Entity::delete_many()
        .filter(C::Opprettet.lt(millis(before)))
        .filter(C::Id.not_in_subquery(shown));
    unused.exec(&tx.0).await?;
    Ok(())
}

fn read(row: ledsagerbevisbilde::Model) -> Result<Bilderad, StoreError> {
    Ok(Bilderad {
        id: row.id,
        organisasjon: FiksOrgId(row.organisasjon_id),
        fnr_indeks: row.fnr_indeks.as_deref().map(digest).transpose()?,
        innhold: row.innhold,
    })
}
