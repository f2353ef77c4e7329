//! Roles: who appoints whom, who never can, and what the audit trail tells of it.

use futures_util::future::join_all;
use meldeport::{
    domain::{oppsett::Oppsett, roller::NyRolle, tilgang::Administrator},
    model::{FiksOrgId, RessursId, rolle::Rolle},
    sandbox::town::{ANSATTE, Ansatt},
    system::Secret,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Gate, Person, ROLLE, V2, answer, keep_log, log};

on_every_database! {
    each_appoints_whom_ks_s_guide_says,
    an_administrator_of_one_office_stays_there,
    a_system_may_appoint_users_and_no_more,
    nobody_widens_their_own_role,
    the_last_chief_administrator_cannot_be_taken_away,
    two_who_take_each_other_s_role_leave_one,
    the_same_role_given_twice_is_one_role,
    the_number_is_kept_nowhere,
    one_sees_what_one_holds_and_where,
    a_role_that_is_taken_away_is_gone_at_once,
    the_trail_tells_who_did_what,
    the_operator_names_the_first_administrator,
}

const CHIEF: Ansatt = ANSATTE[0];
const SERVICE: Ansatt = ANSATTE[1];
const USER: Ansatt = ANSATTE[2];
/// Synthetic, like those of the town; they hold nothing to begin with.
const NEW: [&str; 3] = ["05857090073", "06867590097", "07877990170"];

async fn staff(t: &Gate) {
    t.apply(Oppsett { roller: t.town.roller(), ..Oppsett::default() }).await;
}

fn roles(t: &Gate) -> String {
    format!("{V2}/konfigurasjon/{}/roller", t.town.kommune.organisasjon.id)
}

fn trail(t: &Gate) -> String {
    roles(t).replace("roller", "endringer")
}

fn body(fnr: &str, rolle: &str, office: Option<RessursId>) -> Value {
    let mut body = json!({ "fnr": fnr, "rolle": rolle, "merkelapp": format!("ansatt {}", &fnr[..4]) });
    if let Some(office) = office {
        body["ressursId"] = json!(office);
    }
    body
}

async fn give(t: &Gate, who: &Person, body: &Value) -> Answer {
    answer(who.request(Method::POST, roles(t)).json(body)).await
}

async fn take(t: &Gate, who: &Person, id: &str) -> Answer {
    answer(who.request(Method::DELETE, format!("{}/{id}", roles(t)))).await
}

/// The id of a role that must be given.
async fn given(t: &Gate, who: &Person, body: &Value) -> String {
    give(t, who, body).await.json(201)["rolleId"].as_str().unwrap().to_owned()
}

/// The id of the role that one of the town's people holds.
async fn own(t: &Gate, who: Ansatt) -> String {
    let held = t.logged_in(who.fnr).get(format!("{V2}/konfigurasjon/roller/mine")).await.json(200);
    held[0]["rolleId"].as_str().unwrap().to_owned()
}

async fn each_appoints_whom_ks_s_guide_says(t: &mut Gate) {
    staff(t).await;
    let (hoved, tjeneste, bruker) = ("HOVEDADMINISTRATOR", "TJENESTEADMINISTRATOR", "BRUKER");
    for (who, may, would) in [
        (CHIEF, [true, true, false], [hoved, hoved, tjeneste]),
        (SERVICE, [false, false, true], [hoved, hoved, tjeneste]),
        (USER, [false, false, false], ["", "", ""]),
    ] {
        for (n, rolle) in [hoved, tjeneste, bruker].into_iter().enumerate() {
            let answer = give(t, &t.logged_in(who.fnr), &body(NEW[n], rolle, None)).await;
            if may[n] {
                let id = answer.json(201)["rolleId"].as_str().unwrap().to_owned();
                // Who may not give it may not take it either.
                for other in [CHIEF, SERVICE, USER] {
                    if other.rolle != who.rolle {
                        take(t, &t.logged_in(other.fnr), &id).await.problem(403, "TILGANG.ROLLE_MANGLER");
                    }
                }
                assert_eq!(take(t, &t.logged_in(who.fnr), &id).await.status, 204, "{who:?} {rolle}");
            } else {
                let told = answer.problem(403, "TILGANG.ROLLE_MANGLER")["errorJson"]["krever"].clone();
                let wanted = if would[n].is_empty() { json!([hoved, tjeneste]) } else { json!([would[n]]) };
                assert_eq!(told, wanted, "{who:?} {rolle}");
            }
        }
    }
    // Whoever holds nothing there is not told that the organisation exists.
    let stranger = t.logged_in(NEW[0]);
    for path in [roles(t), trail(t)] {
        stranger.get(path).await.problem(404, "BEKYMRINGSMELDING.ORGANISASJON_IKKE_FUNNET");
    }
    give(t, &stranger, &body(NEW[0], hoved, None)).await.problem(404, "BEKYMRINGSMELDING.ORGANISASJON_IKKE_FUNNET");
    t.logged_in(USER.fnr).get(trail(t)).await.problem(403, "TILGANG.ROLLE_MANGLER");
}

