//! Manual reception: a case worker takes the report at the head of the queue.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::SignedDuration;
use meldeport::{
    model::{
        melding::Kanal,
        revisjon::{Aktor, Revisjon},
        rolle::Rolle,
    },
    versions::Versjonert,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    coverage::Seen,
    support::{Answer, Gate, Sak, Saksbehandler, answer},
};

on_every_database! {
    reports_are_taken_one_by_one_oldest_first,
    an_empty_queue_says_so,
    nobody_confirms_what_they_have_not_fetched,
    a_repeated_call_never_takes_the_next_report,
    a_refused_report_goes_out_as_a_letter_at_once,
    an_answer_is_a_receipt_by_its_type,
    only_who_may_receive_for_the_office_is_let_in,
    two_case_workers_confirm_each_report_once,
    a_named_report_must_wait_here,
    who_looked_fetched_and_answered_is_written_down,
    a_head_has_no_effect,
}

const KARI: &str = "21868499143";
const OLA: &str = "17912099997";
const MOTTATT: &str = "no.ks.fiks.bekymringsmelding.mottatt.v1";
const FEILET: &str = "no.ks.fiks.bekymringsmelding.feilet.v1";

/// The bytes in a JSON string.
pub fn bytes_of(content: &Value) -> Vec<u8> {
    STANDARD.decode(content.as_str().unwrap()).unwrap()
}

/// A case worker of the first office, and so many reports that wait there.
async fn begin(t: &Gate, reports: usize) -> (Saksbehandler, Vec<String>) {
    let mut ids = Vec::new();
    for _ in 0..reports {
        ids.push(t.deliver_in(Kanal::ManuellMottak).await.0);
        t.clock.advance(SignedDuration::from_millis(1));
    }
    (t.case_worker(KARI, Rolle::Bruker, Some(0)).await, ids)
}

async fn respond(t: &Gate, who: &Saksbehandler, kind: &str, query: &str) -> Answer {
    let request = who.request(Method::POST, t.manuell(format!("neste/svarOgAck{query}")));
    answer(request.json(&json!({ "meldingType": kind }))).await
}

async fn reports_are_taken_one_by_one_oldest_first(t: &mut Gate) {
    t.set_kanal(0, Kanal::ManuellMottak).await;
    let mut sent = Vec::new();
    for sak in [Sak::Offentlig, Sak::Privat] {
        sent.push(t.deliver_to(0, sak).await);
        t.clock.advance(SignedDuration::from_mins(1));
    }
    let kari = t.case_worker(KARI, Rolle::Bruker, None).await;
    // Friday 15 January 2027, 13:00 in Norway: the letter goes at the end of Tuesday.
    let mut before = None;
    for (left, ((id, report), form)) in [(2, (&sent[0], "offentlig")), (1, (&sent[1], "privat"))] {
        assert_eq!(kari.get(t.manuell("antall")).await.json(200), left);
        let metadata = kari.get(t.manuell("neste/metadata")).await.json(200);
        let ttl = metadata["ttl"].as_i64().unwrap();
        assert!(before.is_none_or(|before| ttl <= before) && ttl > 24 * 3_600_000, "{ttl}");
        before = Some(ttl);
        let expected = |ttl: Option<i64>, resendt: bool| {
            let mut expected = json!({
                "meldingId": id,
                "meldingType": format!("no.ks.fiks.bekymringsmelding.{form}.v2"),
                "avsenderKontoId": t.town.skole.organisasjon.id,
                "mottakerKontoId": t.kontor(0).bydel.konto.id,
                "deliveryTag": 1,
                "headere": { "bydel-ressurs-id": t.kontor(0).bydel.id, "bekymringsmelding-id": id },
                "resendt": resendt,
            });
            if let Some(ttl) = ttl {
                expected["ttl"] = ttl.into();
            }
            expected
        };
        assert_eq!(metadata, expected(Some(ttl), false));
        let content = kari.get(t.manuell("neste/data")).await;
        assert_eq!(content.header("content-type"), Some("application/json; charset=utf-8"));
        assert_eq!(content.header("cache-control"), Some("no-store"));
        assert_eq!(bytes_of(&content.json(200)), report.asice, "byte for byte");
        let again = kari.get(t.manuell("neste/metadata")).await.json(200);
        assert_eq!(again, expected(Some(ttl), true), "it stays at the head, and shows that it has been fetched");
        assert_eq!(kari.get(t.manuell("neste/ack")).await.json(200), expected(None, true));
        assert_eq!(t.states(id).await, ["AKSEPTERT", "SENDT_FAGSYSTEM", "LEVERT"]);
    }
    assert_eq!(kari.get(t.manuell("antall")).await.json(200), 0);
    assert_eq!(t.database.count("innhold", "1 = 1").await, 0, "the content is erased");
    assert_eq!(t.database.count("jobb", "1 = 1").await, 0, "and no letter is left");
}

