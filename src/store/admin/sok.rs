//! Free text, matched against names and numbers that stand in small tables; the reports are then found by their ids.
//!
//! Letter case is folded by hand. SQLite's `LOWER` knows only A to Z, and PostgreSQL's depends on the server's locale.

use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait as _, Select,
    sea_query::{Expr, ExprTrait, Func, LikeExpr, SelectStatement},
};
use uuid::Uuid;

use super::super::{
    Conn, StoreError,
    entity::{bydel, kommune, melding, organisasjon},
};

/// Capital letters of Norwegian, the Sámi languages and Kven, and of the neighbours' names, each with its small one.
const LETTERS: [(char, char); 16] = [
    ('Æ', 'æ'),
    ('Ø', 'ø'),
    ('Å', 'å'),
    ('Ä', 'ä'),
    ('Ö', 'ö'),
    ('Á', 'á'),
    ('Č', 'č'),
    ('Đ', 'đ'),
    ('Ŋ', 'ŋ'),
    ('Š', 'š'),
    ('Ŧ', 'ŧ'),
    ('Ž', 'ž'),
    ('Ï', 'ï'),
    ('É', 'é'),
    ('È', 'è'),
    ('Ü', 'ü'),
];

/// Digits of an id that are enough to look for it.
const ID_PREFIX: usize = 8;

/// Reports with this text in their id, or in the name or number of their office, municipality or sender.
pub(super) fn meldinger(text: &str) -> Condition {
    let found = Condition::any()
        .add(melding::Column::RessursId.in_subquery(offices(text)))
        .add(melding::Column::AvsenderId.in_subquery(senders(text).into_query()));
    match ids(text) {
        Some((first, last)) => found.add(melding::Column::Id.between(first, last)),
        None => found,
    }
}

/// Senders with this text in their name, or as their number.
fn senders(text: &str) -> Select<organisasjon::Entity> {
    organisasjon::Entity::find().select_only().column(organisasjon::Column::Id).filter(
        Condition::any()
            .add(contains((organisasjon::Entity, organisasjon::Column::Navn), text))
            .add(organisasjon::Column::Organisasjonsnummer.eq(text)),
    )
}

/// Whether a report's office is all that it can be found by: the text is in no sender's name, and is no part of an id.
pub(super) async fn bare_bydeler(conn: &impl Conn, text: &str) -> Result<bool, StoreError> {
    if ids(text).is_some() {
        return Ok(false);
    }
    let sender: Option<Uuid> = senders(text).limit(1).into_tuple().one(conn.raw()).await?;
    Ok(sender.is_none())
}

pub(super) fn offices(text: &str) -> SelectStatement {
    bydel::Entity::find().select_only().column(bydel::Column::RessursId).filter(bydeler(text)).into_query()
}

/// Offices with this text in their own or their municipality's name, or as number.
pub(super) fn bydeler(text: &str) -> Condition {
    let kommuner = kommune::Entity::find()
        .select_only()
        .column(kommune::Column::Kommunenummer)
        .filter(contains((kommune::Entity, kommune::Column::Navn), text))
        .into_query();
    Condition::any()
        .add(contains((bydel::Entity, bydel::Column::Navn), text))
        .add(bydel::Column::Bydelsnummer.eq(text))
        .add(bydel::Column::Kommunenummer.eq(text))
        .add(bydel::Column::Kommunenummer.in_subquery(kommuner))
}

/// Whether a column holds this text, in capitals or not. `%` and `_` are letters like others.
fn contains<C: sea_orm::sea_query::IntoColumnRef>(column: C, text: &str) -> Expr {
    let folded = LETTERS.iter().fold(Func::lower(Expr::col(column)), |inner, (capital, small)| {
        let letter = |c: &char| Expr::cust(format!("'{c}'"));
        Func::cust("replace").arg(inner).arg(letter(capital)).arg(letter(small))
    });
    let mut pattern = String::from("%");
    for c in text.to_lowercase().chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    Expr::from(folded).like(LikeExpr::new(pattern).escape('\\'))
}

/// The ids that begin with this text, when it looks like the beginning of one.
fn ids(text: &str) -> Option<(Uuid, Uuid)> {
    let digits: String = text.chars().filter(|c| *c != '-').collect();
    if !(ID_PREFIX..=32).contains(&digits.len()) || !digits.chars().all(|c| c.is_ascii_hexdigit()) {
        return None;
    }
    let filled =
        |with: char| Uuid::try_parse(&digits.chars().chain(std::iter::repeat(with)).take(32).collect::<String>());
    Some((filled('0').ok()?, filled('f').ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_letters_are_folded_as_rust_folds_what_is_looked_for() {
        for (capital, small) in LETTERS {
            assert_eq!(capital.to_lowercase().to_string(), small.to_string());
        }
    }

    #[test]
    fn the_beginning_of_an_id_is_enough() {
        let (first, last) = ids("01890a5d-ac").unwrap();
        assert_eq!(first.to_string(), "01890a5d-ac00-0000-0000-000000000000");
        assert_eq!(last.to_string(), "01890a5d-acff-ffff-ffff-ffffffffffff");
        let whole = "01890a5d-ac96-774b-bcce-b302099a8057";
        assert_eq!(ids(whole).map(|(first, last)| (first == last, first.to_string())), Some((true, whole.to_owned())));
        for other in ["01890a5", "barnevern", "01890a5d-ac96-774b-bcce-b302099a80570", ""] {
            assert_eq!(ids(other), None, "{other}");
        }
    }
}
