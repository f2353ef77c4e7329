//! Who sets up whose offices.

use meldeport::{
    crypto::at_rest::BlindIndex,
    domain::oppsett,
    model::{
        FiksOrgId, RessursId,
        integrasjon::Privilegium,
        kommune::{Etterfolger, Kommune, Organisasjon},
        rolle::{Rolle, Rolleinnehav},
    },
    store,
    system::Secret,
};
use reqwest::Method;
use serde_json::json;

use crate::support::{
    Caller, Gate, V1, V2,
    konfig::{self, Oppsett, RESERVE, address, certificate, office, text},
    start_of_tests,
};

on_every_database! {
    offices_are_found_by_those_who_set_them_up,
    a_new_office_belongs_to_the_organisation_s_present_municipality,
    a_person_with_the_role_sets_up_what_the_role_is_for,
}

const ORGNR: &str = "999999976";

/// Another municipality, known by its number and its system and nothing more.
pub async fn fjordvik(t: &Gate, kommuner: &[&str]) -> Oppsett {
    let organisasjon = FiksOrgId(t.ids.uuid());
    let kommune = |nummer: &&str| Kommune {
        kommunenummer: nummer.parse().unwrap(),
        navn: "Fjordvik kommune".to_owned(),
        organisasjon,
        etterfolger: None,
    };
    t.apply(oppsett::Oppsett {
        organisasjoner: vec![Organisasjon {
            id: organisasjon,
            organisasjonsnummer: ORGNR.parse().unwrap(),
            navn: "Fjordvik kommune".to_owned(),
        }],
        kommuner: kommuner.iter().map(kommune).collect(),
        ..oppsett::Oppsett::default()
    })
    .await;
    let privileges = [(organisasjon, Privilegium::Konfigurer), (organisasjon, Privilegium::Hent)];
    let integrasjon = t.integration(organisasjon, true, &privileges).await;
    let token = t.signed(|claims| claims["consumer"]["ID"] = format!("0192:{ORGNR}").into());
    Oppsett { caller: t.through(Caller { token, ..t.skole() }, integrasjon), person: None, organisasjon }
}

async fn offices_are_found_by_those_who_set_them_up(t: &mut Gate) {
    let (lillevik, fjordvik) = (Oppsett::of(t), fjordvik(t, &["4601"]).await);
    let created = fjordvik.create(&office("00", &certificate("kommune-a-enc-rsa2048"))).await;
    let (own, other) = (text(&created["ressursId"]), t.kontor(0).bydel.id.to_string());
    let support = Oppsett { caller: t.caller(&t.town.drift), ..fjordvik.clone() };
    let search = async |who: &Oppsett, query: &str| {
        let found = who.at(Method::GET, format!("{V2}/konfigurasjon/bydeler/sok{query}"), None).await.json(200);
        let names = found["bydeler"].as_array().unwrap().iter().map(|office| text(&office["bydelsnavn"]));
        let names: Vec<_> = names.collect();
        assert_eq!(found["totaltAntallTreff"], names.len());
        names
    };
    assert_eq!(search(&fjordvik, "").await, ["Lillevik 00 barnevern"]);
    assert_eq!(search(&fjordvik, "?sok=FJORDVIK").await.len(), 1);
    assert_eq!(search(&fjordvik, "?sok=4601").await.len(), 1);
    assert!(search(&fjordvik, "?sok=9999").await.is_empty());
    assert!(search(&fjordvik, &format!("?fiksOrgId={}", lillevik.organisasjon)).await.is_empty());
    assert_eq!(search(&lillevik, "?sok=ØST").await, ["Lillevik øst barnevern"]);
    assert_eq!(search(&support, "").await.len(), 3);
    assert_eq!(search(&support, &format!("?fiksOrgId={}", lillevik.organisasjon)).await.len(), 2);
    let both = json!([own, other]);
    let by_id = async |who: &Oppsett| {
        let v2 = who.at(Method::POST, format!("{V2}/konfigurasjon/bydeler"), Some(&both)).await.json(200);
        let query = format!("{V1}/konfigurasjon/bydeler?ressursIder={own}&ressursIder={other}");
        assert_eq!(
            who.at(Method::GET, query, None).await.json(200).as_array().unwrap().len(),
            v2.as_array().unwrap().len()
        );
        v2.as_array().unwrap().len()
    };
    assert_eq!((by_id(&fjordvik).await, by_id(&lillevik).await, by_id(&support).await), (1, 1, 2));
    // By their addresses, too, another's offices are not there.
    for rest in ["", "/standardmottaker"] {
        let hidden = fjordvik.call(Method::GET, V2, &format!("/bydeler/{other}{rest}"), None).await;
        hidden.problem(404, "KONFIGURASJON.BYDEL_IKKE_FUNNET");
    }
    for what in ["aktiver", "deaktiver", "standardmottaker"] {
        let hidden = fjordvik.call(Method::PUT, V2, &format!("/bydeler/{other}/{what}"), None).await;
        hidden.problem(404, "KONFIGURASJON.BYDEL_IKKE_FUNNET");
    }
    let hidden = fjordvik.put(V2, &format!("/bydeler/{other}/adresse"), &address()).await;
    hidden.problem(404, "KONFIGURASJON.BYDEL_IKKE_FUNNET");
    konfig::prepare(t, "getBydelByIntegrasjonId").await;
    let path = format!("{V2}/konfigurasjon/bydeler/svarinn/{RESERVE}");
    assert_eq!(lillevik.at(Method::GET, path.clone(), None).await.json(200)["bydelsnummer"], "02");
    fjordvik.at(Method::GET, path, None).await.problem(404, "KONFIGURASJON.BYDEL_IKKE_FUNNET");
    // Support sees, but does not set up.
    let refused = support.call(Method::GET, V2, "/bydeler", None).await;
    refused.problem(404, "BEKYMRINGSMELDING.ORGANISASJON_IKKE_FUNNET");
}

