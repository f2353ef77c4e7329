//! Finding cards by what stands in for what is sealed.
//!
//! A search walks the rows of one digest, newest card first, and looks each card up under the others; or it takes as many of
//! each block of a span of time as a page has, and the newest of those. So a page costs what is on it, and not how many cards
//! there are.

use std::collections::HashMap;

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait as _, DbBackend, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect, Statement,
    sea_query::{
        Alias, Condition, Expr, ExprTrait as _, IntoColumnRef as _, Query, SelectStatement, SubQueryStatement,
        UnionType,
    },
};
use uuid::Uuid;

use super::{Bevisrad, read};
use crate::{
    model::{FiksOrgId, ledsagerbevis::BevisId, side::Markor},
    store::{
        Backend, Conn, Store, StoreError, Tx,
        entity::{
            ledsagerbevis::{self, Column as B},
            ledsagerbevissok::{self, Column as S},
        },
    },
};

/// Bytes of a digest: so many that no two things have the same.
pub const MERKE: usize = 16;
pub type Merke = [u8; MERKE];

/// A digest whose cards are walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gren {
    pub merke: Merke,
    /// Only those of its cards fit whose day of expiry does.
    pub delvis: bool,
}

/// Which cards to find: those of any branch that stand under every other digest too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sok {
    pub grener: Vec<Gren>,
    pub ogsaa: Vec<Merke>,
    /// The first and the last day of expiry, as they are stored.
    pub fra: Option<String>,
    pub til: Option<String>,
    /// Those without an end fit as well.
    pub varig: bool,
    pub revokert: Option<bool>,
}

impl Sok {
    /// What must be true of a card's own row.
    fn day(&self) -> Condition {
        let mut condition = Condition::all();
        if let Some(fra) = &self.fra {
            condition = condition.add(Expr::col((ledsagerbevis::Entity, B::Utlopsdato)).gte(fra.as_str()));
        }
        if let Some(til) = &self.til {
            condition = condition.add(Expr::col((ledsagerbevis::Entity, B::Utlopsdato)).lte(til.as_str()));
        }
        if self.varig {
            let endless = Expr::col((ledsagerbevis::Entity, B::Utlopsdato)).is_null();
            condition = Condition::all().add(Condition::any().add(endless).add(condition));
        }
        match self.revokert {
            None => condition,
            Some(true) => condition.add(Expr::col((ledsagerbevis::Entity, B::Revokert)).is_not_null()),
            Some(false) => condition.add(Expr::col((ledsagerbevis::Entity, B::Revokert)).is_null()),
        }
    }

    fn branch(&self, gren: Gren, eldre_enn: Option<Markor>) -> SelectStatement {
        let walked = ledsagerbevissok::Entity;
        let mut select = Query::select();
        select
            .column((walked, S::BevisId))
            .from(walked)
            .and_where(Expr::col((walked, S::Merke)).eq(gren.merke.to_vec()));
        if let Some(Markor(id)) = eldre_enn {
            select.and_where(Expr::col((walked, S::BevisId)).lt(id));
        }
        if gren.delvis {
            let same = Expr::col((ledsagerbevis::Entity, B::Id)).equals((walked, S::BevisId));
            select.inner_join(ledsagerbevis::Entity, same).cond_where(self.day());
        }
        for (n, merke) in self.ogsaa.iter().enumerate() {
            let other = Alias::new(format!("s{n}"));
            let column = |column: S| (other.clone(), column).into_column_ref();
            let also = Query::select()
                .expr(Expr::val(1))
                .from_as(walked, other.clone())
                .and_where(Expr::col(column(S::Merke)).eq(merke.to_vec()))
                .and_where(Expr::col(column(S::BevisId)).equals((walked, S::BevisId)))
                .take();
            // Looked up for each card that is walked. `EXISTS` PostgreSQL makes a join, for which it reads all of a common digest.
            let also: Expr = SubQueryStatement::from(also).into();
            select.and_where(also.is_not_null());
        }
        select
    }

    /// `None` when there is nothing to walk.
    fn query(&self, backend: DbBackend, eldre_enn: Option<Markor>, antall: u64) -> Option<SelectStatement> {
        let id = || Alias::new("bevis_id");
        let mut branches = self.grener.iter().enumerate().map(|(n, gren)| {
            let mut branch = self.branch(*gren, eldre_enn);
            match backend {
                // Takes the next one of whichever branch has it, and of each no more than it needs.
                DbBackend::Sqlite => branch,
                // Each branch has the bound of the whole: without it, PostgreSQL sorts all that two branches have.
                _ => {
                    branch.order_by((ledsagerbevissok::Entity, S::BevisId), Order::Desc).limit(antall);
                    Query::select().column(id()).from_subquery(branch, Alias::new(format!("g{n}"))).take()
                }
            }
        });
        let mut query = branches.next()?;
        query.unions(branches.map(|branch| (UnionType::All, branch)));
        Some(query.order_by(id(), Order::Desc).limit(antall).take())
    }
}

