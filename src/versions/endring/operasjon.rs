//! Operations: who may call them, with what, and what they answer.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{
    Regel, Retning, Sammenligning, skjema,
    sted::{Par, Sted, entries, pair},
};

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// Statuses that come only to a client that asked for them: with `Range`, `If-None-Match` or `If-Modified-Since`.
const ASKED_FOR: [&str; 2] = ["206", "304"];

/// Where a response lists its error codes.
const CODES: &str = "x-feilkoder";

/// An operation and the path that it stands under.
type Plass<'d> = (Sted<'d>, Sted<'d>);

/// The operations of a document. Two paths that differ in a parameter's name only are the same path.
fn find<'d>(document: &Sted<'d>) -> BTreeMap<(String, &'d str), Plass<'d>> {
    let mut found = BTreeMap::new();
    for (path, item) in document.get("paths").iter().flat_map(Sted::entries) {
        let steps = path.split('/').map(|step| if step.starts_with('{') { "{}" } else { step });
        let shape = steps.collect::<Vec<_>>().join("/");
        for (method, operation) in item.entries().filter(|(name, _)| METHODS.contains(name)) {
            found.insert((shape.clone(), method), (item.clone(), operation));
        }
    }
    found
}

fn name((shape, method): &(String, &str), operation: &Sted<'_>) -> String {
    operation.str("operationId").map_or_else(|| format!("{method} {shape}"), str::to_owned)
}

impl Sammenligning {
    pub(super) fn operations(&mut self, old: &Sted<'_>, new: &Sted<'_>) {
        let (mut before, mut after) = (find(old), find(new));
        let keys: BTreeSet<_> = before.keys().chain(after.keys()).cloned().collect();
        for key in keys {
            self.seen.clear();
            let either = |(_, operation): &Plass<'_>| name(&key, operation);
            match (before.remove(&key), after.remove(&key)) {
                (Some(was), Some(is)) => {
                    self.operasjon = Some(either(&was));
                    self.operation(&was, &is, (old, new));
                }
                (Some(was), None) => {
                    self.operasjon = Some(either(&was));
                    self.add(Regel::OperasjonFjernet, &was.1, "");
                }
                (None, Some(is)) => {
                    self.operasjon = Some(either(&is));
                    self.add(Regel::OperasjonNy, &is.1, "");
                }
                (None, None) => {}
            }
        }
        self.operasjon = None;
    }

    fn operation(
        &mut self,
        (old_path, old): &Plass<'_>,
        (new_path, new): &Plass<'_>,
        documents: (&Sted<'_>, &Sted<'_>),
    ) {
        let (was, is) = (old.str("operationId"), new.str("operationId"));
        if was != is {
            self.add(Regel::OperasjonsnavnEndret, new, became(was.unwrap_or_default(), is.unwrap_or_default()));
        }
        let groups = |operation: &Sted<'_>| -> BTreeSet<String> {
            let tags = operation.get("tags");
            tags.iter().flat_map(Sted::items).filter_map(|tag| tag.value.as_str().map(str::to_owned)).collect()
        };
        let (was, is) = (groups(old), groups(new));
        for gone in was.difference(&is) {
            self.add(Regel::GruppeEndret, new, gone.as_str());
        }
        for come in is.difference(&was) {
            self.add(Regel::Beskrivelse, new, format!("tag {come}"));
        }
        self.deprecation(old, new);
        self.security((old, new), documents);
        self.parameters(parameters_of(old_path, old), parameters_of(new_path, new));
        self.body(old.get("requestBody").map(Sted::resolved), new.get("requestBody").map(Sted::resolved));
        for (status, pair) in entries(old.get("responses").as_ref(), new.get("responses").as_ref()) {
            self.response(status, pair);
        }
        let known = ["operationId", "tags", "deprecated", "security", "parameters", "requestBody", "responses"];
        self.rest(old, new, &known);
        let known: Vec<&str> = METHODS.iter().copied().chain(["parameters"]).collect();
        self.rest(old_path, new_path, &known);
    }

    fn security(&mut self, (old, new): (&Sted<'_>, &Sted<'_>), (old_root, new_root): (&Sted<'_>, &Sted<'_>)) {
        let (was, is) = (ways(old, old_root), ways(new, new_root));
        for gone in was.iter().filter(|way| !is.contains(way)) {
            self.add(Regel::SikkerhetEndret, new, names(gone));
        }
        for come in is.iter().filter(|way| !was.contains(way)) {
            self.add(Regel::SikkerhetNy, new, names(come));
        }
    }

    fn parameters(&mut self, old: Vec<Sted<'_>>, new: Vec<Sted<'_>>) {
        let pairs = pair(old.into_iter().map(parameter_key), new.into_iter().map(parameter_key));
        for ((place, name), parameter) in pairs {
            let words = format!("{name} ({place})");
            match parameter {
                (Some(was), Some(is)) => self.parameter(&was, &is),
                (Some(gone), None) => self.add(Regel::ParameterFjernet, &gone, words),
                (None, Some(come)) if come.flag("required") => self.add(Regel::ParameterNyPakrevd, &come, words),
                (None, Some(come)) => self.add(Regel::ParameterNy, &come, words),
                (None, None) => {}
            }
        }
    }

    fn parameter(&mut self, old: &Sted<'_>, new: &Sted<'_>) {
        let name = new.str("name").unwrap_or_default();
        match (old.flag("required"), new.flag("required")) {
            (false, true) => self.add(Regel::ParameterPakrevd, new, name),
            (true, false) => self.add(Regel::ParameterValgfri, new, name),
            _ => {}
        }
        if form(old) != form(new) {
            self.add(Regel::ParameterformEndret, new, name);
        }
        self.deprecation(old, new);
        self.schemas(Retning::Inn, old.get("schema"), new.get("schema"));
        let known =
            ["name", "in", "required", "deprecated", "schema", "style", "explode", "allowReserved", "allowEmptyValue"];
        self.rest(old, new, &known);
    }

    fn body(&mut self, old: Option<Sted<'_>>, new: Option<Sted<'_>>) {
        match (&old, &new) {
            (Some(old), Some(new)) => {
                match (old.flag("required"), new.flag("required")) {
                    (false, true) => self.add(Regel::KroppPakrevd, new, ""),
                    (true, false) => self.add(Regel::KroppValgfri, new, ""),
                    _ => {}
                }
                self.rest(old, new, &["required", "content"]);
                self.content(Retning::Inn, old, new);
            }
            (Some(gone), None) => self.add(Regel::KroppFjernet, gone, ""),
            (None, Some(come)) if come.flag("required") => self.add(Regel::KroppPakrevd, come, ""),
            (None, Some(come)) => self.add(Regel::KroppNy, come, ""),
            (None, None) => {}
        }
    }

    fn response(&mut self, status: &str, pair: Par<'_>) {
        match pair {
            (Some(old), Some(new)) => {
                let (old, new) = (old.resolved(), new.resolved());
                self.headers(&old, &new);
                self.content(Retning::Ut, &old, &new);
                self.codes(&old, &new);
                self.rest(&old, &new, &["headers", "content", CODES]);
            }
            (Some(gone), None) => self.add(Regel::StatusFjernet, &gone, status),
            (None, Some(come)) if ASKED_FOR.contains(&status) => self.add(Regel::StatusNyBetinget, &come, status),
            (None, Some(come)) if status.starts_with(['1', '2', '3']) => self.add(Regel::StatusNy, &come, status),
            (None, Some(come)) => self.add(Regel::StatusNyFeil, &come, status),
            (None, None) => {}
        }
    }

    /// The error codes that may come with a status: an open list that clients read, for all that it is an extension.
    fn codes(&mut self, old: &Sted<'_>, new: &Sted<'_>) {
        let codes = |response: &Sted<'_>| -> BTreeSet<String> {
            let list = response.get(CODES);
            list.iter().flat_map(Sted::items).filter_map(|code| code.value.as_str().map(str::to_owned)).collect()
        };
        let (was, is) = (codes(old), codes(new));
        for gone in was.difference(&is) {
            self.add(Regel::FeilkodeFjernet, old, gone.as_str());
        }
        for come in is.difference(&was) {
            self.add(Regel::FeilkodeNy, new, come.as_str());
        }
    }

    fn headers(&mut self, old: &Sted<'_>, new: &Sted<'_>) {
        for (name, header) in pair(headers_of(old), headers_of(new)) {
            match header {
                (Some(was), Some(is)) => {
                    match (was.flag("required"), is.flag("required")) {
                        (true, false) => self.add(Regel::SvarhodeIkkeLovet, &is, name),
                        (false, true) => self.add(Regel::SvarhodeLovet, &is, name),
                        _ => {}
                    }
                    self.deprecation(&was, &is);
                    self.schemas(Retning::Ut, was.get("schema"), is.get("schema"));
                    self.rest(&was, &is, &["required", "deprecated", "schema"]);
                }
                (Some(gone), None) => self.add(Regel::SvarhodeFjernet, &gone, name),
                (None, Some(come)) => self.add(Regel::SvarhodeNy, &come, name),
                (None, None) => {}
            }
        }
    }

    fn content(&mut self, retning: Retning, old: &Sted<'_>, new: &Sted<'_>) {
        for (kind, pair) in entries(old.get("content").as_ref(), new.get("content").as_ref()) {
            match pair {
                (Some(was), Some(is)) => {
                    self.schemas(retning, was.get("schema"), is.get("schema"));
                    self.parts(was.get("encoding"), is.get("encoding"));
                    self.rest(&was, &is, &["schema", "encoding"]);
                }
                (Some(gone), None) => {
                    self.add(retning.of(Regel::InnholdstypeFjernet, Regel::SvartypeFjernet), &gone, kind);
                }
                (None, Some(come)) => self.add(retning.of(Regel::InnholdstypeNy, Regel::SvartypeNy), &come, kind),
                (None, None) => {}
            }
        }
    }

    /// The parts of a multipart body. One that is not described may be of any type.
    fn parts(&mut self, old: Option<Sted<'_>>, new: Option<Sted<'_>>) {
        let kinds = |part: &Option<Sted<'_>>| {
            let all = part.as_ref().and_then(|part| part.str("contentType"));
            all.map(|all| all.split(',').map(|kind| kind.trim().to_ascii_lowercase()).collect::<BTreeSet<_>>())
        };
        for (name, (old_part, new_part)) in entries(old.as_ref(), new.as_ref()) {
            let (was, is) = (kinds(&old_part), kinds(&new_part));
            let Some(place) = new_part.as_ref().or(old_part.as_ref()) else { continue };
            match (was, is) {
                (was, is) if was == is => {}
                (Some(was), Some(is)) if !was.is_subset(&is) => self.add(Regel::DelEndret, place, name),
                (None, Some(_)) => self.add(Regel::DelEndret, place, name),
                _ => self.add(Regel::DelUtvidet, place, name),
            }
            if let (Some(old_part), Some(new_part)) = (&old_part, &new_part) {
                self.rest(old_part, new_part, &["contentType"]);
            }
        }
    }
}

