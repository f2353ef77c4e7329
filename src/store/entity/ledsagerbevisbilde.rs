use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ledsagerbevisbilde")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organisasjon_id: Uuid,
    #[sea_orm(column_type = "Blob", nullable)]
    pub fnr_indeks: Option<Vec<u8>>,
    #[sea_orm(column_type = "Blob")]
    pub innhold: Vec<u8>,
    pub opprettet: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
