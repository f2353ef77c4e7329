//! Organisations, municipalities and their offices.

use jiff::Timestamp;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{LockType, OnConflict},
};

use super::{
    Conn, StoreError, Tx,
    entity::{bydel, kommune, organisasjon},
    from_json, millis, parse, time, to_json,
};
use crate::model::{
    Bydelsnummer, FiksOrgId, IntegrasjonId, Kommunenummer, KontoId, RessursId,
    kommune::{Bydel, Etterfolger, Kommune, Konto, Organisasjon, SvarinnKonto},
};

/// Those of the organisations that exist, in no order.
pub async fn organisasjoner(
    conn: &impl Conn,
    ids: impl IntoIterator<Item = FiksOrgId>,
) -> Result<Vec<Organisasjon>, StoreError> {
    let ids = ids.into_iter().map(|id| id.0);
    let rows = organisasjon::Entity::find().filter(organisasjon::Column::Id.is_in(ids)).all(conn.raw()).await?;
    rows.into_iter().map(read_organisasjon).collect()
}

/// Municipalities with at least one active office, by number.
pub async fn aktive(conn: &impl Conn) -> Result<Vec<Kommune>, StoreError> {
    let active = bydel::Entity::find().filter(bydel::Column::Aktiv.eq(true)).all(conn.raw()).await?;
    let numbers = active.into_iter().map(|row| row.kommunenummer);
    kommune::Entity::find()
        .filter(kommune::Column::Kommunenummer.is_in(numbers))
        .order_by_asc(kommune::Column::Kommunenummer)
        .all(conn.raw())
        .await?
        .into_iter()
        .map(read_kommune)
        .collect()
}

pub async fn kommune(conn: &impl Conn, nummer: Kommunenummer) -> Result<Option<Kommune>, StoreError> {
    kommune::Entity::find_by_id(nummer.as_str()).one(conn.raw()).await?.map(read_kommune).transpose()
}

/// The active offices of a municipality, by number.
pub async fn bydeler(conn: &impl Conn, nummer: Kommunenummer) -> Result<Vec<Bydel>, StoreError> {
    bydel::Entity::find()
        .filter(bydel::Column::Kommunenummer.eq(nummer.as_str()))
        .filter(bydel::Column::Aktiv.eq(true))
        .order_by_asc(bydel::Column::Bydelsnummer)
        .all(conn.raw())
        .await?
        .into_iter()
        .map(read_bydel)
        .collect()
}

/// One office, active or not.
pub async fn bydel(
    conn: &impl Conn,
    kommune: Kommunenummer,
    nummer: Bydelsnummer,
) -> Result<Option<Bydel>, StoreError> {
    let key = (kommune.as_str().to_owned(), nummer.as_str().to_owned());
    bydel::Entity::find_by_id(key).one(conn.raw()).await?.map(read_bydel).transpose()
}

/// One office, active or not, with its municipality.
pub async fn bydel_med_kommune(
    conn: &impl Conn,
    kommune: Kommunenummer,
    nummer: Bydelsnummer,
) -> Result<Option<(Bydel, Kommune)>, StoreError> {
    let key = (kommune.as_str().to_owned(), nummer.as_str().to_owned());
    let found = bydel::Entity::find_by_id(key).find_also_related(kommune::Entity).one(conn.raw()).await?;
    let Some((bydel, kommune)) = found else { return Ok(None) };
    let kommune = kommune.ok_or_else(|| StoreError::corrupt("an office without a municipality"))?;
    Ok(Some((read_bydel(bydel)?, read_kommune(kommune)?)))
}

/// One office, active or not, by its own id.
pub async fn bydel_med_id(conn: &impl Conn, id: RessursId) -> Result<Option<Bydel>, StoreError> {
    bydel::Entity::find().filter(bydel::Column::RessursId.eq(id.0)).one(conn.raw()).await?.map(read_bydel).transpose()
}

/// The office, active or not, whose account it is.
pub async fn bydel_med_konto(conn: &impl Conn, id: KontoId) -> Result<Option<Bydel>, StoreError> {
    bydel::Entity::find().filter(bydel::Column::KontoId.eq(id.0)).one(conn.raw()).await?.map(read_bydel).transpose()
}