async fn a_new_office_belongs_to_the_organisation_s_present_municipality(t: &mut Gate) {
    let fjordvik = fjordvik(t, &[]).await;
    let create = async || {
        let new = office("00", &certificate("kommune-a-enc-rsa2048"));
        fjordvik.call(Method::POST, V2, "/bydeler", Some(&new)).await
    };
    fjordvik.call(Method::GET, V2, "/bydeler", None).await.problem(404, "KONFIGURASJON.KOMMUNE_MANGLER");
    create().await.problem(404, "KONFIGURASJON.KOMMUNE_MANGLER");
    let register = async |etterfolger: Option<Etterfolger>| {
        let kommune = |nummer: &str, etterfolger| Kommune {
            kommunenummer: nummer.parse().unwrap(),
            navn: "Fjordvik kommune".to_owned(),
            organisasjon: fjordvik.organisasjon,
            etterfolger,
        };
        let kommuner = vec![kommune("4601", etterfolger), kommune("4602", None)];
        t.apply(oppsett::Oppsett { kommuner, ..oppsett::Oppsett::default() }).await;
    };
    // Nobody can tell which of the two it is.
    register(None).await;
    create().await.problem(404, "KONFIGURASJON.KOMMUNE_MANGLER");
    // From the coming year it is the other one, and what is set up now is for then.
    register(Some(Etterfolger {
        kommunenummer: "4602".parse().unwrap(),
        fra: "2028-01-01T00:00:00Z".parse().unwrap(),
    }))
    .await;
    create().await.json(201);
    assert_eq!(t.database.count("bydel", "kommunenummer = '4602'").await, 1);
}

/// A person who has logged in and holds a role at the municipality.
async fn person(t: &Gate, pid: &str, rolle: Rolle, bydel: Option<RessursId>) -> Oppsett {
    let index = BlindIndex::new(Secret::new(vec![7; 32])).unwrap();
    let held = Rolleinnehav {
        id: t.ids.uuid(),
        organisasjon: t.town.kommune.organisasjon.id,
        person: index.digest("rolle.person", pid.as_bytes()).unwrap(),
        rolle,
        bydel,
        merkelapp: "ansatt 17".to_owned(),
        gitt: start_of_tests(),
    };
    let work = t
        .services()
        .store
        .write("test", held, |tx, held| Box::pin(async move { store::rolle::insert(tx, held).await }));
    work.await.unwrap();
    let token = t.person(|claims| claims["pid"] = pid.into());
    Oppsett { person: Some(token), ..Oppsett::of(t) }
}

async fn a_person_with_the_role_sets_up_what_the_role_is_for(t: &mut Gate) {
    let (first, second) = (t.kontor(0).bydel.id, t.kontor(1).bydel.id);
    let admin = person(t, "01817790093", Rolle::Tjenesteadministrator, None).await;
    let created = admin.ready_office("03").await;
    admin.set(&created, "aktiver").await;
    assert_eq!(admin.get(V2, "/bydeler").await.as_array().unwrap().len(), 3);
    let versions = format!("{V2}/konfigurasjon/fagsystem/versjoner");
    assert_eq!(
        admin.at(Method::GET, versions.clone(), None).await.json(200)["fagsystemer"].as_array().unwrap().len(),
        4
    );

    let of_one = person(t, "02828090014", Rolle::Tjenesteadministrator, Some(second)).await;
    assert_eq!(of_one.get(V2, "/bydeler").await.as_array().unwrap().len(), 1);
    of_one.set(&second.to_string(), "deaktiver").await;
    of_one.set(&second.to_string(), "aktiver").await;
    let hidden = of_one.call(Method::GET, V2, &format!("/bydeler/{first}"), None).await;
    hidden.problem(404, "KONFIGURASJON.BYDEL_IKKE_FUNNET");
    let new = office("04", &certificate("kommune-a-enc-rsa2048"));
    let fiks_io =
        format!("/bydeler/{second}/integrasjoner/{}/lagPassord?integrasjonstype=FIKS_IO", t.town.kommune.integrasjon);
    let standard = format!("/bydeler/{second}/standardmottaker");
    for (method, rest, body) in
        [(Method::POST, "/bydeler", Some(&new)), (Method::POST, &*fiks_io, None), (Method::PUT, &*standard, None)]
    {
        of_one.call(method, V2, rest, body).await.problem(403, "TILGANG.ROLLE_MANGLER");
    }

    let worker = person(t, "03838490017", Rolle::Bruker, None).await;
    for path in ["bydeler/sok".to_owned(), format!("{}/bydeler", worker.organisasjon)] {
        let refused = worker.at(Method::GET, format!("{V2}/konfigurasjon/{path}"), None).await;
        let body = refused.problem(403, "TILGANG.ROLLE_MANGLER");
        assert_eq!(body["errorJson"], json!({ "krever": ["TJENESTEADMINISTRATOR"] }));
    }
    assert_eq!(worker.at(Method::GET, versions.clone(), None).await.status, 200);
    let nobody = Oppsett { person: Some(t.person(|_| {})), ..Oppsett::of(t) };
    nobody.at(Method::GET, versions, None).await.problem(403, "TILGANG.ROLLE_MANGLER");
    let refused = nobody.call(Method::GET, V2, "/bydeler", None).await;
    refused.problem(404, "BEKYMRINGSMELDING.ORGANISASJON_IKKE_FUNNET");
    // Who it was stands in the audit trail by the role, not by the number.
    assert_eq!(t.database.count("revisjon", "aktor_type = 'PERSON'").await, 5);
}
