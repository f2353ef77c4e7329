//! A municipality sets itself up through the API, in both versions.

use futures_util::future::join_all;
use jiff::SignedDuration;
use meldeport::{
    crypto::certificate::Certificate,
    domain::oppsett,
    model::{KontoId, RessursId, integrasjon::Privilegium, revisjon::Aktor},
    sandbox::keys::RecipientKey,
    store,
    system::Clock as _,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    konfigtilgang::fjordvik,
    support::{
        Caller, Gate, Report, Sak, V1, V2, answer, id_of, ids_of,
        konfig::{self, Oppsett, RESERVE, address, certificate, key, office, office_v1, text},
        start_of_tests,
    },
};

on_every_database! {
    a_municipality_comes_from_nothing_to_its_first_report,
    each_version_sees_what_the_other_one_changed,
    what_is_wrong_is_told_at_once_and_changes_nothing,
    an_office_is_activated_when_it_lacks_nothing,
    there_is_one_standard_receiver_while_any_office_is_active,
    two_choices_at_once_leave_one_standard_receiver,
    reports_follow_an_office_to_its_new_number,
    a_deactivated_office_still_gets_what_it_was_sent,
    a_new_channel_is_for_new_reports,
    a_new_password_overlaps_the_former_to_the_second,
    every_change_is_written_down_once_and_holds_no_secret,
}

async fn a_municipality_comes_from_nothing_to_its_first_report(t: &mut Gate) {
    let fjordvik = fjordvik(t, &["4601"]).await;
    assert_eq!(fjordvik.get(V2, "/bydeler").await, json!([]));
    let created = fjordvik.create(&office("00", &certificate("kommune-a-enc-rsa2048"))).await;
    let id = text(&created["ressursId"]);
    assert_eq!((&created["deaktivert"], &created["standardMottaker"]), (&json!(true), &json!(false)));
    let konto = &created["konto"];
    assert_eq!((&konto["fagsystem"], &konto["stottetVersjon"]), (&json!("VISMA_FAMILIA"), &json!("V2")));
    assert_eq!(konto["fiksioKonto"]["integrasjoner"], json!([{ "integrasjonId": fjordvik.caller.integrasjon }]));
    assert!(konto["fiksioKonto"]["offentligNokkel"].is_null(), "it has not been shown that anybody has the key");
    let bydeler = async || t.skole().get(format!("{V2}/kommuner/4601/bydeler")).await.json(200);
    assert_eq!(bydeler().await, json!([]));
    let aktiver = format!("/bydeler/{id}/aktiver");
    let refused = fjordvik.call(Method::PUT, V2, &aktiver, None).await.problem(409, "KONFIGURASJON.BYDEL_UFERDIG");
    assert_eq!(refused["errorJson"]["bydeler"][0]["mangler"], json!(["NOKKELBEVIS"]));

    let in_use = fjordvik.prove(&created, &key("kommune-a-enc-rsa2048")).await.json(200);
    assert_eq!((&in_use["valid"], &in_use["nokkel"]), (&json!(true), &json!(certificate("kommune-a-enc-rsa2048"))));
    fjordvik.set(&id, "aktiver").await;
    let shown = json!([{
        "bydelsnummer": "00", "bydelsnavn": "Lillevik 00 barnevern", "standardMottaker": true, "stottetVersjon": "V2",
    }]);
    assert_eq!(bydeler().await, shown);

    let keys = t.skole().get(format!("{V2}/mottak/fagsystem/4601/00/krypteringsnokler")).await.json(200);
    assert_eq!(keys["fiksIOOffentligNokkel"]["nokkel"], certificate("kommune-a-enc-rsa2048"));
    let sent = send(t, "4601", "00", &certificate("kommune-a-enc-rsa2048")).await;
    t.run_jobs().await;
    let queue = format!("{V2}/avhenting/{}/meldinger", fjordvik.organisasjon);
    let waiting = fjordvik.caller.get(&queue).await.json(200);
    assert_eq!(ids_of(&waiting), [sent]);
    assert_eq!(waiting["meldinger"][0]["ressursId"], id);
}

/// Sends a report sealed to this certificate, and gives its id.
async fn send(t: &Gate, kommune: &str, bydel: &str, pem: &str) -> String {
    let certificate = Certificate::from_pem(pem.as_bytes()).unwrap();
    let report = Report::seal(&certificate, &t.town.print.certificate, start_of_tests(), &*t.rng);
    let from = t.town.skole.organisasjon.id;
    let path = format!("{V2}/mottak/fagsystem/{from}/{kommune}/{bydel}/offentlig");
    id_of(&answer(t.skole().request(Method::POST, path).multipart(report.form())).await)
}

