use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "meldingstall")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub mottaker_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub ressurs_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub skjematype: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub fra_fagsystem: bool,
    #[sea_orm(primary_key, auto_increment = false)]
    pub kanal: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub tilstand: String,
    pub antall: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