async fn an_empty_queue_says_so(t: &mut Gate) {
    let (kari, _) = begin(t, 0).await;
    // What waits in another channel, or for another office, is not in it.
    t.deliver_in(Kanal::Fagsystem).await;
    t.database.execute("UPDATE bydel SET kanal = 'MANUELL_MOTTAK' WHERE bydelsnummer = '02'").await;
    t.deliver_to(1, Sak::Offentlig).await;
    assert_eq!(kari.get(t.manuell("antall")).await.json(200), 0);
    let empty = kari.get(t.manuell("neste/metadata")).await;
    assert_eq!((empty.status, empty.body.len()), (204, 0));
    for call in ["data", "ack", "nac"] {
        kari.get(t.manuell(format!("neste/{call}"))).await.problem(400, "MANUELT_MOTTAK.INGEN_MELDING");
    }
    for kind in [MOTTATT, FEILET] {
        respond(t, &kari, kind, "").await.problem(400, "MANUELT_MOTTAK.INGEN_MELDING");
    }
}

async fn nobody_confirms_what_they_have_not_fetched(t: &mut Gate) {
    let (kari, ids) = begin(t, 1).await;
    let by_name = format!("?meldingId={}", ids[0]);
    let confirm = async |who: &Saksbehandler| {
        for query in ["", &by_name] {
            let refused = who.get(t.manuell(format!("neste/ack{query}"))).await;
            let body = refused.problem(400, "MANUELT_MOTTAK.IKKE_HENTET");
            assert_eq!(body["errorJson"], json!({ "meldingId": ids[0] }));
            respond(t, who, MOTTATT, query).await.problem(400, "MANUELT_MOTTAK.IKKE_HENTET");
        }
    };
    confirm(&kari).await;
    kari.get(t.manuell("neste/nac")).await.problem(400, "MANUELT_MOTTAK.IKKE_SETT");
    respond(t, &kari, FEILET, "").await.problem(400, "MANUELT_MOTTAK.IKKE_SETT");
    // Having looked is enough to refuse it, not to have it erased; and what a colleague has fetched is not in my hands.
    kari.get(t.manuell("neste/metadata")).await.json(200);
    let ola = t.case_worker(OLA, Rolle::Bruker, Some(0)).await;
    ola.get(t.manuell("neste/data")).await.json(200);
    confirm(&kari).await;
    assert_eq!(t.states(&ids[0]).await, ["AKSEPTERT", "SENDT_FAGSYSTEM"]);
    ola.get(t.manuell("neste/ack")).await.json(200);
    assert_eq!(t.states(&ids[0]).await.last().unwrap(), "LEVERT");
}

async fn a_repeated_call_never_takes_the_next_report(t: &mut Gate) {
    let (kari, ids) = begin(t, 4).await;
    kari.get(t.manuell("neste/data")).await.json(200);
    kari.get(t.manuell("neste/ack")).await.json(200);
    for _ in 0..2 {
        kari.get(t.manuell("neste/ack")).await.problem(400, "MANUELT_MOTTAK.IKKE_HENTET");
    }
    kari.get(t.manuell("neste/metadata")).await.json(200);
    kari.get(t.manuell("neste/nac")).await.json(200);
    kari.get(t.manuell("neste/nac")).await.problem(400, "MANUELT_MOTTAK.IKKE_SETT");
    // By name the same answer can be had again, also after the next one has been fetched.
    kari.get(t.manuell("neste/data")).await.json(200);
    let by_name = t.manuell(format!("neste/ack?meldingId={}", ids[2]));
    let first = kari.get(&by_name).await.json(200);
    kari.get(t.manuell("neste/data")).await.json(200);
    t.clock.advance(SignedDuration::from_hours(1));
    let kari = t.saksbehandler(KARI);
    assert_eq!(kari.get(&by_name).await.json(200), first);
    assert_eq!(first["meldingId"], ids[2].as_str());
    let refusal = t.manuell(format!("neste/nac?meldingId={}", ids[2]));
    kari.get(&refusal).await.problem(409, "BEKYMRINGSMELDING.FEIL_TILSTAND");
    let ends: Vec<_> = futures_util::future::join_all(ids.iter().map(|id| t.states(id))).await;
    let ends: Vec<_> = ends.iter().map(|states| states.last().unwrap().as_str()).collect();
    assert_eq!(ends, ["LEVERT", "AVVIST_FAGSYSTEM", "LEVERT", "SENDT_FAGSYSTEM"]);
}