async fn each_version_sees_what_the_other_one_changed(t: &mut Gate) {
    let kommune = Oppsett::of(t);
    let id = t.kontor(1).bydel.id.to_string();
    let rest = format!("/bydeler/{id}");
    let v1 = async || kommune.get(V1, "/bydel/02").await[0].clone();
    let v2 = async || kommune.office(&id).await;
    let both = v1().await;
    assert_eq!((&both["konto"]["type"], &both["kontaktinformasjon"]["telefon"]), (&json!("FIKS_IO"), &json!("")));
    // By version 2.
    kommune.put(V2, &format!("{rest}/adresse"), &address()).await;
    let eposter = json!({ "eposter": ["en@lillevik.example", "to@lillevik.example"] });
    kommune.put(V2, &format!("{rest}/kontaktinformasjon"), &eposter).await;
    let manual = json!({
        "fagsystem": "MANUELL_MOTTAK",
        "stottetVersjon": "V2",
        "manuellMottakKonto": { "varselEposter": ["vakt2@lillevik.example"] },
    });
    let answered = kommune.put(V2, &format!("{rest}/konto"), &manual).await.json(200);
    assert_eq!(answered, v2().await);
    assert_eq!(answered["konto"]["manuellMottakKonto"]["kontoId"], both["konto"]["fiksIoKonto"]);
    let seen = v1().await;
    assert_eq!(seen["konto"]["type"], "MANUELL_MOTTAK");
    assert_eq!(seen["kontaktinformasjon"]["postadressePostnr"], "9998");
    assert_eq!(seen["kontaktinformasjon"]["epost"], "en@lillevik.example");
    assert_eq!(seen["varselEposter"], json!(["vakt2@lillevik.example"]));
    // What version 1 was shown, it may send back: nothing changes.
    let before = (v2().await, t.database.count("revisjon", "1 = 1").await);
    let again = kommune.put(V1, &rest, &seen).await;
    assert_eq!((again.status, again.body.len()), (204, 0), "{}", again.text());
    assert_eq!((v2().await, t.database.count("revisjon", "1 = 1").await), before);
    // By version 1.
    let mut changed = seen;
    changed["bydelsnavn"] = "Lillevik strand".into();
    changed["konto"] = json!({ "type": "SVARINN", "orgnr": "999999984" });
    changed["kontaktinformasjon"]["epost"] = "to@lillevik.example".into();
    changed["kontaktinformasjon"]["telefon"] = "22 33 44 55".into();
    changed["varselEposter"] = Value::Null;
    kommune.put(V1, &rest, &changed).await;
    let seen = v2().await;
    assert_eq!((&seen["bydelsnavn"], &seen["konto"]["fagsystem"]), (&json!("Lillevik strand"), &json!("UKJENT")));
    assert_eq!(seen["konto"]["svarinnKonto"]["orgnr"], "999999984");
    assert_eq!(seen["konto"]["svarinnKonto"]["integrasjonId"], v1().await["konto"]["integrasjonId"]);
    assert_eq!(seen["kontaktinformasjon"]["eposter"], json!(["to@lillevik.example"]), "the first one was replaced");
    assert_eq!(v1().await["varselEposter"], json!(["vakt2@lillevik.example"]), "left out, it stays");
    assert_eq!(v1().await["kontaktinformasjon"]["telefon"], "22 33 44 55");
    // Senders see it at once.
    let shown = t.skole().get(format!("{V2}/kommuner/9999/bydeler/02")).await.json(200);
    assert_eq!((&shown["bydelsnavn"], &shown["stottetVersjon"]), (&json!("Lillevik strand"), &json!("V2")));
    let simple = kommune.get(V2, "/bydeler/enkel").await;
    assert_eq!(simple[1]["konto"], json!({ "fagsystem": "UKJENT", "stottetVersjon": "V2" }));
}

