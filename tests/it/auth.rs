//! Who may call what: every operation of the table in every version, with everything that can be wrong with a caller.

use std::collections::HashMap;

use jiff::SignedDuration;
use meldeport::{
    domain::oppsett::Oppsett,
    http::{RateSettings, operations::Krav},
    model::{FiksOrgId, IntegrasjonId, integrasjon::Privilegium, kommune::Organisasjon},
    sandbox::town::Virksomhet,
};
use serde_json::{Value, json};

use crate::support::{Call, Caller, Gate, MASKINPORTEN, Settings, V2, answer, calls, grant};

on_every_database! {
    each_operation_answers_its_own_caller,
    a_call_without_a_token_is_refused,
    a_call_without_the_integration_is_refused,
    another_organisation_is_not_told_that_anything_exists,
    a_caller_without_the_privilege_is_refused,
    a_wrong_password_looks_like_an_unknown_integration,
    a_token_goes_with_its_own_integration_only,
    an_integration_that_is_turned_off_is_refused,
    a_token_must_be_good_and_have_the_scope,
    a_password_can_be_changed_without_a_gap,
    a_report_remembers_who_called_for_whom,
    one_integration_cannot_use_up_the_gateway,
}

const OTHER: &str = "999999976";

/// An integration beside each party's own one.
async fn doubles(t: &Gate, active: bool, privilege: impl Fn(&Virksomhet) -> Option<Privilegium>) -> Doubles {
    let mut doubles = HashMap::new();
    for party in [&t.town.skole, &t.town.kommune, &t.town.utskrift, &t.town.drift] {
        let organisasjon = party.organisasjon.id;
        let privileges: Vec<_> = privilege(party).map(|privilege| (organisasjon, privilege)).into_iter().collect();
        doubles.insert(party.integrasjon, t.integration(organisasjon, active, &privileges).await);
    }
    doubles
}

type Doubles = HashMap<IntegrasjonId, IntegrasjonId>;

/// The right party, by another integration than its own.
fn by_double(t: &Gate, call: &Call, doubles: &Doubles) -> Caller {
    let owner = call.owner(t);
    t.through(t.caller(owner), doubles[&owner.integrasjon])
}

