use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "varsel")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub ressurs_id: Uuid,
    pub slag: String,
    pub merke: String,
    pub til: Option<String>,
    pub innhold: String,
    pub planlagt: i64,
    pub tidligst: i64,
    pub forsok: i32,
    pub leie_merke: Option<Uuid>,
    pub leie_utloper: Option<i64>,
    pub ferdig: Option<i64>,
    pub utfall: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