async fn what_is_wrong_is_told_at_once_and_changes_nothing(t: &mut Gate) {
    let kommune = Oppsett::of(t);
    let id = t.kontor(1).bydel.id;
    let before = kommune.get(V2, "/bydeler").await;
    let pem = certificate("kommune-b-enc-rsa2048");
    type Change = fn(&mut Value);
    let cases: [(Change, &[&str]); 11] = [
        (|o| o["bydelsnummer"] = "3".into(), &["bydelsnummer"]),
        (|o| o["bydelsnavn"] = " ".into(), &["bydelsnavn"]),
        (|o| o["adresse"]["postnummer"] = "12 34".into(), &["adresse.postnummer"]),
        (|o| o["adresse"]["navn"] = "a\nb".into(), &["adresse.navn"]),
        (|o| o["kontaktinformasjon"]["eposter"] = json!(["Kari <k@a.example>"]), &["eposter"]),
        (|o| o["konto"]["fagsystem"] = "UKJENT".into(), &["fagsystem"]),
        (|o| o["konto"]["fagsystem"] = "MANUELL_MOTTAK".into(), &["fagsystem"]),
        (|o| o["konto"]["fiksioKonto"] = Value::Null, &["konto"]),
        (|o| o["konto"]["manuellMottakKonto"] = json!({ "varselEposter": [] }), &["konto"]),
        (|o| o["konto"]["svarinnKonto"] = json!({ "orgnr": "12", "offentligNokkel": "" }), &["orgnr", "konto"]),
        (
            |o| {
                o["bydelsnummer"] = "".into();
                o["adresse"]["poststed"] = "".into();
            },
            &["bydelsnummer", "adresse.poststed"],
        ),
    ];
    for (change, felt) in cases {
        let mut wrong = office("03", &pem);
        change(&mut wrong);
        let refused = kommune.call(Method::POST, V2, "/bydeler", Some(&wrong)).await;
        let body = refused.problem(400, "KONFIGURASJON.UGYLDIG");
        let told: Vec<_> =
            body["errorJson"]["avvik"].as_array().unwrap().iter().map(|one| text(&one["felt"])).collect();
        assert_eq!(told, felt, "{body}");
        assert!(!body.to_string().contains("Kari"), "{body}");
    }
    for telefon in ["", "22 33 44 55"].iter().zip([204, 204]).chain(["ring", "+"].iter().zip([400, 400])) {
        let mut given = office_v1("02", &t.kontor(1).nokkel.certificate.to_pem());
        given["kontaktinformasjon"]["telefon"] = (*telefon.0).into();
        let answer = kommune.put(V1, &format!("/bydeler/{id}"), &given).await;
        assert_eq!(answer.status, telefon.1, "{}: {}", telefon.0, answer.text());
    }
    let mut given = office_v1("02", "");
    given["standardMottaker"] = false.into();
    kommune
        .put(V1, &format!("/bydeler/{}", t.kontor(0).bydel.id), &office_v1("02", ""))
        .await
        .problem(409, "KONFIGURASJON.BYDELSNUMMER_OPPTATT");
    given["bydelsnummer"] = "01".into();
    let refused = kommune.put(V1, &format!("/bydeler/{}", t.kontor(0).bydel.id), &given).await;
    refused.problem(409, "KONFIGURASJON.MA_HA_STANDARDMOTTAKER");
    let after = kommune.get(V2, "/bydeler").await;
    assert_eq!((after.as_array().unwrap().len(), &after[0]), (2, &before[0]));
    for body in [json!({}), json!([]), json!({ "bydelsnummer": 3 }), office("03", &pem)["konto"].clone()] {
        kommune.call(Method::POST, V2, "/bydeler", Some(&body)).await.problem(400, "FORESPORSEL.KROPP");
    }
    let typed = json!({ "fagsystem": "ACOS", "fiksioKonto": { "offentligNokkel": pem } });
    kommune.put(V2, &format!("/bydeler/{id}/konto"), &typed).await.problem(400, "FORESPORSEL.KROPP");
    for rest in ["/bydeler/aktiver", "/bydeler/aktiver?ressursIder=", "/bydeler/aktiver?ressursIder=1"] {
        kommune.call(Method::PUT, V2, rest, None).await.problem(400, "FORESPORSEL.PARAMETER");
    }
}

