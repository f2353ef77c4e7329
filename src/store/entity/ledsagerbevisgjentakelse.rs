use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ledsagerbevisgjentakelse")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organisasjon_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Blob")]
    pub merke: Vec<u8>,
    #[sea_orm(column_type = "Blob")]
    pub innhold: Vec<u8>,
    pub bevis_id: Uuid,
    pub utloper: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
