use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "nokkelbevis")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub ressurs_id: Uuid,
    pub pem: String,
    #[sea_orm(column_type = "Blob")]
    pub utfordring: Vec<u8>,
    #[sea_orm(column_type = "Blob")]
    pub svar_sha256: Vec<u8>,
    pub utloper: i64,
    pub forsok: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
