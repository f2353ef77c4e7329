//! Who uses which version: how often each integration called each operation on each day, and who wants to be told by
//! e-mail when a version is to stop. No row says whom a call was about.

use jiff::{Timestamp, civil::Date};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, ExprTrait, OnConflict},
};
use uuid::Uuid;

use super::{
    Conn, StoreError, Tx,
    entity::{bruk, bruksvarsel, integrasjon},
    millis, parse, time,
};
use crate::model::{FiksOrgId, IntegrasjonId, kommune::Malform};

/// Calls of one operation on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brukstall {
    pub integrasjon: IntegrasjonId,
    /// The service with its major version, such as `bekymringsmelding-v1`.
    pub versjon: String,
    /// The operation's name.
    pub operasjon: String,
    /// A Norwegian day.
    pub dag: Date,
    pub antall: u64,
    pub siste_kall: Timestamp,
}

/// Where an integration wants to be told of its versions' end.
#[derive(Clone, PartialEq, Eq)]
pub struct Bruksvarsel {
    pub integrasjon: IntegrasjonId,
    pub epost: String,
    pub malform: Malform,
    pub bestilt: Timestamp,
}

/// Without the address.
impl std::fmt::Debug for Bruksvarsel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bruksvarsel").field("integrasjon", &self.integrasjon).finish_non_exhaustive()
    }
}

/// Rows in one statement: within what both databases take as parameters.
const ROWS: usize = 1000;

/// Adds to what is there. Give them in one order: two nodes that write at the same time then wait for each other and do
/// not stand in each other's way.
pub async fn add(tx: &Tx, calls: &[Brukstall]) -> Result<(), StoreError> {
    use bruk::Column as C;
    let latest = "CASE WHEN excluded.siste_kall > bruk.siste_kall THEN excluded.siste_kall ELSE bruk.siste_kall END";
    let to_those = OnConflict::columns([C::IntegrasjonId, C::Versjon, C::Operasjon, C::Dag])
        .value(C::Antall, Expr::cust("bruk.antall + excluded.antall"))
        .value(C::SisteKall, Expr::cust(latest))
        .to_owned();
    for calls in calls.chunks(ROWS) {
        let rows = calls.iter().map(|one| bruk::ActiveModel {
            integrasjon_id: Set(one.integrasjon.0),
            versjon: Set(one.versjon.clone()),
            operasjon: Set(one.operasjon.clone()),
            dag: Set(one.dag.to_string()),
            antall: Set(i64::try_from(one.antall).unwrap_or(i64::MAX)),
            siste_kall: Set(millis(one.siste_kall)),
        });
        bruk::Entity::insert_many(rows).on_conflict(to_those.clone()).exec_without_returning(&tx.0).await?;
    }
    Ok(())
}

/// What these integrations have used since a day, by integration, version, operation and day.
pub async fn les(
    conn: &impl Conn,
    integrasjoner: &[IntegrasjonId],
    versjon: Option<&str>,
    fra: Date,
) -> Result<Vec<Brukstall>, StoreError> {
    use bruk::Column as C;
    let rows = since(versjon, fra)
        .filter(C::IntegrasjonId.is_in(integrasjoner.iter().map(|id| id.0)))
        .order_by_asc(C::IntegrasjonId)
        .order_by_asc(C::Versjon)
        .order_by_asc(C::Operasjon)
        .order_by_asc(C::Dag)
        .all(conn.raw())
        .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Brukstall {
                integrasjon: IntegrasjonId(row.integrasjon_id),
                versjon: row.versjon,
                operasjon: row.operasjon,
                dag: parse(&row.dag, "bruk.dag")?,
                antall: row.antall.unsigned_abs(),
                siste_kall: time(row.siste_kall)?,
            })
        })
        .collect()
}

/// The integrations that have used anything since a day, in the order of their ids, with name and owner; and how many
/// there are in all. `eiere` are the organisations whose integrations count; `None`: everyone's.
pub async fn brukere(
    conn: &impl Conn,
    eiere: Option<&[FiksOrgId]>,
    versjon: Option<&str>,
    fra: Date,
    hopp: u64,
    antall: u64,
) -> Result<(u64, Vec<(IntegrasjonId, String, FiksOrgId)>), StoreError> {
    use integrasjon::Column as C;
    let used = since(versjon, fra).select_only().column(bruk::Column::IntegrasjonId).into_query();
    let mut users = integrasjon::Entity::find().filter(C::Id.in_subquery(used));
    if let Some(eiere) = eiere {
        users = users.filter(C::OrganisasjonId.is_in(eiere.iter().map(|id| id.0)));
    }
    let total = users.clone().count(conn.raw()).await?;
    let rows = users.order_by_asc(C::Id).offset(hopp).limit(antall).all(conn.raw()).await?;
    let named = rows.into_iter().map(|row| (IntegrasjonId(row.id), row.navn, FiksOrgId(row.organisasjon_id)));
    Ok((total, named.collect()))
}

