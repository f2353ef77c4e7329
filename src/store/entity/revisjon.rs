use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "revisjon")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub tidspunkt: i64,
    pub aktor_type: String,
    pub aktor_id: Option<Uuid>,
    pub organisasjon_id: Option<Uuid>,
    pub handling: String,
    pub objekt_id: Option<Uuid>,
    pub tilstand_for: Option<String>,
    pub tilstand_etter: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
