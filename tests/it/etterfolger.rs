//! Municipalities that become part of another one: look-ups, sending and what waits, before and from the instant on.

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use meldeport::{
    domain::oppsett::Oppsett,
    model::{FiksOrgId, melding::Kanal},
    system::Clock as _,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    skjema::payload,
    support::{Answer, Gate, Nabo, Report, V1, V2, answer, id_of, ids_of, start_of_tests},
};

on_every_database! {
    until_the_instant_nothing_is_different,
    look_ups_answer_for_the_successor,
    a_report_to_the_former_number_is_routed_and_the_sender_told,
    plain_json_is_held_against_what_the_sender_addressed,
    an_envelope_sealed_to_the_former_office_is_taken_for_a_while,
    a_report_that_waits_is_fetched_by_the_successor,
    each_report_follows_from_whatever_state_it_waits_in,
    the_successor_s_channel_is_taken,
    several_nodes_move_each_report_once,
    reports_stay_until_the_successor_can_take_them,
    a_chain_leads_to_its_end,
    a_successor_must_be_registered_and_never_lead_back,
}

/// When the municipality is merged, an hour after the tests begin.
fn merger() -> Timestamp {
    start_of_tests() + SignedDuration::from_hours(1)
}

/// A municipality that becomes part of the town's at the instant. Its office 01 has a namesake there, 03 has none.
async fn fjordvik(t: &Gate) -> Nabo {
    let nabo = t.nabo("9998", &["03", "01"]).await;
    t.apply(nabo.becomes("9999", merger())).await;
    nabo
}

fn history(answer: &Answer) -> Vec<(String, String)> {
    let text = |entry: &Value, name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    let entries = answer.json(200);
    entries.as_array().unwrap().iter().map(|entry| (text(entry, "tilstand"), text(entry, "beskrivelse"))).collect()
}

async fn sender_sees(t: &Gate, id: &str) -> Vec<(String, String)> {
    let from = t.town.skole.organisasjon.id;
    history(&t.skole().get(format!("{V2}/mottak/fagsystem/{from}/bekymringsmelding/{id}/status")).await)
}

const ROUTED: &str =
    "Kommune 9998 er slått sammen med 9999. Meldingen går til Lillevik sentrum barnevern, bydel 01 i 9999.";
const MOVED: &str =
    "Kommune 9998 er slått sammen med 9999. Meldingen er flyttet til Lillevik sentrum barnevern, bydel 01 i 9999.";

async fn until_the_instant_nothing_is_different(t: &mut Gate) {
    let nabo = fjordvik(t).await;
    t.clock.set(merger() - SignedDuration::from_millis(1));
    for version in [V1, V2] {
        let get = async |path: &str| t.skole().get(format!("{version}{path}")).await;
        assert_eq!(get("/kommuner").await.json(200).as_array().unwrap().len(), 2);
        for path in ["/kommuner/9998", "/kommuner/9998/bydeler", "/kommuner/9998/bydeler/03"] {
            let found = get(path).await;
            assert!(found.text().contains("Barnevernet 9998-03"), "{}", found.text());
            assert_eq!(found.header("content-location"), None, "{path}");
        }
        let keys = get("/mottak/fagsystem/9998/03/krypteringsnokler").await;
        assert_eq!(keys.json(200)["fiksIOOffentligNokkel"]["serial"], nabo.nokkel.certificate.serial());
    }
    let sent = nabo.post(t, V2, "03", &nabo.report(t)).await;
    assert!(sent.json(201).get("rutetTil").is_none());
    t.run_jobs().await;
    assert_eq!(nabo.waiting(t).await, [id_of(&sent)]);
    assert_eq!(sender_sees(t, &id_of(&sent)).await[0], ("AKSEPTERT".to_owned(), String::new()));
    let refused = nabo.post(t, V2, "03", &t.report()).await;
    refused.problem(422, "KONVOLUTT.FEIL_MOTTAKER");
}