/// An operation's own parameters and its path's; its own takes the place of the path's.
fn parameters_of<'d>(path: &Sted<'d>, operation: &Sted<'d>) -> Vec<Sted<'d>> {
    let lists = [path.get("parameters"), operation.get("parameters")];
    lists.iter().flatten().flat_map(Sted::items).map(Sted::resolved).collect()
}

/// Where a parameter is and what it is called, in front of it. Only headers are read without regard to case.
fn parameter_key(parameter: Sted<'_>) -> ((String, String), Sted<'_>) {
    let place = parameter.str("in").unwrap_or_default();
    let name = parameter.str("name").unwrap_or_default();
    let name = if place == "header" { name.to_ascii_lowercase() } else { name.to_owned() };
    ((place.to_owned(), name), parameter)
}

fn headers_of<'d>(response: &Sted<'d>) -> Vec<(String, Sted<'d>)> {
    let headers = response.get("headers");
    let all = headers.iter().flat_map(Sted::entries);
    all.map(|(name, header)| (name.to_ascii_lowercase(), header.resolved())).collect()
}

/// From one to the other, in words.
pub(super) fn became(was: impl std::fmt::Display, is: impl std::fmt::Display) -> String {
    format!("{was} → {is}")
}

/// How a parameter is written, with what holds where nothing is said.
fn form(parameter: &Sted<'_>) -> (String, bool, bool, bool) {
    let usual = if matches!(parameter.str("in"), Some("query" | "cookie")) { "form" } else { "simple" };
    let style = parameter.str("style").unwrap_or(usual);
    let explode = parameter.value.get("explode").and_then(Value::as_bool).unwrap_or(style == "form");
    // Whether lists are taken apart shows only where there can be a list or an object.
    let explode = explode && !parameter.get("schema").is_some_and(|schema| skjema::is_scalar(schema));
    (style.to_owned(), explode, parameter.flag("allowReserved"), parameter.flag("allowEmptyValue"))
}

