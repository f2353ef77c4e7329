//! What there may be to warn of. One query a kind, for all offices or for one; each reads what is on its way by an
//! index and never what has been delivered.

use jiff::Timestamp;
use sea_orm::{
    ColumnTrait, EntityTrait, JoinType, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, RelationDef,
    Select,
    sea_query::{Expr, ExprTrait},
};
use uuid::Uuid;

use super::{
    Conn, StoreError,
    entity::{bydel, hendelse, melding, nokkel},
    millis, parse, time,
};
use crate::model::{MeldingId, RessursId, melding::Tilstand, nokkel::Nokkel};

/// What waits for an office.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ventende {
    pub bydel: RessursId,
    pub antall: u64,
    /// When the one that has waited longest could first be fetched.
    pub eldste: Timestamp,
    /// The same of the one that has waited shortest.
    pub nyeste: Timestamp,
    /// The nearest deadline; `None` when none is noted yet.
    pub frist: Option<Timestamp>,
}

/// A report that went to print, with what happened to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brevforlop {
    pub melding: MeldingId,
    pub bydel: RessursId,
    /// Number, time and state of each event, oldest first.
    pub hendelser: Vec<(i32, Timestamp, Tilstand)>,
}

/// A report that could not be printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Avvist {
    pub bydel: RessursId,
    pub melding: MeldingId,
    /// The number of the event that tells so.
    pub nr: i32,
}

/// The current certificate of an office, or of the print supplier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gjeldende {
    pub nokkel: Nokkel,
    /// `None`: the print supplier.
    pub bydel: Option<RessursId>,
    /// Whether the office takes new reports.
    pub aktiv: bool,
}

/// Reports that could be fetched at `senest` and still wait, by office.
pub async fn ventende(
    conn: &impl Conn,
    bydel: Option<RessursId>,
    senest: Timestamp,
) -> Result<Vec<Ventende>, StoreError> {
    let handed_over = Tilstand::SendtFagsystem.as_str();
    let rows: Vec<(Uuid, i64, i64, i64, Option<i64>)> = i_tilstand(&[Tilstand::SendtFagsystem], bydel)
        .select_only()
        .column(melding::Column::RessursId)
        .column_as(Expr::col((melding::Entity, melding::Column::Id)).count_distinct(), "antall")
        .column_as(hendelse::Column::Tidspunkt.min(), "eldste")
        .column_as(hendelse::Column::Tidspunkt.max(), "nyeste")
        .column_as(melding::Column::Frist.min(), "frist")
        .join(JoinType::InnerJoin, hendelser())
        .filter(hendelse::Column::Tilstand.eq(handed_over))
        .filter(hendelse::Column::Tidspunkt.lte(millis(senest)))
        .group_by(melding::Column::RessursId)
        .into_tuple()
        .all(conn.raw())
        .await?;
    rows.into_iter()
        .map(|(bydel, antall, eldste, nyeste, frist)| {
            Ok(Ventende {
                bydel: RessursId(bydel),
                antall: antall.unsigned_abs(),
                eldste: time(eldste)?,
                nyeste: time(nyeste)?,
                frist: frist.map(time).transpose()?,
            })
        })
        .collect()
}

/// How many reports wait with a deadline after `etter`, and at `til` at the latest, by office.
pub async fn med_frist(
    conn: &impl Conn,
    bydel: Option<RessursId>,
    etter: Timestamp,
    til: Timestamp,
) -> Result<Vec<(RessursId, u64)>, StoreError> {
    let rows: Vec<(Uuid, i64)> = i_tilstand(&[Tilstand::SendtFagsystem], bydel)
        .select_only()
        .column(melding::Column::RessursId)
        .column_as(melding::Column::Id.count(), "antall")
        .filter(melding::Column::Frist.gt(millis(etter)))
        .filter(melding::Column::Frist.lte(millis(til)))
        .group_by(melding::Column::RessursId)
        .into_tuple()
        .all(conn.raw())
        .await?;
    Ok(rows.into_iter().map(|(bydel, antall)| (RessursId(bydel), antall.unsigned_abs())).collect())
}

