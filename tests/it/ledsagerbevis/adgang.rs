//! Who may do what with a card, by the table of operations: an operation that comes to it is tested here without being named.

use meldeport::{
    domain::oppsett::Oppsett,
    http::operations::{Krav, OPERASJONER, Operasjon},
    model::{FiksOrgId, gruppe::Medlemsart, kommune::Organisasjon},
    sandbox::town::ANSATTE,
    versions::Versjonert,
};
use reqwest::{Method, RequestBuilder};
use serde_json::json;

use super::{
    deling::{MOTTAKER, del, id, mottaker},
    gruppe, medlem,
};
use crate::support::{
    Answer, Gate, answer,
    bevis::{self, EIER, FORELDER, HJELPER, UKJENT, foto, kort, last_opp, logg_inn, nytt, person, utsted},
};

on_every_database! {
    who_may_not_is_refused_each_operation_of_a_card,
    citizens_are_refused_each_operation_of_another_one_s_card,
}

const WORKER: &str = "05857090073";
const GROUP_ADMINISTRATOR: &str = "06867590097";
const STRANGER: &str = "07877990170";

/// The operations that ask for this.
fn rows(krav: Krav) -> Vec<&'static Operasjon> {
    let own = |row: &&Operasjon| row.versjoner == [Versjonert::LedsagerbevisV1] && row.krav == krav;
    let found: Vec<_> = OPERASJONER.iter().filter(own).collect();
    assert!(found.len() > 4, "the table is read");
    found
}

/// Whether an operation is about one card.
fn of_a_card(row: &Operasjon) -> bool {
    row.path.contains("{ledsagerbevisId}")
}

/// A good call of an operation, but for who makes it.
async fn call(t: &Gate, row: &Operasjon, token: &str, organisasjon: FiksOrgId, card: &str) -> Answer {
    let path = row.path.replace("{fiksOrgId}", &organisasjon.to_string()).replace("{ledsagerbevisId}", card);
    // Whatever else is named below a card, nobody has it.
    let path: Vec<&str> =
        path.split('/').map(|segment| if segment.starts_with('{') { UKJENT } else { segment }).collect();
    let url = format!("{}{}{}", t.url, Versjonert::LedsagerbevisV1.prefix(), path.join("/"));
    let request: RequestBuilder = t.http.request(row.method.parse::<Method>().unwrap(), url).bearer_auth(token);
    let bodiless = matches!(row.method, "GET" | "DELETE");
    let request = match bevis::with_body(row.id, &request) {
        Some(request) => request,
        None if bodiless => request,
        None => panic!("{} has no body in support/bevis.rs", row.id),
    };
    answer(request).await
}

/// Every operation has one of the kinds of callers that are tried here, and none that is about a card is open to all.
#[test]
fn no_operation_is_left_out() {
    for row in OPERASJONER.iter().filter(|row| row.versjoner.contains(&Versjonert::LedsagerbevisV1)) {
        match row.krav {
            Krav::Behandler | Krav::Innbygger => {}
            Krav::Legitimert | Krav::Apen => assert!(!of_a_card(row), "{}", row.id),
            other => panic!("{}: nobody has tried who may not do what asks for {other:?}", row.id),
        }
        assert!(!row.path.contains("{fiksOrgId}") || row.krav == Krav::Behandler, "{}", row.id);
    }
}