/// The office, active or not, that has this access to the SvarInn look-alike.
pub async fn bydel_med_svarinn(conn: &impl Conn, id: IntegrasjonId) -> Result<Option<Bydel>, StoreError> {
    let query = bydel::Entity::find().filter(bydel::Column::SvarinnIntegrasjonId.eq(id.0));
    query.one(conn.raw()).await?.map(read_bydel).transpose()
}

/// The offices of every municipality that has a successor at `now`, active or not.
pub async fn avloste_bydeler(conn: &impl Conn, now: Timestamp) -> Result<Vec<Bydel>, StoreError> {
    use kommune::Column as C;
    let merged = kommune::Entity::find()
        .select_only()
        .column(C::Kommunenummer)
        .filter(C::Etterfolger.is_not_null())
        .filter(C::EtterfolgerFra.lte(millis(now)))
        .into_query();
    let offices = bydel::Entity::find().filter(bydel::Column::Kommunenummer.in_subquery(merged));
    offices.all(conn.raw()).await?.into_iter().map(read_bydel).collect()
}

/// Keeps others who lock the organisation waiting until the transaction ends; false when there is none. Reports go on
/// coming in meanwhile. (SQLite has one writer, so there is nothing to lock.)
pub async fn lock_organisasjon(tx: &Tx, id: FiksOrgId) -> Result<bool, StoreError> {
    let query = organisasjon::Entity::find_by_id(id.0).lock(LockType::NoKeyUpdate);
    Ok(query.one(&tx.0).await?.is_some())
}

/// Those of the offices that exist, active or not, in no order.
pub async fn bydeler_med_id(
    conn: &impl Conn,
    ids: impl IntoIterator<Item = RessursId>,
) -> Result<Vec<Bydel>, StoreError> {
    let ids = ids.into_iter().map(|id| id.0);
    let rows = bydel::Entity::find().filter(bydel::Column::RessursId.is_in(ids)).all(conn.raw()).await?;
    rows.into_iter().map(read_bydel).collect()
}

/// Like [`bydel_med_id`], and keeps others from changing the office until the transaction ends. (SQLite has one writer,
/// so there is nothing to lock.)
pub async fn lock_bydel(tx: &Tx, id: RessursId) -> Result<Option<Bydel>, StoreError> {
    let query = bydel::Entity::find().filter(bydel::Column::RessursId.eq(id.0)).lock_exclusive();
    query.one(&tx.0).await?.map(read_bydel).transpose()
}

pub async fn save_organisasjon(tx: &Tx, new: &Organisasjon) -> Result<(), StoreError> {
    let row = organisasjon::ActiveModel {
        id: Set(new.id.0),
        organisasjonsnummer: Set(new.organisasjonsnummer.to_string()),
        navn: Set(new.navn.clone()),
    };
    let update = OnConflict::column(organisasjon::Column::Id)
        .update_columns([organisasjon::Column::Organisasjonsnummer, organisasjon::Column::Navn])
        .to_owned();
    organisasjon::Entity::insert(row).on_conflict(update).exec_without_returning(&tx.0).await?;
    Ok(())
}

pub async fn save_kommune(tx: &Tx, new: &Kommune) -> Result<(), StoreError> {
    let row = kommune::ActiveModel {
        kommunenummer: Set(new.kommunenummer.to_string()),
        navn: Set(new.navn.clone()),
        organisasjon_id: Set(new.organisasjon.0),
        etterfolger: Set(new.etterfolger.map(|next| next.kommunenummer.to_string())),
        etterfolger_fra: Set(new.etterfolger.map(|next| millis(next.fra))),
    };
    let update = OnConflict::column(kommune::Column::Kommunenummer)
        .update_columns([
            kommune::Column::Navn,
            kommune::Column::OrganisasjonId,
            kommune::Column::Etterfolger,
            kommune::Column::EtterfolgerFra,
        ])
        .to_owned();
    kommune::Entity::insert(row).on_conflict(update).exec_without_returning(&tx.0).await?;
    Ok(())
}