async fn look_ups_answer_for_the_successor(t: &mut Gate) {
    fjordvik(t).await;
    t.clock.set(merger());
    for version in [V1, V2] {
        let get = async |path: &str| t.skole().get(format!("{version}{path}")).await;
        let numbers = get("/kommuner").await.json(200);
        assert_eq!(numbers, json!([{ "kommunenr": "9999", "navn": "Lillevik kommune" }]));
        for (asked, answers) in [
            ("/kommuner/9998", "/kommuner/9999"),
            ("/kommuner/9998/bydeler", "/kommuner/9999/bydeler"),
            ("/kommuner/9998/bydeler/01", "/kommuner/9999/bydeler/01"),
            // An office that the successor has, and one that only the former one had: its standard receiver.
            ("/kommuner/9998/bydeler/02", "/kommuner/9999/bydeler/02"),
            ("/kommuner/9998/bydeler/03", "/kommuner/9999/bydeler/01"),
            ("/mottak/fagsystem/9998/03/krypteringsnokler", "/mottak/fagsystem/9999/01/krypteringsnokler"),
            ("/mottak/fagsystem/9998/02/krypteringsnokler", "/mottak/fagsystem/9999/02/krypteringsnokler"),
            ("/mottak/fagsystem/9998/01/krypteringsnokler/jwks", "/mottak/fagsystem/9999/01/krypteringsnokler/jwks"),
        ] {
            let (former, present) = (get(asked).await, get(answers).await);
            assert_eq!(former.json(200), present.json(200), "{asked}");
            assert_eq!(former.header("content-location"), Some(&*format!("{version}{answers}")));
            assert_eq!(present.header("content-location"), None);
        }
        // A number that neither ever had is a slip, as it was before.
        for path in ["/kommuner/9998/bydeler/77", "/mottak/fagsystem/9998/77/krypteringsnokler"] {
            get(path).await.problem(404, "BEKYMRINGSMELDING.BYDEL_UKJENT");
        }
    }
}

async fn a_report_to_the_former_number_is_routed_and_the_sender_told(t: &mut Gate) {
    let nabo = fjordvik(t).await;
    t.clock.set(merger());
    let mut sent = Vec::new();
    for version in [V1, V2] {
        for bydel in ["01", "03"] {
            let report = t.report();
            let told = nabo.post(t, version, bydel, &report).await;
            assert_eq!(told.json(201)["rutetTil"], json!({ "kommunenummer": "9999", "bydelsnummer": "01" }));
            let again = nabo.post(t, version, bydel, &report).await;
            assert_eq!(again.json(201), told.json(201), "said again, the same answer");
            sent.push(id_of(&told));
            t.clock.advance(SignedDuration::from_millis(1));
        }
    }
    // KS's own Java client dies on what it does not know.
    let (from, report) = (t.town.skole.organisasjon.id, t.report());
    let path = format!("{V1}/mottak/fagsystem/{from}/9998/01/offentlig");
    let jersey = t.skole().request(Method::POST, path).header("User-Agent", "Jersey/3.1.8 (HttpUrlConnection 17.0.15)");
    let told = answer(jersey.multipart(report.form())).await;
    assert_eq!(told.json(201), json!({ "uuid": id_of(&told) }));
    sent.push(id_of(&told));
    t.run_jobs().await;
    assert!(nabo.waiting(t).await.is_empty());
    let page = t.kommune().get(t.queue("?kommunenummer=9999&bydelsnummer=01")).await.json(200);
    assert_eq!(ids_of(&page), sent);
    for id in &sent {
        assert_eq!(sender_sees(t, id).await[0], ("AKSEPTERT".to_owned(), ROUTED.to_owned()));
    }
    // Whoever uses the new number is told nothing.
    assert!(t.post(&t.report(), None).await.json(201).get("rutetTil").is_none());
    t.run_jobs().await;
}

async fn plain_json_is_held_against_what_the_sender_addressed(t: &mut Gate) {
    fjordvik(t).await;
    t.clock.set(merger());
    let from = t.town.skole.organisasjon.id;
    let mut report = payload();
    report["kommunenummer"] = "9998".into();
    report["sendingstidspunkt"] = "2027-01-15T13:58:00".into();
    let post = async |kommune: &str, report: &Value| {
        let path = format!("{V2}/mottak/fagsystem/{from}/{kommune}/01/offentlig");
        answer(t.skole().request(Method::POST, path).json(report)).await
    };
    post("9999", &report).await.problem(400, "SKJEMA.FEIL_ADRESSE");
    let told = post("9998", &report).await;
    assert_eq!(told.json(201)["rutetTil"]["kommunenummer"], "9999");
    let id = id_of(&told);
    assert_eq!(id_of(&post("9998", &report).await), id);
    t.run_jobs().await;
    let row = t.kommune().get(t.queue(format!("/{id}"))).await.json(200);
    assert_eq!(row["mottakerSertifikatSerienummer"], t.kontor(0).nokkel.certificate.serial());
    // A note of the gateway's own comes after this one: office 02 takes version 1 only.
    report["bydelsnummer"] = "02".into();
    let path = format!("{V2}/mottak/fagsystem/{from}/9998/02/offentlig");
    let id = id_of(&answer(t.skole().request(Method::POST, path).json(&report)).await);
    let (_, told) = sender_sees(t, &id).await.swap_remove(0);
    assert!(told.starts_with("Kommune 9998 er slått") && told.contains(" i 9999. Gjort om fra V2 til V1"), "{told}");
    t.run_jobs().await;
}

