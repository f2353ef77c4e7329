use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bydel")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub kommunenummer: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub bydelsnummer: String,
    pub navn: String,
    pub standard_mottaker: bool,
    pub stottet_versjon: String,
    pub leveringsformat: String,
    pub malform: String,
    pub aktiv: bool,
    pub ressurs_id: Uuid,
    pub konto_id: Uuid,
    pub fagsystem: String,
    pub kanal: String,
    pub svarinn_integrasjon_id: Option<Uuid>,
    pub svarinn_orgnr: Option<String>,
    pub adresse: Option<String>,
    pub telefon: Option<String>,
    pub eposter: String,
    pub varsel_eposter: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::kommune::Entity",
        from = "Column::Kommunenummer",
        to = "super::kommune::Column::Kommunenummer"
    )]
    Kommune,
}

impl Related<super::kommune::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Kommune.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
