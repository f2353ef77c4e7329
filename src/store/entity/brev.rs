use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "brev")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub melding_id: Uuid,
    pub adresse: String,
    pub sertifikat: Option<String>,
    pub status: String,
    pub opprettet: i64,
    pub lagt_ut: Option<i64>,
    pub hentet: Option<i64>,
    pub ferdig: Option<i64>,
    pub arsak: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