async fn an_administrator_of_one_office_stays_there(t: &mut Gate) {
    staff(t).await;
    let chief = t.logged_in(CHIEF.fnr);
    let [here, there] = [0, 1].map(|n| t.kontor(n).bydel.id);
    let service = body(NEW[0], "TJENESTEADMINISTRATOR", Some(here));
    assert_eq!(give(t, &chief, &service).await.json(201)["ressursId"], json!(here));
    let one_office = t.logged_in(NEW[0]);
    let user = given(t, &one_office, &body(NEW[1], "BRUKER", Some(here))).await;
    for wrong in [Some(there), None] {
        give(t, &one_office, &body(NEW[2], "BRUKER", wrong)).await.problem(403, "TILGANG.ROLLE_MANGLER");
    }
    take(t, &one_office, &own(t, USER).await).await.problem(403, "TILGANG.ROLLE_MANGLER");
    // The list shows what is the administrator's to give: of the office, the administrator itself and the user.
    let seen = one_office.get(roles(t)).await.json(200);
    assert_eq!(seen.as_array().unwrap().len(), 2, "{seen}");
    assert!(seen.as_array().unwrap().iter().all(|role| role["ressursId"] == json!(here)), "{seen}");
    assert_eq!(chief.get(roles(t)).await.json(200).as_array().unwrap().len(), 6);
    // The trail: what was done to the office itself, which is nothing so far.
    assert_eq!(one_office.get(trail(t)).await.json(200)["endringer"], json!([]));
    assert_eq!(one_office.get(format!("{}?objekt={user}", trail(t))).await.json(200)["endringer"], json!([]));
    assert_eq!(take(t, &one_office, &user).await.status, 204);
    // An office of somebody else, and a chief administrator of one office.
    let nabo = t.nabo("9998", &["01"]).await;
    let elsewhere = body(NEW[1], "TJENESTEADMINISTRATOR", Some(nabo.bydeler[0].id));
    let told = give(t, &chief, &elsewhere).await.problem(400, "FORESPORSEL.KROPP");
    assert_eq!(told["errorJson"]["peker"], "/ressursId");
    let half = body(NEW[1], "HOVEDADMINISTRATOR", Some(here));
    assert_eq!(give(t, &chief, &half).await.problem(400, "FORESPORSEL.KROPP")["errorJson"]["peker"], "/ressursId");
}

async fn a_system_may_appoint_users_and_no_more(t: &mut Gate) {
    staff(t).await;
    let post = async |rolle: &str| {
        let request = t.kommune().request(Method::POST, roles(t)).json(&body(NEW[0], rolle, None));
        answer(request).await
    };
    let id = post("BRUKER").await.json(201)["rolleId"].as_str().unwrap().to_owned();
    for rolle in ["TJENESTEADMINISTRATOR", "HOVEDADMINISTRATOR"] {
        post(rolle).await.problem(403, "TILGANG.ROLLE_MANGLER");
    }
    let delete = async |id: String| answer(t.kommune().request(Method::DELETE, format!("{}/{id}", roles(t)))).await;
    assert_eq!(delete(id).await.status, 204);
    delete(own(t, SERVICE).await).await.problem(403, "TILGANG.ROLLE_MANGLER");
    assert_eq!(t.kommune().get(roles(t)).await.json(200).as_array().unwrap().len(), 4);
}

