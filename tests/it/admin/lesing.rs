//! Looking: history, lists, the file, who sees what, and that looking is written down.

use jiff::SignedDuration;
use meldeport::{
    domain::oppsett::Oppsett,
    model::{FiksOrgId, integrasjon::Privilegium, kommune::Organisasjon},
    system::Clock as _,
};
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    V1_ADMIN, V2_ADMIN, by_person, copies, deliver_to, drift, ids, literal, seen, set, tjenesteadministrator, trail,
};
use crate::support::{Caller, Gate, answer};

on_every_database! {
    a_report_s_history_tells_what_it_would_be_in_fiks_io,
    the_list_has_the_newest_first_and_counts_them_all,
    filters_narrow_the_list,
    warnings_are_for_what_does_not_move,
    free_text_finds_names_numbers_and_ids,
    the_file_has_the_same_rows_as_the_list,
    each_administrator_sees_its_own_organisation_s_reports,
    a_person_with_one_office_sees_its_reports_only,
    reading_is_written_down,
    a_read_that_cannot_be_written_down_is_answered,
}

async fn a_report_s_history_tells_what_it_would_be_in_fiks_io(t: &mut Gate) {
    let (id, _) = t.deliver().await;
    t.clock.advance(SignedDuration::from_hours(1));
    t.kommune().post(t.queue(format!("/{id}/mottatt"))).await.json(200);
    let konto = t.kontor(0).bydel.konto.id.to_string();
    let v2 = seen(t, &format!("/historikk/{id}")).await;
    assert_eq!(
        v2[0],
        json!({ "bekymringsmeldingId": id, "tidspunkt": "2027-01-15T12:00:00.000Z", "state": "AKSEPTERT" })
    );
    assert_eq!(
        v2[1],
        json!({
            "bekymringsmeldingId": id, "tidspunkt": "2027-01-15T12:00:00.000Z", "state": "SENDT_FAGSYSTEM",
            "meldingstype": "no.ks.fiks.bekymringsmelding.offentlig.v2", "fiksIoMeldingId": id, "fiksIoKonto": konto,
        })
    );
    assert_eq!(
        (&v2[2]["state"], &v2[2]["meldingstype"]),
        (&json!("LEVERT"), &json!("no.ks.fiks.bekymringsmelding.mottatt.v1"))
    );
    let v1 = t.kommune().get(format!("{V1_ADMIN}/historikk/{id}")).await.json(200);
    // Norwegian local time without a zone, as the status has it in version 1.
    assert_eq!((&v1[2]["tidspunkt"], &v1[2]["meldingId"]), (&json!("2027-01-15T14:00:00.000"), &json!(id)));
    assert_eq!(v1.as_array().unwrap().len(), 3);
}

async fn the_list_has_the_newest_first_and_counts_them_all(t: &mut Gate) {
    let (first, _) = t.deliver().await;
    let mut expected = vec![first.clone()];
    expected.extend(copies(t, &first, 60).await);
    // Two that came in at the same instant have an order, too.
    set(t, &expected[7], &format!("mottatt = {}", t.clock.now().as_millisecond() - 6 * 60_000)).await;
    if expected[6] < expected[7] {
        expected.swap(6, 7);
    }
    let page = seen(t, "/meldinger").await;
    assert_eq!((&page["totaltAntallTreff"], page["meldinger"].as_array().unwrap().len()), (&json!(61), 50));
    let bydel = &t.kontor(0).bydel;
    assert_eq!(
        page["meldinger"][0],
        json!({
            "bekymringsmeldingId": first, "fiksOrgId": t.town.kommune.organisasjon.id, "bydelRessursId": bydel.id,
            "innsendt": "2027-01-15T12:00:00.000Z", "bydelsnavn": bydel.navn, "kanal": "FIKS_IO", "bekreftet": "",
            "tilstand": "SENDT_FAGSYSTEM", "fraFagsystem": true, "skjemaType": "OFFENTLIG",
        })
    );
    let mut paged = Vec::new();
    for fra in (0..70).step_by(10) {
        paged.extend(ids(t, &format!("/meldinger?fra={fra}&antall=10")).await);
    }
    assert_eq!(paged, expected);
    for wrong in ["antall=0", "antall=1001", "fra=-1", "antall=x", "skjemaType=ANNET", "kanal=EPOST", "fiksOrgId=1"] {
        t.kommune().get(format!("{V2_ADMIN}/meldinger?{wrong}")).await.problem(400, "FORESPORSEL.PARAMETER");
    }
    t.kommune().post(t.queue(format!("/{first}/mottatt"))).await.json(200);
    let v1 = t.kommune().get(format!("{V1_ADMIN}/meldinger?antall=1")).await.json(200);
    let (innsendt, bekreftet) = (&v1["meldinger"][0]["innsendt"], &v1["meldinger"][0]["bekreftet"]);
    assert_eq!((innsendt, bekreftet), (&json!("2027-01-15T13:00:00.000"), innsendt));
}

