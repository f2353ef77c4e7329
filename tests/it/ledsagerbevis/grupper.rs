//! Groups, and who says who is in them.

use futures_util::future::join_all;
use jiff::SignedDuration;
use meldeport::{
    domain::{
        ledsagerbevis::{gruppe::MAX_GRUPPER, medlem::MAX_MEDLEMMER},
        oppsett::Oppsett,
    },
    model::{GruppeId, gruppe::Medlemsart},
    sandbox::town::ANSATTE,
    versions::Versjonert,
};
use reqwest::Method;
use serde_json::{Value, json};

use super::{BEVIS, Hvem, gruppe, medlem};
use crate::{
    coverage::Seen,
    support::{GRUPPE, Gate},
};

on_every_database! {
    a_group_is_made_once_and_may_be_renamed,
    a_group_s_administrator_administers_that_group_only,
    a_person_is_in_a_group_once_as_each,
    nobody_puts_themselves_into_a_group,
    a_group_administrator_does_not_leave_the_group_without_one,
    two_who_remove_each_other_leave_one,
    who_is_taken_out_is_out_at_once,
    another_organisation_s_groups_are_not_there,
    the_trail_tells_who_was_put_in_by_whom,
}

/// Synthetic; they hold nothing to begin with.
const NEW: [&str; 4] = ["05857090073", "06867590097", "07877990170", "12879090235"];

async fn staff(t: &Gate) -> Hvem {
    t.apply(Oppsett { roller: t.town.roller(), ..Oppsett::default() }).await;
    Hvem::person(t, ANSATTE[0].fnr)
}

fn person(n: usize) -> Value {
    json!({ "navn": format!("Fiktiv Nummer {n}"), "fnr": NEW[n] })
}

fn fnr(n: usize) -> Value {
    json!({ "fnr": NEW[n] })
}

fn admins(gruppe: GruppeId) -> String {
    format!("/grupper/{gruppe}/administratorer")
}

fn users(gruppe: GruppeId) -> String {
    format!("/grupper/{gruppe}/brukere")
}

async fn new_group(t: &Gate, who: &Hvem, navn: &str) -> GruppeId {
    let made = who.sett_opp(t, Method::POST, "/grupper", Some(&json!({ "gruppenavn": navn }))).await.json(201);
    assert_eq!((&made["gruppenavn"], &made["fiksOrgId"]), (&json!(navn), &json!(t.town.kommune.organisasjon.id)));
    made["gruppeId"].as_str().unwrap().parse().unwrap()
}

/// 409 of each operation that has it.
pub async fn conflicts(t: &Gate, seen: &mut Seen) {
    let system = Hvem::System(t.kommune());
    let (here, version) = (t.town.kommune.organisasjon.id, Versjonert::LedsagerbevisKonfigurasjonV1);
    let (group, other) = (gruppe(t, here).await, gruppe(t, here).await);
    medlem(t, group, Medlemsart::Administrator, NEW[0]).await;
    let own = Hvem::person(t, NEW[0]).sett_opp(t, Method::DELETE, &admins(group), Some(&fnr(0))).await;
    seen.add(version, "fjernAdminFraGruppe", own.status);
    let taken = json!({ "gruppenavn": "Kulturkontoret" });
    let renamed = system.sett_opp(t, Method::POST, &format!("/grupper/{other}"), Some(&taken)).await;
    seen.add(version, "endreGruppe", renamed.status);
    let columns = "gruppe_id, art, person, navn, fnr, gitt";
    for (id, art, path) in
        [("leggAdminTilGruppe", "ADMINISTRATOR", admins(other)), ("leggBrukerTilGruppe", "BRUKER", users(other))]
    {
        let of = t.database.uuid(&other.to_string());
        let rows = t.database.many(MAX_MEDLEMMER, |id, n| format!("({id}, {of}, '{art}', {n}, {n}, {n}, 0)"));
        t.database.execute(&format!("INSERT INTO gruppemedlem (id, {columns}) VALUES {rows}")).await;
        seen.add(version, id, system.sett_opp(t, Method::POST, &path, Some(&person(1))).await.status);
        t.database.execute(&format!("DELETE FROM gruppemedlem WHERE art = '{art}' AND gitt = 0")).await;
    }
    let of = t.database.uuid(&here.to_string());
    let rows = t.database.many(MAX_GRUPPER, |id, _| format!("({id}, {of}, 'Full', 0)"));
    t.database.execute(&format!("INSERT INTO gruppe (id, organisasjon_id, navn, opprettet) VALUES {rows}")).await;
    let full = json!({ "gruppenavn": "En til" });
    let refused = system.sett_opp(t, Method::POST, "/grupper", Some(&full)).await;
    assert_eq!(refused.problem(409, "LEDSAGERBEVIS.FOR_MANGE")["errorJson"], json!({ "hoyst": MAX_GRUPPER }));
    seen.add(version, "opprettGruppe", 409);
    t.database.execute("DELETE FROM gruppe WHERE navn = 'Full'").await;
}

