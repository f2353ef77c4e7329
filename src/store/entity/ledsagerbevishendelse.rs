use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ledsagerbevishendelse")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub bevis_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub nr: i32,
    pub tidspunkt: i64,
    pub hendelse: String,
    pub aktor_type: String,
    pub aktor_id: Option<Uuid>,
    pub person_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