async fn nobody_widens_their_own_role(t: &mut Gate) {
    staff(t).await;
    for (who, rolle) in [(CHIEF, "TJENESTEADMINISTRATOR"), (CHIEF, "HOVEDADMINISTRATOR"), (SERVICE, "BRUKER")] {
        give(t, &t.logged_in(who.fnr), &body(who.fnr, rolle, None)).await.problem(403, "ROLLE.EGEN_ROLLE");
    }
    // An administrator of one office cannot become that of all through somebody else's name either.
    let here = Some(t.kontor(0).bydel.id);
    given(t, &t.logged_in(CHIEF.fnr), &body(NEW[0], "TJENESTEADMINISTRATOR", here)).await;
    let office = t.logged_in(NEW[0]);
    give(t, &office, &body(NEW[0], "BRUKER", here)).await.problem(403, "ROLLE.EGEN_ROLLE");
    give(t, &office, &body(NEW[1], "TJENESTEADMINISTRATOR", None)).await.problem(403, "TILGANG.ROLLE_MANGLER");
    // Less is always possible.
    assert_eq!(take(t, &t.logged_in(SERVICE.fnr), &own(t, SERVICE).await).await.status, 204);
}

async fn the_last_chief_administrator_cannot_be_taken_away(t: &mut Gate) {
    staff(t).await;
    let chief = t.logged_in(CHIEF.fnr);
    let first = own(t, CHIEF).await;
    take(t, &chief, &first).await.problem(409, "ROLLE.SISTE_HOVEDADMINISTRATOR");
    let second = given(t, &chief, &body(NEW[0], "HOVEDADMINISTRATOR", None)).await;
    assert_eq!(take(t, &t.logged_in(NEW[0]), &first).await.status, 204);
    take(t, &t.logged_in(NEW[0]), &second).await.problem(409, "ROLLE.SISTE_HOVEDADMINISTRATOR");
    chief.get(roles(t)).await.problem(404, "BEKYMRINGSMELDING.ORGANISASJON_IKKE_FUNNET");
    assert_eq!(t.database.count("rolle", "rolle = 'HOVEDADMINISTRATOR'").await, 1);
}

/// The right of somebody who has shown who it is, before anything else happens.
async fn administrator(t: &Gate, fnr: &str, organisasjon: FiksOrgId) -> Administrator {
    let token = t.person(|claims| claims["pid"] = fnr.into());
    t.services().identify_forvalter(&token).await.unwrap().administrator(organisasjon).unwrap()
}

async fn two_who_take_each_other_s_role_leave_one(t: &mut Gate) {
    staff(t).await;
    let here = t.town.kommune.organisasjon.id;
    let first = own(t, CHIEF).await;
    let second = given(t, &t.logged_in(CHIEF.fnr), &body(NEW[0], "HOVEDADMINISTRATOR", None)).await;
    // Both have been let in before either's call is done.
    let (one, other) = (administrator(t, CHIEF.fnr, here).await, administrator(t, NEW[0], here).await);
    let [of_one, of_other] = [&first, &second].map(|id| id.parse().unwrap());
    let services = t.services();
    let (a, b) = tokio::join!(services.ta_rolle(one, of_other), services.ta_rolle(other, of_one));
    assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
    let refused = if let Err(refused) = a { refused } else { b.unwrap_err() };
    assert_eq!((refused.feil().status, refused.feil().code), (409, "ROLLE.SISTE_HOVEDADMINISTRATOR"));
    assert_eq!(t.database.count("rolle", "rolle = 'HOVEDADMINISTRATOR'").await, 1);
    // Of three, the one whose role was just taken does not take another's with it.
    let left = if t.logged_in(CHIEF.fnr).get(roles(t)).await.status == 200 { CHIEF.fnr } else { NEW[0] };
    let mut ids = Vec::new();
    for fnr in &NEW[1..] {
        ids.push(given(t, &t.logged_in(left), &body(fnr, "HOVEDADMINISTRATOR", None)).await);
    }
    let late = administrator(t, NEW[1], here).await;
    assert_eq!(take(t, &t.logged_in(NEW[2]), &ids[0]).await.status, 204);
    let refused = t.services().ta_rolle(late.clone(), ids[1].parse().unwrap()).await.unwrap_err();
    assert_eq!(refused.feil().code, "TILGANG.ROLLE_MANGLER");
    let ny = NyRolle {
        organisasjon: here,
        rolle: Rolle::Hovedadministrator,
        bydel: None,
        merkelapp: "ansatt 9".to_owned(),
        fnr: Secret::new(USER.fnr.to_owned()),
    };
    assert_eq!(t.services().gi_rolle(late, ny).await.unwrap_err().feil().code, "TILGANG.ROLLE_MANGLER");
}