async fn a_group_is_made_once_and_may_be_renamed(t: &mut Gate) {
    let chief = staff(t).await;
    let made = join_all((0..4).map(|_| new_group(t, &chief, "Servicetorget"))).await;
    assert!(made.iter().all(|id| *id == made[0]), "{made:?}");
    t.clock.advance(SignedDuration::from_millis(1));
    let other = new_group(t, &Hvem::System(t.kommune()), "NAV & kommune (øst)").await;
    let shown = chief.get(t, "/grupper").await;
    let names: Vec<_> = shown.as_array().unwrap().iter().map(|one| one["gruppenavn"].as_str().unwrap()).collect();
    assert_eq!(names, ["Kulturkontoret", "Servicetorget", "NAV & kommune (øst)"]);
    let rename = async |navn: &str| {
        chief.sett_opp(t, Method::POST, &format!("/grupper/{other}"), Some(&json!({ "gruppenavn": navn }))).await
    };
    rename("Servicetorget").await.problem(409, "LEDSAGERBEVIS.GRUPPENAVN_OPPTATT");
    for _ in 0..2 {
        assert_eq!(rename("NAV Lillevik").await.status, 200);
    }
    assert_eq!(chief.get(t, &format!("/grupper/{other}")).await["gruppenavn"], "NAV Lillevik");
    assert_eq!(t.database.count("revisjon", "handling IN ('opprettGruppe', 'endreGruppe')").await, 3);
    for wrong in ["", "x", " NAV", "NAV ", "to\nlinjer", "<b>fet</b>", &"x".repeat(201)] {
        let told = rename(wrong).await.problem(400, "KONFIGURASJON.UGYLDIG");
        assert_eq!(told["errorJson"]["avvik"][0]["peker"], "/gruppenavn");
        let new = chief.sett_opp(t, Method::POST, "/grupper", Some(&json!({ "gruppenavn": wrong }))).await;
        new.problem(400, "KONFIGURASJON.UGYLDIG");
    }
    let unknown = format!("/grupper/{}", t.ids.uuid());
    chief.sett_opp(t, Method::GET, &unknown, None).await.problem(404, "LEDSAGERBEVIS.GRUPPE_IKKE_FUNNET");
    let renamed = chief.sett_opp(t, Method::POST, &unknown, Some(&json!({ "gruppenavn": "NAV" }))).await;
    renamed.problem(404, "LEDSAGERBEVIS.GRUPPE_IKKE_FUNNET");
}

