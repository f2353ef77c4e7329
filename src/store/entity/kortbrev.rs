use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "kortbrev")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub bevis_id: Uuid,
    pub status: String,
    pub opprettet: i64,
    pub sha256: Option<Vec<u8>>,
    pub storrelse: Option<i64>,
    pub sertifikat: Option<String>,
    pub lagt_ut: Option<i64>,
    pub hentet: Option<i64>,
    pub ferdig: Option<i64>,
    pub arsak: Option<String>,
    pub tidligst: i64,
    pub forsok: i32,
    pub leie_merke: Option<Uuid>,
    pub leie_utloper: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