async fn the_same_role_given_twice_is_one_role(t: &mut Gate) {
    staff(t).await;
    let service = t.logged_in(SERVICE.fnr);
    let before = t.database.count("rolle", "1 = 1").await;
    for office in [None, Some(t.kontor(0).bydel.id), Some(t.kontor(1).bydel.id)] {
        let body = body(NEW[0], "BRUKER", office);
        let all = join_all((0..6).map(|_| give(t, &service, &body))).await;
        let ids: Vec<_> = all.iter().map(|answer| answer.json(201)["rolleId"].clone()).collect();
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    }
    assert_eq!(t.database.count("rolle", "1 = 1").await, before + 3);
    assert_eq!(t.database.count("revisjon", "handling = 'opprettRolle'").await, 3 + 3, "the town's staff and these");
    // The database itself does not take a second one, whoever writes it.
    for condition in ["ressurs_id IS NULL", "ressurs_id IS NOT NULL"] {
        let columns = "organisasjon_id, person, rolle, ressurs_id, merkelapp, gitt";
        let random = if t.database.settings.url.starts_with("sqlite") { "randomblob(16)" } else { "gen_random_uuid()" };
        let twin = format!(
            "INSERT INTO rolle (id, {columns}) SELECT {random}, {columns} FROM rolle WHERE {condition} ON CONFLICT DO NOTHING"
        );
        t.database.execute(&twin).await;
    }
    assert_eq!(t.database.count("rolle", "1 = 1").await, before + 3);
    // Another label is a change, and the role stays what it was.
    let mut relabelled = body(NEW[0], "BRUKER", None);
    relabelled["merkelapp"] = "  vikar 7 ".into();
    let role = give(t, &service, &relabelled).await.json(201);
    assert_eq!(role["merkelapp"], "vikar 7");
    let entry = service.get(format!("{}?objekt={}", trail(t), role["rolleId"].as_str().unwrap())).await.json(200);
    assert_eq!(entry["endringer"][0]["tilstandFor"]["merkelapp"], "ansatt 0585");
    assert_eq!(entry["endringer"][0]["tilstandEtter"]["merkelapp"], "vikar 7");
}

async fn the_number_is_kept_nowhere(t: &mut Gate) {
    keep_log();
    staff(t).await;
    let service = t.logged_in(SERVICE.fnr);
    let good = give(t, &service, &body(NEW[1], "BRUKER", None)).await;
    good.json(201);
    let mut answers = vec![good, service.get(roles(t)).await, service.get(trail(t)).await];
    for wrong in ["06867590098", "0686759009", "x6867590097", "99999999999", ""] {
        let mut body = body(NEW[1], "BRUKER", None);
        body["fnr"] = wrong.into();
        let refused = give(t, &service, &body).await;
        assert_eq!(refused.problem(400, "ROLLE.UGYLDIG_FNR")["errorJson"]["peker"], "/fnr");
        answers.push(refused);
    }
    let label = |label: &str| {
        let mut body = body(NEW[2], "BRUKER", None);
        body["merkelapp"] = label.into();
        body
    };
    for wrong in [NEW[2], "ansatt 078779 90170", " ", &"x".repeat(101), "to\nlinjer"] {
        let refused = give(t, &service, &label(wrong)).await;
        assert_eq!(refused.problem(400, "FORESPORSEL.KROPP")["errorJson"]["peker"], "/merkelapp", "{wrong}");
        answers.push(refused);
    }
    for unreadable in
        [json!({ "fnr": 6867590097_i64 }), json!({ "fnr": [NEW[1]], "rolle": "BRUKER", "merkelapp": "a" })]
    {
        let refused = give(t, &service, &unreadable).await;
        refused.problem(400, "FORESPORSEL.KROPP");
        answers.push(refused);
    }
    for answer in answers {
        assert!(!NEW.iter().any(|fnr| answer.text().contains(&fnr[..10])), "{}", answer.text());
    }
    assert!(!NEW[1..].iter().any(|fnr| log().contains(fnr)));
    for fnr in NEW {
        assert_eq!(t.database.count("rolle", &format!("merkelapp LIKE '%{fnr}%'")).await, 0);
        let written = format!("tilstand_for LIKE '%{fnr}%' OR tilstand_etter LIKE '%{fnr}%'");
        assert_eq!(t.database.count("revisjon", &written).await, 0);
    }
}

