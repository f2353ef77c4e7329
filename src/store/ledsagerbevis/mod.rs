//! Companion cards. What is a person's comes here sealed and leaves sealed: this room has no key to it.

use jiff::{Timestamp, civil::Date};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};
use uuid::Uuid;

use super::{
    Conn, StoreError, Tx, digest,
    entity::{ledsagerbevis, ledsagerbevishendelse, ledsagerbevisperson},
    millis, parse, time,
};
use crate::model::{
    FiksOrgId, IntegrasjonId,
    ledsagerbevis::{BevisId, Bevishendelse, Gyldighet, Personrolle},
    revisjon::Aktor,
    side::Markor,
};

pub mod adgang;
pub mod bilde;
pub mod deling;
pub mod gjentakelse;
pub mod lommebok;
pub mod papir;
pub mod sok;
pub mod statusliste;
pub mod utlop;

pub use adgang::{kjent_telefon, med_telefon};

/// A card as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bevisrad {
    pub id: BevisId,
    pub organisasjon: FiksOrgId,
    pub antall_ledsagere: u8,
    pub gyldighet: Gyldighet,
    /// Sealed.
    pub ekstern_id: Vec<u8>,
    pub ekstern_id_indeks: [u8; 32],
    pub bilde: Option<Uuid>,
    pub opprettet: Timestamp,
    /// When, and why: sealed.
    pub revokert: Option<(Timestamp, Vec<u8>)>,
}

/// Somebody on a card, as it is kept. The bytes are sealed, the digests keyed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Personrad {
    pub id: Uuid,
    pub bevis: BevisId,
    pub rolle: Personrolle,
    pub navn: Vec<u8>,
    pub fnr: Vec<u8>,
    pub fnr_indeks: [u8; 32],
    pub telefon: Vec<u8>,
    pub telefon_indeks: [u8; 32],
    pub adresse: Option<Vec<u8>>,
    pub fra: Timestamp,
    pub til: Option<Timestamp>,
}

/// Which of those on a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hvem {
    /// Those who have access.
    Naa,
    /// Those who have had it as well.
    Alle,
}

pub async fn insert(tx: &Tx, new: &Bevisrad) -> Result<(), StoreError> {
    let row = ledsagerbevis::ActiveModel {
        id: Set(new.id.0),
        organisasjon_id: Set(new.organisasjon.0),
        antall_ledsagere: Set(new.antall_ledsagere.into()),
        utlopsdato: Set(written(new.gyldighet)),
        ekstern_id: Set(new.ekstern_id.clone()),
        ekstern_id_indeks: Set(new.ekstern_id_indeks.to_vec()),
        bilde_id: Set(new.bilde),
        opprettet: Set(millis(new.opprettet)),
        revokert: Set(None),
        revokert_grunn: Set(None),
    };
    ledsagerbevis::Entity::insert(row).exec_without_returning(&tx.0).await?;
    Ok(())
}

pub async fn insert_person(tx: &Tx, new: &Personrad) -> Result<(), StoreError> {
    let row = ledsagerbevisperson::ActiveModel {
        id: Set(new.id),
        bevis_id: Set(new.bevis.0),
        rolle: Set(new.rolle.as_str().to_owned()),
        navn: Set(new.navn.clone()),
        fnr: Set(new.fnr.clone()),
        fnr_indeks: Set(new.fnr_indeks.to_vec()),
        telefon: Set(new.telefon.clone()),
        telefon_indeks: Set(new.telefon_indeks.to_vec()),
        adresse: Set(new.adresse.clone()),
        fra: Set(millis(new.fra)),
        til: Set(None),
    };
    ledsagerbevisperson::Entity::insert(row).exec_without_returning(&tx.0).await?;
    Ok(())
}