async fn a_group_s_administrator_administers_that_group_only(t: &mut Gate) {
    let chief = staff(t).await;
    let own = new_group(t, &chief, "Servicetorget").await;
    chief.gjor(t, Method::POST, &admins(own), &person(0)).await;
    let admin = Hvem::person(t, NEW[0]);
    // It sees which groups there are, and says who is in its own.
    assert_eq!(admin.get(t, "/grupper").await.as_array().unwrap().len(), 2);
    assert_eq!(admin.get(t, &format!("/grupper/{GRUPPE}")).await["gruppenavn"], "Kulturkontoret");
    t.clock.advance(SignedDuration::from_millis(1));
    admin.gjor(t, Method::POST, &admins(own), &person(1)).await;
    admin.gjor(t, Method::POST, &users(own), &person(2)).await;
    assert_eq!(admin.get(t, &admins(own)).await, json!({ "brukere": [person(0), person(1)] }));
    assert_eq!(admin.get(t, &users(own)).await, json!({ "brukere": [person(2)] }));
    let told = json!({ "krever": ["HOVEDADMINISTRATOR", "GRUPPEADMINISTRATOR"] });
    for (method, path, body) in [
        (Method::GET, admins(GRUPPE), None),
        (Method::GET, users(GRUPPE), None),
        (Method::POST, admins(GRUPPE), Some(person(3))),
        (Method::POST, users(GRUPPE), Some(person(3))),
        (Method::DELETE, admins(GRUPPE), Some(fnr(3))),
        (Method::DELETE, users(GRUPPE), Some(fnr(3))),
        (Method::GET, users(GruppeId(t.ids.uuid())), None),
    ] {
        let refused = admin.sett_opp(t, method, &path, body.as_ref()).await.problem(403, "TILGANG.ROLLE_MANGLER");
        assert_eq!(refused["errorJson"], told);
    }
    for (method, path, body) in [
        (Method::POST, "/grupper".to_owned(), Some(json!({ "gruppenavn": "Egen" }))),
        (Method::POST, format!("/grupper/{own}"), Some(json!({ "gruppenavn": "Egen" }))),
        (Method::GET, String::new(), None),
        (Method::POST, "/konfigurer".to_owned(), None),
    ] {
        admin.sett_opp(t, method, &path, body.as_ref()).await.problem(403, "TILGANG.ROLLE_MANGLER");
    }
    // A user, and the service administrator of the concern reports, see nothing of this.
    for fnr in [NEW[2], ANSATTE[1].fnr] {
        let other = Hvem::person(t, fnr);
        for path in ["/grupper".to_owned(), users(own)] {
            other.sett_opp(t, Method::GET, &path, None).await.problem(403, "TILGANG.ROLLE_MANGLER");
        }
    }
}

async fn a_person_is_in_a_group_once_as_each(t: &mut Gate) {
    let system = Hvem::System(t.kommune());
    let (path, body) = (users(GRUPPE), person(0));
    join_all((0..6).map(|_| system.gjor(t, Method::POST, &path, &body))).await;
    system.gjor(t, Method::POST, &admins(GRUPPE), &person(0)).await;
    assert_eq!(t.database.count("gruppemedlem", "1 = 1").await, 2);
    assert_eq!(t.database.count("revisjon", "handling = 'leggBrukerTilGruppe'").await, 1);
    // Another name is the same person's.
    let renamed = json!({ "navn": "Fiktiv Nytt-Navn", "fnr": NEW[0] });
    system.gjor(t, Method::POST, &users(GRUPPE), &renamed).await;
    assert_eq!(system.get(t, &users(GRUPPE)).await, json!({ "brukere": [renamed] }));
    assert_eq!(system.get(t, &admins(GRUPPE)).await, json!({ "brukere": [person(0)] }));
    // Out as one is still in as the other; out again, and in again.
    for _ in 0..2 {
        system.gjor(t, Method::DELETE, &users(GRUPPE), &fnr(0)).await;
    }
    assert_eq!(system.get(t, &users(GRUPPE)).await, json!({ "brukere": [] }));
    assert_eq!(system.get(t, &admins(GRUPPE)).await, json!({ "brukere": [person(0)] }));
    system.gjor(t, Method::POST, &users(GRUPPE), &person(0)).await;
    assert_eq!(system.get(t, &users(GRUPPE)).await, json!({ "brukere": [person(0)] }));
    for (wrong, code, peker) in [
        (json!({ "navn": "Fiktiv", "fnr": "05857090074" }), "ROLLE.UGYLDIG_FNR", None),
        (json!({ "navn": "Fiktiv", "fnr": "0585709007" }), "ROLLE.UGYLDIG_FNR", None),
        (json!({ "navn": " ", "fnr": NEW[1] }), "KONFIGURASJON.UGYLDIG", Some("/navn")),
        (json!({ "navn": "to\nlinjer", "fnr": NEW[1] }), "KONFIGURASJON.UGYLDIG", Some("/navn")),
        (json!({ "navn": "x".repeat(201), "fnr": NEW[1] }), "KONFIGURASJON.UGYLDIG", Some("/navn")),
        (json!({ "fnr": NEW[1] }), "FORESPORSEL.KROPP", None),
        (json!({ "navn": "Fiktiv", "fnr": 5857090073_i64 }), "FORESPORSEL.KROPP", None),
    ] {
        let told = system.sett_opp(t, Method::POST, &users(GRUPPE), Some(&wrong)).await.problem(400, code);
        if let Some(peker) = peker {
            assert_eq!(told["errorJson"]["avvik"][0]["peker"], peker);
        }
        assert!(!told.to_string().contains("58570"), "{told}");
    }
    let nobody = system.sett_opp(t, Method::DELETE, &users(GRUPPE), Some(&json!({ "fnr": "1" }))).await;
    nobody.problem(400, "ROLLE.UGYLDIG_FNR");
}