async fn an_envelope_sealed_to_the_former_office_is_taken_for_a_while(t: &mut Gate) {
    let nabo = fjordvik(t).await;
    t.clock.set(merger() + SignedDuration::from_mins(60) - SignedDuration::from_millis(1));
    let id = id_of(&nabo.post(t, V2, "03", &nabo.report(t)).await);
    t.run_jobs().await;
    let row = t.kommune().get(t.queue(format!("/{id}"))).await.json(200);
    assert_eq!(row["mottakerSertifikatSerienummer"], nabo.nokkel.certificate.serial(), "the successor has its key");
    // By the successor's own number nobody can have got that key.
    let refused = t.post(&nabo.report(t), None).await;
    refused.problem(422, "KONVOLUTT.FEIL_MOTTAKER");
    t.clock.set(merger() + SignedDuration::from_mins(60));
    let refused = nabo.post(t, V2, "03", &nabo.report(t)).await.problem(422, "KONVOLUTT.FEIL_MOTTAKER");
    assert_eq!(refused["errorJson"]["riktigSertifikat"]["serial"], t.kontor(0).nokkel.certificate.serial());
}

/// Sends a report to the municipality that is still its own, and puts it in its queue.
async fn waits(t: &Gate, nabo: &Nabo) -> (String, Report) {
    let report = nabo.report(t);
    let id = id_of(&nabo.post(t, V2, "03", &report).await);
    t.run_jobs().await;
    (id, report)
}

async fn a_report_that_waits_is_fetched_by_the_successor(t: &mut Gate) {
    let nabo = fjordvik(t).await;
    t.clock.set(merger() - SignedDuration::from_mins(1));
    let (id, report) = waits(t, &nabo).await;
    assert_eq!(nabo.waiting(t).await, [id.as_str()]);
    let due = async || {
        let kept = "kanal = 'PRINT' AND tidligst = (SELECT frist FROM melding WHERE melding.id = melding_id)";
        t.database.count("jobb", kept).await
    };
    assert_eq!(due().await, 1);
    t.clock.set(merger());
    t.run_jobs().await;

    assert!(nabo.waiting(t).await.is_empty());
    let old = nabo.caller(t);
    for rest in ["", "/innhold"] {
        old.get(nabo.queue(&format!("/{id}{rest}"))).await.problem(404, "BEKYMRINGSMELDING.IKKE_FUNNET");
    }
    old.post(nabo.queue(&format!("/{id}/mottatt"))).await.problem(404, "BEKYMRINGSMELDING.IKKE_FUNNET");
    assert_eq!(due().await, 1, "the deadline is what it was");

    let page = t.kommune().get(t.queue("?kommunenummer=9999&bydelsnummer=01")).await.json(200);
    assert_eq!(ids_of(&page), [id.as_str()]);
    assert_eq!(page["meldinger"][0]["mottakerSertifikatSerienummer"], nabo.nokkel.certificate.serial());
    assert!(t.kommune().get(t.queue(format!("/{id}/innhold"))).await.body == report.asice);
    // The same send again leads to the same report, and to where it is now.
    let again = nabo.post(t, V2, "03", &report).await.json(201);
    assert_eq!(again, json!({ "uuid": id, "rutetTil": { "kommunenummer": "9999", "bydelsnummer": "01" } }));
    let receipt = t.kommune().post(t.queue(format!("/{id}/mottatt"))).await.json(200);
    assert_eq!(t.kommune().post(t.queue(format!("/{id}/mottatt"))).await.json(200), receipt, "and again");
    let states: Vec<_> = sender_sees(t, &id).await;
    let expected = [
        ("AKSEPTERT", ""),
        ("SENDT_FAGSYSTEM", ""),
        ("SENDT_FAGSYSTEM", MOVED),
        ("LEVERT", "Mottakeren har bekreftet at meldingen er mottatt."),
    ];
    assert_eq!(states, expected.map(|(state, text)| (state.to_owned(), text.to_owned())));
    t.run_jobs().await;
    assert_eq!(sender_sees(t, &id).await.len(), 4, "moved once");
}

