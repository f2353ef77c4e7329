use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ledsagerbevis")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organisasjon_id: Uuid,
    pub antall_ledsagere: i32,
    pub utlopsdato: Option<String>,
    #[sea_orm(column_type = "Blob")]
    pub ekstern_id: Vec<u8>,
    #[sea_orm(column_type = "Blob")]
    pub ekstern_id_indeks: Vec<u8>,
    pub bilde_id: Option<Uuid>,
    pub opprettet: i64,
    pub revokert: Option<i64>,
    #[sea_orm(column_type = "Blob", nullable)]
    pub revokert_grunn: Option<Vec<u8>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
