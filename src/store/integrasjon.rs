//! Integrations: who may call, with which passwords, and what they may do for whom.

use jiff::Timestamp;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, sea_query::OnConflict};
use uuid::Uuid;

use super::{
    Conn, StoreError, Tx, digest,
    entity::{integrasjon, organisasjon, passord, privilegium},
    millis, parse, time,
};
use crate::model::{
    FiksOrgId, IntegrasjonId,
    integrasjon::{Integrasjon, PassordHash, Privilegium},
};

/// An integration with its passwords and privileges.
pub async fn find(conn: &impl Conn, id: IntegrasjonId) -> Result<Option<Integrasjon>, StoreError> {
    let Some(row) = integrasjon::Entity::find_by_id(id.0).one(conn.raw()).await? else { return Ok(None) };
    let owner = organisasjon::Entity::find_by_id(row.organisasjon_id)
        .one(conn.raw())
        .await?
        .ok_or_else(|| StoreError::corrupt("integrasjon.organisasjon_id"))?;
    let passwords = passord::Entity::find().filter(passord::Column::IntegrasjonId.eq(id.0)).all(conn.raw()).await?;
    let grants =
        privilegium::Entity::find().filter(privilegium::Column::IntegrasjonId.eq(id.0)).all(conn.raw()).await?;
    Ok(Some(Integrasjon {
        id,
        navn: row.navn,
        organisasjon: FiksOrgId(row.organisasjon_id),
        organisasjonsnummer: parse(&owner.organisasjonsnummer, "organisasjonsnummer")?,
        aktiv: row.aktiv,
        passord: passwords
            .into_iter()
            .map(|p| Ok(PassordHash { sha256: digest(&p.sha256)?, utloper: p.utloper.map(time).transpose()? }))
            .collect::<Result<_, StoreError>>()?,
        privilegier: grants
            .into_iter()
            .map(|g| Ok((FiksOrgId(g.organisasjon_id), parse::<Privilegium>(&g.privilegium, "privilegium")?)))
            .collect::<Result<_, StoreError>>()?,
    }))
}

/// What integrations are called.
pub async fn navn(conn: &impl Conn, ids: impl IntoIterator<Item = Uuid>) -> Result<Vec<(Uuid, String)>, StoreError> {
    let query = integrasjon::Entity::find().filter(integrasjon::Column::Id.is_in(ids));
    Ok(query.all(conn.raw()).await?.into_iter().map(|row| (row.id, row.navn)).collect())
}

/// Whether an integration is registered.
pub async fn exists(conn: &impl Conn, id: IntegrasjonId) -> Result<bool, StoreError> {
    Ok(integrasjon::Entity::find_by_id(id.0).one(conn.raw()).await?.is_some())
}

/// Registers an integration or changes its name, owner, state and privileges. Passwords are not touched.
pub async fn save(
    tx: &Tx,
    id: IntegrasjonId,
    organisasjon: FiksOrgId,
    navn: &str,
    aktiv: bool,
    privilegier: &[(FiksOrgId, Privilegium)],
) -> Result<(), StoreError> {
    use integrasjon::Column as C;
    let row = integrasjon::ActiveModel {
        id: Set(id.0),
        organisasjon_id: Set(organisasjon.0),
        navn: Set(navn.to_owned()),
        aktiv: Set(aktiv),
    };
    let update = OnConflict::column(C::Id).update_columns([C::OrganisasjonId, C::Navn, C::Aktiv]).to_owned();
    integrasjon::Entity::insert(row).on_conflict(update).exec_without_returning(&tx.0).await?;
    privilegium::Entity::delete_many().filter(privilegium::Column::IntegrasjonId.eq(id.0)).exec(&tx.0).await?;
    let grants = privilegier.iter().map(|(for_whom, what)| privilegium::ActiveModel {
        integrasjon_id: Set(id.0),
        organisasjon_id: Set(for_whom.0),
        privilegium: Set(what.to_string()),
    });
    if !privilegier.is_empty() {
        privilegium::Entity::insert_many(grants).exec_without_returning(&tx.0).await?;
    }
    Ok(())
}

/// The integrations that hold a privilege for these organisations, each with the one that it is for, in the order of
/// their ids.
pub async fn med_privilegium(
    conn: &impl Conn,
    organisasjoner: &[FiksOrgId],
    privilegium: Privilegium,
) -> Result<Vec<(FiksOrgId, IntegrasjonId)>, StoreError> {
    let rows = privilegium::Entity::find()
        .filter(privilegium::Column::OrganisasjonId.is_in(organisasjoner.iter().map(|id| id.0)))
        .filter(privilegium::Column::Privilegium.eq(privilegium.as_str()))
        .order_by_asc(privilegium::Column::IntegrasjonId)
        .all(conn.raw())
        .await?;
    Ok(rows.into_iter().map(|row| (FiksOrgId(row.organisasjon_id), IntegrasjonId(row.integrasjon_id))).collect())
}

/// Ends the passwords that have been replaced already, whether or not their time is up.
pub async fn drop_former_passwords(tx: &Tx, integrasjon: IntegrasjonId) -> Result<(), StoreError> {
    passord::Entity::delete_many()
        .filter(passord::Column::IntegrasjonId.eq(integrasjon.0))
        .filter(passord::Column::Utloper.is_not_null())
        .exec(&tx.0)
        .await?;
    Ok(())
}

/// Adds a password. Those that were there before stop working at `overlap_until`.
pub async fn add_password(
    tx: &Tx,
    integrasjon: IntegrasjonId,
    id: Uuid,
    sha256: [u8; 32],
    overlap_until: Timestamp,
) -> Result<(), StoreError> {
    passord::Entity::update_many()
        .col_expr(passord::Column::Utloper, sea_orm::sea_query::Expr::value(millis(overlap_until)))
        .filter(passord::Column::IntegrasjonId.eq(integrasjon.0))
        .filter(passord::Column::Utloper.is_null())
        .exec(&tx.0)
        .await?;
    let row = passord::ActiveModel {
        id: Set(id),
        integrasjon_id: Set(integrasjon.0),
        sha256: Set(sha256.to_vec()),
        utloper: Set(None),
    };
    passord::Entity::insert(row).exec_without_returning(&tx.0).await?;
    Ok(())
}