/// Makes every call with the credentials that `caller` gives, and looks at the answer.
async fn every_call(t: &Gate, caller: impl Fn(&Call) -> Caller, expect: impl Fn(&Call) -> (u16, &'static str)) {
    let (id, _) = t.deliver().await;
    for call in calls(t, &id) {
        let (status, code) = expect(&call);
        let answer = answer(call.request(t, &caller(&call))).await;
        if code.is_empty() {
            assert_eq!(answer.status, status, "{call:?}: {}", answer.text());
        } else {
            answer.problem(status, code);
        }
    }
    t.run_jobs().await;
}

async fn each_operation_answers_its_own_caller(t: &mut Gate) {
    let mut made = 0;
    for n in 0..calls(t, "").len() {
        let (id, _) = t.deliver().await;
        let call = calls(t, &id).swap_remove(n).ready(t, &id).await;
        // KS's documentation writes Bearer, one of its clients BEARER, and the scheme has no case (RFC 9110 §11.1).
        let mut caller = t.caller(call.owner(t));
        let request = call.request(t, &caller);
        assert_eq!(answer(request).await.status, call.success(), "{call:?}");
        caller.token = format!("{} ", caller.token);
        for scheme in ["BEARER", "bearer"] {
            let (id, _) = t.deliver().await;
            let call = calls(t, &id).swap_remove(n).ready(t, &id).await;
            let request = caller.request_without_token(call.row.method.parse().unwrap(), &call.path);
            let request = request.header("Authorization", format!("{scheme} {}", caller.token));
            assert_eq!(answer(call.with_body(t, request)).await.status, call.success(), "{scheme} {call:?}");
        }
        made += 1;
    }
    assert_eq!(made, calls(t, "").len());
    t.run_jobs().await;
}

async fn a_call_without_a_token_is_refused(t: &mut Gate) {
    let (id, _) = t.deliver().await;
    for call in calls(t, &id) {
        let caller = t.caller(call.owner(t));
        for authorization in [None, Some("Basic dGVzdDp0ZXN0"), Some("Bearer"), Some("Bearer  "), Some(&*caller.token)]
        {
            let request = caller.request_without_token(call.row.method.parse().unwrap(), &call.path);
            let request =
                authorization.into_iter().fold(request, |request, value| request.header("Authorization", value));
            let refused = answer(call.with_body(t, request)).await;
            refused.problem(401, "TILGANG.TOKEN_MANGLER");
            assert_eq!(refused.header("www-authenticate"), Some(r#"Bearer realm="meldeport", scope="ks:fiks""#));
        }
    }
}

async fn a_call_without_the_integration_is_refused(t: &mut Gate) {
    let (id, _) = t.deliver().await;
    for call in calls(t, &id) {
        let caller = t.caller(call.owner(t));
        let url = format!("{}{}", t.url, call.path);
        for header in ["IntegrasjonId", "IntegrasjonPassord"] {
            let value = if header == "IntegrasjonId" { &caller.integrasjon } else { &caller.passord };
            let request = t.http.request(call.row.method.parse().unwrap(), &url).bearer_auth(&caller.token);
            let refused = answer(call.with_body(t, request.header(header, value))).await;
            refused.problem(401, "TILGANG.INTEGRASJON_MANGLER");
        }
    }
}

async fn another_organisation_is_not_told_that_anything_exists(t: &mut Gate) {
    let organisasjon = FiksOrgId(t.ids.uuid());
    let other = Organisasjon {
        id: organisasjon,
        organisasjonsnummer: OTHER.parse().unwrap(),
        navn: "Fjordvik kommune".to_owned(),
    };
    t.apply(Oppsett { organisasjoner: vec![other], ..Oppsett::default() }).await;
    let everything_at_home = Privilegium::ALL.map(|privilege| (organisasjon, privilege));
    let id = t.integration(organisasjon, true, &everything_at_home).await;
    let caller = |_: &Call| {
        let token = t.signed(|claims| claims["consumer"]["ID"] = format!("0192:{OTHER}").into());
        t.through(Caller { token, ..t.skole() }, id)
    };
    every_call(t, caller, |call| call.hidden().map_or((call.success(), ""), |code| (404, code))).await;
    // Nor by its own address, with another one's report.
    let (report, _) = t.deliver().await;
    for rest in ["", "/innhold"] {
        let path = format!("{V2}/avhenting/{organisasjon}/meldinger/{report}{rest}");
        caller(&calls(t, "")[0]).get(path).await.problem(404, "BEKYMRINGSMELDING.IKKE_FUNNET");
    }
    let path = format!("{V2}/mottak/fagsystem/{organisasjon}/bekymringsmelding/{report}/status");
    caller(&calls(t, "")[0]).get(path).await.problem(404, "BEKYMRINGSMELDING.IKKE_FUNNET");
    let path = format!("{V2}/avhenting/{organisasjon}/meldinger/{report}/mottatt");
    caller(&calls(t, "")[0]).post(path).await.problem(404, "BEKYMRINGSMELDING.IKKE_FUNNET");
    assert_eq!(t.states(&report).await, ["AKSEPTERT", "SENDT_FAGSYSTEM"]);
}

async fn a_caller_without_the_privilege_is_refused(t: &mut Gate) {
    // Each has another one's privilege, where the organisation is its own.
    let school = t.town.skole.integrasjon;
    let wrong = |party: &Virksomhet| if party.integrasjon == school { Privilegium::Hent } else { Privilegium::Send };
    let doubles = doubles(t, true, |party| Some(wrong(party))).await;
    let nothing = t.integration(t.town.skole.organisasjon.id, true, &[]).await;
    let nobody = t.integration(t.town.kommune.organisasjon.id, true, &[]).await;
    let caller = |call: &Call| match call.row.krav {
        Krav::Oppslag => t.through(t.skole(), nothing),
        Krav::Enhver => t.through(t.kommune(), nobody),
        _ => by_double(t, call, &doubles),
    };
    let expect = |call: &Call| match call.row.krav {
        Krav::Legitimert => (call.success(), ""),
        _ => (403, "TILGANG.PRIVILEGIUM_MANGLER"),
    };
    every_call(t, caller, expect).await;
    let (id, _) = t.deliver().await;
    for call in calls(t, &id) {
        let wanted = match call.row.krav {
            Krav::Oppslag | Krav::Enhver => json!(Privilegium::ALL.map(Privilegium::as_str)),
            Krav::Forvalter(privilege @ Privilegium::Administrer, _) => {
                json!([privilege.as_str(), Privilegium::Support.as_str()])
            }
            Krav::Privilegium(privilege)
            | Krav::Person(privilege)
            | Krav::Forvalter(privilege, _)
            | Krav::Administrator(privilege) => json!([privilege.as_str()]),
            Krav::Innlogget => unreachable!("persons only"),
            Krav::Gruppeadministrator => json!([Privilegium::LedsagerbevisKonfigurer.as_str()]),
            Krav::Behandler => json!([Privilegium::LedsagerbevisBehandle.as_str()]),
            Krav::Svarinn | Krav::Legitimert | Krav::Innbygger | Krav::Apen => continue,
        };
        let refused = answer(call.request(t, &caller(&call))).await.json(403);
        assert_eq!(refused["errorJson"], json!({ "krever": wanted }), "{call:?}");
    }
}

async fn a_wrong_password_looks_like_an_unknown_integration(t: &mut Gate) {
    let (id, _) = t.deliver().await;
    for call in calls(t, &id) {
        let caller = t.caller(call.owner(t));
        let other_password = t.password(if call.owner(t).integrasjon == t.town.skole.integrasjon {
            t.town.kommune.integrasjon
        } else {
            t.town.skole.integrasjon
        });
        let unknown = Caller { integrasjon: t.ids.uuid().to_string(), ..caller.clone() };
        let malformed = Caller { integrasjon: "ikke-en-uuid".to_owned(), ..caller.clone() };
        let mut bodies = Vec::new();
        for caller in [
            Caller { passord: "feil".to_owned(), ..caller.clone() },
            Caller { passord: other_password, ..caller.clone() },
            unknown,
            malformed,
        ] {
            let mut body = answer(call.request(t, &caller)).await.problem(401, "TILGANG.INTEGRASJON_UGYLDIG");
            body["errorId"] = Value::Null;
            bodies.push(body);
        }
        assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]), "{bodies:?}");
    }
}

