use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ledsagerbevisoppsett")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organisasjon_id: Uuid,
    pub dokumentlager_konto_id: Option<Uuid>,
    pub varsling_konto_id: Option<Uuid>,
    pub rolle_id: Option<Uuid>,
    pub ressurs_id: Option<Uuid>,
    pub svarut_konto_id: Option<Uuid>,
    #[sea_orm(column_type = "Blob")]
    pub epost: Option<Vec<u8>>,
    #[sea_orm(column_type = "Blob")]
    pub tlf: Option<Vec<u8>>,
    pub adresse: Option<String>,
    pub utsending_brev: Option<String>,
    pub sprak: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
