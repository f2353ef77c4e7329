//! Every operation has its row, every row its test, and every status that a row promises is one that was seen.

use std::collections::{BTreeMap, BTreeSet};

use meldeport::{
    domain::oppsett::Oppsett,
    http::operations::{OPERASJONER, Operasjon},
    sandbox::town::ANSATTE,
    versions::Versjonert,
};
use reqwest::Method;
use serde_json::json;

use crate::{
    ledsagerbevis, manuell, person,
    skjema::payload,
    support::{Gate, Settings, V2, answer, calls, form, konfig},
    svarinn, utskrift,
};

on_every_database! {
    each_row_answers_with_the_statuses_that_it_promises,
}

/// 507 needs a full disk.
const UNSEEN: [u16; 1] = [507];

/// The statuses that were seen of each service's operations, by their names.
#[derive(Debug, Default)]
pub struct Seen(BTreeMap<(&'static str, String), BTreeSet<u16>>);

impl Seen {
    pub fn add(&mut self, version: Versjonert, id: &str, status: u16) {
        self.0.entry((version.tjeneste(), id.to_owned())).or_default().insert(status);
    }

    fn of(&self, row: &Operasjon) -> BTreeSet<u16> {
        let key = (row.versjoner[0].tjeneste(), row.id.to_owned());
        self.0.get(&key).cloned().unwrap_or_default()
    }
}

#[test]
fn each_row_and_version_is_in_the_table_of_calls_once() {
    let mut seen = BTreeSet::new();
    for row in OPERASJONER {
        for version in row.versjoner {
            assert!(seen.insert((row.id, version.name())), "{} stands twice", row.id);
        }
    }
    assert_eq!(seen.len(), 156, "an operation came or went: say so here, in spec.rs and in auth.rs");
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Elsewhere {
    No,
    UnknownOffice,
}

/// What a person's operations answer: to a good report, and to bodies that are none.
async fn persons(t: &Gate, seen: &mut Seen, elsewhere: Elsewhere) {
    for (id, form, mut body) in [
        ("opprettOffentligBekymringsmeldingFraSkjema", "offentlig", person::public()),
        ("opprettPrivatBekymringsmeldingFraSkjema", "privat", person::private()),
    ] {
        if elsewhere == Elsewhere::UnknownOffice {
            body["bydelsnummer"] = "77".into();
        }
        let mut portal = t.skole();
        portal.token = t.person(|_| {});
        let request = || portal.request(Method::POST, format!("{V2}/mottak/skjema/{form}"));
        for request in [request().json(&body), request().body("x"), request().json(&"x".repeat(2_000_000))] {
            seen.add(Versjonert::BekymringsmeldingV2, id, answer(request).await.status);
        }
    }
}

/// What the administrators' operations answer to persons, besides what every caller sees.
async fn administrators(t: &Gate, seen: &mut Seen) {
    let chief = t.logged_in(ANSATTE[0].fnr);
    let roles = format!("{V2}/konfigurasjon/{}/roller", t.town.kommune.organisasjon.id);
    let held = chief.get(format!("{V2}/konfigurasjon/roller/mine")).await;
    let own =
        if held.status == 200 { held.json(200)[0]["rolleId"].as_str().unwrap().to_owned() } else { String::new() };
    for (id, request) in [
        ("getMineRoller", chief.request(Method::GET, format!("{V2}/konfigurasjon/roller/mine"))),
        ("getRoller", chief.request(Method::GET, &roles)),
        ("getEndringer", chief.request(Method::GET, roles.replace("roller", "endringer"))),
        ("opprettRolle", chief.request(Method::POST, &roles).json(&json!({}))),
        ("opprettRolle", chief.request(Method::POST, &roles).json(&"x".repeat(70_000))),
        ("slettRolle", chief.request(Method::DELETE, format!("{roles}/{own}"))),
        ("slettRolle", chief.request(Method::DELETE, format!("{roles}/{}", t.ids.uuid()))),
    ] {
        seen.add(Versjonert::BekymringsmeldingV2, id, answer(request).await.status);
    }
}

/// Provokes each error that the documents name for an operation, besides those that every operation has.
async fn each_row_answers_with_the_statuses_that_it_promises(t: &mut Gate) {
    let mut seen = Seen::default();
    konfig::each_status(t, &mut seen).await;
    let (waiting, _) = t.deliver().await;
    let (done, _) = t.deliver().await;
    let accepted = t.send(&t.report()).await;
    t.apply(Oppsett { roller: t.town.roller(), ..Oppsett::default() }).await;
    administrators(t, &mut seen).await;
    let unknown = t.ids.uuid().to_string();
    t.kommune().post(t.queue(format!("/{done}/mottatt"))).await.json(200);
    for id in [&waiting, &done, &accepted, &unknown] {
        for call in calls(t, id).into_iter().filter(|call| call.version.versjon().is_some()) {
            let caller = t.caller(call.owner(t));
            let method: Method = call.row.method.parse().unwrap();
            let mut requests = Vec::new();
            match call.row.id {
                "getInnhold" => requests.push(caller.request(method, &call.path).header("Range", "bytes=999999-")),
                "postFeilet" => {
                    requests.push(
                        caller.request(method.clone(), &call.path).json(&json!({ "melding": "x".repeat(70_000) })),
                    );
                    requests.push(caller.request(method.clone(), &call.path).body("x"));
                    // Received by now, or never handed over.
                    requests.push(call.request(t, &caller));
                }
                "validerSkjema" => {
                    requests.push(caller.request(method.clone(), &call.path).body("x"));
                    requests.push(caller.request(method, &call.path).json(&"x".repeat(2_000_000)));
                }
                "settBruksvarsel" => {
                    requests.push(caller.request(method.clone(), &call.path).body("x"));
                    requests.push(caller.request(method, &call.path).json(&"x".repeat(70_000)));
                }
                "postMottatt" => requests.push(call.request(t, &caller)),
                "opprettOffentligBekymringsmelding" | "opprettPrivatBekymringsmelding" => {
                    let path = call.path.replace("/01/", "/77/");
                    requests.push(caller.request(method.clone(), path).multipart(t.report().form()));
                    requests.push(caller.request(method.clone(), &call.path).multipart(form(b"x", b"y")));
                    requests.push(caller.request(method.clone(), &call.path).body("x"));
                    requests.push(caller.request(method, &call.path).multipart(form(&vec![0; 6_000_000], b"y")));
                }
                "oppdaterStatusByMeldingId" => {
                    requests.push(caller.request(method.clone(), &call.path).body("x"));
                    requests.push(caller.request(method, &call.path).json(&"x".repeat(70_000)));
                    requests.push(call.request(t, &caller));
                }
                id if call.path.contains("/admin/") && !id.starts_with("oppdater") && id != "sendOrdreById" => {
                    requests.push(call.request(t, &caller).query(&[("fiksOrgId", &unknown)]));
                }
                _ => {
                    let elsewhere = call.path.replace("/9999", "/0301");
                    let nobody = elsewhere.replace(&t.town.kommune.organisasjon.id.to_string(), &unknown);
                    requests.push(caller.request(method, nobody));
                }
            }
            for request in requests {
                seen.add(call.version, call.row.id, answer(request).await.status);
            }
        }
    }
    let (failed, _) = t.deliver().await;
    let feilet = t.kommune().request(Method::POST, t.queue(format!("/{failed}/feilet")));
    answer(feilet.json(&json!({ "melding": "Feil 17" }))).await.json(200);
    for report in [&done, &failed, &unknown] {
        for (id, rest) in [("getVentendeMelding", ""), ("getInnhold", "/innhold")] {
            let status = t.kommune().get(t.queue(format!("/{report}{rest}"))).await.status;
            seen.add(Versjonert::BekymringsmeldingV2, id, status);
        }
        let status = t.kommune().post(t.queue(format!("/{report}/mottatt"))).await.status;
        seen.add(Versjonert::BekymringsmeldingV2, "postMottatt", status);
    }
    utskrift::statuses(t, &mut seen).await;
    ledsagerbevis::kortbrev::statuses(t, &mut seen).await;
    manuell::statuses(t, &mut seen).await;
    svarinn::statuses(t, &mut seen).await;
    ledsagerbevis::statuses(t, &mut seen).await;
    persons(t, &mut seen, Elsewhere::UnknownOffice).await;
    // Without the print supplier's key nothing can be sealed.
    t.database.execute("DELETE FROM nokkel WHERE kommunenummer IS NULL").await;
    persons(t, &mut seen, Elsewhere::No).await;
    for call in calls(t, &waiting) {
        if call.row.id.starts_with("hentKr") || call.row.id.starts_with("opprett") {
            seen.add(call.version, call.row.id, answer(call.request(t, &t.skole())).await.status);
        }
    }
    t.run_jobs().await;
    // A gateway without a certificate of its own takes sealed reports only; one may do without persons as well.
    t.restart_with(Settings { takes_json: false, takes_persons: false, ..Settings::default() }).await;
    administrators(t, &mut seen).await;
    ledsagerbevis::statuses(t, &mut seen).await;
    persons(t, &mut seen, Elsewhere::No).await;
    for call in calls(t, &waiting).into_iter().filter(|call| call.row.id.starts_with("opprett")) {
        let request = t.skole().request(Method::POST, &call.path).json(&payload());
        seen.add(call.version, call.row.id, answer(request).await.status);
    }
    t.restart_with(Settings { data_keys: &[], ..Settings::default() }).await;
    ledsagerbevis::statuser::statuses(t, &mut seen).await;
    let mut missing = Vec::new();
    for row in OPERASJONER {
        let promised: BTreeSet<u16> = row.feil.iter().copied().filter(|status| !UNSEEN.contains(status)).collect();
        let had = seen.of(row);
        let errors: BTreeSet<u16> = had.into_iter().filter(|status| *status >= 400).collect();
        missing.extend(promised.difference(&errors).map(|status| format!("{} {status}: not seen", row.id)));
        let common = [400, 401, 403, 429, 500, 503];
        let odd = errors.difference(&promised).filter(|status| !common.contains(*status));
        missing.extend(odd.map(|status| format!("{} {status}: not promised", row.id)));
    }
    assert!(missing.is_empty(), "{missing:#?}");
}