async fn filters_narrow_the_list(t: &mut Gate) {
    let (a, _) = t.deliver().await;
    let [b, c] = &copies(t, &a, 2).await[..] else { panic!() };
    let start = t.clock.now();
    let at = |minutes: i64| start + SignedDuration::from_mins(minutes);
    set(t, b, "kanal = 'PRINT', fra_fagsystem = FALSE").await;
    set(t, c, "skjematype = 'PRIVAT'").await;
    for (filter, expected) in [
        ("kanal=PRINT".to_owned(), vec![b]),
        ("kanal=SVARINN".to_owned(), vec![]),
        ("fraFagsystem=true".to_owned(), vec![&a, c]),
        ("fraFagsystem=false".to_owned(), vec![b]),
        ("skjemaType=PRIVAT".to_owned(), vec![c]),
        ("skjemaType=OFFENTLIG&kanal=FIKS_IO".to_owned(), vec![&a]),
        ("skjemaType=UKJENT".to_owned(), vec![]),
        // From the first instant, and before the second.
        (format!("fraDato={}&tilDato={}", at(-1), at(0)), vec![b]),
        (format!("fraDato={}", at(-1)), vec![&a, b]),
        (format!("tilDato={}", at(-1)), vec![c]),
        ("fraDato=2027-01-15T12:59:00+01:00".to_owned(), vec![&a, b]),
        ("fraDato=2027-01-15T12:59:00%2B01:00".to_owned(), vec![&a, b]),
        (format!("fiksOrgId={}", t.town.kommune.organisasjon.id), vec![&a, b, c]),
        ("advarsel=&sok=%20".to_owned(), vec![&a, b, c]),
    ] {
        let page = seen(t, &format!("/meldinger?{filter}")).await;
        assert_eq!(page["totaltAntallTreff"], expected.len(), "{filter}");
        assert_eq!(&ids(t, &format!("/meldinger?{filter}")).await.iter().collect::<Vec<_>>(), &expected, "{filter}");
    }
    for wrong in
        ["fraDato=2027-01-15T12:00:00", "fraDato=2027-01-02T00:00:00Z&tilDato=2027-01-01T00:00:00Z", "advarsel=X"]
    {
        t.kommune().get(format!("{V2_ADMIN}/meldinger?{wrong}")).await.problem(400, "FORESPORSEL.PARAMETER");
    }
    // The last days are Norwegian calendar days, and today is the first of them.
    set(t, b, &format!("mottatt = {}", "2027-01-14T23:00:00Z".parse::<jiff::Timestamp>().unwrap().as_millisecond()))
        .await;
    set(t, c, &format!("mottatt = {}", "2027-01-14T22:59:59Z".parse::<jiff::Timestamp>().unwrap().as_millisecond()))
        .await;
    for (days, many) in [(1, 2), (2, 3)] {
        let page = t.kommune().get(format!("{V1_ADMIN}/meldinger?sisteDager={days}")).await.json(200);
        assert_eq!(page["totaltAntallTreff"], many);
    }
}