async fn a_refused_report_goes_out_as_a_letter_at_once(t: &mut Gate) {
    let (kari, ids) = begin(t, 1).await;
    kari.get(t.manuell("neste/metadata")).await.json(200);
    let metadata = kari.get(t.manuell("neste/nac")).await.json(200);
    assert_eq!(metadata["meldingId"], ids[0].as_str());
    let history = t.history(crate::support::V2, &ids[0]).await;
    assert_eq!(history[2]["tilstand"], "AVVIST_FAGSYSTEM");
    assert_eq!(history[2]["beskrivelse"], "Meldingen ble avvist i manuelt mottak.");
    let due = format!("kanal = 'PRINT' AND tidligst <= {}", t.now());
    assert_eq!(t.database.count("jobb", &due).await, 1);
    assert_eq!(t.database.count("innhold", "1 = 1").await, 1, "the letter needs it");
    assert_eq!(kari.get(t.manuell("antall")).await.json(200), 0);
    let again = kari.get(t.manuell(format!("neste/nac?meldingId={}", ids[0]))).await.json(200);
    assert_eq!(again, metadata);
    assert_eq!(t.database.count("jobb", "kanal = 'PRINT'").await, 1, "one letter");
}

async fn an_answer_is_a_receipt_by_its_type(t: &mut Gate) {
    let (kari, ids) = begin(t, 2).await;
    for wrong in ["", "mottatt", "no.ks.fiks.bekymringsmelding.mottatt.v2", "no.ks.fiks.bekymringsmelding.offentlig.v1"]
    {
        kari.get(t.manuell("neste/data")).await.json(200);
        respond(t, &kari, wrong, "").await.problem(400, "MANUELT_MOTTAK.MELDINGSTYPE");
    }
    for (id, kind, end) in [
        (&ids[0], "NO.KS.FIKS.Bekymringsmelding.MOTTATT.V1", "LEVERT"),
        (&ids[1], "no.ks.fiks.bekymringsmelding.Feilet.v1", "AVVIST_FAGSYSTEM"),
    ] {
        kari.get(t.manuell("neste/data")).await.json(200);
        assert_eq!(respond(t, &kari, kind, "").await.json(200)["meldingId"], id.as_str());
        let again = respond(t, &kari, kind, &format!("?meldingId={id}")).await;
        assert_eq!(again.json(200)["meldingId"], id.as_str());
        assert_eq!(t.states(id).await.last().unwrap(), end);
    }
}

async fn only_who_may_receive_for_the_office_is_let_in(t: &mut Gate) {
    let (kari, ids) = begin(t, 1).await;
    let unknown = t.manuell("").replace(&t.kontor(0).bydel.konto.id.to_string(), &t.ids.uuid().to_string());
    let calls = ["antall", "neste/metadata", "neste/data", "neste/ack", "neste/nac"];
    for call in calls {
        // An account that is not there, and one where I have nothing, look alike.
        kari.get(format!("{unknown}{call}")).await.problem(404, "MANUELT_MOTTAK.KONTO_UKJENT");
        t.kommune().get(format!("{unknown}{call}")).await.problem(404, "MANUELT_MOTTAK.KONTO_UKJENT");
        t.saksbehandler(OLA).get(t.manuell(call)).await.problem(404, "MANUELT_MOTTAK.KONTO_UKJENT");
        t.skole().get(t.manuell(call)).await.problem(404, "MANUELT_MOTTAK.KONTO_UKJENT");
    }
    // Administering is not receiving, and another office's reports are not mine.
    for (pid, rolle, kontor) in [
        ("01815600136", Rolle::Hovedadministrator, None),
        (OLA, Rolle::Tjenesteadministrator, None),
        ("06859597694", Rolle::Bruker, Some(1)),
    ] {
        let someone = t.case_worker(pid, rolle, kontor).await;
        for call in calls {
            let body = someone.get(t.manuell(call)).await.problem(403, "TILGANG.ROLLE_MANGLER");
            assert_eq!(body["errorJson"], json!({ "krever": ["BRUKER"] }));
        }
    }
    let low = t.person(|claims| claims["acr"] = "idporten-loa-low".into());
    Saksbehandler { token: low, ..kari.clone() }.get(t.manuell("antall")).await.problem(403, "TILGANG.NIVA_FOR_LAVT");
    let machine = Saksbehandler { token: t.kommune().token, ..kari.clone() };
    machine.get(t.manuell("antall")).await.problem(401, "TILGANG.PERSONTOKEN_UGYLDIG");
    assert_eq!(t.states(&ids[0]).await, ["AKSEPTERT", "SENDT_FAGSYSTEM"]);
    assert!(t.trail(&ids[0]).await.is_empty());
    // A user of all offices, and the municipality's system.
    let anywhere = t.case_worker(OLA, Rolle::Bruker, None).await;
    assert_eq!(anywhere.get(t.manuell("antall")).await.json(200), 1);
    assert_eq!(t.kommune().get(t.manuell("antall")).await.json(200), 1);
    // An office that takes no new reports still has its old ones.
    t.database.execute("UPDATE bydel SET aktiv = false").await;
    assert_eq!(kari.get(t.manuell("antall")).await.json(200), 1);
}

