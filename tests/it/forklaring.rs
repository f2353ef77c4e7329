//! What happened in words, for each who may ask.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::{
    admin::{V2_ADMIN, set},
    support::{Gate, V2},
};

on_every_database! {
    sender_and_municipality_are_told_the_same,
    nobody_is_told_of_another_one_s_report,
    each_state_tells_who_must_act,
}

fn sender(t: &Gate, id: &str) -> String {
    format!("{V2}/mottak/fagsystem/{}/bekymringsmelding/{id}/forklaring", t.town.skole.organisasjon.id)
}

async fn sender_and_municipality_are_told_the_same(t: &mut Gate) {
    let (id, _) = t.deliver().await;
    let told: Value = t.skole().get(sender(t, &id)).await.json(200);
    assert_eq!(told, t.kommune().get(t.queue(format!("/{id}/forklaring"))).await.json(200));
    assert_eq!(told, t.kommune().get(format!("{V2_ADMIN}/forklaring/{id}")).await.json(200));
    assert_eq!((&told["bekymringsmeldingId"], &told["tilstand"]), (&json!(id), &json!("SENDT_FAGSYSTEM")));
    assert_eq!((&told["ansvarlig"], &told["status"]["kode"]), (&json!("KOMMUNE"), &json!("VENTER_FAGSYSTEM")));
    // Handed over on a Friday: by the end of Tuesday, or it becomes a letter.
    assert_eq!(told["frist"], json!({ "dato": "2027-01-19", "tidspunkt": "2027-01-19T23:00:00.000Z" }));
    assert_eq!(told["ellers"]["kode"], "BREV_HVIS_IKKE");
    for language in ["nb", "nn", "en"] {
        assert!(told["status"]["tekst"][language].as_str().unwrap().ends_with('.'), "{told}");
        assert!(told["hendelser"][1]["tekst"][language].as_str().unwrap().ends_with('.'), "{told}");
    }
    t.clock.advance(SignedDuration::from_hours(1));
    t.kommune().post(t.queue(format!("/{id}/mottatt"))).await.json(200);
    let told = t.skole().get(sender(t, &id)).await.json(200);
    assert_eq!((&told["ansvarlig"], &told["status"]["kode"]), (&json!("INGEN"), &json!("BEKREFTET")));
    assert!(told.get("frist").is_none() && told.get("ellers").is_none(), "{told}");
    let steps: Vec<_> =
        told["hendelser"].as_array().unwrap().iter().map(|step| step["kode"].as_str().unwrap()).collect();
    assert_eq!(steps, ["TATT_IMOT", "OVERLEVERT", "BEKREFTET"]);
    assert_eq!(told["hendelser"][2]["tidspunkt"], "2027-01-15T13:00:00.000Z");
}

async fn nobody_is_told_of_another_one_s_report(t: &mut Gate) {
    let accepted = t.send(&t.report()).await;
    let unknown = t.ids.uuid().to_string();
    t.skole().get(sender(t, &accepted)).await.json(200);
    t.skole().get(sender(t, &unknown)).await.problem(404, "BEKYMRINGSMELDING.IKKE_FUNNET");
    // Not there for the municipality before it is handed over; its administrator sees where it is.
    for id in [&accepted, &unknown] {
        t.kommune().get(t.queue(format!("/{id}/forklaring"))).await.problem(404, "BEKYMRINGSMELDING.IKKE_FUNNET");
    }
    let told = t.kommune().get(format!("{V2_ADMIN}/forklaring/{accepted}")).await.json(200);
    assert_eq!((&told["ansvarlig"], &told["status"]["kode"]), (&json!("PLATTFORM"), &json!("SKAL_OVERLEVERES")));
    t.run_jobs().await;
}

async fn each_state_tells_who_must_act(t: &mut Gate) {
    let (id, _) = t.deliver().await;
    for (state, who, code) in [
        ("AVVIST_FAGSYSTEM", "PLATTFORM", "SKAL_SOM_BREV"),
        ("SENDT_PRINT", "UTSKRIFT", "BREV_UNDERVEIS"),
        ("AVVIST_PRINT", "KOMMUNE", "BREV_STOPPET"),
    ] {
        set(t, &id, &format!("tilstand = '{state}', frist = NULL")).await;
        let told = t.skole().get(sender(t, &id)).await.json(200);
        assert_eq!((&told["ansvarlig"], &told["status"]["kode"]), (&json!(who), &json!(code)));
        assert!(told["frist"]["dato"].is_string() && told["ellers"]["kode"].is_string(), "{told}");
    }
    set(t, &id, "tilstand = 'SENDT_FAGSYSTEM', kanal = 'MANUELL_MOTTAK'").await;
    assert_eq!(t.skole().get(sender(t, &id)).await.json(200)["status"]["kode"], "VENTER_MANUELT");
}
