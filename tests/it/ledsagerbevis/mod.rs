//! Companion cards: how an organisation is set up for them, and who works with them.

use meldeport::{
    crypto::at_rest::{BlindIndex, Hvelv, Plass},
    model::{
        FiksOrgId, GruppeId,
        gruppe::{Gruppe, Gruppemedlem, Medlemsart},
    },
    store,
    system::{Clock as _, Secret},
    versions::Versjonert,
};
use reqwest::Method;
use serde_json::Value;

use crate::{
    coverage::Seen,
    support::{Answer, Caller, Gate, Person, answer, calls},
};

mod adgang;
mod bilde;
pub mod deling;
mod grupper;
mod hendelser;
mod hvile;
mod innbygger;
mod kort;
pub mod kortbrev;
mod lekkasje;
mod lommebok;
mod omforsegling;
mod oppsett;
mod papir;
mod redigering;
mod skjema;
mod sok;
mod sokeplan;
pub mod statuser;
mod tilganger;
mod utlop;

/// Where the service for cards is, and that for setting an organisation up for them.
pub const BEVIS: &str = "/digitalt-ledsagerbevis/api/v1";
pub const OPPSETT: &str = "/digitalt-ledsagerbevis-konfigurasjon/api/v1";

/// A group of an organisation's, made without the API.
pub async fn gruppe(t: &Gate, organisasjon: FiksOrgId) -> GruppeId {
    let id = GruppeId(t.ids.uuid());
    let new = Gruppe { id, organisasjon, navn: "Servicetorget".to_owned(), opprettet: t.clock.now() };
    let work = t.services().store.write("test", new, |tx, new| Box::pin(store::gruppe::insert(tx, new)));
    work.await.unwrap();
    id
}

/// Puts somebody into a group, without the API.
pub async fn medlem(t: &Gate, gruppe: GruppeId, art: Medlemsart, fnr: &str) {
    let index = BlindIndex::new(Secret::new(vec![7; 32])).unwrap();
    let vault = Hvelv::new(&[Secret::new(vec![9; 32])]).unwrap();
    let id = t.ids.uuid();
    let seal = |column, text: &str| vault.seal(Plass::new(store::gruppe::MEDLEM, id, column), text.as_bytes(), &*t.rng);
    let new = Gruppemedlem {
        id,
        gruppe,
        art,
        person: index.digest(store::gruppe::PERSON, fnr.as_bytes()).unwrap(),
        navn: seal(store::gruppe::NAVN, "Fiktiv Medlem").unwrap(),
        fnr: seal(store::gruppe::FNR, fnr).unwrap(),
        gitt: t.clock.now(),
        tatt: None,
    };
    let work = t.services().store.write("test", new, |tx, new| Box::pin(store::gruppe::insert_medlem(tx, new)));
    work.await.unwrap();
}

/// Who calls: the municipality's system, or somebody who has logged in.
#[derive(Debug, Clone)]
pub enum Hvem {
    System(Caller),
    Person(Person),
}

impl Hvem {
    pub fn person(t: &Gate, fnr: &str) -> Self {
        Self::Person(t.logged_in(fnr))
    }

    pub async fn call(&self, method: Method, path: impl AsRef<str>, body: Option<&Value>) -> Answer {
        let request = match self {
            Self::System(caller) => caller.request(method, path),
            Self::Person(person) => person.request(method, path),
        };
        answer(body.into_iter().fold(request, |request, body| request.json(body))).await
    }

    /// A call below the municipality's part of the set-up: `""`, `"/grupper"` …
    pub async fn sett_opp(&self, t: &Gate, method: Method, rest: &str, body: Option<&Value>) -> Answer {
        self.call(method, format!("{OPPSETT}/organisasjoner/{}{rest}", t.town.kommune.organisasjon.id), body).await
    }

    pub async fn get(&self, t: &Gate, rest: &str) -> Value {
        self.sett_opp(t, Method::GET, rest, None).await.json(200)
    }

    /// A change that must succeed, and answers with nothing.
    pub async fn gjor(&self, t: &Gate, method: Method, rest: &str, body: &Value) {
        let done = self.sett_opp(t, method, rest, Some(body)).await;
        assert_eq!((done.status, done.body.len()), (200, 0), "{rest}: {}", done.text());
    }
}

/// What the operations answer, besides what every caller sees.
pub async fn statuses(t: &Gate, seen: &mut Seen) {
    let unknown = t.ids.uuid().to_string();
    let person = t.logged_in("07877990170");
    let own = |version| matches!(version, Versjonert::LedsagerbevisV1 | Versjonert::LedsagerbevisKonfigurasjonV1);
    for call in calls(t, "").into_iter().filter(|call| own(call.version)) {
        let method: Method = call.row.method.parse().unwrap();
        let elsewhere = call.path.replace(&t.town.kommune.organisasjon.id.to_string(), &unknown);
        let mut requests = vec![
            call.with_body(t, person.request(method.clone(), &call.path)),
            call.with_body(t, t.kommune().request(method.clone(), elsewhere)),
        ];
        if call.row.feil.contains(&415) {
            requests.push(t.kommune().request(method.clone(), &call.path).body("x"));
            requests.push(t.kommune().request(method, &call.path).json(&"x".repeat(70_000)));
        }
        for request in requests {
            seen.add(call.version, call.row.id, answer(request).await.status);
        }
    }
    grupper::conflicts(t, seen).await;
    statuser::statuses(t, seen).await;
}
