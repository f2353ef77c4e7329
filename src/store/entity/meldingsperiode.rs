use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "meldingsperiode")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub mottaker_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub lengde: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub start: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub ressurs_id: Uuid,
    pub private: i64,
    pub offentlige: i64,
    pub fra_fagsystem: i64,
    pub levert_print: i64,
    pub levert_fiks_io: i64,
    pub levert_manuelt_mottak: i64,
    pub levert_svarinn: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
