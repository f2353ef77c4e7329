use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "hendelse")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub melding_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub nr: i32,
    pub tidspunkt: i64,
    pub tilstand: String,
    pub beskrivelse: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
