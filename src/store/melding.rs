//! Reports: what is known about them, their sealed content, and their history.

use bytes::Bytes;
use jiff::Timestamp;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    Select,
    sea_query::{Expr, ExprTrait, Func, Query},
};
use uuid::Uuid;

use super::{
    Conn, StoreError, Tx, digest,
    entity::{bydel, hendelse, innhold, melding},
    happened::Event,
    millis, parse, time,
};
use crate::model::{
    FiksOrgId, IntegrasjonId, MeldingId, RessursId,
    hendelse::Hendelse,
    kommune::Bydel,
    melding::{Innhold, Kanal, Melding, Tilstand},
    side::{KoFilter, Markor},
};

/// Whose report it must be for a query to find it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// Sent by this organisation.
    Avsender(FiksOrgId),
    /// Received by this organisation.
    Mottaker(FiksOrgId),
    /// Received by this office.
    Bydel(RessursId),
    /// The platform's own delivery, which serves every organisation.
    Plattform,
}

impl Part {
    fn owns(self) -> sea_orm::Condition {
        let condition = sea_orm::Condition::all();
        match self {
            Self::Avsender(id) => condition.add(melding::Column::AvsenderId.eq(id.0)),
            Self::Mottaker(id) => condition.add(melding::Column::MottakerId.eq(id.0)),
            Self::Bydel(id) => condition.add(melding::Column::RessursId.eq(id.0)),
            Self::Plattform => condition,
        }
    }
}

pub async fn insert(tx: &Tx, new: &Melding, content: &Innhold) -> Result<(), StoreError> {
    melding::Entity::insert(row(new)?).exec_without_returning(&tx.0).await?;
    let content = innhold::ActiveModel {
        melding_id: Set(new.id.0),
        asice: Set(content.asice.to_vec()),
        pdf: Set(content.pdf.to_vec()),
    };
    innhold::Entity::insert(content).exec_without_returning(&tx.0).await?;
    tx.1.note(Event::Tilstand(new.tilstand));
    Ok(())
}

pub async fn find(conn: &impl Conn, part: Part, id: MeldingId) -> Result<Option<Melding>, StoreError> {
    melding::Entity::find_by_id(id.0).filter(part.owns()).one(conn.raw()).await?.map(read).transpose()
}

/// Several at once, in no order.
pub async fn find_all(
    conn: &impl Conn,
    part: Part,
    ids: impl IntoIterator<Item = MeldingId>,
) -> Result<Vec<Melding>, StoreError> {
    let ids = ids.into_iter().map(|id| id.0);
    let rows = melding::Entity::find().filter(melding::Column::Id.is_in(ids)).filter(part.owns()).all(conn.raw());
    rows.await?.into_iter().map(read).collect()
}

/// Like [`find`], and keeps others from changing the report until the transaction ends. (SQLite has one writer, so
/// there is nothing to lock.)
pub async fn lock(tx: &Tx, part: Part, id: MeldingId) -> Result<Option<Melding>, StoreError> {
    let query = melding::Entity::find_by_id(id.0).filter(part.owns()).lock_exclusive();
    query.one(&tx.0).await?.map(read).transpose()
}

/// Reports that wait for the municipality's own system, oldest first.
pub async fn ko(
    conn: &impl Conn,
    mottaker: FiksOrgId,
    filter: KoFilter,
    etter: Option<Markor>,
    antall: u64,
) -> Result<Vec<Melding>, StoreError> {
    let mut query = melding::Entity::find()
        .filter(melding::Column::MottakerId.eq(mottaker.0))
        .filter(melding::Column::Kanal.eq(Kanal::Fagsystem.as_str()))
        .filter(melding::Column::Tilstand.eq(Tilstand::SendtFagsystem.as_str()));
    if let Some(kommune) = filter.kommunenummer {
        query = query.filter(melding::Column::Kommunenummer.eq(kommune.as_str()));
    }
    if let Some(bydel) = filter.bydelsnummer {
        // The number that the office has now: it may have had another one when the report was sent.
        let office = bydel::Entity::find()
            .select_only()
            .column(bydel::Column::RessursId)
            .filter(bydel::Column::Bydelsnummer.eq(bydel.as_str()));
        query = query.filter(melding::Column::RessursId.in_subquery(office.into_query()));
    }
    if let Some(Markor(id)) = etter {
        query = query.filter(melding::Column::Id.gt(id));
    }
    query.order_by_asc(melding::Column::Id).limit(antall).all(conn.raw()).await?.into_iter().map(read).collect()
}

