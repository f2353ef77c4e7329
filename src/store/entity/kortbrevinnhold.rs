use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "kortbrevinnhold")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub brev_id: Uuid,
    #[sea_orm(column_type = "Blob")]
    pub pdf: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