async fn warnings_are_for_what_does_not_move(t: &mut Gate) {
    const ALL: [&str; 3] = ["IKKE_SENDT", "IKKE_BEKREFTET_FAGSYSTEM", "IKKE_BEKREFTET_PRINT"];
    let (id, _) = t.deliver().await;
    let warned = async |state: &str, minutes_ago: i64| {
        let at = t.clock.now().as_millisecond() - minutes_ago * 60_000;
        set(t, &id, &format!("tilstand = '{state}', mottatt = {at}")).await;
        let mut found = Vec::new();
        for warning in ALL {
            if !ids(t, &format!("/meldinger?advarsel={warning}")).await.is_empty() {
                found.push(warning);
            }
        }
        let figures = seen(t, "/statistikk").await;
        let counted =
            ["antallIkkeSendt", "antallIkkeBekreftetFagsystem", "antallIkkeLevertPost"].map(|name| &figures[name] == 1);
        assert_eq!(ALL.map(|warning| found.contains(&warning)), counted);
        found
    };
    for (state, minutes, expected) in [
        ("AKSEPTERT", 9, &ALL[..0]),
        ("AKSEPTERT", 10, &ALL[..1]),
        ("SENDT_FAGSYSTEM", 119, &ALL[..0]),
        ("SENDT_FAGSYSTEM", 120, &ALL[1..2]),
        ("AVVIST_FAGSYSTEM", 0, &ALL[1..2]),
        ("SENDT_PRINT", 0, &ALL[2..]),
        ("AVVIST_PRINT", 0, &ALL[2..]),
        ("LEVERT", 10_000, &ALL[..0]),
    ] {
        assert_eq!(warned(state, minutes).await, expected, "{state} {minutes}");
    }
}

async fn free_text_finds_names_numbers_and_ids(t: &mut Gate) {
    let first = deliver_to(t, 0).await;
    t.clock.advance(SignedDuration::from_mins(1));
    let second = deliver_to(t, 1).await;
    t.database.execute("UPDATE bydel SET navn = 'ØSTRE Ævlegård 100% a_b' WHERE bydelsnummer = '02'").await;
    t.database.execute("UPDATE kommune SET navn = 'Kárášjohka'").await;
    let both = vec![second.clone(), first.clone()];
    for (text, expected) in [
        ("østre æVLEGÅRD", vec![second.clone()]),
        ("ØSTRE", vec![second.clone()]),
        ("sentrum", vec![first.clone()]),
        ("02", vec![second.clone()]),
        ("9999", both.clone()),
        ("KÁRÁŠJOHKA", both.clone()),
        ("fjelltoppen SKOLE", both.clone()),
        ("999999992", both.clone()),
        ("99999999", vec![]),
        (&first, vec![first.clone()]),
        (&first.to_uppercase(), vec![first.clone()]),
        (&second[..13], vec![second.clone()]),
        (&first[..8], both.clone()),
        ("100%", vec![second.clone()]),
        ("1%0", vec![]),
        ("A_B", vec![second.clone()]),
        ("a_d", vec![]),
        ("'; DROP TABLE melding; --", vec![]),
        ("\\", vec![]),
    ] {
        let request = t.kommune().request(Method::GET, format!("{V2_ADMIN}/meldinger")).query(&[("sok", text)]);
        let page = answer(request).await.json(200);
        let rows = page["meldinger"].as_array().unwrap().iter();
        let found: Vec<_> = rows.map(|row| row["bekymringsmeldingId"].as_str().unwrap().to_owned()).collect();
        assert_eq!((&found, &page["totaltAntallTreff"]), (&expected, &json!(expected.len())), "{text}");
    }
    let long = "x".repeat(101);
    t.kommune().get(format!("{V2_ADMIN}/meldinger?sok={long}")).await.problem(400, "FORESPORSEL.PARAMETER");
}

async fn the_file_has_the_same_rows_as_the_list(t: &mut Gate) {
    let (id, _) = t.deliver().await;
    let mut expected = vec![id.clone()];
    expected.extend(copies(t, &id, 1100).await);
    t.database.execute("UPDATE bydel SET navn = '=HYPERLINK(\"x\"), østre'").await;
    let file = t.kommune().get(format!("{V2_ADMIN}/meldinger/csv?antall=2000")).await;
    assert_eq!(file.status, 200);
    assert_eq!(file.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    assert_eq!(file.header("content-disposition"), Some("attachment; filename=\"bekymringsmeldinger.csv\""));
    let text = file.text();
    let text = text.strip_prefix('\u{feff}').expect("a byte order mark");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    assert_eq!(reader.headers().unwrap().iter().next(), Some("bekymringsmeldingId"));
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.iter().map(|row| row[0].to_owned()).collect::<Vec<_>>(), expected);
    assert_eq!(rows[0][3], *"'=HYPERLINK(\"x\"), østre");
    assert_eq!(
        rows[0].iter().skip(4).collect::<Vec<_>>(),
        ["2027-01-15T12:00:00.000Z", "", "SENDT_FAGSYSTEM", "FIKS_IO", "true", "OFFENTLIG"]
    );
    assert!(text.lines().count() > 1100 && text.contains("\r\n"));
    // The same bounds and filters as the list.
    for (query, lines) in
        [("", 51), ("?fra=1090&antall=2000", 12), ("?kanal=PRINT", 1), ("?sok=sentrum", 1), ("?antall=700", 701)]
    {
        let file = t.kommune().get(format!("{V2_ADMIN}/meldinger/csv{query}")).await;
        assert_eq!((file.status, file.text().matches("\r\n").count()), (200, lines), "{query}");
    }
    t.kommune().get(format!("{V2_ADMIN}/meldinger/csv?kanal=X")).await.problem(400, "FORESPORSEL.PARAMETER");
}