async fn an_office_is_activated_when_it_lacks_nothing(t: &mut Gate) {
    let kommune = Oppsett::of(t);
    // An operator may have registered offices that lack everything.
    let mut oppsett = t.town.oppsett();
    oppsett.bydeler.truncate(1);
    let bare = &mut oppsett.bydeler[0];
    bare.id = RessursId(t.ids.uuid());
    bare.konto.id = KontoId(t.ids.uuid());
    bare.bydelsnummer = "07".parse().unwrap();
    (bare.aktiv, bare.standard_mottaker, bare.adresse) = (false, false, None);
    (bare.eposter, bare.varsel_eposter) = (Vec::new(), Vec::new());
    let bare = bare.id.to_string();
    let offices = oppsett.bydeler.clone();
    t.apply(oppsett::Oppsett { bydeler: offices, ..oppsett::Oppsett::default() }).await;
    let ready = kommune.ready_office("08").await;
    let both = format!("/bydeler/aktiver?ressursIder={ready}&ressursIder={bare}");
    let refused = kommune.call(Method::PUT, V1, &both, None).await.problem(409, "KONFIGURASJON.BYDEL_UFERDIG");
    let lacking = json!([{ "ressursId": bare, "bydelsnummer": "07", "mangler": ["NOKKEL", "ADRESSE", "EPOST"] }]);
    assert_eq!(refused["errorJson"]["bydeler"], lacking);
    assert_eq!(kommune.office(&ready).await["deaktivert"], true, "all or none");
    kommune.set(&ready, "aktiver").await;
    kommune.set(&ready, "aktiver").await;
    assert_eq!(kommune.office(&ready).await["deaktivert"], false);
    // A certificate that has gone out of date is none.
    kommune.set(&ready, "deaktiver").await;
    let two_years = SignedDuration::from_hours(2 * 365 * 24);
    let short =
        RecipientKey::make("Lillevik", t.clock.now() - two_years + SignedDuration::from_mins(1), &*t.rng).unwrap();
    let konto = office("08", &short.certificate.to_pem())["konto"].clone();
    let shown = kommune.put(V2, &format!("/bydeler/{ready}/konto"), &konto).await.json(200);
    kommune.prove(&shown, &short.private_key().unwrap()).await.json(200);
    t.clock.advance(SignedDuration::from_mins(2));
    let late = Oppsett::of(t).call(Method::PUT, V2, &format!("/bydeler/{ready}/aktiver"), None).await;
    let late = late.problem(409, "KONFIGURASJON.BYDEL_UFERDIG");
    assert_eq!(late["errorJson"]["bydeler"][0]["mangler"], json!(["NOKKEL"]));
}

/// The numbers of the active offices that are the standard receiver.
async fn standard(t: &Gate) -> Vec<String> {
    let offices = t.skole().get(format!("{V2}/kommuner/9999/bydeler")).await.json(200);
    let offices = offices.as_array().unwrap().iter().filter(|office| office["standardMottaker"] == true);
    offices.map(|office| text(&office["bydelsnummer"])).collect()
}

async fn there_is_one_standard_receiver_while_any_office_is_active(t: &mut Gate) {
    let kommune = Oppsett::of(t);
    let (first, second) = (t.kontor(0).bydel.id.to_string(), t.kontor(1).bydel.id.to_string());
    let refuse = async |rest: String, code: &str| {
        kommune.call(Method::PUT, V2, &rest, None).await.problem(409, code);
    };
    refuse(format!("/bydeler/{first}/deaktiver"), "KONFIGURASJON.MA_HA_STANDARDMOTTAKER").await;
    kommune.set(&second, "standardmottaker").await;
    kommune.set(&second, "standardmottaker").await;
    assert_eq!(standard(t).await, ["02"]);
    let asked = kommune.get(V2, &format!("/bydeler/{first}/standardmottaker")).await;
    assert_eq!((&asked["standardMottaker"], &asked["visStandardMottaker"]), (&json!(false), &json!(true)));
    assert_eq!(asked["navn"], t.kontor(1).bydel.navn.as_str());
    assert_eq!(asked["kontaktInfoEpost"], "barnevern-02@lillevik.example");
    kommune.set(&first, "deaktiver").await;
    refuse(format!("/bydeler/{first}/standardmottaker"), "KONFIGURASJON.BYDEL_INAKTIV").await;
    // The last one may go, and then the municipality takes no part.
    kommune.set(&second, "deaktiver").await;
    assert_eq!(t.skole().get(format!("{V2}/kommuner/9999/bydeler")).await.json(200), json!([]));
    t.skole().get(format!("{V2}/kommuner/9999")).await.problem(404, "BEKYMRINGSMELDING.KOMMUNE_UKJENT");
    // The first that is activated is it, whoever was before.
    let both = format!("/bydeler/aktiver?ressursIder={second},{first}");
    assert_eq!(kommune.call(Method::PUT, V2, &both, None).await.status, 204);
    assert_eq!(standard(t).await, ["02"]);
    let both = format!("/bydeler/deaktiver?ressursIder={second}&ressursIder={first}");
    assert_eq!(kommune.call(Method::PUT, V1, &both, None).await.status, 204);
    kommune.set(&first, "aktiver").await;
    kommune.set(&second, "aktiver").await;
    assert_eq!(standard(t).await, ["01"]);
    // By version 1's whole office, too.
    let mut whole = kommune.get(V1, "/bydel/02").await[0].clone();
    whole["standardMottaker"] = true.into();
    assert_eq!(kommune.put(V1, &format!("/bydeler/{second}"), &whole).await.status, 204);
    assert_eq!(standard(t).await, ["02"]);
}