async fn nobody_puts_themselves_into_a_group(t: &mut Gate) {
    let chief = staff(t).await;
    let own = json!({ "navn": "Fiktiv Sjef", "fnr": ANSATTE[0].fnr });
    for path in [admins(GRUPPE), users(GRUPPE)] {
        chief.sett_opp(t, Method::POST, &path, Some(&own)).await.problem(403, "ROLLE.EGEN_ROLLE");
    }
    chief.gjor(t, Method::POST, &admins(GRUPPE), &person(0)).await;
    let admin = Hvem::person(t, NEW[0]);
    admin.sett_opp(t, Method::POST, &users(GRUPPE), Some(&person(0))).await.problem(403, "ROLLE.EGEN_ROLLE");
    // Another administrator may, and then it sees cards.
    let tilganger = format!("{BEVIS}/tilganger");
    assert_eq!(admin.call(Method::GET, &tilganger, None).await.json(200), json!([]));
    chief.gjor(t, Method::POST, &users(GRUPPE), &person(0)).await;
    assert_eq!(admin.call(Method::GET, &tilganger, None).await.json(200).as_array().unwrap().len(), 1);
}

async fn a_group_administrator_does_not_leave_the_group_without_one(t: &mut Gate) {
    let chief = staff(t).await;
    chief.gjor(t, Method::POST, &admins(GRUPPE), &person(0)).await;
    let admin = Hvem::person(t, NEW[0]);
    let leave = async || admin.sett_opp(t, Method::DELETE, &admins(GRUPPE), Some(&fnr(0))).await;
    leave().await.problem(409, "LEDSAGERBEVIS.SISTE_GRUPPEADMINISTRATOR");
    admin.gjor(t, Method::POST, &admins(GRUPPE), &person(1)).await;
    assert_eq!(leave().await.status, 200);
    leave().await.problem(404, "BEKYMRINGSMELDING.ORGANISASJON_IKKE_FUNNET");
    // Who sets the organisation up can take the last one away, and put another one in.
    chief.gjor(t, Method::DELETE, &admins(GRUPPE), &fnr(1)).await;
    assert_eq!(chief.get(t, &admins(GRUPPE)).await, json!({ "brukere": [] }));
    Hvem::System(t.kommune()).gjor(t, Method::POST, &admins(GRUPPE), &person(2)).await;
    assert_eq!(Hvem::person(t, NEW[2]).get(t, &admins(GRUPPE)).await, json!({ "brukere": [person(2)] }));
}

async fn two_who_remove_each_other_leave_one(t: &mut Gate) {
    let system = Hvem::System(t.kommune());
    for n in 0..2 {
        system.gjor(t, Method::POST, &admins(GRUPPE), &person(n)).await;
    }
    let remove = async |who: usize, whom: usize| {
        Hvem::person(t, NEW[who]).sett_opp(t, Method::DELETE, &admins(GRUPPE), Some(&fnr(whom))).await.status
    };
    let (one, other) = tokio::join!(remove(0, 1), remove(1, 0));
    assert!((one == 200) != (other == 200), "{one} {other}");
    assert_eq!(system.get(t, &admins(GRUPPE)).await["brukere"].as_array().unwrap().len(), 1);
}