async fn each_report_follows_from_whatever_state_it_waits_in(t: &mut Gate) {
    let nabo = fjordvik(t).await;
    t.clock.set(merger() - SignedDuration::from_mins(1));
    let receipt = async |id: &str, what: &str| {
        let request = nabo.caller(t).request(Method::POST, nabo.queue(&format!("/{id}/{what}")));
        answer(request.json(&json!({ "melding": "Feil 17" }))).await.json(200)
    };
    let (unprintable, _) = waits(t, &nabo).await;
    let (posting, _) = waits(t, &nabo).await;
    for (id, state) in [(&unprintable, "AVVIST_PRINT"), (&posting, "SENDT_PRINT")] {
        let hex = id.replace('-', "");
        let key = if t.database.settings.url.starts_with("sqlite") { format!("X'{hex}'") } else { format!("'{id}'") };
        t.database.execute(&format!("UPDATE melding SET tilstand = '{state}' WHERE id = {key}")).await;
    }
    let (delivered, _) = waits(t, &nabo).await;
    receipt(&delivered, "mottatt").await;
    let (rejected, _) = waits(t, &nabo).await;
    receipt(&rejected, "feilet").await;
    let accepted = id_of(&nabo.post(t, V2, "03", &nabo.report(t)).await);
    t.clock.set(merger());
    t.run_jobs().await;
    for (id, moved, state) in [
        // To be printed at once, and so it was, for the successor.
        (&rejected, true, "SENDT_PRINT"),
        (&unprintable, true, "AVVIST_PRINT"),
        // Its letter is on its way to the address that it was made for.
        (&posting, false, "SENDT_PRINT"),
        (&delivered, false, "LEVERT"),
        (&accepted, true, "SENDT_FAGSYSTEM"),
    ] {
        let (here, there) =
            (t.kommune().get(t.queue(format!("/{id}"))).await, nabo.caller(t).get(nabo.queue(&format!("/{id}"))).await);
        let (has, has_not) = if moved { (here, there) } else { (there, here) };
        assert_eq!(has.json(200)["tilstand"], state);
        has_not.problem(404, "BEKYMRINGSMELDING.IKKE_FUNNET");
        let told = sender_sees(t, id).await.iter().filter(|(_, text)| text == MOVED).count();
        assert_eq!(told, usize::from(moved), "{state}");
    }
    let letters = t.letters().await;
    assert_eq!((letters.len(), &letters[0]["bekymringsmeldingId"]), (1, &json!(rejected)));
    assert_eq!(letters[0]["adresse"]["navn"], "Lillevik sentrum barnevern");
    // The one that had not been handed over has no entry more than others.
    let states: Vec<_> = sender_sees(t, &accepted).await.into_iter().map(|(state, _)| state).collect();
    assert_eq!(states, ["AKSEPTERT", "SENDT_FAGSYSTEM"]);
    // Came back from the printer: now it follows, too.
    t.database.execute("UPDATE melding SET tilstand = 'AVVIST_PRINT' WHERE tilstand = 'SENDT_PRINT'").await;
    t.run_jobs().await;
    assert_eq!(t.kommune().get(t.queue(format!("/{posting}"))).await.json(200)["tilstand"], "AVVIST_PRINT");
}

async fn the_successor_s_channel_is_taken(t: &mut Gate) {
    let nabo = fjordvik(t).await;
    t.clock.set(merger() - SignedDuration::from_mins(1));
    waits(t, &nabo).await;
    let manual = Kanal::ManuellMottak.as_str();
    t.database.execute(&format!("UPDATE bydel SET kanal = '{manual}' WHERE kommunenummer = '9999'")).await;
    t.clock.set(merger());
    t.run_jobs().await;
    assert_eq!(t.database.count("melding", &format!("kanal = '{manual}' AND kommunenummer = '9999'")).await, 1);
    assert!(t.waiting().await.is_empty(), "it waits for a person now");
}

async fn several_nodes_move_each_report_once(t: &mut Gate) {
    const REPORTS: usize = 70;
    let nabo = fjordvik(t).await;
    t.clock.set(merger() - SignedDuration::from_mins(1));
    let mut sent = Vec::new();
    for _ in 0..REPORTS {
        sent.push(id_of(&nabo.post(t, V2, "01", &nabo.report(t)).await));
        t.clock.advance(SignedDuration::from_millis(1));
    }
    t.run_jobs().await;
    t.clock.set(merger());
    let moved = join_all((0..4).map(|_| t.services().flytt_ventende())).await;
    let moved: u64 = moved.into_iter().map(Result::unwrap).sum();
    assert_eq!(moved, REPORTS as u64);
    assert_eq!(
        t.database.count("hendelse", &format!("beskrivelse = '{MOVED}'")).await,
        i64::try_from(REPORTS).unwrap()
    );
    let page = t.kommune().get(t.queue("?antall=200")).await.json(200);
    assert_eq!(ids_of(&page), sent);
    assert_eq!(t.services().flytt_ventende().await.unwrap(), 0);
}