async fn two_choices_at_once_leave_one_standard_receiver(t: &mut Gate) {
    let kommune = Oppsett::of(t);
    let third = kommune.ready_office("03").await;
    kommune.set(&third, "aktiver").await;
    let offices = [t.kontor(0).bydel.id.to_string(), t.kontor(1).bydel.id.to_string(), third];
    for round in 0..6 {
        let choices = (0..9).map(|n| {
            let id = &offices[(n + round) % 3];
            // Some are deactivated and activated while others are chosen.
            let what = if n == 8 {
                "deaktiver"
            } else if n == 7 {
                "aktiver"
            } else {
                "standardmottaker"
            };
            let rest = format!("/bydeler/{id}/{what}");
            let kommune = &kommune;
            async move { kommune.call(Method::PUT, V2, &rest, None).await.status }
        });
        let statuses = join_all(choices).await;
        assert!(statuses.iter().all(|status| [204, 409].contains(status)), "{statuses:?}");
        assert_eq!(standard(t).await.len(), 1, "round {round}");
    }
    assert_eq!(t.database.count("bydel", "standard_mottaker AND aktiv").await, 1);
}

async fn reports_follow_an_office_to_its_new_number(t: &mut Gate) {
    let kommune = Oppsett::of(t);
    let (first, second) = (t.kontor(0).bydel.id.to_string(), t.kontor(1).bydel.id.to_string());
    let (waiting, report) = t.deliver().await;
    t.clock.advance(SignedDuration::from_millis(1));
    let accepted = t.send(&t.report()).await;
    let renumber = async |id: &str, nummer: &str| {
        let body = json!({ "bydelsnummer": nummer });
        kommune.call(Method::PATCH, V2, &format!("/bydeler/{id}"), Some(&body)).await.status
    };
    assert_eq!(renumber(&first, "02").await, 409);
    // The two change places by way of a third number.
    for (id, nummer) in [(&first, "03"), (&second, "01"), (&first, "02")] {
        assert_eq!(renumber(id, nummer).await, 204);
    }
    t.run_jobs().await;
    let list =
        async |nummer: &str| ids_of(&t.kommune().get(t.queue(format!("?bydelsnummer={nummer}"))).await.json(200));
    assert_eq!(list("02").await, [waiting.clone(), accepted]);
    assert!(list("01").await.is_empty(), "whoever has the old number now does not get them");
    let row = t.kommune().get(t.queue(format!("/{waiting}"))).await.json(200);
    assert_eq!((&row["bydelsnummer"], &row["ressursId"]), (&json!("01"), &json!(first)));
    assert!(t.kommune().get(t.queue(format!("/{waiting}/innhold"))).await.body == report.asice);
    // Keys went along, so reports that were sealed before are still to the right office, or refused.
    for (nummer, kontor) in [("02", 0), ("01", 1)] {
        let keys = t.skole().get(format!("{V2}/mottak/fagsystem/9999/{nummer}/krypteringsnokler")).await.json(200);
        assert_eq!(keys["fiksIOOffentligNokkel"]["serial"], t.kontor(kontor).nokkel.certificate.serial());
    }
    let old = t.skole().request(Method::POST, t.send_path(V1, 0, Sak::Offentlig)).multipart(t.report().form());
    answer(old).await.problem(422, "KONVOLUTT.FEIL_MOTTAKER");
    let new = send(t, "9999", "02", &t.kontor(0).nokkel.certificate.to_pem()).await;
    t.run_jobs().await;
    assert!(list("02").await.contains(&new));
    assert_eq!(standard(t).await, ["02"], "the role belongs to the office, not to the number");
}