async fn each_administrator_sees_its_own_organisation_s_reports(t: &mut Gate) {
    let (id, _) = t.deliver().await;
    let [other_report] = &copies(t, &id, 1).await[..] else { panic!() };
    let other = FiksOrgId(t.ids.uuid());
    let organisasjon =
        Organisasjon { id: other, organisasjonsnummer: "999999976".parse().unwrap(), navn: "Fjordvik".into() };
    t.apply(Oppsett { organisasjoner: vec![organisasjon], ..Oppsett::default() }).await;
    set(t, other_report, &format!("mottaker_id = {}", literal(t, &other.to_string()))).await;
    let own = t.town.kommune.organisasjon.id;
    let count = async |caller: &Caller, query: &str| {
        caller.get(format!("{V2_ADMIN}/meldinger{query}")).await.json(200)["totaltAntallTreff"].clone()
    };
    let (kommune, drift) = (t.kommune(), drift(t));
    assert_eq!(count(&kommune, "").await, 1);
    assert_eq!(count(&drift, "").await, 2);
    assert_eq!(count(&drift, &format!("?fiksOrgId={other}")).await, 1);
    // By two privileges, both; another one's report does not exist.
    let double = t.integration(own, true, &[(own, Privilegium::Administrer), (other, Privilegium::Administrer)]).await;
    assert_eq!(count(&t.through(t.kommune(), double), "").await, 2);
    for path in ["historikk", "forklaring"] {
        kommune.get(format!("{V2_ADMIN}/{path}/{id}")).await.json(200);
        drift.get(format!("{V2_ADMIN}/{path}/{other_report}")).await.json(200);
        let refused = kommune.get(format!("{V2_ADMIN}/{path}/{other_report}")).await;
        refused.problem(404, "BEKYMRINGSMELDING.IKKE_FUNNET");
        let refused = drift.get(format!("{V2_ADMIN}/{path}/{other_report}?fiksOrgId={own}")).await;
        refused.problem(404, "BEKYMRINGSMELDING.IKKE_FUNNET");
    }
    let elsewhere = kommune.get(format!("{V2_ADMIN}/meldinger?fiksOrgId={other}")).await;
    elsewhere.problem(404, "BEKYMRINGSMELDING.ORGANISASJON_IKKE_FUNNET");
    t.skole().get(format!("{V2_ADMIN}/meldinger")).await.problem(403, "TILGANG.PRIVILEGIUM_MANGLER");
    for path in [format!("/send/{other_report}"), format!("/status/{other_report}/LEVERT")] {
        let method = if path.starts_with("/send") { Method::POST } else { Method::PUT };
        answer(kommune.request(method, format!("{V2_ADMIN}{path}")))
            .await
            .problem(404, "BEKYMRINGSMELDING.IKKE_FUNNET");
    }
}