/// Adds to a card's history. Waits for others who do.
pub async fn append(tx: &Tx, new: &Bevishendelse) -> Result<(), StoreError> {
    use ledsagerbevishendelse::Column as H;
    let card = ledsagerbevis::Entity::find_by_id(new.bevis.0).select_only().column(ledsagerbevis::Column::Id);
    let _: Option<Uuid> = card.lock_exclusive().into_tuple().one(&tx.0).await?;
    let last: Option<i32> = ledsagerbevishendelse::Entity::find()
        .select_only()
        .column(H::Nr)
        .filter(H::BevisId.eq(new.bevis.0))
        .order_by_desc(H::Nr)
        .limit(1)
        .into_tuple()
        .one(&tx.0)
        .await?;
    let row = ledsagerbevishendelse::ActiveModel {
        bevis_id: Set(new.bevis.0),
        nr: Set(last.unwrap_or(0) + 1),
        tidspunkt: Set(millis(new.tidspunkt)),
        hendelse: Set(new.hendelse.as_str().to_owned()),
        aktor_type: Set(new.aktor.kind().to_owned()),
        aktor_id: Set(new.aktor.id()),
        person_id: Set(new.person),
    };
    ledsagerbevishendelse::Entity::insert(row).exec_without_returning(&tx.0).await?;
    Ok(())
}

/// One of an organisation's cards.
pub async fn find(conn: &impl Conn, organisasjon: FiksOrgId, id: BevisId) -> Result<Option<Bevisrad>, StoreError> {
    let query =
        ledsagerbevis::Entity::find_by_id(id.0).filter(ledsagerbevis::Column::OrganisasjonId.eq(organisasjon.0));
    query.one(conn.raw()).await?.map(read).transpose()
}

/// The same; nobody else changes it until the transaction ends. (SQLite has one writer, so there is nothing to lock.)
pub async fn lock(tx: &Tx, organisasjon: FiksOrgId, id: BevisId) -> Result<Option<Bevisrad>, StoreError> {
    let query =
        ledsagerbevis::Entity::find_by_id(id.0).filter(ledsagerbevis::Column::OrganisasjonId.eq(organisasjon.0));
    query.lock_exclusive().one(&tx.0).await?.map(read).transpose()
}

/// An organisation's cards, newest first.
pub async fn av_organisasjon(
    conn: &impl Conn,
    organisasjon: FiksOrgId,
    eldre_enn: Option<Markor>,
    antall: u64,
) -> Result<Vec<Bevisrad>, StoreError> {
    let mut query = ledsagerbevis::Entity::find().filter(ledsagerbevis::Column::OrganisasjonId.eq(organisasjon.0));
    if let Some(Markor(id)) = eldre_enn {
        query = query.filter(ledsagerbevis::Column::Id.lt(id));
    }
    let query = query.order_by_desc(ledsagerbevis::Column::Id).limit(antall);
    query.all(conn.raw()).await?.into_iter().map(read).collect()
}

/// Those on these cards, in the order in which they came.
pub async fn personer(
    conn: &impl Conn,
    bevis: impl IntoIterator<Item = BevisId>,
    hvem: Hvem,
) -> Result<Vec<Personrad>, StoreError> {
    use ledsagerbevisperson::Column as P;
    let mut query = ledsagerbevisperson::Entity::find().filter(P::BevisId.is_in(bevis.into_iter().map(|id| id.0)));
    if hvem == Hvem::Naa {
        query = query.filter(P::Til.is_null());
    }
    query.order_by_asc(P::Fra).order_by_asc(P::Id).all(conn.raw()).await?.into_iter().map(read_person).collect()
}

/// Ends somebody's access.
pub async fn end_person(tx: &Tx, id: Uuid, til: Timestamp) -> Result<(), StoreError> {
    let update = ledsagerbevisperson::Entity::update_many()
        .col_expr(ledsagerbevisperson::Column::Til, Expr::value(millis(til)))
        .filter(ledsagerbevisperson::Column::Id.eq(id))
        .filter(ledsagerbevisperson::Column::Til.is_null());
    update.exec(&tx.0).await?;
    Ok(())
}

/// Writes what can be changed of a card: companions, validity, reference and photo.
pub async fn update(tx: &Tx, new: &Bevisrad) -> Result<(), StoreError> {
    use ledsagerbevis::Column as C;
    let update = ledsagerbevis::Entity::update_many()
        .col_expr(C::AntallLedsagere, Expr::value(i32::from(new.antall_ledsagere)))
        .col_expr(C::Utlopsdato, Expr::value(written(new.gyldighet)))
        .col_expr(C::EksternId, Expr::value(new.ekstern_id.clone()))
        .col_expr(C::EksternIdIndeks, Expr::value(new.ekstern_id_indeks.to_vec()))
        .col_expr(C::BildeId, Expr::value(new.bilde))
        .filter(C::Id.eq(new.id.0));
    update.exec(&tx.0).await?;
    Ok(())
}

