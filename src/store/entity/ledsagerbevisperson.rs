use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ledsagerbevisperson")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub bevis_id: Uuid,
    pub rolle: String,
    #[sea_orm(column_type = "Blob")]
    pub navn: Vec<u8>,
    #[sea_orm(column_type = "Blob")]
    pub fnr: Vec<u8>,
    #[sea_orm(column_type = "Blob")]
    pub fnr_indeks: Vec<u8>,
    #[sea_orm(column_type = "Blob")]
    pub telefon: Vec<u8>,
    #[sea_orm(column_type = "Blob")]
    pub telefon_indeks: Vec<u8>,
    #[sea_orm(column_type = "Blob", nullable)]
    pub adresse: Option<Vec<u8>>,
    pub fra: i64,
    pub til: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