/// Reports that went to print after `etter` and have not come back from there.
pub async fn brev(conn: &impl Conn, bydel: Option<RessursId>, etter: Timestamp) -> Result<Vec<Brevforlop>, StoreError> {
    // The state is written out and no parameter, or neither database uses the index that holds these events only.
    let printed = Expr::col((hendelse::Entity, hendelse::Column::Tilstand))
        .eq(Expr::Constant(Tilstand::SendtPrint.as_str().into()));
    let lately = hendelse::Entity::find()
        .select_only()
        .column(hendelse::Column::MeldingId)
        .filter(printed)
        .filter(hendelse::Column::Tidspunkt.gt(millis(etter)))
        .into_query();
    let rows: Vec<(Uuid, Uuid, i32, i64, String)> = i_tilstand(&[Tilstand::SendtPrint, Tilstand::Levert], bydel)
        .select_only()
        .column(melding::Column::Id)
        .column(melding::Column::RessursId)
        .column(hendelse::Column::Nr)
        .column(hendelse::Column::Tidspunkt)
        .column_as(hendelse::Column::Tilstand, "hendt")
        .join(JoinType::InnerJoin, hendelser())
        .filter(melding::Column::Id.in_subquery(lately))
        .order_by_asc(melding::Column::Id)
        .order_by_asc(hendelse::Column::Nr)
        .into_tuple()
        .all(conn.raw())
        .await?;
    let mut found: Vec<Brevforlop> = Vec::new();
    for (id, bydel, nr, tidspunkt, tilstand) in rows {
        let event = (nr, time(tidspunkt)?, parse(&tilstand, "tilstand")?);
        match found.last_mut() {
            Some(last) if last.melding.0 == id => last.hendelser.push(event),
            _ => {
                found.push(Brevforlop { melding: MeldingId(id), bydel: RessursId(bydel), hendelser: vec![event] });
            }
        }
    }
    Ok(found)
}

/// Reports that lie still because they could not be printed.
pub async fn avviste(conn: &impl Conn, bydel: Option<RessursId>) -> Result<Vec<Avvist>, StoreError> {
    let rows: Vec<(Uuid, Uuid, i32)> = i_tilstand(&[Tilstand::AvvistPrint], bydel)
        .select_only()
        .column(melding::Column::RessursId)
        .column(melding::Column::Id)
        .column_as(hendelse::Column::Nr.max(), "nr")
        .join(JoinType::InnerJoin, hendelser())
        .filter(hendelse::Column::Tilstand.eq(Tilstand::AvvistPrint.as_str()))
        .group_by(melding::Column::RessursId)
        .group_by(melding::Column::Id)
        .into_tuple()
        .all(conn.raw())
        .await?;
    let avvist = |(bydel, melding, nr)| Avvist { bydel: RessursId(bydel), melding: MeldingId(melding), nr };
    Ok(rows.into_iter().map(avvist).collect())
}

/// Every current certificate.
pub async fn sertifikater(conn: &impl Conn) -> Result<Vec<Gjeldende>, StoreError> {
    let office: RelationDef = nokkel::Entity::belongs_to(bydel::Entity)
        .from((nokkel::Column::Kommunenummer, nokkel::Column::Bydelsnummer))
        .to((bydel::Column::Kommunenummer, bydel::Column::Bydelsnummer))
        .into();
    let rows = nokkel::Entity::find()
        .join(JoinType::LeftJoin, office)
        .select_also(bydel::Entity)
        .filter(nokkel::Column::Avlost.is_null())
        .all(conn.raw())
        .await?;
    let current = rows.into_iter().filter(|(key, office)| key.kommunenummer.is_none() || office.is_some());
    current
        .map(|(key, office)| {
            let aktiv = office.as_ref().is_none_or(|office| office.aktiv);
            let bydel = office.map(|office| RessursId(office.ressurs_id));
            Ok(Gjeldende { nokkel: super::nokkel::read(key)?, bydel, aktiv })
        })
        .collect()
}

/// Whether no newer certificate has taken this one's place.
pub async fn er_gjeldende(conn: &impl Conn, nokkel: Uuid) -> Result<bool, StoreError> {
    let query = nokkel::Entity::find_by_id(nokkel).filter(nokkel::Column::Avlost.is_null());
    Ok(query.count(conn.raw()).await? > 0)
}

/// How many reports are in one of the states: an office's that were sealed to one certificate, or everybody's.
pub async fn antall(
    conn: &impl Conn,
    tilstander: &[Tilstand],
    sertifikat: Option<(RessursId, &str)>,
) -> Result<u64, StoreError> {
    let mut query = i_tilstand(tilstander, sertifikat.map(|(bydel, _)| bydel));
    if let Some((_, serienummer)) = sertifikat {
        query = query.filter(melding::Column::Sertifikat.eq(serienummer));
    }
    Ok(query.count(conn.raw()).await?)
}

fn i_tilstand(tilstander: &[Tilstand], bydel: Option<RessursId>) -> Select<melding::Entity> {
    let query = melding::Entity::find().filter(melding::Column::Tilstand.is_in(tilstander.iter().map(|t| t.as_str())));
    match bydel {
        Some(bydel) => query.filter(melding::Column::RessursId.eq(bydel.0)),
        None => query,
    }
}

fn hendelser() -> RelationDef {
    melding::Entity::belongs_to(hendelse::Entity).from(melding::Column::Id).to(hendelse::Column::MeldingId).into()
}