async fn who_is_taken_out_is_out_at_once(t: &mut Gate) {
    let chief = staff(t).await;
    let second = new_group(t, &chief, "Servicetorget").await;
    for group in [GRUPPE, second] {
        chief.gjor(t, Method::POST, &users(group), &person(0)).await;
    }
    chief.gjor(t, Method::POST, &admins(GRUPPE), &person(1)).await;
    let tilganger = format!("{BEVIS}/tilganger");
    let worker = Hvem::person(t, NEW[0]);
    let places = async || worker.call(Method::GET, &tilganger, None).await.json(200).as_array().unwrap().len();
    Hvem::person(t, NEW[1]).gjor(t, Method::DELETE, &users(GRUPPE), &fnr(0)).await;
    assert_eq!(places().await, 1, "still a user of the other group");
    chief.gjor(t, Method::DELETE, &users(second), &fnr(0)).await;
    assert_eq!(places().await, 0);
    // An administrator who was removed is a stranger.
    chief.gjor(t, Method::DELETE, &admins(GRUPPE), &fnr(1)).await;
    let gone = Hvem::person(t, NEW[1]).sett_opp(t, Method::GET, &users(GRUPPE), None).await;
    gone.problem(404, "BEKYMRINGSMELDING.ORGANISASJON_IKKE_FUNNET");
    // Who it was is kept as long as what was done.
    assert_eq!(t.database.count("gruppemedlem", "tatt IS NOT NULL").await, 3);
    t.clock.advance(SignedDuration::from_hours(1826 * 24));
    t.services().rydd().await.unwrap();
    assert_eq!(t.database.count("gruppemedlem", "1 = 1").await, 0);
}

async fn another_organisation_s_groups_are_not_there(t: &mut Gate) {
    let elsewhere = gruppe(t, t.town.skole.organisasjon.id).await;
    medlem(t, elsewhere, Medlemsart::Administrator, NEW[0]).await;
    let system = Hvem::System(t.kommune());
    for (method, path, body) in [
        (Method::GET, format!("/grupper/{elsewhere}"), None),
        (Method::POST, format!("/grupper/{elsewhere}"), Some(json!({ "gruppenavn": "Vår" }))),
        (Method::GET, admins(elsewhere), None),
        (Method::POST, users(elsewhere), Some(person(1))),
        (Method::DELETE, admins(elsewhere), Some(fnr(0))),
    ] {
        let hidden = system.sett_opp(t, method, &path, body.as_ref()).await;
        hidden.problem(404, "LEDSAGERBEVIS.GRUPPE_IKKE_FUNNET");
    }
    assert_eq!(t.database.count("gruppemedlem", "tatt IS NULL").await, 1);
    // Its administrator, by our organisation's path, is a stranger.
    let stranger = Hvem::person(t, NEW[0]).sett_opp(t, Method::GET, &admins(elsewhere), None).await;
    stranger.problem(404, "BEKYMRINGSMELDING.ORGANISASJON_IKKE_FUNNET");
}

async fn the_trail_tells_who_was_put_in_by_whom(t: &mut Gate) {
    let chief = staff(t).await;
    let later = || t.clock.advance(SignedDuration::from_millis(1));
    later();
    chief.gjor(t, Method::POST, &admins(GRUPPE), &person(0)).await;
    later();
    let admin = Hvem::person(t, NEW[0]);
    admin.gjor(t, Method::POST, &users(GRUPPE), &person(1)).await;
    later();
    admin.gjor(t, Method::DELETE, &users(GRUPPE), &fnr(1)).await;
    let path = format!("/bekymringsmelding/api/v2/konfigurasjon/{}/endringer", t.town.kommune.organisasjon.id);
    let trail = chief.call(Method::GET, path, None).await.json(200);
    let entries = trail["endringer"].as_array().unwrap();
    let acts: Vec<_> = entries[..3].iter().map(|entry| entry["handling"].as_str().unwrap()).collect();
    assert_eq!(acts, ["fjernBrukerFraGruppe", "leggBrukerTilGruppe", "leggAdminTilGruppe"]);
    let shown = json!({ "gruppeId": GRUPPE, "medlem": "BRUKER" });
    assert_eq!((&entries[0]["tilstandFor"], &entries[0]["tilstandEtter"]), (&shown, &Value::Null));
    assert_eq!(entries[1]["tilstandEtter"], shown);
    // The same person did both, who is known from the membership that the third entry made.
    assert_eq!(entries[0]["objektId"], entries[1]["objektId"]);
    assert!(!trail.to_string().contains("Fiktiv Nummer") && !trail.to_string().contains(NEW[1]), "{trail}");
}
