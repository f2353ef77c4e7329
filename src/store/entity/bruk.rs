use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bruk")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub integrasjon_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub versjon: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub operasjon: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub dag: String,
    pub antall: i64,
    pub siste_kall: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
