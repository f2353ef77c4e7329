use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "papirkort")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub liste: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub indeks: i32,
    pub bevis_id: Uuid,
    pub antall_ledsagere: i32,
    pub utlopsdato: Option<String>,
    pub bilde_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
