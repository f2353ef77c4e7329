//! What a caller is told it may do.

use meldeport::{
    domain::oppsett::Oppsett,
    model::{
        FiksOrgId,
        gruppe::Medlemsart,
        integrasjon::Privilegium,
        kommune::{Kommune, Organisasjon},
    },
    sandbox::town::ANSATTE,
};
use serde_json::json;

use super::{BEVIS, OPPSETT, gruppe, medlem};
use crate::support::{Caller, Gate, Person, Settings};

on_every_database! {
    who_sets_an_organisation_up_is_told_so,
    a_case_worker_is_told_where,
    an_installation_without_a_key_has_no_cards,
}

/// Synthetic; they hold nothing to begin with.
const NEW: [&str; 2] = ["05857090073", "06867590097"];

fn own(t: &Gate) -> String {
    at(t.town.kommune.organisasjon.id)
}

fn at(organisasjon: FiksOrgId) -> String {
    format!("{OPPSETT}/organisasjoner/{organisasjon}/tilganger")
}

async fn who_sets_an_organisation_up_is_told_so(t: &mut Gate) {
    t.apply(Oppsett { roller: t.town.roller(), ..Oppsett::default() }).await;
    let here = t.town.kommune.organisasjon.id;
    let group = gruppe(t, here).await;
    medlem(t, group, Medlemsart::Administrator, NEW[0]).await;
    // The chief administrator does, the service administrator and the user of the concern reports do not.
    for (fnr, admin) in [(ANSATTE[0].fnr, true), (ANSATTE[1].fnr, false), (ANSATTE[2].fnr, false), (NEW[0], false)] {
        assert_eq!(t.logged_in(fnr).get(own(t)).await.json(200), json!({ "dlbAdmin": admin }));
    }
    assert_eq!(t.kommune().get(own(t)).await.json(200), json!({ "dlbAdmin": true }));
    for privilege in [Privilegium::LedsagerbevisBehandle, Privilegium::Konfigurer] {
        let other = t.integration(here, true, &[(here, privilege)]).await;
        let told = t.through(t.kommune(), other).get(own(t)).await.json(200);
        assert_eq!(told, json!({ "dlbAdmin": false }), "{privilege}");
    }
    // Who holds nothing there is not told that there is such an organisation.
    let unknown = FiksOrgId(t.ids.uuid());
    let nowhere = t.logged_in(NEW[1]).get(own(t)).await.problem(404, "BEKYMRINGSMELDING.ORGANISASJON_IKKE_FUNNET");
    let nothing = t.kommune().get(at(unknown)).await.problem(404, "BEKYMRINGSMELDING.ORGANISASJON_IKKE_FUNNET");
    assert_eq!(nowhere["message"], nothing["message"]);
    t.skole().get(own(t)).await.problem(404, "BEKYMRINGSMELDING.ORGANISASJON_IKKE_FUNNET");
}

async fn a_case_worker_is_told_where(t: &mut Gate) {
    t.apply(Oppsett { roller: t.town.roller(), ..Oppsett::default() }).await;
    let (here, there) = (t.town.kommune.organisasjon.id, FiksOrgId(t.ids.uuid()));
    let two = |nummer: &str| Kommune {
        kommunenummer: nummer.parse().unwrap(),
        navn: "Fjordvik kommune".to_owned(),
        organisasjon: there,
        etterfolger: None,
    };
    t.apply(Oppsett {
        organisasjoner: vec![Organisasjon {
            id: there,
            organisasjonsnummer: "999999976".parse().unwrap(),
            navn: "Fjordvik kommune".to_owned(),
        }],
        kommuner: vec![two("4601"), two("4602")],
        ..Oppsett::default()
    })
    .await;
    let path = format!("{BEVIS}/tilganger");
    let own = json!({
        "fiksOrgId": here, "fiksOrgNavn": t.town.kommune.organisasjon.navn, "kommunenr": t.town.kommunenummer.as_str(),
    });
    let person = async |person: &Person| person.get(&path).await.json(200);
    let worker = t.logged_in(NEW[0]);
    assert_eq!(person(&worker).await, json!([]));
    // An administrator sees no cards, whatever it administers.
    let groups = [gruppe(t, here).await, gruppe(t, here).await, gruppe(t, there).await];
    medlem(t, groups[0], Medlemsart::Administrator, NEW[0]).await;
    for administrator in [&worker, &t.logged_in(ANSATTE[0].fnr)] {
        assert_eq!(person(administrator).await, json!([]));
    }
    // Twice a user at one organisation, and once at another, of two municipalities.
    medlem(t, groups[0], Medlemsart::Bruker, NEW[0]).await;
    medlem(t, groups[1], Medlemsart::Bruker, NEW[0]).await;
    assert_eq!(person(&worker).await, json!([own]));
    medlem(t, groups[2], Medlemsart::Bruker, NEW[0]).await;
    let other = json!({ "fiksOrgId": there, "fiksOrgNavn": "Fjordvik kommune" });
    assert_eq!(person(&worker).await, json!([other, own]));
    assert_eq!(t.kommune().get(&path).await.json(200), json!([own]));
    assert_eq!(t.skole().get(&path).await.json(200), json!([]));
    // Out of the group is out at once.
    t.database.execute("DELETE FROM gruppemedlem WHERE art = 'BRUKER'").await;
    assert_eq!(person(&worker).await, json!([]));
}

async fn an_installation_without_a_key_has_no_cards(t: &mut Gate) {
    t.restart_with(Settings { data_keys: &[], ..Settings::default() }).await;
    for path in [own(t), format!("{BEVIS}/tilganger")] {
        t.kommune().get(&path).await.problem(501, "LEDSAGERBEVIS.IKKE_SATT_OPP");
        t.logged_in(NEW[0]).get(&path).await.problem(501, "LEDSAGERBEVIS.IKKE_SATT_OPP");
        // Not before the caller has shown who it is.
        Caller { passord: "feil".to_owned(), ..t.kommune() }
            .get(&path)
            .await
            .problem(401, "TILGANG.INTEGRASJON_UGYLDIG");
    }
}