async fn one_sees_what_one_holds_and_where(t: &mut Gate) {
    staff(t).await;
    let nabo = t.nabo("9998", &["01"]).await;
    let mine = format!("{V2}/konfigurasjon/roller/mine");
    assert_eq!(t.logged_in(NEW[0]).get(&mine).await.json(200), json!([]));
    let office = t.kontor(1).bydel.id;
    let id = given(t, &t.logged_in(SERVICE.fnr), &body(NEW[0], "BRUKER", Some(office))).await;
    let role = NyRolle {
        organisasjon: nabo.organisasjon.id,
        rolle: Rolle::Hovedadministrator,
        bydel: None,
        merkelapp: "ansatt 1".to_owned(),
        fnr: Secret::new(NEW[0].to_owned()),
    };
    t.clock.advance(jiff::SignedDuration::from_secs(1));
    t.apply(Oppsett { roller: vec![role], ..Oppsett::default() }).await;
    let held = t.logged_in(NEW[0]).get(&mine).await.json(200);
    let expected = json!({
        "rolleId": id,
        "fiksOrgId": t.town.kommune.organisasjon.id,
        "organisasjonsnavn": "Lillevik kommune",
        "rolle": "BRUKER",
        "ressursId": office,
        "gittTidspunkt": "2027-01-15T12:00:00.000Z",
    });
    assert_eq!(held[0], expected);
    assert_eq!(
        (&held[1]["organisasjonsnavn"], &held[1]["rolle"]),
        (&json!("Kommune 9998"), &json!("HOVEDADMINISTRATOR"))
    );
    // Chief of one organisation, user of the other: each right stays where it was given.
    t.logged_in(NEW[0]).get(roles(t)).await.problem(403, "TILGANG.ROLLE_MANGLER");
    // A system's token is nobody's log-in.
    t.kommune().get(&mine).await.problem(401, "TILGANG.PERSONTOKEN_UGYLDIG");
    answer(t.http.get(format!("{}{mine}", t.url))).await.problem(401, "TILGANG.PERSONTOKEN_MANGLER");
}

async fn a_role_that_is_taken_away_is_gone_at_once(t: &mut Gate) {
    staff(t).await;
    let chief = t.logged_in(CHIEF.fnr);
    let service = t.logged_in(SERVICE.fnr);
    let id = own(t, SERVICE).await;
    for _ in 0..2 {
        assert_eq!(take(t, &chief, &id).await.status, 204, "said again, the same answer");
    }
    service.get(roles(t)).await.problem(404, "BEKYMRINGSMELDING.ORGANISASJON_IKKE_FUNNET");
    take(t, &chief, &t.ids.uuid().to_string()).await.problem(404, "ROLLE.IKKE_FUNNET");
    // Another organisation's role is none of this one's, there or gone.
    let nabo = t.nabo("9998", &["01"]).await;
    let elsewhere = format!("{V2}/konfigurasjon/{}/roller", nabo.organisasjon.id);
    let user = answer(nabo.caller(t).request(Method::POST, &elsewhere).json(&body(NEW[0], "BRUKER", None))).await;
    let user = user.json(201)["rolleId"].as_str().unwrap().to_owned();
    for _ in 0..2 {
        answer(t.kommune().request(Method::DELETE, format!("{}/{user}", roles(t))))
            .await
            .problem(404, "ROLLE.IKKE_FUNNET");
        answer(nabo.caller(t).request(Method::DELETE, format!("{elsewhere}/{user}"))).await;
    }
    assert_eq!(t.database.count("rolle", "rolle = 'BRUKER'").await, 2);
}

