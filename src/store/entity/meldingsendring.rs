use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "meldingsendring")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub mottaker_id: Uuid,
    pub ressurs_id: Option<Uuid>,
    pub start: i64,
    pub skjematype: String,
    pub fra_fagsystem: bool,
    pub kanal: String,
    pub tilstand: String,
    pub antall: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