async fn two_case_workers_confirm_each_report_once(t: &mut Gate) {
    let (kari, ids) = begin(t, 2).await;
    let ola = t.case_worker(OLA, Rolle::Bruker, None).await;
    for who in [&kari, &ola] {
        who.get(t.manuell("neste/data")).await.json(200);
    }
    let (first, second) = tokio::join!(kari.get(t.manuell("neste/ack")), ola.get(t.manuell("neste/ack")));
    let (done, late) = if first.status == 200 { (first, second) } else { (second, first) };
    assert_eq!(done.json(200)["meldingId"], ids[0].as_str());
    late.problem(400, "MANUELT_MOTTAK.IKKE_HENTET");
    assert_eq!(t.states(&ids[0]).await, ["AKSEPTERT", "SENDT_FAGSYSTEM", "LEVERT"]);
    assert_eq!(t.states(&ids[1]).await, ["AKSEPTERT", "SENDT_FAGSYSTEM"]);
    // By name, the late one is told why.
    for who in [&kari, &ola] {
        who.get(t.manuell("neste/data")).await.json(200);
    }
    let by_name = t.manuell(format!("neste/ack?meldingId={}", ids[1]));
    let (first, second) = tokio::join!(kari.get(&by_name), ola.get(&by_name));
    let late = if first.status == 200 { second } else { first };
    let body = late.problem(409, "BEKYMRINGSMELDING.FEIL_TILSTAND");
    assert!(body["message"].as_str().unwrap().contains("noen andre"), "{body}");
    assert_eq!(t.states(&ids[1]).await, ["AKSEPTERT", "SENDT_FAGSYSTEM", "LEVERT"]);
    for id in &ids {
        let acks = t.trail(id).await.into_iter().filter(|entry| entry.handling == "ack").count();
        assert_eq!(acks, 1);
    }
}

async fn a_named_report_must_wait_here(t: &mut Gate) {
    let (kari, ids) = begin(t, 1).await;
    let named = |id: &str| t.manuell(format!("neste/nac?meldingId={id}"));
    kari.get(named(&t.ids.uuid().to_string())).await.problem(404, "BEKYMRINGSMELDING.IKKE_FUNNET");
    kari.get(named("x")).await.problem(400, "FORESPORSEL.PARAMETER");
    t.database.execute("UPDATE bydel SET kanal = 'MANUELL_MOTTAK'").await;
    let (elsewhere, _) = t.deliver_to(1, Sak::Offentlig).await;
    kari.get(named(&elsewhere)).await.problem(404, "BEKYMRINGSMELDING.IKKE_FUNNET");
    let accepted = t.send(&t.report()).await;
    kari.get(named(&accepted)).await.problem(404, "BEKYMRINGSMELDING.IKKE_FUNNET");
    t.run_jobs().await;
    // The deadline passes while I read: the letter is on its way, and nothing more can be said of the report here.
    kari.get(t.manuell("neste/data")).await.json(200);
    t.clock.advance(SignedDuration::from_hours(7 * 24));
    t.run_jobs().await;
    let kari = t.saksbehandler(KARI);
    for call in ["ack", "nac"] {
        let late = kari.get(t.manuell(format!("neste/{call}?meldingId={}", ids[0]))).await;
        let body = late.problem(409, "BEKYMRINGSMELDING.FEIL_TILSTAND");
        assert_eq!(body["errorJson"], json!({ "tilstand": "SENDT_PRINT" }));
        kari.get(t.manuell(format!("neste/{call}"))).await.problem(400, "MANUELT_MOTTAK.INGEN_MELDING");
    }
    assert_eq!(t.database.count("innhold", "1 = 1").await, 3, "the letters need them");
}

