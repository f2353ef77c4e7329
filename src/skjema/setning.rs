//! The sentences. Names of fields come from the schema, never from the payload; the help is the schema's own
//! `description`, so that a new form brings its own.

use super::{felt::Felt, validate::Regel};

/// Says what is wrong at a place, and what to do about it.
pub(super) fn avvik(root: Option<Felt<'_>>, peker: &str, nokkelord: &str, regel: &Regel) -> String {
    let place = Place::find(root, peker);
    let name = &place.name;
    let help = place.help();
    match regel {
        Regel::Mangler(missing) => {
            let field = place.felt.and_then(|felt| felt.property(missing));
            let help = field.and_then(|field| field.text("description")).map(|text| format!(" {text}"));
            format!("Feltet «{missing}» mangler i {name}. Legg det til.{}", help.unwrap_or_default())
        }
        Regel::Type(types) => {
            let kinds: Vec<&str> = types.iter().map(|kind| kind_of(kind)).collect();
            let rest = if place.optional { " Utelat feltet hvis det ikke skal fylles ut." } else { "" };
            format!("{} skal være {}.{rest}{help}", capital(name), kinds.join(" eller "))
        }
        Regel::Form => {
            format!("{} har ikke riktig form.{help}", capital(name))
        }
        Regel::Minst(limit) => format!("{} har for få elementer; det skal være minst {limit}.{help}", capital(name)),
        Regel::Hoyst(limit) => {
            format!("{} har for mange elementer; det kan være høyst {limit}.{help}", capital(name))
        }
        Regel::ForLang(limit) => format!("{} er for lang; det kan være høyst {limit} tegn.{help}", capital(name)),
        Regel::ForLite(limit) => format!("{} er for lite; det minste er {limit}.{help}", capital(name)),
        Regel::ForStort(limit) => format!("{} er for stort; det største er {limit}.{help}", capital(name)),
        Regel::Annet => format!("{} følger ikke regelen «{nokkelord}» i skjemaet.{help}", capital(name)),
    }
}

/// A place in the payload, as the schema knows it.
pub(super) struct Place<'a> {
    /// Such as `«fnr» i «offentligBarn» nr. 1`.
    pub name: String,
    pub felt: Option<Felt<'a>>,
    pub optional: bool,
    /// It is all of the payload.
    all: bool,
}

impl<'a> Place<'a> {
    pub fn find(root: Option<Felt<'a>>, peker: &str) -> Self {
        let whole = if root.is_some_and(|root| root.of_card()) { "forespørselen" } else { "meldingen" };
        let (mut felt, mut optional) = (root, false);
        // From the outside in, each step with what it is called.
        let mut names: Vec<String> = Vec::new();
        for segment in peker.split('/').skip(1) {
            let property = felt.and_then(|felt| felt.property(segment));
            if property.is_some() {
                optional = felt.is_some_and(|felt| !felt.requires(segment));
                names.push(format!("«{segment}»"));
                felt = property;
            } else if let Ok(index) = segment.parse::<usize>() {
                if let Some(list) = names.last_mut() {
                    list.push_str(&format!(" nr. {}", index.saturating_add(1)));
                }
                optional = false;
                felt = felt.and_then(|felt| felt.items());
            } else {
                felt = None;
            }
        }
        names.reverse();
        let all = names.is_empty();
        let name = if all { whole.to_owned() } else { names.join(" i ") };
        Self { name, felt, optional, all }
    }

    /// What the schema says about the field, after a space.
    fn help(&self) -> String {
        let text = self.felt.and_then(|felt| felt.text("description"));
        match text {
            Some(text) if !self.all => format!(" {text}"),
            _ => String::new(),
        }
    }
}

fn kind_of(kind: &str) -> &str {
    match kind {
        "string" => "tekst, skrevet i anførselstegn",
        "boolean" => "true eller false, uten anførselstegn",
        "object" => "et objekt, skrevet i krøllparenteser",
        "array" => "en liste, skrevet i hakeparenteser",
        "integer" => "et heltall, uten anførselstegn",
        "number" => "et tall, uten anførselstegn",
        "null" => "null",
        other => other,
    }
}

/// The sentence begins with it.
pub(super) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
