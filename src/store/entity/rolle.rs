use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rolle")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organisasjon_id: Uuid,
    #[sea_orm(column_type = "Blob")]
    pub person: Vec<u8>,
    pub rolle: String,
    pub ressurs_id: Option<Uuid>,
    pub merkelapp: String,
    pub gitt: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
