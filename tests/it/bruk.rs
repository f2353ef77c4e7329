//! Who still uses which version: what is counted, who sees it, and who is told by e-mail that a version is to stop.

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use meldeport::{
    delivery::varsler::send_due,
    domain::oppsett::Oppsett,
    epost::Epost,
    http::operations::find,
    model::{IntegrasjonId, integrasjon::Privilegium},
    sandbox::town::{ANSATTE, Virksomhet},
    store::{self, bruk::Brukstall},
    system::Clock as _,
    versions::{Livslop, Versjonert},
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    support::{Answer, Gate, PRINT, Sak, V1, V2, answer, keep_log, log},
    versjoner::{first, live_by},
};

on_every_database! {
    calls_are_counted_by_version_operation_and_day,
    only_who_has_shown_who_it_is_is_counted,
    what_nodes_count_is_added_up,
    a_database_that_does_not_answer_costs_no_call_and_no_count,
    each_sees_its_own_and_administrators_see_theirs,
    counts_are_forgotten_in_the_end,
    an_integration_is_told_once_at_each_threshold,
    many_planners_and_a_restart_tell_once,
    who_does_not_use_it_or_does_not_want_to_know_is_not_told,
    an_integration_that_asks_late_is_told_how_things_stand,
    what_is_no_longer_so_is_not_sent,
    an_address_must_be_one_and_is_logged_nowhere,
}

async fn bruk(t: &Gate, virksomhet: &Virksomhet, query: &str) -> Value {
    t.services().skriv_bruk().await.unwrap();
    t.caller(virksomhet).get(format!("{V2}/bruk{query}")).await.json(200)
}