/// A way to authenticate: the schemes that it takes, each with its definition and the scopes that are asked for.
type Mate = BTreeMap<String, (Value, BTreeSet<String>)>;

fn ways(operation: &Sted<'_>, root: &Sted<'_>) -> Vec<Mate> {
    let schemes = root.get("components").and_then(|components| components.get("securitySchemes"));
    let definition = |name: &str| {
        let scheme = schemes.as_ref().and_then(|schemes| schemes.get(name));
        let fields = scheme.iter().flat_map(Sted::entries).filter(|(field, _)| !super::is_words(field));
        Value::Object(fields.map(|(field, sted)| (field.to_owned(), sted.value.clone())).collect::<Map<_, _>>())
    };
    let asked = operation.get("security").or_else(|| root.get("security"));
    let way = |way: Sted<'_>| {
        let scheme = |(name, scopes): (&str, Sted<'_>)| {
            let scopes = scopes.items().filter_map(|scope| scope.value.as_str().map(str::to_owned)).collect();
            (name.to_owned(), (definition(name), scopes))
        };
        way.entries().map(scheme).collect()
    };
    let ways: Vec<_> = asked.iter().flat_map(Sted::items).map(way).collect();
    // An empty list asks for nothing, as an empty way does.
    if ways.is_empty() { vec![BTreeMap::new()] } else { ways }
}

fn names(way: &Mate) -> String {
    let each = |(name, (_, scopes)): (&String, &(Value, BTreeSet<String>))| {
        let scopes = scopes.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
        if scopes.is_empty() { name.clone() } else { format!("{name} ({scopes})") }
    };
    if way.is_empty() { "ingen".to_owned() } else { way.iter().map(each).collect::<Vec<_>>().join(" + ") }
}