async fn a_person_with_one_office_sees_its_reports_only(t: &mut Gate) {
    let own = deliver_to(t, 0).await;
    let other = deliver_to(t, 1).await;
    let get = async |path: String| answer(by_person(t, Method::GET, &format!("{V2_ADMIN}{path}"))).await;
    get("/meldinger".to_owned()).await.problem(403, "TILGANG.ROLLE_MANGLER");
    let role = tjenesteadministrator(t, Some(t.kontor(0).bydel.id)).await;
    for query in [String::new(), format!("?fiksOrgId={}", t.town.kommune.organisasjon.id)] {
        assert_eq!(get(format!("/meldinger{query}")).await.json(200)["totaltAntallTreff"], 1);
        assert_eq!(get(format!("/statistikk{query}")).await.json(200)["antallBekymringsmeldingerTotalt"], 1);
        assert_eq!(get(format!("/statistikk/bydeler{query}")).await.json(200)["totaltAntallTreff"], 1);
        get(format!("/historikk/{own}{query}")).await.json(200);
        get(format!("/historikk/{other}{query}")).await.problem(404, "BEKYMRINGSMELDING.IKKE_FUNNET");
    }
    let refused = answer(by_person(t, Method::POST, &format!("{V2_ADMIN}/send/{other}"))).await;
    refused.problem(404, "BEKYMRINGSMELDING.IKKE_FUNNET");
    assert_eq!(answer(by_person(t, Method::POST, &format!("{V2_ADMIN}/send/{own}"))).await.status, 204);
    let by_role = format!("aktor_type = 'PERSON' AND aktor_id = {}", literal(t, &role.to_string()));
    assert!(t.database.count("revisjon", &by_role).await > 0);
    // With the whole municipality, both.
    tjenesteadministrator(t, None).await;
    assert_eq!(get("/meldinger".to_owned()).await.json(200)["totaltAntallTreff"], 2);
}

async fn reading_is_written_down(t: &mut Gate) {
    let (id, _) = t.deliver().await;
    let organisasjon = t.town.kommune.organisasjon.id;
    let uuid = Some(id.parse().unwrap());
    seen(t, &format!("/historikk/{id}")).await;
    seen(t, &format!("/forklaring/{id}")).await;
    seen(t, "/meldinger?sok=Kari%20Nordmann&kanal=FIKS_IO&fra=0&antall=7").await;
    t.kommune().get(format!("{V2_ADMIN}/meldinger/csv")).await;
    for path in ["/statistikk", "/statistikk/bydeler", "/statistikk-gitt-periode"] {
        seen(t, path).await;
    }
    seen(t, "/statistikk/skjematyper?fraDato=2027-01-01T00:00:00Z&tilDato=2027-02-01T00:00:00Z").await;
    let trail = trail(t, organisasjon).await;
    let what: Vec<_> = trail.iter().map(|(handling, objekt, _)| (handling.as_str(), *objekt)).collect();
    assert_eq!(
        what,
        [
            ("getForklaring", uuid),
            ("getHistorikk", uuid),
            ("getMeldinger", None),
            ("getMeldingerTilCsv", None),
            ("getStatistikk", None),
            ("getStatistikkBydeler", None),
            ("getStatistikkGittPeriode", None),
            ("getStatistikkSkjematyper", None),
        ]
    );
    // That something was looked for, but not what: it may be anything.
    assert_eq!(trail[2].2, json!({ "utvalg": { "kanal": "FIKS_IO", "fritekst": true }, "fra": 0, "antall": 0 }));
    assert!(!format!("{trail:?}").contains("Nordmann"));
    // Support's look at one organisation stands in that one's trail; at everyone's, in nobody's.
    let drift = drift(t);
    drift.get(format!("{V2_ADMIN}/historikk/{id}")).await.json(200);
    drift.get(format!("{V2_ADMIN}/meldinger")).await.json(200);
    let support = format!("aktor_id = {}", literal(t, &t.town.drift.integrasjon.to_string()));
    let own = format!("{support} AND organisasjon_id = {}", literal(t, &organisasjon.to_string()));
    assert_eq!(t.database.count("revisjon", &format!("{own} AND handling = 'getHistorikk'")).await, 1);
    assert_eq!(t.database.count("revisjon", &own).await, 1);
    assert_eq!(t.database.count("revisjon", "organisasjon_id IS NULL AND handling = 'getMeldinger'").await, 1);
    // What is refused was not read.
    let before = t.database.count("revisjon", "1 = 1").await;
    drift.get(format!("{V2_ADMIN}/historikk/{}", t.ids.uuid())).await.problem(404, "BEKYMRINGSMELDING.IKKE_FUNNET");
    assert_eq!(t.database.count("revisjon", "1 = 1").await, before);
}

async fn a_read_that_cannot_be_written_down_is_answered(t: &mut Gate) {
    let (id, _) = t.deliver().await;
    t.database.execute("ALTER TABLE revisjon RENAME TO borte").await;
    let history: Value = seen(t, &format!("/historikk/{id}")).await;
    assert_eq!(history.as_array().unwrap().len(), 2);
    t.database.execute("ALTER TABLE borte RENAME TO revisjon").await;
}
