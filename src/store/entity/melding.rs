use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "melding")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub avsender_id: Uuid,
    pub integrasjon_id: Uuid,
    pub leverandor: Option<String>,
    pub mottaker_id: Uuid,
    pub kommunenummer: String,
    pub bydelsnummer: String,
    pub skjematype: String,
    pub versjon: String,
    pub tilstand: String,
    pub format: String,
    pub profil: String,
    pub forseglet_av: Option<String>,
    pub sertifikat: String,
    #[sea_orm(column_type = "Blob")]
    pub asice_sha256: Vec<u8>,
    pub asice_storrelse: i64,
    #[sea_orm(column_type = "Blob")]
    pub pdf_sha256: Vec<u8>,
    pub pdf_storrelse: i64,
    pub mottatt: i64,
    pub slettet: Option<i64>,
    pub ressurs_id: Uuid,
    pub kanal: String,
    pub fra_fagsystem: bool,
    pub frist: Option<i64>,
    pub levert: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