async fn who_may_not_is_refused_each_operation_of_a_card(t: &mut Gate) {
    t.apply(Oppsett { roller: t.town.roller(), ..Oppsett::default() }).await;
    let here = t.town.kommune.organisasjon.id;
    let there = FiksOrgId(t.ids.uuid());
    let (organisasjonsnummer, navn) = ("999999976".parse().unwrap(), "Fjordvik kommune".to_owned());
    let neighbour = Organisasjon { id: there, organisasjonsnummer, navn };
    t.apply(Oppsett { organisasjoner: vec![neighbour], ..Oppsett::default() }).await;
    let groups = [gruppe(t, here).await, gruppe(t, there).await];
    medlem(t, groups[0], Medlemsart::Bruker, WORKER).await;
    medlem(t, groups[0], Medlemsart::Administrator, GROUP_ADMINISTRATOR).await;
    medlem(t, groups[1], Medlemsart::Bruker, STRANGER).await;
    last_opp(t, foto(), Some(EIER.fnr)).await.json(200);
    let card = utsted(t, &nytt()).await;
    let citizen = logg_inn(t, EIER.telefonnummer).await;
    let token = |fnr: &str| t.logged_in(fnr).token;
    let before = t.kommune().get(kort(t, &format!("/{}", id(&card)))).await.json(200);
    let events = t.database.count("ledsagerbevishendelse", "1 = 1").await;
    for row in rows(Krav::Behandler) {
        // A case worker of another municipality: neither by this one's address nor by the own one.
        let refused = call(t, row, &token(STRANGER), here, id(&card)).await;
        refused.problem(404, "BEKYMRINGSMELDING.ORGANISASJON_IKKE_FUNNET");
        if of_a_card(row) {
            let refused = call(t, row, &token(STRANGER), there, id(&card)).await;
            refused.problem(404, "LEDSAGERBEVIS.IKKE_FUNNET");
        } else if row.method == "GET" {
            let own = call(t, row, &token(STRANGER), there, id(&card)).await;
            assert!(!own.text().contains(id(&card)), "{}", row.id);
        }
        // Administrators of either kind who are no users.
        for administrator in [ANSATTE[0].fnr, GROUP_ADMINISTRATOR] {
            let refused = call(t, row, &token(administrator), here, id(&card)).await;
            refused.problem(403, "TILGANG.ROLLE_MANGLER");
        }
        // The owner, as a person who has logged in and by the own token; and nobody at all.
        call(t, row, &token(EIER.fnr), here, id(&card))
            .await
            .problem(404, "BEKYMRINGSMELDING.ORGANISASJON_IKKE_FUNNET");
        for token in [citizen.as_str(), "x"] {
            assert_eq!(call(t, row, token, here, id(&card)).await.status, 401, "{}", row.id);
        }
    }
    assert_eq!(t.kommune().get(kort(t, &format!("/{}", id(&card)))).await.json(200), before, "nothing was changed");
    assert_eq!(t.database.count("ledsagerbevishendelse", "1 = 1").await, events);
    // Who may, may: the calls are good ones.
    for row in rows(Krav::Behandler).into_iter().filter(|row| row.method == "GET") {
        assert_eq!(call(t, row, &token(WORKER), here, id(&card)).await.status, 200, "{}", row.id);
    }
    t.send_sms().await;
}

async fn citizens_are_refused_each_operation_of_another_one_s_card(t: &mut Gate) {
    let here = t.town.kommune.organisasjon.id;
    last_opp(t, foto(), Some(EIER.fnr)).await.json(200);
    let card = utsted(t, &nytt()).await;
    utsted(t, &json!({ "eier": person(HJELPER), "antallLedsagere": 1 })).await;
    let expired = logg_inn(t, EIER.telefonnummer).await;
    // Three hours before the sixteenth is over in Norway.
    t.clock.set("2027-01-16T20:00:00Z".parse().unwrap());
    let owner = logg_inn(t, EIER.telefonnummer).await;
    let guardian = logg_inn(t, FORELDER.telefonnummer).await;
    let stranger = logg_inn(t, HJELPER.telefonnummer).await;
    let share =
        |navn: &str, telefon: &str| json!({ "navn": navn, "telefonnummer": telefon, "utlopsdato": "2027-01-16" });
    let withdrawn = del(t, &owner, id(&card), &share("Fiktiv Tidligere", "99999996")).await.json(201);
    del(t, &owner, id(&card), &share("Fiktiv Assistent", "99999997")).await.json(201);
    del(t, &owner, id(&card), &mottaker()).await.json(201);
    t.send_sms().await;
    let former = logg_inn(t, "99999996").await;
    let assistant = logg_inn(t, "99999997").await;
    let other = logg_inn(t, MOTTAKER).await;
    let path = format!("/{}/delinger/{}", id(&card), id(&withdrawn));
    assert_eq!(super::deling::call(t, &owner, Method::DELETE, &path, None).await.status, 204);
    let remove = t.kommune().request(Method::PATCH, kort(t, &format!("/{}/forvalter", id(&card))));
    answer(remove.json(&json!({ "fnr": FORELDER.fnr }))).await.json(201);
    t.clock.set("2027-01-16T23:00:00Z".parse().unwrap());
    for row in rows(Krav::Innbygger) {
        for (who, token) in [
            ("removed guardian", &guardian),
            ("withdrawn", &former),
            ("assistant whose time is out", &assistant),
            ("somebody with another card", &stranger),
        ] {
            let answered = call(t, row, token, here, id(&card)).await;
            if of_a_card(row) {
                answered.problem(404, "LEDSAGERBEVIS.IKKE_FUNNET");
            } else {
                assert!(!answered.text().contains(id(&card)), "{who}: {}", row.id);
            }
        }
        for token in [&expired, "x", &t.kommune().token] {
            call(t, row, token, here, id(&card)).await.problem(401, "INNBYGGER.TOKEN_UGYLDIG");
        }
        // Whom it is shared with shows it, and decides nothing.
        let shared = call(t, row, &other, here, id(&card)).await;
        if row.path.contains("/delinger") {
            shared.problem(403, "INNBYGGER.KAN_IKKE_DELE");
        } else if row.method == "GET" {
            assert_eq!(shared.status, 200, "{}: {}", row.id, shared.text());
        }
    }
    t.send_sms().await;
}