/// Reports that wait for one office in one channel, oldest first.
pub async fn kontorko(
    conn: &impl Conn,
    bydel: RessursId,
    kanal: Kanal,
    antall: u64,
) -> Result<Vec<Melding>, StoreError> {
    let query = i_kontorko(bydel, kanal).order_by_asc(melding::Column::Id).limit(antall);
    query.all(conn.raw()).await?.into_iter().map(read).collect()
}

/// How many reports wait for one office in one channel.
pub async fn antall_i_kontorko(conn: &impl Conn, bydel: RessursId, kanal: Kanal) -> Result<u64, StoreError> {
    Ok(i_kontorko(bydel, kanal).count(conn.raw()).await?)
}

fn i_kontorko(bydel: RessursId, kanal: Kanal) -> Select<melding::Entity> {
    melding::Entity::find()
        .filter(melding::Column::RessursId.eq(bydel.0))
        .filter(melding::Column::Kanal.eq(kanal.as_str()))
        .filter(melding::Column::Tilstand.eq(Tilstand::SendtFagsystem.as_str()))
}

/// The sealed ASiC-E, exactly as it came; `None` once it has been erased.
pub async fn asice(conn: &impl Conn, melding: &Melding) -> Result<Option<Bytes>, StoreError> {
    let content: Option<Vec<u8>> = innhold::Entity::find_by_id(melding.id.0)
        .select_only()
        .column(innhold::Column::Asice)
        .into_tuple()
        .one(conn.raw())
        .await?;
    Ok(content.map(Bytes::from))
}

/// The sealed PDF with its digest, as it came; `None` once it has been erased.
pub async fn pdf(conn: &impl Conn, id: MeldingId) -> Result<Option<(Bytes, [u8; 32])>, StoreError> {
    let content: Option<Vec<u8>> = innhold::Entity::find_by_id(id.0)
        .select_only()
        .column(innhold::Column::Pdf)
        .into_tuple()
        .one(conn.raw())
        .await?;
    let Some(content) = content else { return Ok(None) };
    let sha256: Option<Vec<u8>> = melding::Entity::find_by_id(id.0)
        .select_only()
        .column(melding::Column::PdfSha256)
        .into_tuple()
        .one(conn.raw())
        .await?;
    let sha256 = sha256.ok_or(StoreError::corrupt("content without a report"))?;
    Ok(Some((Bytes::from(content), digest(&sha256)?)))
}

/// Puts the report in a new state and adds the entry to its history. Call it on a report that is [`lock`]ed. Nobody has
/// a deadline in any state that this leads to: [`hand_over`] is the way to the one where somebody has.
pub async fn set_tilstand(
    tx: &Tx,
    id: MeldingId,
    tilstand: Tilstand,
    tidspunkt: Timestamp,
    beskrivelse: Option<&str>,
) -> Result<(), StoreError> {
    let levert = (tilstand == Tilstand::Levert).then(|| millis(tidspunkt));
    melding::Entity::update_many()
        .col_expr(melding::Column::Tilstand, Expr::value(tilstand.as_str()))
        .col_expr(melding::Column::Frist, Expr::value(Option::<i64>::None))
        .col_expr(melding::Column::Levert, Expr::value(levert))
        .filter(melding::Column::Id.eq(id.0))
        .exec(&tx.0)
        .await?;
    tx.1.note(Event::Tilstand(tilstand));
    append(tx, id, tilstand, tidspunkt, beskrivelse).await
}

/// Makes the report visible to its office in one channel, where it stays until it is receipted or its deadline has
/// passed. Call it on a report that is [`lock`]ed.
pub async fn hand_over(
    tx: &Tx,
    id: MeldingId,
    kanal: Kanal,
    frist: Timestamp,
    tidspunkt: Timestamp,
    beskrivelse: Option<&str>,
) -> Result<(), StoreError> {
    melding::Entity::update_many()
        .col_expr(melding::Column::Tilstand, Expr::value(Tilstand::SendtFagsystem.as_str()))
        .col_expr(melding::Column::Kanal, Expr::value(kanal.as_str()))
        .col_expr(melding::Column::Frist, Expr::value(millis(frist)))
        .filter(melding::Column::Id.eq(id.0))
        .exec(&tx.0)
        .await?;
    tx.1.note(Event::Tilstand(Tilstand::SendtFagsystem));
    append(tx, id, Tilstand::SendtFagsystem, tidspunkt, beskrivelse).await
}

