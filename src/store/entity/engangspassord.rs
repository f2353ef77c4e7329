use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "engangspassord")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Blob")]
    pub telefon: Vec<u8>,
    #[sea_orm(column_type = "Blob", nullable)]
    pub kode: Option<Vec<u8>>,
    pub utloper: i64,
    pub forsok: i32,
    pub bestilt: i64,
    pub dogn_fra: i64,
    pub dogn_antall: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
