use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotens")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub integrasjon_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub nokkel: String,
    #[sea_orm(column_type = "Blob")]
    pub fingeravtrykk: Vec<u8>,
    pub melding_id: Uuid,
    pub utloper: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
