//! Administration: what a municipality, and whoever runs the platform, see of reports, and what they can do about one.

use meldeport::{
    crypto::at_rest::BlindIndex,
    model::{
        FiksOrgId, MeldingId, RessursId,
        rolle::{Rolle, Rolleinnehav},
    },
    store,
    system::{Clock as _, Secret},
};
use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use uuid::Uuid;

use crate::support::{Answer, Caller, Gate, V1, answer, id_of};

mod inngrep;
mod lesing;
mod plan;
mod statistikk;
mod tall;

pub const V2_ADMIN: &str = "/bekymringsmelding/api/v2/admin";
pub const V1_ADMIN: &str = "/bekymringsmelding/api/v1/admin";

/// Whoever runs the platform.
pub fn drift(t: &Gate) -> Caller {
    t.caller(&t.town.drift)
}

/// What the municipality's own administration sees.
pub async fn seen(t: &Gate, path: &str) -> Value {
    t.kommune().get(format!("{V2_ADMIN}{path}")).await.json(200)
}

/// The ids of a page, in its order.
pub async fn ids(t: &Gate, path: &str) -> Vec<String> {
    let page = seen(t, path).await;
    let rows = page["meldinger"].as_array().unwrap().iter();
    rows.map(|row| row["bekymringsmeldingId"].as_str().unwrap().to_owned()).collect()
}

/// Sends a report to an office and hands it over.
pub async fn deliver_to(t: &Gate, kontor: usize) -> String {
    // The second office reads the first version of the form only.
    let path = t.send_path(V1, kontor, crate::support::Sak::Offentlig);
    let request = t.skole().request(Method::POST, path).multipart(t.report_to(kontor).form());
    let id = id_of(&answer(request).await);
    t.run_jobs().await;
    id
}

/// Makes a report what another channel would have made it.
pub async fn set(t: &Gate, id: &str, columns: &str) {
    t.database.execute(&format!("UPDATE melding SET {columns} WHERE id = {}", literal(t, id))).await;
}

/// An id as a statement names it.
pub fn literal(t: &Gate, id: &str) -> String {
    match t.services().store.backend() {
        store::Backend::Sqlite => format!("x'{}'", id.replace('-', "")),
        store::Backend::Postgres => format!("'{id}'"),
    }
}

/// Adds so many reports like one, each a minute older than the one before. Gives their ids, newest first.
pub async fn copies(t: &Gate, id: &str, many: usize) -> Vec<String> {
    const SAME: &str = "avsender_id, integrasjon_id, leverandor, mottaker_id, kommunenummer, bydelsnummer, skjematype, \
        versjon, tilstand, format, profil, forseglet_av, sertifikat, asice_sha256, asice_storrelse, pdf_sha256, \
        pdf_storrelse, slettet, ressurs_id, kanal, fra_fagsystem, frist, levert";
    let new: Vec<String> = (0..many).map(|_| t.ids.uuid().to_string()).collect();
    let one = |(n, new): (usize, &String)| {
        let (new, old, older) = (literal(t, new), literal(t, id), (n + 1) * 60_000);
        format!(
            "INSERT INTO melding (id, mottatt, {SAME}) SELECT {new}, mottatt - {older}, {SAME} FROM melding WHERE id = {old};"
        )
    };
    t.database.execute(&new.iter().enumerate().map(one).collect::<String>()).await;
    new
}

/// A person who administers the municipality's reports, or only one office's.
pub async fn tjenesteadministrator(t: &Gate, bydel: Option<RessursId>) -> Uuid {
    let index = BlindIndex::new(Secret::new(vec![7; 32])).unwrap();
    let held = Rolleinnehav {
        id: t.ids.uuid(),
        organisasjon: t.town.kommune.organisasjon.id,
        person: index.digest("rolle.person", b"21868499143").unwrap(),
        rolle: Rolle::Tjenesteadministrator,
        bydel,
        merkelapp: "ansatt 17".to_owned(),
        gitt: t.clock.now(),
    };
    let id = held.id;
    let work = t.services().store.write("test", held, |tx, held| Box::pin(store::rolle::insert(tx, held)));
    work.await.unwrap();
    id
}

/// A call by that person.
pub fn by_person(t: &Gate, method: Method, path: &str) -> RequestBuilder {
    t.http.request(method, format!("{}{path}", t.url)).bearer_auth(t.person(|_| {}))
}

/// The audit trail of an organisation, by the names of the operations: operation, object, and what was noted.
pub async fn trail(t: &Gate, organisasjon: FiksOrgId) -> Vec<(String, Option<Uuid>, Value)> {
    // The clock stands still, so that the entries have no order of their own.
    let mut entries =
        store::revisjon::av_organisasjon(&t.services().store, organisasjon, None, None, 1000).await.unwrap();
    entries.sort_by(|a, b| a.handling.cmp(&b.handling));
    entries.into_iter().map(|entry| (entry.handling, entry.objekt, entry.etter_endring.unwrap_or_default())).collect()
}

/// The reports' jobs: channel, and when they are due.
pub async fn jobs(t: &Gate, id: &str, channel: &str, due: i64) -> i64 {
    let id = literal(t, id);
    t.database.count("jobb", &format!("melding_id = {id} AND kanal = '{channel}' AND tidligst = {due}")).await
}

pub async fn put(caller: &Caller, path: &str) -> Answer {
    answer(caller.request(Method::PUT, format!("{V2_ADMIN}{path}"))).await
}

pub async fn report(t: &Gate, id: &str) -> meldeport::model::melding::Melding {
    let id = MeldingId(id.parse().unwrap());
    store::melding::find(&t.services().store, store::melding::Part::Plattform, id).await.unwrap().unwrap()
}
