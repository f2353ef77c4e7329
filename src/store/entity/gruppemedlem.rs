use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "gruppemedlem")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub gruppe_id: Uuid,
    pub art: String,
    #[sea_orm(column_type = "Blob")]
    pub person: Vec<u8>,
    #[sea_orm(column_type = "Blob")]
    pub navn: Vec<u8>,
    #[sea_orm(column_type = "Blob")]
    pub fnr: Vec<u8>,
    pub gitt: i64,
    pub tatt: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
