//! Warnings by e-mail that are to be sent, one row for each address. A row is written once for each mark and kept
//! after it was sent: it is how every node knows what has been told. Rows are leased (`store::lease`).

use jiff::Timestamp;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter,
    sea_query::{Expr, OnConflict},
};
use uuid::Uuid;

use super::{Conn, StoreError, Tx, entity::varsel, lease, millis, parse, time};
use crate::model::{
    RessursId,
    varsel::{Slag, Utfall},
};

/// A warning to one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NyttVarsel {
    pub id: Uuid,
    /// The office that it is about; the nil UUID for the print supplier.
    pub bydel: RessursId,
    pub slag: Slag,
    /// What tells it from every other warning of the kind about the office. At most 128 characters.
    pub merke: String,
    /// `None`: there is nobody to send it to.
    pub til: Option<String>,
    /// What the text is made from, as JSON.
    pub innhold: String,
    pub planlagt: Timestamp,
}

/// A warning that this worker has leased.
#[derive(Clone, PartialEq, Eq)]
pub struct Varselleie {
    pub id: Uuid,
    pub bydel: RessursId,
    pub slag: Slag,
    pub til: String,
    pub innhold: String,
    pub planlagt: Timestamp,
    /// How often it has been leased, this time included.
    pub forsok: u32,
    pub leie: Uuid,
}

/// Without the address.
impl std::fmt::Debug for Varselleie {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Varselleie")
            .field("id", &self.id)
            .field("bydel", &self.bydel)
            .field("slag", &self.slag)
            .field("forsok", &self.forsok)
            .finish_non_exhaustive()
    }
}

/// What has been told before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fortalt {
    pub bydel: RessursId,
    pub planlagt: Timestamp,
    pub merke: String,
    pub innhold: String,
}

/// Writes a warning down. False when there is one with its mark. One to nobody is at its end at once.
pub async fn insert(tx: &Tx, new: &NyttVarsel) -> Result<bool, StoreError> {
    let nobody = new.til.is_none();
    let row = varsel::ActiveModel {
        id: Set(new.id),
        ressurs_id: Set(new.bydel.0),
        slag: Set(new.slag.to_string()),
        merke: Set(new.merke.clone()),
        til: Set(new.til.clone()),
        innhold: Set(new.innhold.clone()),
        planlagt: Set(millis(new.planlagt)),
        tidligst: Set(millis(new.planlagt)),
        forsok: Set(0),
        leie_merke: Set(None),
        leie_utloper: Set(None),
        ferdig: Set(nobody.then(|| millis(new.planlagt))),
        utfall: Set(nobody.then(|| Utfall::UtenMottaker.to_string())),
    };
    use varsel::Column as C;
    let known = OnConflict::columns([C::RessursId, C::Slag, C::Merke]).do_nothing().to_owned();
    Ok(varsel::Entity::insert(row).on_conflict(known).exec_without_returning(&tx.0).await? == 1)
}

/// What these offices have been told of one kind since a moment.
pub async fn fortalt(
    conn: &impl Conn,
    slag: Slag,
    bydeler: impl IntoIterator<Item = RessursId>,
    siden: Timestamp,
) -> Result<Vec<Fortalt>, StoreError> {
    use varsel::Column as C;
    let query = varsel::Entity::find()
        .filter(C::RessursId.is_in(bydeler.into_iter().map(|bydel| bydel.0)))
        .filter(C::Slag.eq(slag.as_str()))
        .filter(C::Planlagt.gt(millis(siden)));
    query
        .all(conn.raw())
        .await?
        .into_iter()
        .map(|row| {
            let planlagt = time(row.planlagt)?;
            Ok(Fortalt { bydel: RessursId(row.ressurs_id), planlagt, merke: row.merke, innhold: row.innhold })
        })
        .collect()
}

/// Whether the office has been told something newer of the same kind.
pub async fn har_nyere(conn: &impl Conn, leie: &Varselleie) -> Result<bool, StoreError> {
    use varsel::Column as C;
    let newer = varsel::Entity::find()
        .filter(C::RessursId.eq(leie.bydel.0))
        .filter(C::Slag.eq(leie.slag.as_str()))
        .filter(C::Planlagt.gt(millis(leie.planlagt)));
    Ok(newer.count(conn.raw()).await? > 0)
}

/// Leases up to `antall` warnings that are due: two workers never get the same one.
pub async fn claim(
    tx: &Tx,
    leie: Uuid,
    now: Timestamp,
    until: Timestamp,
    antall: u64,
) -> Result<Vec<Varselleie>, StoreError> {
    let rows = lease::claim::<varsel::Entity>(tx, unsent(), leie, now, until, antall).await?;
    rows.into_iter()
        .map(|row| {
            Ok(Varselleie {
                id: row.id,
                bydel: RessursId(row.ressurs_id),
                slag: parse(&row.slag, "slag")?,
                til: row.til.ok_or_else(|| StoreError::corrupt("varsel.til"))?,
                innhold: row.innhold,
                planlagt: time(row.planlagt)?,
                forsok: row.forsok.unsigned_abs(),
                leie,
            })
        })
        .collect()
}

/// Ends a warning and forgets the address. False when the lease is no longer ours.
pub async fn finish(tx: &Tx, leie: &Varselleie, utfall: Utfall, now: Timestamp) -> Result<bool, StoreError> {
    use varsel::Column as C;
    let ended = varsel::Entity::update_many()
        .col_expr(C::Ferdig, Expr::value(millis(now)))
        .col_expr(C::Utfall, Expr::value(utfall.as_str()))
        .col_expr(C::Til, Expr::value(Option::<String>::None))
        .col_expr(C::LeieMerke, Expr::value(Option::<Uuid>::None))
        .col_expr(C::LeieUtloper, Expr::value(Option::<i64>::None))
        .filter(lease::held::<varsel::Entity>(leie.id, leie.leie))
        .exec(&tx.0)
        .await?;
    Ok(ended.rows_affected == 1)
}

/// Gives a warning back, to be tried again at `tidligst`.
pub async fn retry(tx: &Tx, leie: &Varselleie, tidligst: Timestamp) -> Result<bool, StoreError> {
    lease::retry::<varsel::Entity>(tx, leie.id, leie.leie, tidligst).await
}

/// When the next warning is due; `None` when there is none.
pub async fn next_due(conn: &impl Conn) -> Result<Option<Timestamp>, StoreError> {
    lease::next_due::<varsel::Entity>(conn, unsent()).await
}

/// Removes warnings that ended before a moment.
pub async fn sweep(tx: &Tx, before: Timestamp) -> Result<(), StoreError> {
    varsel::Entity::delete_many().filter(varsel::Column::Ferdig.lt(millis(before))).exec(&tx.0).await?;
    Ok(())
}

fn unsent() -> Condition {
    Condition::all().add(varsel::Column::Ferdig.is_null())
}
