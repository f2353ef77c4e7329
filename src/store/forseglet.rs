//! Every column that holds something sealed, in one place: so that a key can be renewed for all of them. A test holds this
//! against the schema.

use sea_orm::{
    ConnectionTrait as _, Order,
    sea_query::{Alias, Expr, ExprTrait as _, Func, Query, SimpleExpr},
};
use uuid::Uuid;

use super::{Conn, StoreError, Tx, bevisoppsett, gruppe};

/// A column of sealed values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kolonne {
    pub tabell: &'static str,
    /// The column that says which row it is: what the value is sealed to.
    pub rad: &'static str,
    pub kolonne: &'static str,
}

const fn column(tabell: &'static str, rad: &'static str, kolonne: &'static str) -> Kolonne {
    Kolonne { tabell, rad, kolonne }
}

/// All of them.
pub const FORSEGLET: &[Kolonne] = &[
    column("ledsagerbevis", "id", "ekstern_id"),
    column("ledsagerbevis", "id", "revokert_grunn"),
    column("ledsagerbevisperson", "id", "navn"),
    column("ledsagerbevisperson", "id", "fnr"),
    column("ledsagerbevisperson", "id", "telefon"),
    column("ledsagerbevisperson", "id", "adresse"),
    column("ledsagerbevisbilde", "id", "innhold"),
    column("ledsagerbevisdeling", "id", "navn"),
    column("ledsagerbevisdeling", "id", "telefon"),
    column("sms", "id", "innhold"),
    column(gruppe::MEDLEM, "id", gruppe::NAVN),
    column(gruppe::MEDLEM, "id", gruppe::FNR),
    column(bevisoppsett::TABELL, "organisasjon_id", bevisoppsett::EPOST),
    column(bevisoppsett::TABELL, "organisasjon_id", bevisoppsett::TLF),
];

impl Kolonne {
    fn rad(self) -> SimpleExpr {
        Expr::col(Alias::new(self.rad))
    }

    fn verdi(self) -> SimpleExpr {
        Expr::col(Alias::new(self.kolonne))
    }

    /// The first bytes of a value, which say what key has sealed it.
    fn hode(self, length: usize) -> SimpleExpr {
        let length = i32::try_from(length).unwrap_or(i32::MAX);
        Func::cust(Alias::new("substr")).arg(self.verdi()).arg(1).arg(length).into()
    }
}

/// The next values after a row that do not begin in this way, with their rows.
pub async fn andre(
    conn: &impl Conn,
    kolonne: Kolonne,
    hode: &[u8],
    etter: Option<Uuid>,
    antall: u64,
) -> Result<Vec<(Uuid, Vec<u8>)>, StoreError> {
    let mut query = Query::select();
    query
        .expr_as(kolonne.rad(), Alias::new("rad"))
        .expr_as(kolonne.verdi(), Alias::new("verdi"))
        .from(Alias::new(kolonne.tabell))
        .and_where(kolonne.verdi().is_not_null())
        .and_where(kolonne.hode(hode.len()).ne(hode.to_vec()));
    if let Some(etter) = etter {
        query.and_where(kolonne.rad().gt(etter));
    }
    query.order_by(Alias::new(kolonne.rad), Order::Asc).limit(antall);
    let rows = conn.raw().query_all(&query).await?;
    rows.iter().map(|row| Ok((row.try_get("", "rad")?, row.try_get("", "verdi")?))).collect()
}

/// Puts a value in the place of another. False when the other one is no longer there.
pub async fn bytt(tx: &Tx, kolonne: Kolonne, rad: Uuid, fra: &[u8], til: &[u8]) -> Result<bool, StoreError> {
    let update = Query::update()
        .table(Alias::new(kolonne.tabell))
        .value(Alias::new(kolonne.kolonne), til.to_vec())
        .and_where(kolonne.rad().eq(rad))
        .and_where(kolonne.verdi().eq(fra.to_vec()))
        .take();
    Ok(tx.0.execute(&update).await?.rows_affected() == 1)
}

/// How many values begin in each way.
pub async fn fordeling(conn: &impl Conn, kolonne: Kolonne, length: usize) -> Result<Vec<(Vec<u8>, u64)>, StoreError> {
    let query = Query::select()
        .expr_as(kolonne.hode(length), Alias::new("hode"))
        .expr_as(kolonne.rad().count(), Alias::new("antall"))
        .from(Alias::new(kolonne.tabell))
        .and_where(kolonne.verdi().is_not_null())
        .group_by_columns([Alias::new("hode")])
        .take();
    let rows = conn.raw().query_all(&query).await?;
    rows.iter()
        .map(|row| {
            let antall: i64 = row.try_get("", "antall")?;
            Ok((row.try_get("", "hode")?, antall.unsigned_abs()))
        })
        .collect()
}
