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

use crate::{
    coverage::Seen,
    support::{Gate, answer},
};

mod tilganger;

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
    };
    let work = t.services().store.write("test", new, |tx, new| Box::pin(store::gruppe::insert_medlem(tx, new)));
    work.await.unwrap();
}

/// What the operations answer, besides what every caller sees.
pub async fn statuses(t: &Gate, seen: &mut Seen) {
    let organisasjon = t.town.kommune.organisasjon.id;
    let person = t.logged_in("05857090073");
    for (version, id, path) in [
        (Versjonert::LedsagerbevisV1, "hentTilganger", format!("{BEVIS}/tilganger")),
        (
            Versjonert::LedsagerbevisKonfigurasjonV1,
            "hentTilganger",
            format!("{OPPSETT}/organisasjoner/{organisasjon}/tilganger"),
        ),
    ] {
        seen.add(version, id, answer(person.request(Method::GET, path)).await.status);
    }
}
