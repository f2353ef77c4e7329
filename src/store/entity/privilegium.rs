use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "privilegium")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub integrasjon_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub organisasjon_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub privilegium: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
