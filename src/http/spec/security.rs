//! What an operation asks of its caller, as one requirement.

use std::collections::HashMap;

use poem::{endpoint::BoxEndpoint, http::Method};
use poem_openapi::{
    OpenApi,
    registry::{MetaApi, MetaPath, Registry},
};
use serde_json::{Map, Value};

use crate::http::credentials;

/// What a token must be, whoever issued it.
const PROFILE: &str =
    "Tokenet er et JWT, og kontrolleres etter RFC 8725 (RFC8725): signatur, utsteder, mottaker, tid og algoritme.";

/// Where those who look after the service call.
const ADMIN: &str = "/admin/";
/// Where those call who say who administers a group.
const ADMINISTRATORER: &str = "/administratorer";

/// Makes the credentials of an operation one requirement. poem-openapi documents several schemes as alternatives
/// although it asks for all of them.
#[derive(Debug)]
pub struct AllRequired<T>(pub T);

impl<T: OpenApi> OpenApi for AllRequired<T> {
    fn meta() -> Vec<MetaApi> {
        let mut meta = T::meta();
        let operations = meta.iter_mut().flat_map(|api| &mut api.paths).flat_map(|path| &mut path.operations);
        for operation in operations {
            let all: HashMap<_, _> = operation.security.drain(..).flatten().collect();
            // Who manages is a system with its three credentials, or a person with one.
            if all.contains_key(credentials::TOKEN) && all.contains_key(credentials::ID_PORTEN) {
                let (person, system) = all.into_iter().partition(|(name, _)| *name == credentials::ID_PORTEN);
                operation.security.extend([system, person]);
            } else if !all.is_empty() {
                operation.security.push(all);
            }
        }
        merge_paths(&mut meta);
        meta
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn add_routes(self, routes: &mut HashMap<String, HashMap<Method, BoxEndpoint<'static>>>) {
        self.0.add_routes(routes);
    }
}

/// Two resources may share a path with a method each. poem-openapi would write that path twice, and JSON keeps one.
fn merge_paths(meta: &mut [MetaApi]) {
    let mut seen: Vec<MetaPath> = Vec::new();
    for path in meta.iter_mut().flat_map(|api| std::mem::take(&mut api.paths)) {
        match seen.iter_mut().find(|twin| twin.path == path.path) {
            Some(twin) => twin.operations.extend(path.operations),
            None => seen.push(path),
        }
    }
    if let Some(first) = meta.first_mut() {
        first.paths = seen;
    }
}

/// Whom a token is for, of a system and of a person, where those call who say who administers a group.
const OF_GROUPS: [&str; 2] = [
    "Token fra Maskinporten med scopet `ks:fiks`, for en integrasjon med privilegiet LEDSAGERBEVIS_KONFIGURER.",
    "Token fra ID-porten, på nivå betydelig eller høyt, for en hovedadministrator eller en administrator av gruppen.",
];

/// Those who look after the service show the same kinds of tokens as everyone, but with authority of another kind. Named
/// apart, so that a client can be given one and not the other.
const ADMINISTRATORS: [(&str, &str, &str); 2] = [
    (
        credentials::TOKEN,
        "MaskinportenAdministrasjon",
        "Token fra Maskinporten med scopet `ks:fiks`, for en integrasjon med privilegiet ADMINISTRER eller SUPPORT.",
    ),
    (
        credentials::ID_PORTEN,
        "IDportenAdministrasjon",
        "Token fra ID-porten, på nivå betydelig eller høyt, for en person som er administrator.",
    ),
];

pub fn describe(document: &mut Value) {
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else { return };
    let mut administrated = false;
    let of_groups = paths.keys().any(|path| path.ends_with(ADMINISTRATORER));
    let is_administrative = |path: &str| path.starts_with(ADMIN) || path.ends_with(ADMINISTRATORER);
    let administrative = paths.iter_mut().filter(|(path, _)| is_administrative(path)).map(|(_, methods)| methods);
    for operation in administrative.filter_map(Value::as_object_mut).flat_map(Map::values_mut) {
        let Some(all) = operation.get_mut("security").and_then(Value::as_array_mut) else { continue };
        for needed in all.iter_mut().filter_map(Value::as_object_mut) {
            for (everyone, administrator, _) in ADMINISTRATORS {
                if let Some(scopes) = needed.remove(everyone) {
                    needed.insert(administrator.to_owned(), scopes);
                    administrated = true;
                }
            }
        }
    }
    let schemes = document.pointer_mut("/components/securitySchemes").and_then(Value::as_object_mut);
    let Some(schemes) = schemes else { return };
    if administrated {
        for ((everyone, administrator, description), of_group) in ADMINISTRATORS.into_iter().zip(OF_GROUPS) {
            let description = if of_groups { of_group } else { description };
            let Some(mut scheme) = schemes.get(everyone).cloned() else { continue };
            if let Some(scheme) = scheme.as_object_mut() {
                scheme.insert("description".to_owned(), description.into());
            }
            schemes.insert(administrator.to_owned(), scheme);
        }
    }
    for scheme in schemes.values_mut().filter_map(Value::as_object_mut) {
        if scheme.get("bearerFormat").is_some()
            && let Some(Value::String(description)) = scheme.get_mut("description")
        {
            description.push(' ');
            description.push_str(PROFILE);
        }
    }
}