/// Registers an office, or changes what an operator's file says about one that is known by its number. Its ids and its
/// account stay what they were; an address or list that the file leaves out stays too.
pub async fn save_bydel(tx: &Tx, new: &Bydel) -> Result<(), StoreError> {
    use bydel::Column as C;
    let row = bydel_row(new)?;
    let mut columns = vec![C::Navn, C::StandardMottaker, C::StottetVersjon, C::Leveringsformat, C::Malform, C::Aktiv];
    columns.extend(new.adresse.is_some().then_some(C::Adresse));
    columns.extend(new.telefon.is_some().then_some(C::Telefon));
    columns.extend((!new.eposter.is_empty()).then_some(C::Eposter));
    columns.extend((!new.varsel_eposter.is_empty()).then_some(C::VarselEposter));
    let update = OnConflict::columns([C::Kommunenummer, C::Bydelsnummer]).update_columns(columns).to_owned();
    bydel::Entity::insert(row).on_conflict(update).exec_without_returning(&tx.0).await?;
    Ok(())
}

pub(super) fn bydel_row(new: &Bydel) -> Result<bydel::ActiveModel, StoreError> {
    Ok(bydel::ActiveModel {
        kommunenummer: Set(new.kommunenummer.to_string()),
        bydelsnummer: Set(new.bydelsnummer.to_string()),
        navn: Set(new.navn.clone()),
        standard_mottaker: Set(new.standard_mottaker),
        stottet_versjon: Set(new.stottet_versjon.to_string()),
        leveringsformat: Set(new.leveringsformat.to_string()),
        malform: Set(new.malform.as_str().to_owned()),
        aktiv: Set(new.aktiv),
        ressurs_id: Set(new.id.0),
        konto_id: Set(new.konto.id.0),
        fagsystem: Set(new.konto.fagsystem.as_str().to_owned()),
        kanal: Set(new.konto.kanal.to_string()),
        svarinn_integrasjon_id: Set(new.konto.svarinn.map(|konto| konto.integrasjon.0)),
        svarinn_orgnr: Set(new.konto.svarinn.and_then(|konto| konto.organisasjonsnummer).map(|nr| nr.to_string())),
        adresse: Set(new.adresse.as_ref().map(to_json).transpose()?),
        telefon: Set(new.telefon.clone()),
        eposter: Set(to_json(&new.eposter)?),
        varsel_eposter: Set(to_json(&new.varsel_eposter)?),
    })
}

fn read_organisasjon(row: organisasjon::Model) -> Result<Organisasjon, StoreError> {
    Ok(Organisasjon {
        id: FiksOrgId(row.id),
        organisasjonsnummer: parse(&row.organisasjonsnummer, "organisasjonsnummer")?,
        navn: row.navn,
    })
}

pub(super) fn read_kommune(row: kommune::Model) -> Result<Kommune, StoreError> {
    Ok(Kommune {
        kommunenummer: parse(&row.kommunenummer, "kommunenummer")?,
        navn: row.navn,
        organisasjon: FiksOrgId(row.organisasjon_id),
        etterfolger: match (row.etterfolger, row.etterfolger_fra) {
            (Some(nummer), Some(fra)) => {
                Some(Etterfolger { kommunenummer: parse(&nummer, "etterfolger")?, fra: time(fra)? })
            }
            _ => None,
        },
    })
}

pub(super) fn read_bydel(row: bydel::Model) -> Result<Bydel, StoreError> {
    Ok(Bydel {
        kommunenummer: parse(&row.kommunenummer, "kommunenummer")?,
        bydelsnummer: parse(&row.bydelsnummer, "bydelsnummer")?,
        navn: row.navn,
        standard_mottaker: row.standard_mottaker,
        stottet_versjon: parse(&row.stottet_versjon, "stottet_versjon")?,
        leveringsformat: parse(&row.leveringsformat, "leveringsformat")?,
        malform: parse(&row.malform, "malform")?,
        aktiv: row.aktiv,
        id: RessursId(row.ressurs_id),
        konto: Konto {
            id: KontoId(row.konto_id),
            fagsystem: parse(&row.fagsystem, "fagsystem")?,
            kanal: parse(&row.kanal, "kanal")?,
            svarinn: match row.svarinn_integrasjon_id {
                Some(id) => Some(SvarinnKonto {
                    integrasjon: IntegrasjonId(id),
                    organisasjonsnummer: row.svarinn_orgnr.map(|nr| parse(&nr, "svarinn_orgnr")).transpose()?,
                }),
                None => None,
            },
        },
        adresse: row.adresse.map(|text| from_json(&text, "adresse")).transpose()?,
        telefon: row.telefon,
        eposter: from_json(&row.eposter, "eposter")?,
        varsel_eposter: from_json(&row.varsel_eposter, "varsel_eposter")?,
    })
}