async fn who_looked_fetched_and_answered_is_written_down(t: &mut Gate) {
    let (kari, ids) = begin(t, 1).await;
    // The trail is in the order of its ids, and these tell moments apart by the millisecond.
    let get = async |who: &Saksbehandler, call: &str| {
        t.clock.advance(SignedDuration::from_millis(1));
        who.get(t.manuell(call)).await.json(200)
    };
    for _ in 0..3 {
        get(&kari, "neste/metadata").await;
    }
    t.clock.advance(SignedDuration::from_mins(61));
    let kari = t.saksbehandler(KARI);
    get(&kari, "antall").await;
    get(&kari, "neste/metadata").await;
    t.clock.advance(SignedDuration::from_millis(1));
    t.kommune().get(t.manuell("neste/metadata")).await.json(200);
    get(&kari, "neste/data").await;
    get(&kari, "neste/data").await;
    for _ in 0..2 {
        get(&kari, &format!("neste/ack?meldingId={}", ids[0])).await;
    }
    let trail = t.trail(&ids[0]).await;
    let system = Aktor::Integrasjon(t.town.kommune.integrasjon);
    let line = |entry: &Revisjon| (entry.handling.clone(), entry.aktor == system);
    let person = |handling: &str| (handling.to_owned(), false);
    let expected = [
        person("peekMetadata"),
        // A page that refreshes itself is one look; an hour later it is another.
        person("peekMetadata"),
        ("peekMetadata".to_owned(), true),
        person("peekMeldingData"),
        person("peekMeldingData"),
        person("ack"),
    ];
    assert_eq!(trail.iter().map(line).collect::<Vec<_>>(), expected);
    let persons: Vec<_> = trail.iter().map(|entry| entry.aktor).filter(|aktor| *aktor != system).collect();
    assert!(persons.windows(2).all(|pair| pair[0] == pair[1] && matches!(pair[0], Aktor::Person(_))), "{persons:?}");
}

async fn a_head_has_no_effect(t: &mut Gate) {
    let (kari, ids) = begin(t, 1).await;
    let head = async |call: &str| answer(kari.request(Method::HEAD, t.manuell(call))).await.status;
    assert_eq!(head("neste/data").await, 405);
    kari.get(t.manuell("neste/ack")).await.problem(400, "MANUELT_MOTTAK.IKKE_HENTET");
    kari.get(t.manuell("neste/data")).await.json(200);
    for call in ["neste/ack", "neste/nac"] {
        assert_eq!(head(call).await, 405);
    }
    assert_eq!(t.states(&ids[0]).await, ["AKSEPTERT", "SENDT_FAGSYSTEM"]);
}

/// What manual reception answers besides success, for the table of operations.
pub async fn statuses(t: &Gate, seen: &mut Seen) {
    let kommune = t.kommune();
    let (id, _) = t.deliver_in(Kanal::ManuellMottak).await;
    t.set_kanal(0, Kanal::Fagsystem).await;
    let (elsewhere, _) = t.deliver().await;
    let konto = t.kontor(0).bydel.konto.id.to_string();
    let mut add = |id: &str, answer: Answer| seen.add(Versjonert::FiksIoManuellV1, id, answer.status);
    for (name, call) in [("antall", "antall"), ("peekMetadata", "neste/metadata"), ("peekMeldingData", "neste/data")] {
        add(name, kommune.get(t.manuell(call).replace(&konto, &id)).await);
        add(name, kommune.get(t.manuell(call)).await);
    }
    for name in ["ack", "nac", "svarOgAck"] {
        let method = if name == "svarOgAck" { Method::POST } else { Method::GET };
        for report in [&elsewhere, &konto] {
            let request = kommune.request(method.clone(), t.manuell(format!("neste/{name}?meldingId={report}")));
            let body = json!({ "meldingType": MOTTATT });
            add(name, answer(if method == Method::POST { request.json(&body) } else { request }).await);
        }
    }
    let respond = || kommune.request(Method::POST, t.manuell("neste/svarOgAck"));
    add("svarOgAck", answer(respond().body("x")).await);
    add("svarOgAck", answer(respond().json(&json!({ "meldingType": "x".repeat(70_000) }))).await);
}
