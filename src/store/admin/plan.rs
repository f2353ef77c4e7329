//! How the database answers an administrator, in its own words: for tests, and for whoever wonders why it is slow.

use jiff::Timestamp;
use sea_orm::{ConnectionTrait as _, Statement};

use super::{
    super::{Backend, Conn as _, Store, StoreError},
    Omrade, Start, antall, side_query,
    statistikk::{per_bydel_query, per_dogn_query, periodetall_query, tilstander_query},
};
use crate::model::{RessursId, utvalg::Utvalg};

/// One query's plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The function that it is the plan of.
    pub sporring: &'static str,
    /// What the database says, line by line.
    pub linjer: Vec<String>,
}

/// The plan of each query on reports.
pub async fn plan(
    store: &Store,
    omrade: &Omrade,
    utvalg: &Utvalg,
    bydeler: &[RessursId],
    now: Timestamp,
) -> Result<Vec<Plan>, StoreError> {
    let queries = [
        ("side", side_query(omrade, utvalg, Start::Hopp(0), 50)),
        ("antall", antall::query(store, omrade, utvalg, now).await?),
        ("tilstander", tilstander_query(omrade)),
        ("periodetall", periodetall_query(omrade, utvalg.periode, now)),
        ("per_dogn", per_dogn_query(omrade, utvalg.periode, now)),
        ("per_bydel", per_bydel_query(bydeler)),
    ];
    let db = store.raw();
    let (explain, column) = match store.backend() {
        Backend::Sqlite => ("EXPLAIN QUERY PLAN", "detail"),
        Backend::Postgres => ("EXPLAIN", "QUERY PLAN"),
    };
    let mut plans = Vec::new();
    for (sporring, query) in queries {
        let Statement { sql, values, db_backend } = db.get_database_backend().build(&query);
        let rows = db.query_all_raw(Statement { sql: format!("{explain} {sql}"), values, db_backend }).await?;
        let linjer = rows.iter().map(|row| row.try_get::<String>("", column)).collect::<Result<_, _>>()?;
        plans.push(Plan { sporring, linjer });
    }
    Ok(plans)
}