/// One of all cards; nobody else changes it until the transaction ends.
pub async fn lock(tx: &Tx, id: BevisId) -> Result<Option<Bevisrad>, StoreError> {
    ledsagerbevis::Entity::find_by_id(id.0).lock_exclusive().one(&tx.0).await?.map(read).transpose()
}

/// Lets a card be found by these and nothing else.
pub async fn replace(tx: &Tx, id: BevisId, merker: impl IntoIterator<Item = Merke>) -> Result<(), StoreError> {
    ledsagerbevissok::Entity::delete_many().filter(S::BevisId.eq(id.0)).exec(&tx.0).await?;
    let rows = merker
        .into_iter()
        .map(|merke| ledsagerbevissok::ActiveModel { merke: Set(merke.to_vec()), bevis_id: Set(id.0) });
    ledsagerbevissok::Entity::insert_many(rows).exec_without_returning(&tx.0).await?;
    Ok(())
}

/// Cards after this one that do not stand under a digest, of whatever organisation.
pub async fn uten(
    conn: &impl Conn,
    merke: Merke,
    etter: Option<BevisId>,
    antall: u64,
) -> Result<Vec<BevisId>, StoreError> {
    let with = Query::select()
        .expr(Expr::val(1))
        .from(ledsagerbevissok::Entity)
        .and_where(Expr::col((ledsagerbevissok::Entity, S::Merke)).eq(merke.to_vec()))
        .and_where(Expr::col((ledsagerbevissok::Entity, S::BevisId)).equals((ledsagerbevis::Entity, B::Id)))
        .take();
    let mut query = ledsagerbevis::Entity::find().select_only().column(B::Id).filter(Expr::exists(with).not());
    if let Some(BevisId(id)) = etter {
        query = query.filter(B::Id.gt(id));
    }
    let ids: Vec<Uuid> = query.order_by_asc(B::Id).limit(antall).into_tuple().all(conn.raw()).await?;
    Ok(ids.into_iter().map(BevisId).collect())
}

/// How many cards stand under a digest, counted up to a bound.
pub async fn antall_under(conn: &impl Conn, merke: Merke, bound: u64) -> Result<u64, StoreError> {
    let some = Query::select()
        .column(S::BevisId)
        .from(ledsagerbevissok::Entity)
        .and_where(Expr::col(S::Merke).eq(merke.to_vec()))
        .limit(bound)
        .take();
    let count = Query::select().expr(Expr::col(S::BevisId).count()).from_subquery(some, Alias::new("noen")).take();
    let row = conn.raw().query_one(&count).await?.ok_or_else(|| StoreError::corrupt("a count"))?;
    Ok(row.try_get_by_index::<i64>(0)?.unsigned_abs())
}

/// The next cards that a search finds, newest first, with whether there may be more.
pub async fn side(
    conn: &impl Conn,
    organisasjon: FiksOrgId,
    sok: &Sok,
    eldre_enn: Option<Markor>,
    antall: u64,
) -> Result<(Vec<Bevisrad>, Option<Markor>), StoreError> {
    let Some(query) = sok.query(conn.raw().get_database_backend(), eldre_enn, antall) else {
        return Ok((Vec::new(), None));
    };
    let rows = conn.raw().query_all(&query).await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?;
    let more = ids.last().filter(|_| ids.len() as u64 == antall).map(|id| Markor(*id));
    let cards = ledsagerbevis::Entity::find()
        .filter(B::OrganisasjonId.eq(organisasjon.0))
        .filter(B::Id.is_in(ids.iter().copied()));
    let mut cards: HashMap<Uuid, _> = cards.all(conn.raw()).await?.into_iter().map(|row| (row.id, row)).collect();
    let found = ids.iter().filter_map(|id| cards.remove(id)).map(read).collect::<Result<_, _>>()?;
    Ok((found, more))
}

/// How the database goes about a search, in its own words: for tests, and for whoever wonders why it is slow.
pub async fn plan(store: &Store, sok: &Sok, antall: u64) -> Result<Vec<String>, StoreError> {
    let db = store.raw();
    let (explain, column) = match store.backend() {
        Backend::Sqlite => ("EXPLAIN QUERY PLAN", "detail"),
        Backend::Postgres => ("EXPLAIN", "QUERY PLAN"),
    };
    let Some(query) = sok.query(db.get_database_backend(), None, antall) else { return Ok(Vec::new()) };
    let Statement { sql, values, db_backend } = db.get_database_backend().build(&query);
    let rows = db.query_all_raw(Statement { sql: format!("{explain} {sql}"), values, db_backend }).await?;
    Ok(rows.iter().map(|row| row.try_get::<String>("", column)).collect::<Result<_, _>>()?)
}