/// States in which a report waits for somebody at its office. One whose letter is on its way is not among them.
const VENTER: [Tilstand; 3] = [Tilstand::SendtFagsystem, Tilstand::AvvistFagsystem, Tilstand::AvvistPrint];

/// Reports that wait at these offices, oldest first.
pub async fn ventende_hos(
    conn: &impl Conn,
    bydeler: impl IntoIterator<Item = RessursId>,
    antall: u64,
) -> Result<Vec<MeldingId>, StoreError> {
    use melding::Column as C;
    let ids: Vec<Uuid> = melding::Entity::find()
        .select_only()
        .column(C::Id)
        .filter(C::RessursId.is_in(bydeler.into_iter().map(|id| id.0)))
        // All of them: with it, the office's index leads to the few that wait without a look at those that are delivered.
        .filter(C::Kanal.is_in(Kanal::ALL.iter().map(Kanal::as_str)))
        .filter(C::Tilstand.is_in(VENTER.map(Tilstand::as_str)))
        .order_by_asc(C::Id)
        .limit(antall)
        .into_tuple()
        .all(conn.raw())
        .await?;
    Ok(ids.into_iter().map(MeldingId).collect())
}

/// Gives a report to another office, of another municipality and organisation perhaps. One that waits for the office, or
/// will, takes that office's channel. Its deadline stays. Call it on a report that is [`lock`]ed.
pub async fn flytt(tx: &Tx, melding: &Melding, mottaker: FiksOrgId, til: &Bydel) -> Result<(), StoreError> {
    use melding::Column as C;
    let waits = matches!(melding.tilstand, Tilstand::Akseptert | Tilstand::SendtFagsystem);
    let kanal = if waits { til.konto.kanal } else { melding.kanal };
    melding::Entity::update_many()
        .col_expr(C::MottakerId, Expr::value(mottaker.0))
        .col_expr(C::RessursId, Expr::value(til.id.0))
        .col_expr(C::Kommunenummer, Expr::value(til.kommunenummer.as_str()))
        .col_expr(C::Bydelsnummer, Expr::value(til.bydelsnummer.as_str()))
        .col_expr(C::Kanal, Expr::value(kanal.as_str()))
        .filter(C::Id.eq(melding.id.0))
        .exec(&tx.0)
        .await?;
    Ok(())
}

/// Puts the report in another channel. Call it on a report that is [`lock`]ed.
pub async fn set_kanal(tx: &Tx, id: MeldingId, kanal: Kanal) -> Result<(), StoreError> {
    melding::Entity::update_many()
        .col_expr(melding::Column::Kanal, Expr::value(kanal.as_str()))
        .filter(melding::Column::Id.eq(id.0))
        .exec(&tx.0)
        .await?;
    Ok(())
}

/// Notes the deadline of a report that was handed over before there were any.
pub async fn set_frist(tx: &Tx, id: MeldingId, frist: Timestamp) -> Result<(), StoreError> {
    melding::Entity::update_many()
        .col_expr(melding::Column::Frist, Expr::value(millis(frist)))
        .filter(melding::Column::Id.eq(id.0))
        .exec(&tx.0)
        .await?;
    Ok(())
}

/// Erases the sealed content and notes when.
pub async fn erase(tx: &Tx, id: MeldingId, now: Timestamp) -> Result<(), StoreError> {
    innhold::Entity::delete_by_id(id.0).exec(&tx.0).await?;
    melding::Entity::update_many()
        .col_expr(melding::Column::Slettet, Expr::value(millis(now)))
        .filter(melding::Column::Id.eq(id.0))
        .exec(&tx.0)
        .await?;
    Ok(())
}

/// Adds an entry to a report's history.
pub async fn append(
    tx: &Tx,
    id: MeldingId,
    tilstand: Tilstand,
    tidspunkt: Timestamp,
    beskrivelse: Option<&str>,
) -> Result<(), StoreError> {
    use hendelse::Column as C;
    // In one statement: each is a round trip to the database.
    let mut entry = Query::select();
    entry
        .expr(Expr::value(id.0))
        .expr(Func::coalesce([Expr::col(C::Nr).max(), Expr::value(0)]).add(1))
        .expr(Expr::value(millis(tidspunkt)))
        .expr(Expr::value(tilstand.as_str()))
        .expr(Expr::value(beskrivelse.map(str::to_owned)))
        .from(hendelse::Entity)
        .and_where(C::MeldingId.eq(id.0));
    let mut insert = Query::insert();
    let columns = [C::MeldingId, C::Nr, C::Tidspunkt, C::Tilstand, C::Beskrivelse];
    insert
        .into_table(hendelse::Entity)
        .columns(columns)
        .select_from(entry)
        .map_err(|error| StoreError::Internal(error.to_string()))?;
    tx.0.execute(&insert).await?;
    Ok(())
}