/// `grunn` is sealed.
pub async fn revoke(tx: &Tx, id: BevisId, at: Timestamp, grunn: Vec<u8>) -> Result<(), StoreError> {
    use ledsagerbevis::Column as C;
    let update = ledsagerbevis::Entity::update_many()
        .col_expr(C::Revokert, Expr::value(millis(at)))
        .col_expr(C::RevokertGrunn, Expr::value(grunn))
        .filter(C::Id.eq(id.0));
    update.exec(&tx.0).await?;
    Ok(())
}

/// What happened to a card, oldest first.
pub async fn historikk(conn: &impl Conn, id: BevisId) -> Result<Vec<Bevishendelse>, StoreError> {
    use ledsagerbevishendelse::Column as H;
    let query = ledsagerbevishendelse::Entity::find().filter(H::BevisId.eq(id.0));
    query.order_by_asc(H::Nr).all(conn.raw()).await?.into_iter().map(read_hendelse).collect()
}

/// The last valid day, as the column holds it.
fn written(gyldighet: Gyldighet) -> Option<String> {
    match gyldighet {
        Gyldighet::Til(date) => Some(date.to_string()),
        Gyldighet::Varig => None,
    }
}

fn read(row: ledsagerbevis::Model) -> Result<Bevisrad, StoreError> {
    let revokert = match (row.revokert, row.revokert_grunn) {
        (Some(at), Some(grunn)) => Some((time(at)?, grunn)),
        (None, None) => None,
        _ => return Err(StoreError::corrupt("ledsagerbevis.revokert")),
    };
    let gyldighet = match row.utlopsdato {
        Some(date) => Gyldighet::Til(parse::<Date>(&date, "utlopsdato")?),
        None => Gyldighet::Varig,
    };
    Ok(Bevisrad {
        id: BevisId(row.id),
        organisasjon: FiksOrgId(row.organisasjon_id),
        antall_ledsagere: u8::try_from(row.antall_ledsagere).map_err(|_| StoreError::corrupt("antall_ledsagere"))?,
        gyldighet,
        ekstern_id: row.ekstern_id,
        ekstern_id_indeks: digest(&row.ekstern_id_indeks)?,
        bilde: row.bilde_id,
        opprettet: time(row.opprettet)?,
        revokert,
    })
}

fn read_person(row: ledsagerbevisperson::Model) -> Result<Personrad, StoreError> {
    Ok(Personrad {
        id: row.id,
        bevis: BevisId(row.bevis_id),
        rolle: parse(&row.rolle, "ledsagerbevisperson.rolle")?,
        navn: row.navn,
        fnr: row.fnr,
        fnr_indeks: digest(&row.fnr_indeks)?,
        telefon: row.telefon,
        telefon_indeks: digest(&row.telefon_indeks)?,
        adresse: row.adresse,
        fra: time(row.fra)?,
        til: row.til.map(time).transpose()?,
    })
}

fn read_hendelse(row: ledsagerbevishendelse::Model) -> Result<Bevishendelse, StoreError> {
    let aktor = match (row.aktor_type.as_str(), row.aktor_id) {
        ("INTEGRASJON", Some(id)) => Aktor::Integrasjon(IntegrasjonId(id)),
        ("PERSON", Some(id)) => Aktor::Person(id),
        ("PLATTFORM", None) => Aktor::Plattform,
        ("INNBYGGER", Some(id)) => Aktor::Innbygger(id),
        _ => return Err(StoreError::corrupt("aktor_type")),
    };
    Ok(Bevishendelse {
        bevis: BevisId(row.bevis_id),
        tidspunkt: time(row.tidspunkt)?,
        hendelse: parse(&row.hendelse, "hendelse")?,
        aktor,
        person: row.person_id,
    })
}
