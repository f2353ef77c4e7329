use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bruksvarsel")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub integrasjon_id: Uuid,
    pub epost: String,
    pub malform: String,
    pub bestilt: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