async fn a_deactivated_office_still_gets_what_it_was_sent(t: &mut Gate) {
    let kommune = Oppsett::of(t);
    let (first, second) = (t.kontor(0).bydel.id.to_string(), t.kontor(1).bydel.id.to_string());
    let (waiting, _) = t.deliver().await;
    t.clock.advance(SignedDuration::from_millis(1));
    let accepted = t.send(&t.report()).await;
    kommune.set(&second, "standardmottaker").await;
    kommune.set(&first, "deaktiver").await;
    t.post(&t.report(), None).await.problem(404, "BEKYMRINGSMELDING.BYDEL_UKJENT");
    t.run_jobs().await;
    assert_eq!(t.waiting().await, [waiting.clone(), accepted.clone()]);
    for id in [waiting, accepted] {
        t.kommune().get(t.queue(format!("/{id}/innhold"))).await;
        t.kommune().post(t.queue(format!("/{id}/mottatt"))).await.json(200);
        assert_eq!(t.states(&id).await, ["AKSEPTERT", "SENDT_FAGSYSTEM", "LEVERT"]);
    }
}

async fn a_new_channel_is_for_new_reports(t: &mut Gate) {
    let kommune = Oppsett::of(t);
    let rest = format!("/bydeler/{}/konto", t.kontor(0).bydel.id);
    let pem = t.kontor(0).nokkel.certificate.to_pem();
    let (before, _) = t.deliver().await;
    let underway = t.send(&t.report()).await;
    let svarinn = json!({ "fagsystem": "VISMA_FAMILIA", "svarinnKonto": { "orgnr": "", "offentligNokkel": pem } });
    let konto = kommune.put(V2, &rest, &svarinn).await.json(200)["konto"].clone();
    assert_eq!((&konto["svarinnKonto"]["orgnr"], &konto["stottetVersjon"]), (&json!(""), &json!("V2")));
    assert_eq!(konto["svarinnKonto"]["offentligNokkel"]["valid"], true);
    assert!(konto["nokkelbevis"].is_null(), "the certificate is the key already");
    assert!(konto["fiksioKonto"].is_null() && konto["manuellMottakKonto"].is_null());
    let access = text(&konto["svarinnKonto"]["integrasjonId"]);
    t.run_jobs().await;
    assert_eq!(t.waiting().await, [before], "handed over before");
    assert_eq!(t.states(&underway).await, ["AKSEPTERT", "SENDT_FAGSYSTEM"]);
    assert_eq!(t.database.count("melding", "kanal = 'SVARINN'").await, 1);
    // The access stays the same when the office comes back to the channel, for what waits there.
    let queue = json!({ "fagsystem": "VISMA_FAMILIA", "fiksioKonto": { "offentligNokkel": pem } });
    kommune.put(V2, &rest, &queue).await.json(200);
    assert_eq!(kommune.get(V1, "/bydel/01").await[0]["konto"]["integrasjonId"], access);
    let again = kommune.put(V2, &rest, &svarinn).await.json(200);
    assert_eq!(again["konto"]["svarinnKonto"]["integrasjonId"], access);
    assert_eq!(t.database.count("integrasjon", "navn LIKE 'SvarInn for%'").await, 1);
    let found = format!("{V1}/konfigurasjon/bydeler/svarinn/{access}");
    assert_eq!(kommune.at(Method::GET, found, None).await.json(200)["bydelsnummer"], "01");
}