fn since(versjon: Option<&str>, fra: Date) -> Select<bruk::Entity> {
    let rows = bruk::Entity::find().filter(bruk::Column::Dag.gte(fra.to_string()));
    match versjon {
        Some(versjon) => rows.filter(bruk::Column::Versjon.eq(versjon)),
        None => rows,
    }
}

/// When an integration last called a version, if it has within what is kept.
pub async fn siste_kall(
    conn: &impl Conn,
    integrasjon: IntegrasjonId,
    versjon: &str,
) -> Result<Option<Timestamp>, StoreError> {
    let latest: Option<Option<i64>> = bruk::Entity::find()
        .select_only()
        .column_as(Expr::col(bruk::Column::SisteKall).max(), "siste")
        .filter(bruk::Column::IntegrasjonId.eq(integrasjon.0))
        .filter(bruk::Column::Versjon.eq(versjon))
        .into_tuple()
        .one(conn.raw())
        .await?;
    latest.flatten().map(time).transpose()
}

/// Removes what was counted before a day.
pub async fn sweep(tx: &Tx, before: Date) -> Result<(), StoreError> {
    bruk::Entity::delete_many().filter(bruk::Column::Dag.lt(before.to_string())).exec(&tx.0).await?;
    Ok(())
}

/// Writes down where an integration wants to be told, in the place of what it wanted before.
pub async fn bestill(tx: &Tx, new: &Bruksvarsel) -> Result<(), StoreError> {
    use bruksvarsel::Column as C;
    let row = bruksvarsel::ActiveModel {
        integrasjon_id: Set(new.integrasjon.0),
        epost: Set(new.epost.clone()),
        malform: Set(new.malform.as_str().to_owned()),
        bestilt: Set(millis(new.bestilt)),
    };
    let replace = OnConflict::column(C::IntegrasjonId).update_columns([C::Epost, C::Malform, C::Bestilt]).to_owned();
    bruksvarsel::Entity::insert(row).on_conflict(replace).exec_without_returning(&tx.0).await?;
    Ok(())
}

/// Forgets the address. False when there is none.
pub async fn avbestill(tx: &Tx, integrasjon: IntegrasjonId) -> Result<bool, StoreError> {
    Ok(bruksvarsel::Entity::delete_by_id(integrasjon.0).exec(&tx.0).await?.rows_affected == 1)
}

/// Where an integration wants to be told; and its name.
pub async fn bestilling(
    conn: &impl Conn,
    integrasjon: IntegrasjonId,
) -> Result<Option<(Bruksvarsel, String)>, StoreError> {
    let Some(row) = bruksvarsel::Entity::find_by_id(integrasjon.0).one(conn.raw()).await? else { return Ok(None) };
    let navn = integrasjon::Entity::find_by_id(integrasjon.0).one(conn.raw()).await?.map(|row| row.navn);
    Ok(Some((read(row)?, navn.unwrap_or_default())))
}

/// Those that want to be told, and have called a version since a moment, each with its latest call.
pub async fn bestillinger(
    conn: &impl Conn,
    versjon: &str,
    siden: Timestamp,
) -> Result<Vec<(Bruksvarsel, Timestamp)>, StoreError> {
    let ordered = bruksvarsel::Entity::find().select_only().column(bruksvarsel::Column::IntegrasjonId).into_query();
    let users: Vec<(Uuid, i64)> = bruk::Entity::find()
        .select_only()
        .column(bruk::Column::IntegrasjonId)
        .column_as(Expr::col(bruk::Column::SisteKall).max(), "siste")
        .filter(bruk::Column::Versjon.eq(versjon))
        .filter(bruk::Column::SisteKall.gte(millis(siden)))
        .filter(bruk::Column::IntegrasjonId.in_subquery(ordered))
        .group_by(bruk::Column::IntegrasjonId)
        .order_by_asc(bruk::Column::IntegrasjonId)
        .into_tuple()
        .all(conn.raw())
        .await?;
    let mut found = Vec::new();
    for (integrasjon, siste) in users {
        if let Some((bestilling, _)) = bestilling(conn, IntegrasjonId(integrasjon)).await? {
            found.push((bestilling, time(siste)?));
        }
    }
    Ok(found)
}

fn read(row: bruksvarsel::Model) -> Result<Bruksvarsel, StoreError> {
    Ok(Bruksvarsel {
        integrasjon: IntegrasjonId(row.integrasjon_id),
        epost: row.epost,
        malform: parse(&row.malform, "bruksvarsel.malform")?,
        bestilt: time(row.bestilt)?,
    })
}
