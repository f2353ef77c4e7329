//! What went to print, and what could not be printed.

use super::*;

on_every_database! {
    each_report_that_goes_to_print_is_told_of_once,
    what_could_not_be_printed_is_told_of_at_once_and_every_working_day,
    a_report_that_could_not_be_printed_is_fetched_by_its_id,
}

const LETTERS: &str = "bekymringsmeldinger kommer som brev – Lillevik sentrum barnevern";

async fn each_report_that_goes_to_print_is_told_of_once(t: &mut Gate) {
    let mut ids = Vec::new();
    for _ in 0..4 {
        ids.push(t.deliver().await.0);
    }
    // Two are refused a minute apart, and one of them is posted before anybody has looked.
    for id in &ids[..2] {
        put(t, id, Tilstand::AvvistFagsystem).await;
        put(t, id, Tilstand::SendtPrint).await;
        t.clock.advance(MINUTE);
    }
    put(t, &ids[0], Tilstand::Levert).await;
    t.clock.advance(2 * MINUTE);
    assert!(tick(t).await.is_empty(), "those that follow are to be in the same e-mail");
    t.clock.advance(MINUTE);
    let sent = tick(t).await;
    assert_eq!(subjects(&sent, SENTRUM), [format!("2 {LETTERS}")]);
    assert!(sent[0].tekst.contains("Fagsystemet meldte fra"), "{}", sent[0].tekst);
    t.clock.advance(5 * MINUTE);
    assert!(tick(t).await.is_empty());
    // The deadline of the others.
    t.clock.set(oslo("2027-01-20T00:00"));
    for id in &ids[2..] {
        put(t, id, Tilstand::SendtPrint).await;
    }
    let sent = tick_at(t, "2027-01-20T00:05").await;
    assert_eq!(subjects(&sent, SENTRUM), [format!("2 {LETTERS}")]);
    assert!(sent[0].tekst.contains("ikke hentet og bekreftet innen fristen"), "{}", sent[0].tekst);
    // One comes back from there and is sent anew: another letter.
    put(t, &ids[2], Tilstand::AvvistPrint).await;
    put(t, &ids[2], Tilstand::SendtPrint).await;
    let sent = tick_at(t, "2027-01-20T00:10").await;
    assert_eq!(subjects(&sent, VAKT), ["Én bekymringsmelding kommer som brev – Lillevik sentrum barnevern"]);
    assert!(sent[0].tekst.contains("Noen har bedt om"), "{}", sent[0].tekst);
    for time in ["2027-01-20T08:00", "2027-01-25T08:00", "2027-02-10T08:00"] {
        assert!(tick_at(t, time).await.is_empty(), "{time}");
    }
}

async fn what_could_not_be_printed_is_told_of_at_once_and_every_working_day(t: &mut Gate) {
    let (first, _) = t.deliver().await;
    let (second, _) = t.deliver().await;
    let refuse = async |id: &str| {
        put(t, id, Tilstand::SendtPrint).await;
        put(t, id, Tilstand::AvvistPrint).await;
    };
    let act = |sent: &[Epost], address: &str| {
        let urgent = sent.iter().filter(|epost| to(epost) == address && epost.emne.starts_with("Dere må handle"));
        urgent.map(|epost| [&first, &second].map(|id| epost.tekst.contains(id.as_str()))).collect::<Vec<_>>()
    };
    refuse(&first).await;
    let sent = tick(t).await;
    for address in [SENTRUM, VAKT, DRIFT] {
        assert_eq!(act(&sent, address), [[true, false]], "{address}");
    }
    let copy = sent.iter().find(|epost| to(epost) == DRIFT).unwrap();
    assert!(copy.tekst.starts_with("Til dere som driver Meldeport: "), "{}", copy.tekst);
    t.clock.advance(2 * MINUTE);
    assert!(act(&tick(t).await, DRIFT).is_empty());
    refuse(&second).await;
    assert_eq!(act(&tick(t).await, DRIFT), [[true, true]], "all that lies still");
    // Friday evening, the weekend, Monday.
    for (time, told) in [
        ("2027-01-15T18:00", 0),
        ("2027-01-16T08:00", 0),
        ("2027-01-17T12:00", 0),
        ("2027-01-18T07:59", 0),
        ("2027-01-18T08:00", 1),
        ("2027-01-18T08:02", 0),
        ("2027-01-18T15:00", 0),
        ("2027-01-19T08:00", 1),
    ] {
        assert_eq!(act(&tick_at(t, time).await, SENTRUM).len(), told, "{time}");
    }
    put(t, &first, Tilstand::Levert).await;
    assert_eq!(act(&tick_at(t, "2027-01-20T08:00").await, DRIFT), [[false, true]]);
    // Sent once more, and refused once more: at once again.
    t.clock.set(oslo("2027-01-20T11:00"));
    refuse(&second).await;
    assert_eq!(act(&tick(t).await, DRIFT), [[false, true]]);
    receipt(t, &second).await;
    assert!(act(&tick_at(t, "2027-01-21T08:00").await, DRIFT).is_empty());
}

async fn a_report_that_could_not_be_printed_is_fetched_by_its_id(t: &mut Gate) {
    let (id, report): (String, Report) = t.deliver().await;
    let content = async || t.kommune().get(t.queue(format!("/{id}/innhold"))).await;
    let mottatt = async || t.kommune().post(t.queue(format!("/{id}/mottatt"))).await;
    // No letter can go to an office without an address.
    t.database.execute("UPDATE bydel SET adresse = NULL").await;
    t.clock.set(oslo("2027-01-20T00:00"));
    t.run_jobs().await;
    let sent = tick(t).await;
    assert!(subjects(&sent, DRIFT)[0].starts_with("Dere må handle"), "{sent:?}");
    assert_eq!(sent.len(), 3, "and nobody is told of a letter");
    assert!(t.waiting().await.is_empty(), "it is in no queue");
    assert!(content().await.body == report.asice);
    let elsewhere = format!("{V2}/avhenting/{}/meldinger/{id}/innhold", t.town.skole.organisasjon.id);
    t.skole().get(elsewhere).await.problem(403, "TILGANG.PRIVILEGIUM_MANGLER");
    let refused = t.kommune().request(Method::POST, t.queue(format!("/{id}/feilet")));
    let refused = answer(refused.json(&serde_json::json!({ "melding": "Feil 17" }))).await;
    refused.problem(409, "BEKYMRINGSMELDING.FEIL_TILSTAND");
    let first = mottatt().await.json(200);
    assert_eq!(first["tilstand"], "LEVERT");
    t.clock.advance(MINUTE);
    assert_eq!(mottatt().await.json(200), first, "as often as one likes");
    content().await.problem(410, "BEKYMRINGSMELDING.SLETTET");
    assert_eq!(t.database.count("innhold", "1 = 1").await, 0);
    let expected = ["AKSEPTERT", "SENDT_FAGSYSTEM", "SENDT_PRINT", "AVVIST_PRINT", "LEVERT"];
    assert_eq!(t.states(&id).await, expected);
    let by_its_system = "tilstand = 'LEVERT' AND kanal = 'FIKS_IO' AND slettet IS NOT NULL";
    assert_eq!(t.database.count("melding", by_its_system).await, 1);
    assert!(tick_at(t, "2027-01-20T08:00").await.is_empty());
}