async fn a_new_password_overlaps_the_former_to_the_second(t: &mut Gate) {
    let kommune = Oppsett::of(t);
    let hent = [(t.town.kommune.organisasjon.id, Privilegium::Hent)];
    let integrasjon = t.integration(t.town.kommune.organisasjon.id, true, &hent).await;
    let caller = t.through(t.kommune(), integrasjon);
    let rest =
        format!("/bydeler/{}/integrasjoner/{integrasjon}/lagPassord?integrasjonstype=FIKS_IO", t.kontor(0).bydel.id);
    let make = async || {
        let made = kommune.call(Method::POST, V2, &rest, None).await.json(200);
        Caller { passord: text(&made["passord"]), ..caller.clone() }
    };
    let works = async |caller: &Caller| {
        Caller { token: t.kommune().token, ..caller.clone() }.get(format!("{V2}/kommuner")).await.status == 200
    };
    assert!(works(&caller).await);
    let second = make().await;
    assert!(works(&caller).await && works(&second).await, "at once, whatever was read before");
    t.clock.advance(SignedDuration::from_secs(24 * 3600 - 1));
    let kommune = Oppsett::of(t);
    assert!(works(&caller).await && works(&second).await);
    t.clock.advance(SignedDuration::from_secs(1));
    assert!(!works(&caller).await && works(&second).await);
    // No more than the two newest: the one before them ends at once.
    let make = async || {
        let made = kommune.call(Method::POST, V2, &rest, None).await.json(200);
        Caller { passord: text(&made["passord"]), ..caller.clone() }
    };
    let third = make().await;
    let fourth = make().await;
    assert!(!works(&second).await && works(&third).await && works(&fourth).await);
    assert_eq!(t.database.count("passord", "1 = 1").await, 4 + 2, "the town's, and two of this one");
    // Only of an integration that is this office's or organisation's own, and of this kind.
    let refuse = async |rest: String| {
        kommune.call(Method::POST, V2, &rest, None).await.problem(404, "KONFIGURASJON.INTEGRASJON_IKKE_FUNNET");
    };
    refuse(rest.replace("FIKS_IO", "SVARINN")).await;
    refuse(rest.replace(&integrasjon.to_string(), &t.town.skole.integrasjon.to_string())).await;
    let host = t.integration(t.town.skole.organisasjon.id, true, &hent).await;
    refuse(rest.replace(&integrasjon.to_string(), &host.to_string())).await;
    let wrong = kommune.call(Method::POST, V2, &rest.replace("FIKS_IO", "AMQP"), None).await;
    wrong.problem(400, "FORESPORSEL.PARAMETER");
}

async fn every_change_is_written_down_once_and_holds_no_secret(t: &mut Gate) {
    let kommune = Oppsett::of(t);
    let entries = async || {
        let organisasjon = t.town.kommune.organisasjon.id;
        let store = &t.services().store;
        store::revisjon::av_organisasjon(store, organisasjon, None, None, 100).await.unwrap()
    };
    // The order of the trail is the order of the milliseconds.
    let tick = || t.clock.advance(SignedDuration::from_millis(1));
    let created = kommune.create(&office("03", &certificate("kommune-b-enc-rsa2048"))).await;
    let id = text(&created["ressursId"]);
    tick();
    kommune.prove(&created, &key("kommune-b-enc-rsa2048")).await.json(200);
    for _ in 0..2 {
        tick();
        kommune.set(&id, "aktiver").await;
        tick();
        let eposter = json!({ "eposter": ["ny@lillevik.example"] });
        kommune.put(V2, &format!("/bydeler/{id}/kontaktinformasjon"), &eposter).await;
    }
    tick();
    kommune.set(&id, "standardmottaker").await;
    tick();
    konfig::prepare(t, "lagPassord").await;
    let rest = format!("/bydeler/{id}/integrasjoner/{RESERVE}/lagPassord?integrasjonstype=FIKS_IO");
    let password = text(&kommune.call(Method::POST, V2, &rest, None).await.json(200)["passord"]);
    let mut entries = entries().await;
    entries.reverse();
    let told: Vec<_> = entries.iter().map(|entry| entry.handling.as_str()).collect();
    let expected = [
        "createBydel",
        "bekreftNokkelbevis",
        "aktiverBydel",
        "updateKontaktinformasjon",
        "updateStandardMottaker",
        "updateStandardMottaker",
        "lagPassord",
    ];
    assert_eq!(told, expected);
    let changed = &entries[3];
    assert_eq!(changed.for_endring, Some(json!({ "eposter": ["barnevern-03@lillevik.example"] })));
    assert_eq!(changed.etter_endring, Some(json!({ "eposter": ["ny@lillevik.example"] })));
    assert_eq!(changed.objekt.map(|id| id.to_string()), Some(id));
    let caller = Aktor::Integrasjon(t.town.kommune.integrasjon);
    assert!(entries.iter().all(|entry| entry.aktor == caller));
    assert_eq!(entries[0].tidspunkt, start_of_tests());
    let proven = entries[1].etter_endring.clone().unwrap();
    assert!(proven["nokkel"]["serial"].is_string() && proven["nokkelSomVenter"].is_null(), "{proven}");
    let all = format!("{entries:?}");
    assert!(!all.contains(&password) && !all.contains("BEGIN CERTIFICATE"), "{all}");
}
