use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "kortkopi")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub liste: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub indeks: i32,
    pub bevis_id: Uuid,
    #[sea_orm(column_type = "Blob")]
    pub telefon: Vec<u8>,
    #[sea_orm(column_type = "Blob")]
    pub innehaver: Option<Vec<u8>>,
    pub utloper: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
