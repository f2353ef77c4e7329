//! When those on a companion card are to be told next that it will expire, and how a municipality's cards are found by their
//! last day.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let card = ForeignKey::create().from("utlopsvarsel", "bevis_id").to("ledsagerbevis", "id").take();
        let table = Table::create()
            .table("utlopsvarsel")
            .col(uuid("bevis_id").primary_key())
            // The first day on which somebody may be told, `2029-01-15`. A card that nobody is to be told of has no row.
            .col(string_len("neste", 10))
            .foreign_key(&mut card.clone())
            .take();
        manager.create_table(table).await?;
        let due = Index::create().name("utlopsvarsel_neste").table("utlopsvarsel").col("neste").col("bevis_id").take();
        manager.create_index(due).await?;
        let mut expiry = Index::create().name("ledsagerbevis_utlopsdato").table("ledsagerbevis").take();
        for column in ["organisasjon_id", "utlopsdato", "id"] {
            expiry.col(column);
        }
        manager.create_index(expiry).await?;
        // Cards from before: looked at once, and given the day that is theirs.
        let known = Query::select()
            .column("id")
            .expr(Expr::val("2000-01-01"))
            .from("ledsagerbevis")
            .and_where(Expr::col("utlopsdato").is_not_null())
            .and_where(Expr::col("revokert").is_null())
            .take();
        let mut fill = Query::insert().into_table("utlopsvarsel").columns(["bevis_id", "neste"]).take();
        fill.select_from(known).map_err(|error| DbErr::Custom(error.to_string()))?;
        manager.execute(fill).await
    }
}