async fn the_trail_tells_who_did_what(t: &mut Gate) {
    staff(t).await;
    let (chief, service) = (t.logged_in(CHIEF.fnr), t.logged_in(SERVICE.fnr));
    let (chief_id, service_id) = (own(t, CHIEF).await, own(t, SERVICE).await);
    t.clock.advance(jiff::SignedDuration::from_secs(1));
    let user = given(t, &service, &body(NEW[0], "BRUKER", None)).await;
    t.clock.advance(jiff::SignedDuration::from_secs(1));
    answer(t.kommune().request(Method::DELETE, format!("{}/{user}", roles(t)))).await;
    t.clock.advance(jiff::SignedDuration::from_secs(1));
    assert_eq!(take(t, &chief, &service_id).await.status, 204);

    let page = chief.get(format!("{}?antall=3", trail(t))).await.json(200);
    let entries = page["endringer"].as_array().unwrap().clone();
    let role = |rolle: &str, merkelapp: &str| json!({ "rolle": rolle, "ressursId": null, "merkelapp": merkelapp });
    let person = |id: &str, merkelapp: &str| json!({ "type": "PERSON", "id": id, "merkelapp": merkelapp });
    let facts = |n: usize| {
        let entry = &entries[n];
        (entry["handling"].clone(), entry["aktor"].clone(), entry["objekt"].clone(), entry["tidspunkt"].clone())
    };
    let system = json!({ "type": "INTEGRASJON", "id": t.town.kommune.integrasjon });
    assert_eq!(
        [facts(0), facts(1), facts(2)],
        [
            (
                json!("slettRolle"),
                person(&chief_id, "ansatt 1001"),
                json!(service_id),
                json!("2027-01-15T12:00:03.000Z")
            ),
            (json!("slettRolle"), system, json!(user), json!("2027-01-15T12:00:02.000Z")),
            // Known by its label still, although the role is gone.
            (json!("opprettRolle"), person(&service_id, "ansatt 1002"), json!(user), json!("2027-01-15T12:00:01.000Z")),
        ]
    );
    assert_eq!(entries[0]["tilstandFor"], role("TJENESTEADMINISTRATOR", "ansatt 1002"));
    assert!(entries[0].get("tilstandEtter").is_none() && entries[2].get("tilstandFor").is_none());
    assert_eq!(entries[2]["tilstandEtter"], role("BRUKER", "ansatt 0585"));
    let next = page["nesteMarkor"].as_str().unwrap();
    let rest = t.kommune().get(format!("{}?antall=200&markor={next}", trail(t))).await.json(200);
    assert_eq!(rest["endringer"].as_array().unwrap().len(), 3);
    assert!(rest.get("nesteMarkor").is_none());
    assert_eq!(rest["endringer"][0]["aktor"], json!({ "type": "PLATTFORM" }));
    let about = chief.get(format!("{}?objekt={user}", trail(t))).await.json(200);
    assert_eq!(about["endringer"].as_array().unwrap()[..], entries[1..3]);
    let nothing = chief.get(format!("{}?objekt={ROLLE}", trail(t))).await.json(200);
    assert_eq!(nothing, json!({ "endringer": [] }));
}

async fn the_operator_names_the_first_administrator(t: &mut Gate) {
    staff(t).await;
    staff(t).await;
    assert_eq!(t.database.count("rolle", "1 = 1").await, 4, "applied again, nothing changes");
    let apply = async |fnr: &str, organisasjon: FiksOrgId| {
        let role = NyRolle {
            organisasjon,
            rolle: Rolle::Hovedadministrator,
            bydel: None,
            merkelapp: "ansatt 1".to_owned(),
            fnr: Secret::new(fnr.to_owned()),
        };
        t.services().apply(Oppsett { roller: vec![role], ..Oppsett::default() }).await
    };
    let here = t.town.kommune.organisasjon.id;
    assert_eq!(apply("01817790094", here).await.unwrap_err().feil().code, "ROLLE.UGYLDIG_FNR");
    let unknown = apply(NEW[0], FiksOrgId(t.ids.uuid())).await.unwrap_err();
    assert_eq!(unknown.feil().code, "BEKYMRINGSMELDING.ORGANISASJON_IKKE_FUNNET");
    // A second one, such as when the first has left without appointing another.
    apply(NEW[0], here).await.unwrap();
    t.logged_in(NEW[0]).get(roles(t)).await.json(200);
}
