//! How organisations are set up for companion cards.

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, sea_query::OnConflict};

use super::{
    Conn, StoreError, Tx,
    entity::{ledsagerbevisoppsett as oppsett, svarutkonto},
    from_json, parse, to_json,
};
use crate::model::{
    FiksOrgId, KontoId,
    bevisoppsett::{Kontoer, Organisasjonsoppsett, Svarutkonto},
};

/// The table and its sealed columns: their names are part of what is sealed.
pub const TABELL: &str = "ledsagerbevisoppsett";
pub const EPOST: &str = "epost";
pub const TLF: &str = "tlf";

/// An organisation's set-up; that of one that has said nothing yet too.
pub async fn av(conn: &impl Conn, organisasjon: FiksOrgId) -> Result<Organisasjonsoppsett, StoreError> {
    let row = oppsett::Entity::find_by_id(organisasjon.0).one(conn.raw()).await?;
    row.map_or_else(|| Ok(Organisasjonsoppsett::new(organisasjon)), read)
}

pub async fn save(tx: &Tx, new: &Organisasjonsoppsett) -> Result<(), StoreError> {
    let row = oppsett::ActiveModel {
        organisasjon_id: Set(new.organisasjon.0),
        dokumentlager_konto_id: Set(new.kontoer.map(|kontoer| kontoer.dokumentlager)),
        varsling_konto_id: Set(new.kontoer.map(|kontoer| kontoer.varsling)),
        rolle_id: Set(new.kontoer.map(|kontoer| kontoer.rolle)),
        ressurs_id: Set(new.kontoer.map(|kontoer| kontoer.ressurs)),
        svarut_konto_id: Set(new.svarut.map(|id| id.0)),
        epost: Set(new.epost.clone()),
        tlf: Set(new.tlf.clone()),
        adresse: Set(new.adresse.as_ref().map(to_json).transpose()?),
        utsending_brev: Set(new.utsending.map(|utsending| utsending.as_str().to_owned())),
        sprak: Set(new.sprak.as_str().to_owned()),
    };
    let update = OnConflict::column(oppsett::Column::OrganisasjonId)
        .update_columns([
            oppsett::Column::DokumentlagerKontoId,
            oppsett::Column::VarslingKontoId,
            oppsett::Column::RolleId,
            oppsett::Column::RessursId,
            oppsett::Column::SvarutKontoId,
            oppsett::Column::Epost,
            oppsett::Column::Tlf,
            oppsett::Column::Adresse,
            oppsett::Column::UtsendingBrev,
            oppsett::Column::Sprak,
        ])
        .to_owned();
    oppsett::Entity::insert(row).on_conflict(update).exec_without_returning(&tx.0).await?;
    Ok(())
}

/// An organisation's accounts, active or not, by name.
pub async fn svarutkontoer(conn: &impl Conn, organisasjon: FiksOrgId) -> Result<Vec<Svarutkonto>, StoreError> {
    let query = svarutkonto::Entity::find().filter(svarutkonto::Column::OrganisasjonId.eq(organisasjon.0));
    let query = query.order_by_asc(svarutkonto::Column::Navn).order_by_asc(svarutkonto::Column::Id);
    Ok(query.all(conn.raw()).await?.into_iter().map(read_konto).collect())
}

/// Registers an account, or changes its name and whether it is active. Whose it is stays what it was.
pub async fn save_svarutkonto(tx: &Tx, new: &Svarutkonto) -> Result<(), StoreError> {
    let row = svarutkonto::ActiveModel {
        id: Set(new.id.0),
        organisasjon_id: Set(new.organisasjon.0),
        navn: Set(new.navn.clone()),
        aktiv: Set(new.aktiv),
    };
    let update = OnConflict::column(svarutkonto::Column::Id)
        .update_columns([svarutkonto::Column::Navn, svarutkonto::Column::Aktiv])
        .to_owned();
    svarutkonto::Entity::insert(row).on_conflict(update).exec_without_returning(&tx.0).await?;
    Ok(())
}

fn read(row: oppsett::Model) -> Result<Organisasjonsoppsett, StoreError> {
    let kontoer = match (row.dokumentlager_konto_id, row.varsling_konto_id, row.rolle_id, row.ressurs_id) {
        (Some(dokumentlager), Some(varsling), Some(rolle), Some(ressurs)) => {
            Some(Kontoer { dokumentlager, varsling, rolle, ressurs })
        }
        (None, None, None, None) => None,
        _ => return Err(StoreError::corrupt("ledsagerbevisoppsett")),
    };
    Ok(Organisasjonsoppsett {
        organisasjon: FiksOrgId(row.organisasjon_id),
        kontoer,
        svarut: row.svarut_konto_id.map(KontoId),
        epost: row.epost,
        tlf: row.tlf,
        adresse: row.adresse.map(|text| from_json(&text, "adresse")).transpose()?,
        utsending: row.utsending_brev.map(|text| parse(&text, "utsending_brev")).transpose()?,
        sprak: parse(&row.sprak, "sprak")?,
    })
}

fn read_konto(row: svarutkonto::Model) -> Svarutkonto {
    Svarutkonto { id: KontoId(row.id), organisasjon: FiksOrgId(row.organisasjon_id), navn: row.navn, aktiv: row.aktiv }
}