async fn reports_stay_until_the_successor_can_take_them(t: &mut Gate) {
    let nabo = fjordvik(t).await;
    t.clock.set(merger() - SignedDuration::from_mins(1));
    let (id, _) = waits(t, &nabo).await;
    let mut closed = t.town.oppsett();
    closed.bydeler.iter_mut().for_each(|bydel| bydel.aktiv = false);
    t.apply(closed).await;
    t.clock.set(merger());
    t.run_jobs().await;
    assert_eq!(nabo.waiting(t).await, [id.as_str()]);
    nabo.post(t, V2, "03", &nabo.report(t)).await.problem(404, "BEKYMRINGSMELDING.BYDEL_UKJENT");
    assert_eq!(t.skole().get(format!("{V2}/kommuner/9998/bydeler")).await.json(200), json!([]));
    t.apply(t.town.oppsett()).await;
    t.run_jobs().await;
    assert_eq!(t.waiting().await, [id]);
}

async fn a_chain_leads_to_its_end(t: &mut Gate) {
    let later = merger() + SignedDuration::from_hours(2);
    let (first, second) = (t.nabo("9997", &["00"]).await, t.nabo("9998", &["04"]).await);
    t.apply(second.becomes("9999", later)).await;
    t.apply(first.becomes("9998", merger())).await;
    t.clock.set(merger());
    let waiting = id_of(&first.post(t, V2, "00", &first.report(t)).await);
    t.run_jobs().await;
    assert_eq!(second.waiting(t).await, [waiting.as_str()]);
    t.clock.set(later);
    t.run_jobs().await;
    assert_eq!(t.waiting().await, [waiting.as_str()]);
    for bydel in ["00", "04"] {
        let found = t.skole().get(format!("{V2}/kommuner/9997/bydeler/{bydel}")).await;
        assert_eq!(found.header("content-location"), Some(&*format!("{V2}/kommuner/9999/bydeler/01")));
    }
    // Keys that were had by the first number just before: the second one's.
    let told = first.post(t, V2, "04", &second.report(t)).await.json(201);
    assert_eq!(told["rutetTil"], json!({ "kommunenummer": "9999", "bydelsnummer": "01" }));
    first.post(t, V2, "00", &first.report(t)).await.problem(422, "KONVOLUTT.FEIL_MOTTAKER");
    t.run_jobs().await;
    // The whole way at once, for who comes late.
    let entries = sender_sees(t, &waiting).await;
    assert!(entries[0].1.contains("9997 er slått sammen med 9998") && entries[2].1 == MOVED, "{entries:?}");
}

async fn a_successor_must_be_registered_and_never_lead_back(t: &mut Gate) {
    let (first, second) = (t.nabo("9997", &["00"]).await, t.nabo("9998", &["00"]).await);
    let apply = async |oppsett: Oppsett| t.services().apply(oppsett).await.map_err(|error| error.feil().code);
    assert!(apply(first.becomes("9996", merger())).await.is_err());
    assert!(apply(first.becomes("9997", merger())).await.is_err());
    apply(first.becomes("9998", merger())).await.unwrap();
    // Not even at another time: a municipality that has been taken over does not come back under its number.
    assert!(apply(second.becomes("9997", merger() - SignedDuration::from_hours(1))).await.is_err());
    let mut both = second.becomes("9999", merger());
    both.kommuner.extend(first.becomes("9998", merger()).kommuner);
    apply(both).await.unwrap();
    t.clock.set(merger());
    let answers = t.skole().get(format!("{V2}/kommuner/9997")).await;
    assert_eq!(answers.json(200)["kommunenr"], "9999");
    // Told in the trail, once for each change.
    let trail = |org: FiksOrgId| format!("{V2}/konfigurasjon/{org}/endringer");
    let told = first.caller(t).get(trail(first.organisasjon.id)).await.json(200);
    let entries = told["endringer"].as_array().unwrap();
    assert_eq!(entries.len(), 1, "{told}");
    assert_eq!((&entries[0]["handling"], &entries[0]["aktor"]["type"]), (&json!("provision"), &json!("PLATTFORM")));
    let expected = json!({ "kommunenummer": "9997", "etterfolger": "9998", "fra": merger() });
    assert_eq!(entries[0]["tilstandEtter"], expected);
    assert!(t.clock.now() >= merger());
}