/// Version, operation, latest call, and the days with their calls.
fn lines(bruk: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    for version in bruk["versjoner"].as_array().unwrap() {
        for one in version["operasjoner"].as_array().unwrap() {
            let days = one["dager"].as_array().unwrap().iter();
            let days: Vec<_> = days.map(|day| format!("{} {}", text(&day["dato"]), day["antallKall"])).collect();
            let words = [text(&version["versjon"]), text(&one["operasjon"]), text(&one["sisteKall"])];
            lines.push(format!("{} {}", words.join(" "), days.join(", ")));
        }
    }
    lines
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

async fn calls_are_counted_by_version_operation_and_day(t: &mut Gate) {
    t.clock.set("2027-01-15T22:58:00Z".parse().unwrap());
    let kommuner = |version: &str| format!("{version}/kommuner");
    let missing = |t: &Gate| t.send_path(V1, 0, Sak::Privat).replace("/01/", "/77/");
    t.skole().get(kommuner(V1)).await.json(200);
    t.skole().get(kommuner(V1)).await.json(200);
    // One that is refused is a call as well.
    let refused = t.skole().request(Method::POST, missing(t)).multipart(t.report().form());
    assert_eq!(answer(refused).await.status, 404);
    t.skole().get(kommuner(V2)).await.json(200);
    // Norwegian midnight.
    t.clock.set("2027-01-15T23:00:00Z".parse().unwrap());
    t.skole().get(kommuner(V1)).await.json(200);
    assert_eq!(
        lines(&bruk(t, &t.town.skole, "").await),
        [
            "bekymringsmelding-v1 getKommuner 2027-01-15T23:00:00.000Z 2027-01-15 2, 2027-01-16 1",
            "bekymringsmelding-v1 opprettPrivatBekymringsmelding 2027-01-15T22:58:00.000Z 2027-01-15 1",
            "bekymringsmelding-v2 getKommuner 2027-01-15T22:58:00.000Z 2027-01-15 1",
        ]
    );
    let today = bruk(t, &t.town.skole, "?sisteDager=1").await;
    assert_eq!(
        lines(&today),
        [
            "bekymringsmelding-v1 getKommuner 2027-01-15T23:00:00.000Z 2027-01-16 1",
            "bekymringsmelding-v2 getBruk 2027-01-15T23:00:00.000Z 2027-01-16 1",
        ]
    );
}

async fn only_who_has_shown_who_it_is_is_counted(t: &mut Gate) {
    let mut stranger = t.skole();
    stranger.passord = "feil".to_owned();
    stranger.get(format!("{V1}/kommuner")).await.problem(401, "TILGANG.INTEGRASJON_UGYLDIG");
    t.skole().get(format!("{V1}/finnes-ikke")).await.problem(404, "FORESPORSEL.UKJENT_ADRESSE");
    answer(t.http.get(format!("{}/versjoner", t.url))).await.json(200);
    t.services().skriv_bruk().await.unwrap();
    assert_eq!(t.database.count("bruk", "1 = 1").await, 0);
    // Other services' calls are counted under their own names, and no row says whom a call was about.
    let (id, _) = t.deliver().await;
    t.kommune().get(t.queue(format!("/{id}"))).await.json(200);
    t.letters().await;
    t.services().skriv_bruk().await.unwrap();
    let everyone = t.caller(&t.town.drift).get(format!("{V2}/admin/bruk")).await.json(200);
    let mut seen = Vec::new();
    for user in everyone["integrasjoner"].as_array().unwrap() {
        for version in user["versjoner"].as_array().unwrap() {
            let named = Versjonert::ALL.into_iter().find(|one| version["versjon"] == one.name()).unwrap();
            for one in version["operasjoner"].as_array().unwrap() {
                assert!(find(named, text(&one["operasjon"])).is_some(), "{one}");
                seen.push(format!("{} {}", named.name(), text(&one["operasjon"])));
            }
        }
    }
    seen.sort();
    assert_eq!(
        seen,
        [
            "bekymringsmelding-v2 getVentendeMelding",
            "bekymringsmelding-v2 opprettOffentligBekymringsmelding",
            "print-v1 getVentendeBrev",
        ]
    );
}

async fn what_nodes_count_is_added_up(t: &mut Gate) {
    let day = "2027-01-15".parse().unwrap();
    let one = |operasjon: &str, siste: &str| Brukstall {
        integrasjon: t.town.skole.integrasjon,
        versjon: "bekymringsmelding-v1".to_owned(),
        operasjon: operasjon.to_owned(),
        dag: day,
        antall: 3,
        siste_kall: siste.parse().unwrap(),
    };
    let (early, late) = ("2027-01-15T09:00:00Z", "2027-01-15T11:00:00Z");
    // As many nodes would at the same moment, and the latest call is not the one that is written last.
    let writes = (0..8).map(|n| {
        let siste = if n == 0 { late } else { early };
        let rows = vec![one("getBydel", siste), one("getKommune", siste), one("getKommuner", siste)];
        t.services().store.write("test", rows, |tx, rows| Box::pin(store::bruk::add(tx, rows)))
    });
    assert!(join_all(writes).await.into_iter().all(|written| written.is_ok()));
    assert_eq!(t.database.count("bruk", "antall = 24").await, 3);
    let latest: Timestamp = late.parse().unwrap();
    assert_eq!(t.database.count("bruk", &format!("siste_kall = {}", latest.as_millisecond())).await, 3);
    // A node that stops writes down what it has counted.
    t.skole().get(format!("{V2}/kommuner")).await.json(200);
    t.restart().await;
    t.skole().get(format!("{V2}/kommuner")).await.json(200);
    t.restart().await;
    assert_eq!(t.database.count("bruk", "versjon = 'bekymringsmelding-v2' AND antall = 2").await, 1);
}

async fn a_database_that_does_not_answer_costs_no_call_and_no_count(t: &mut Gate) {
    t.database.execute("ALTER TABLE bruk RENAME TO borte").await;
    t.skole().get(format!("{V1}/kommuner")).await.json(200);
    assert!(t.services().skriv_bruk().await.is_err());
    t.skole().get(format!("{V1}/kommuner")).await.json(200);
    assert!(t.services().skriv_bruk().await.is_err());
    t.database.execute("ALTER TABLE borte RENAME TO bruk").await;
    t.services().skriv_bruk().await.unwrap();
    t.services().skriv_bruk().await.unwrap();
    assert_eq!(t.database.count("bruk", "operasjon = 'getKommuner' AND antall = 2").await, 1);
}

/// Whose integrations an administrator sees, by name.
fn names(answer: &Answer) -> Vec<String> {
    let page = answer.json(200);
    let users = page["integrasjoner"].as_array().unwrap();
    users.iter().map(|user| text(&user["navn"]).to_owned()).collect()
}

async fn each_sees_its_own_and_administrators_see_theirs(t: &mut Gate) {
    t.apply(Oppsett { roller: t.town.roller(), ..Oppsett::default() }).await;
    t.skole().get(format!("{V1}/kommuner")).await.json(200);
    t.kommune().get(format!("{V2}/kommuner")).await.json(200);
    t.caller(&t.town.utskrift).get(format!("{PRINT}/brev")).await.json(200);
    assert_eq!(lines(&bruk(t, &t.town.skole, "").await).len(), 1);
    let ours = lines(&bruk(t, &t.town.kommune, "").await);
    assert!(ours.iter().all(|line| line.starts_with("bekymringsmelding-v2 ")), "{ours:?}");
    let address = format!("{V2}/admin/bruk");
    let drift = t.caller(&t.town.drift);
    // Who asks is one of them from now on.
    drift.get(&address).await.json(200);
    t.services().skriv_bruk().await.unwrap();
    let all = drift.get(&address).await;
    let mut everyone = names(&all);
    assert_eq!((everyone.len(), &all.json(200)["totaltAntallIntegrasjoner"]), (4, &json!(4)));
    // In pages, in one order.
    let mut paged = Vec::new();
    for from in 0..4 {
        let page = drift.get(format!("{address}?antall=1&fra={from}")).await;
        assert_eq!(page.json(200)["totaltAntallIntegrasjoner"], 4);
        paged.extend(names(&page));
    }
    assert_eq!(paged, everyone);
    everyone.sort();
    let still_v1 = drift.get(format!("{address}?versjon=bekymringsmelding-v1")).await.json(200);
    assert_eq!(still_v1["totaltAntallIntegrasjoner"], 1);
    let user = &still_v1["integrasjoner"][0];
    assert_eq!(user["integrasjonId"], t.town.skole.integrasjon.to_string());
    assert_eq!(user["fiksOrgId"], t.town.skole.organisasjon.id.to_string());
    assert_eq!(lines(user).len(), 1, "what else it calls is not asked for");
    drift.get(format!("{address}?versjon=v1")).await.problem(400, "FORESPORSEL.PARAMETER");
    // A municipality sees its own, as a system and as a person.
    let home = t.town.kommune.organisasjon.id;
    let ours = names(&t.kommune().get(&address).await);
    assert_eq!(ours.len(), 1);
    assert!(everyone.contains(&ours[0]));
    assert_eq!(names(&drift.get(format!("{address}?fiksOrgId={home}")).await), ours);
    let whole = ANSATTE.iter().find(|ansatt| ansatt.rolle == meldeport::model::rolle::Rolle::Tjenesteadministrator);
    assert_eq!(names(&t.logged_in(whole.unwrap().fnr).get(&address).await), ours);
    let elsewhere = t.town.skole.organisasjon.id;
    let hidden = t.kommune().get(format!("{address}?fiksOrgId={elsewhere}")).await;
    hidden.problem(404, "BEKYMRINGSMELDING.ORGANISASJON_IKKE_FUNNET");
    t.skole().get(&address).await.problem(403, "TILGANG.PRIVILEGIUM_MANGLER");
}

async fn counts_are_forgotten_in_the_end(t: &mut Gate) {
    t.skole().get(format!("{V1}/kommuner")).await.json(200);
    t.services().skriv_bruk().await.unwrap();
    t.clock.advance(SignedDuration::from_hours(400 * 24));
    t.services().rydd().await.unwrap();
    assert_eq!(t.database.count("bruk", "1 = 1").await, 1);
    t.clock.advance(SignedDuration::from_hours(24));
    t.services().rydd().await.unwrap();
    assert_eq!(t.database.count("bruk", "1 = 1").await, 0);
}

const LEVERANDOR: &str = "utvikling@leverandor.example";

/// Deprecated in the summer, gone in December a year later.
fn ending() -> Livslop {
    first("live", "2027-07-01", Some("2028-12-01"))
}

async fn ask(t: &Gate, virksomhet: &Virksomhet, body: Value) -> Answer {
    answer(t.caller(virksomhet).request(Method::PUT, format!("{V2}/bruk/varsel")).json(&body)).await
}

async fn ask_for_the_school(t: &Gate) {
    assert_eq!(ask(t, &t.town.skole, json!({ "epost": LEVERANDOR })).await.status, 204);
}

/// Calls the first version, as somebody does who uses it.
async fn use_it(t: &Gate) {
    t.skole().get(format!("{V1}/kommuner")).await.json(200);
    t.services().skriv_bruk().await.unwrap();
}

async fn plan(t: &Gate) {
    t.services().planlegg_varsler().await.unwrap();
}

/// What was sent of versions: the offices' certificates have their own warnings.
async fn send(t: &Gate) -> Vec<Epost> {
    while send_due(t.services()).await.unwrap() > 0 {}
    t.post.take().into_iter().filter(|epost| epost.til[0].as_str() == LEVERANDOR).collect()
}

async fn tick(t: &Gate) -> Vec<Epost> {
    plan(t).await;
    send(t).await
}

fn at(t: &Gate, moment: &str) {
    t.clock.set(moment.parse().unwrap());
}

async fn an_integration_is_told_once_at_each_threshold(t: &mut Gate) {
    live_by(t, ending()).await;
    ask_for_the_school(t).await;
    let mut told = Vec::new();
    let start: Timestamp = "2027-06-29T22:00:00Z".parse().unwrap();
    let sunset: Timestamp = "2028-11-30T23:00:00Z".parse().unwrap();
    for day in 0..540 {
        t.clock.set(start + day * SignedDuration::from_hours(24));
        if t.clock.now() < sunset && day % 20 == 0 {
            use_it(t).await;
        }
        for epost in tick(t).await {
            told.push(format!("{} {}", t.clock.now(), epost.emne));
        }
    }
    assert_eq!(
        told,
        [
            "2027-06-30T22:00:00Z Bekymringsmelding v1 avvikles om 519 dager – Skolens fagsystem",
            "2028-06-03T22:00:00Z Bekymringsmelding v1 avvikles om 180 dager – Skolens fagsystem",
            "2028-09-01T22:00:00Z Bekymringsmelding v1 avvikles om 90 dager – Skolens fagsystem",
            "2028-11-01T22:00:00Z Bekymringsmelding v1 avvikles om 30 dager – Skolens fagsystem",
            "2028-11-24T22:00:00Z Bekymringsmelding v1 avvikles om 7 dager – Skolens fagsystem",
        ]
    );
}

async fn many_planners_and_a_restart_tell_once(t: &mut Gate) {
    live_by(t, ending()).await;
    ask_for_the_school(t).await;
    at(t, "2028-06-10T10:00:00Z");
    use_it(t).await;
    let plans = join_all((0..8).map(|_| t.services().planlegg_varsler())).await;
    assert!(plans.into_iter().all(|planned| planned.is_ok()));
    join_all((0..4).map(|_| send_due(t.services()))).await;
    let sent = send(t).await;
    assert_eq!(sent.len(), 1);
    for fact in [
        "bruker Bekymringsmelding v1, sist lørdag 10. juni 2028",
        "frarådet siden torsdag 1. juli 2027",
        "Fra fredag 1. desember 2028 svarer den ikke lenger",
        "Gå over til Bekymringsmelding v2",
    ] {
        assert!(sent[0].tekst.contains(fact), "{fact}: {}", sent[0].tekst);
    }
    t.restart().await;
    assert!(tick(t).await.is_empty());
    assert_eq!(t.database.count("varsel", "slag = 'VERSJON_UTFASES' AND utfall = 'SENDT' AND til IS NULL").await, 1);
}

async fn who_does_not_use_it_or_does_not_want_to_know_is_not_told(t: &mut Gate) {
    live_by(t, ending()).await;
    at(t, "2028-06-10T10:00:00Z");
    use_it(t).await;
    assert!(tick(t).await.is_empty(), "nobody asked");
    ask_for_the_school(t).await;
    // Another one that asked calls the new version only.
    assert_eq!(ask(t, &t.town.kommune, json!({ "epost": "kommune@leverandor.example" })).await.status, 204);
    t.clock.advance(SignedDuration::from_hours(30 * 24));
    t.clock.advance(SignedDuration::from_millis(1));
    t.kommune().get(format!("{V2}/kommuner")).await.json(200);
    t.services().skriv_bruk().await.unwrap();
    plan(t).await;
    assert_eq!(t.database.count("varsel", "slag = 'VERSJON_UTFASES'").await, 0, "not for thirty days");
    let slett = t.skole().request(Method::DELETE, format!("{V2}/bruk/varsel"));
    for _ in 0..2 {
        assert_eq!(answer(slett.try_clone().unwrap()).await.status, 204);
    }
    use_it(t).await;
    plan(t).await;
    assert_eq!(t.database.count("varsel", "slag = 'VERSJON_UTFASES'").await, 0);
    assert_eq!(t.database.count("bruksvarsel", "1 = 1").await, 1);
}

async fn an_integration_that_asks_late_is_told_how_things_stand(t: &mut Gate) {
    // No end is decided yet.
    live_by(t, first("deprecated", "2027-01-01", None)).await;
    use_it(t).await;
    assert_eq!(ask(t, &t.town.skole, json!({ "epost": LEVERANDOR, "malform": "NYNORSK" })).await.status, 204);
    let sent = tick(t).await;
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].emne, "Bekymringsmelding v1 er frårådd – Skolens fagsystem");
    assert!(sent[0].tekst.contains("Når han sluttar å svare, er ikkje bestemt."), "{}", sent[0].tekst);
    assert!(tick(t).await.is_empty());
    // The end is decided afterwards, and moved after that: each date is told of.
    for (sunset, moment) in [("2028-06-01", "2028-05-01T10:00:00Z"), ("2028-07-01", "2028-05-02T10:00:00Z")] {
        live_by(t, first("deprecated", "2027-01-01", Some(sunset))).await;
        at(t, moment);
        use_it(t).await;
        assert_eq!(tick(t).await.len(), 1, "{sunset}");
        assert!(tick(t).await.is_empty());
    }
}