async fn a_token_goes_with_its_own_integration_only(t: &mut Gate) {
    let swapped = |call: &Call| {
        let token = if call.owner(t).integrasjon == t.town.skole.integrasjon { t.kommune() } else { t.skole() }.token;
        Caller { token, ..t.caller(call.owner(t)) }
    };
    every_call(t, swapped, |_| (401, "TILGANG.FEIL_ORGANISASJON")).await;
}

async fn an_integration_that_is_turned_off_is_refused(t: &mut Gate) {
    let doubles = doubles(t, false, |_| Some(Privilegium::Send)).await;
    every_call(t, |call| by_double(t, call, &doubles), |_| (403, "TILGANG.INTEGRASJON_DEAKTIVERT")).await;
    // One that is turned off while it is in use is noticed when what was read of it is too old.
    let path = format!("{V2}/kommuner");
    t.skole().get(&path).await.json(200);
    let mut oppsett = t.town.oppsett();
    oppsett.integrasjoner.iter_mut().for_each(|integration| integration.aktiv = false);
    t.apply(oppsett).await;
    t.clock.advance(SignedDuration::from_secs(5));
    t.skole().get(&path).await.problem(403, "TILGANG.INTEGRASJON_DEAKTIVERT");
}

async fn a_token_must_be_good_and_have_the_scope(t: &mut Gate) {
    type Change = fn(&mut Value);
    let cases: [(Change, u16, &'static str, &str); 6] = [
        (|claims| claims["scope"] = "ks:fiksio ks:fiks:les".into(), 403, "TILGANG.SCOPE_MANGLER", "insufficient_scope"),
        (|claims| claims["scope"] = Value::Null, 403, "TILGANG.SCOPE_MANGLER", "insufficient_scope"),
        (|claims| claims["exp"] = 1.into(), 401, "TILGANG.TOKEN_UTLOPT", "invalid_token"),
        (|claims| claims["iss"] = "http://maskinporten.test".into(), 401, "TILGANG.TOKEN_UGYLDIG", "invalid_token"),
        (|claims| claims["consumer"]["ID"] = "0192:99999999".into(), 401, "TILGANG.TOKEN_UGYLDIG", "invalid_token"),
        (|claims| claims["iat"] = Value::Null, 401, "TILGANG.TOKEN_UGYLDIG", "invalid_token"),
    ];
    for (change, status, code, challenge) in cases {
        let caller = |call: &Call| {
            let orgnr = call.owner(t).organisasjon.organisasjonsnummer;
            let token = t.signed(|claims| {
                claims["consumer"]["ID"] = format!("0192:{orgnr}").into();
                change(claims);
            });
            Caller { token, ..t.caller(call.owner(t)) }
        };
        every_call(t, caller, |_| (status, code)).await;
        let refused = caller(&calls(t, "")[0]).get(format!("{V2}/kommuner")).await;
        assert!(refused.header("www-authenticate").unwrap().contains(challenge), "{code}");
    }
    let garbage = Caller { token: "a.b.c".to_owned(), ..t.skole() };
    garbage.get(format!("{V2}/kommuner")).await.problem(401, "TILGANG.TOKEN_UGYLDIG");
}

async fn a_password_can_be_changed_without_a_gap(t: &mut Gate) {
    let path = format!("{V2}/kommuner");
    let old = t.skole();
    let mut oppsett = t.town.oppsett();
    oppsett.integrasjoner[0].nytt_passord = true;
    t.apply(oppsett).await;
    t.clock.advance(SignedDuration::from_secs(5));
    assert_ne!(old.passord, t.skole().passord);
    t.skole().get(&path).await.json(200);
    old.get(&path).await.json(200);
    t.clock.advance(SignedDuration::from_hours(24));
    t.skole().get(&path).await.json(200);
    Caller { token: t.skole().token, ..old }.get(&path).await.problem(401, "TILGANG.INTEGRASJON_UGYLDIG");
}

async fn a_report_remembers_who_called_for_whom(t: &mut Gate) {
    let supplier = json!({ "authority": "iso6523-actorid-upis", "ID": format!("0192:{OTHER}") });
    let token = t.signed(|claims| claims["supplier"] = supplier);
    let delegated = Caller { token, ..t.skole() };
    let (id, _) = t.deliver().await;
    let call = calls(t, &id).into_iter().find(|call| call.row.id.starts_with("opprettOffentlig")).unwrap();
    answer(call.request(t, &delegated)).await.json(201);
    t.run_jobs().await;
    assert_eq!(t.database.count("melding", "leverandor IS NULL").await, 1);
    assert_eq!(t.database.count("melding", &format!("leverandor = '{OTHER}'")).await, 1);
}

async fn one_integration_cannot_use_up_the_gateway(t: &mut Gate) {
    t.restart_with(Settings { rate: RateSettings { per_second: 1, burst: 3 }, ..Settings::default() }).await;
    let path = format!("{V2}/kommuner");
    let caller = t.skole();
    // Refused callers use up nobody's share.
    for _ in 0..5 {
        Caller { passord: "feil".to_owned(), ..caller.clone() }.get(&path).await.json(401);
    }
    let mut refused = None;
    for _ in 0..50 {
        let answer = caller.get(&path).await;
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("a limit");
    refused.problem(429, "FORESPORSEL.FOR_MANGE");
    assert!(refused.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
    t.kommune().get(&path).await.json(200);
    // Tokens are had where everyone gets them.
    let grant = grant(&t.maskinporten, &t.town.skole, &*t.clock, &t.ids);
    let form = [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", &grant)];
    let given = answer(t.http.post(format!("{}{MASKINPORTEN}/token", t.url)).form(&form)).await.json(200);
    Caller { token: given["access_token"].as_str().unwrap().to_owned(), ..t.kommune() }
        .get(&path)
        .await
        .problem(401, "TILGANG.FEIL_ORGANISASJON");
}