/// Everything that happened to a report, oldest first.
pub async fn historikk(conn: &impl Conn, melding: &Melding) -> Result<Vec<Hendelse>, StoreError> {
    hendelse::Entity::find()
        .filter(hendelse::Column::MeldingId.eq(melding.id.0))
        .order_by_asc(hendelse::Column::Nr)
        .all(conn.raw())
        .await?
        .into_iter()
        .map(|row| {
            Ok(Hendelse {
                melding: MeldingId(row.melding_id),
                nr: row.nr,
                tidspunkt: time(row.tidspunkt)?,
                tilstand: parse(&row.tilstand, "tilstand")?,
                beskrivelse: row.beskrivelse,
            })
        })
        .collect()
}

fn row(new: &Melding) -> Result<melding::ActiveModel, StoreError> {
    let size = |bytes: u64| i64::try_from(bytes).map_err(|_| StoreError::Internal("size".to_owned()));
    Ok(melding::ActiveModel {
        id: Set(new.id.0),
        avsender_id: Set(new.avsender.0),
        integrasjon_id: Set(new.integrasjon.0),
        leverandor: Set(new.leverandor.map(|l| l.to_string())),
        mottaker_id: Set(new.mottaker.0),
        kommunenummer: Set(new.kommunenummer.to_string()),
        bydelsnummer: Set(new.bydelsnummer.to_string()),
        skjematype: Set(new.skjematype.to_string()),
        versjon: Set(new.versjon.to_string()),
        tilstand: Set(new.tilstand.to_string()),
        format: Set(new.format.to_string()),
        profil: Set(new.profil.to_string()),
        forseglet_av: Set(new.forseglet_av.map(|av| av.to_string())),
        sertifikat: Set(new.sertifikat.clone()),
        asice_sha256: Set(new.asice_sha256.to_vec()),
        asice_storrelse: Set(size(new.asice_storrelse)?),
        pdf_sha256: Set(new.pdf_sha256.to_vec()),
        pdf_storrelse: Set(size(new.pdf_storrelse)?),
        mottatt: Set(millis(new.mottatt)),
        slettet: Set(new.slettet.map(millis)),
        ressurs_id: Set(new.bydel.0),
        kanal: Set(new.kanal.to_string()),
        fra_fagsystem: Set(new.fra_fagsystem),
        frist: Set(new.frist.map(millis)),
        levert: Set(new.levert.map(millis)),
    })
}

pub(super) fn read(row: melding::Model) -> Result<Melding, StoreError> {
    let size = |bytes: i64| u64::try_from(bytes).map_err(|_| StoreError::corrupt("a size"));
    Ok(Melding {
        id: MeldingId(row.id),
        avsender: FiksOrgId(row.avsender_id),
        integrasjon: IntegrasjonId(row.integrasjon_id),
        leverandor: row.leverandor.map(|l| parse(&l, "leverandor")).transpose()?,
        mottaker: FiksOrgId(row.mottaker_id),
        kommunenummer: parse(&row.kommunenummer, "kommunenummer")?,
        bydelsnummer: parse(&row.bydelsnummer, "bydelsnummer")?,
        skjematype: parse(&row.skjematype, "skjematype")?,
        versjon: parse(&row.versjon, "versjon")?,
        tilstand: parse(&row.tilstand, "tilstand")?,
        format: parse(&row.format, "format")?,
        profil: parse(&row.profil, "profil")?,
        forseglet_av: row.forseglet_av.map(|av| parse(&av, "forseglet_av")).transpose()?,
        sertifikat: row.sertifikat,
        asice_sha256: digest(&row.asice_sha256)?,
        asice_storrelse: size(row.asice_storrelse)?,
        pdf_sha256: digest(&row.pdf_sha256)?,
        pdf_storrelse: size(row.pdf_storrelse)?,
        mottatt: time(row.mottatt)?,
        slettet: row.slettet.map(time).transpose()?,
        bydel: RessursId(row.ressurs_id),
        kanal: parse(&row.kanal, "kanal")?,
        fra_fagsystem: row.fra_fagsystem,
        frist: row.frist.map(time).transpose()?,
        levert: row.levert.map(time).transpose()?,
    })
}