async fn what_is_no_longer_so_is_not_sent(t: &mut Gate) {
    live_by(t, ending()).await;
    ask_for_the_school(t).await;
    at(t, "2028-06-10T10:00:00Z");
    use_it(t).await;
    plan(t).await;
    assert_eq!(ask(t, &t.town.skole, json!({ "epost": "ny@leverandor.example" })).await.status, 204);
    assert!(send(t).await.is_empty(), "nobody reads the old address");
    assert_eq!(t.database.count("varsel", "slag = 'VERSJON_UTFASES' AND utfall = 'FRAFALT'").await, 1);
}

async fn an_address_must_be_one_and_is_logged_nowhere(t: &mut Gate) {
    keep_log();
    live_by(t, ending()).await;
    for epost in ["", "ingen", "Kari <kari@leverandor.example>", "kari nordmann@leverandor.example"] {
        let refused = ask(t, &t.town.skole, json!({ "epost": epost })).await.problem(400, "FORESPORSEL.KROPP");
        assert!(text(&refused["message"]).contains("«epost»"), "{refused}");
    }
    let egen = "hemmelig.navn@leverandor.example";
    assert_eq!(ask(t, &t.town.skole, json!({ "epost": format!(" {egen} "), "malform": "NYNORSK" })).await.status, 204);
    let own = t.skole().get(format!("{V2}/bruk")).await.json(200);
    assert_eq!(own["varsel"], json!({ "epost": egen, "malform": "NYNORSK" }));
    at(t, "2028-06-10T10:00:00Z");
    use_it(t).await;
    plan(t).await;
    while send_due(t.services()).await.unwrap() > 0 {}
    assert!(t.post.take().iter().any(|epost| epost.til[0].as_str() == egen));
    assert!(!log().contains("hemmelig.navn"));
    assert_eq!(t.database.count("revisjon", "handling = 'settBruksvarsel'").await, 1);
    assert_eq!(t.database.count("revisjon", "tilstand_etter LIKE '%leverandor%'").await, 0);
    // Another integration of the same owner does not see it.
    let organisasjon = t.town.skole.organisasjon.id;
    let other: IntegrasjonId = t.integration(organisasjon, true, &[(organisasjon, Privilegium::Send)]).await;
    let theirs = t.through(t.skole(), other).get(format!("{V2}/bruk")).await.json(200);
    assert_eq!(theirs, json!({ "versjoner": [] }));
}
