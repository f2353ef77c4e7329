//! Figures: in all, of a period, of each office, of each day.

use jiff::Timestamp;
use serde_json::json;

use super::{V1_ADMIN, copies, deliver_to, seen, set};
use crate::support::Gate;

on_every_database! {
    totals_and_periods_add_up,
    each_office_has_its_figures,
    days_are_norwegian_days,
}

fn millis(at: &str) -> i64 {
    at.parse::<Timestamp>().unwrap().as_millisecond()
}

async fn totals_and_periods_add_up(t: &mut Gate) {
    let (id, _) = t.deliver().await;
    let more = copies(t, &id, 7).await;
    for (n, columns) in [
        "tilstand = 'LEVERT', kanal = 'FIKS_IO'",
        "tilstand = 'LEVERT', kanal = 'PRINT', skjematype = 'PRIVAT'",
        "tilstand = 'LEVERT', kanal = 'MANUELL_MOTTAK', fra_fagsystem = FALSE",
        "tilstand = 'LEVERT', kanal = 'SVARINN'",
        "tilstand = 'SENDT_PRINT', kanal = 'PRINT'",
        "tilstand = 'AVVIST_PRINT', kanal = 'PRINT', skjematype = 'PRIVAT'",
    ]
    .iter()
    .enumerate()
    {
        set(t, &more[n], columns).await;
    }
    set(t, &more[6], &format!("tilstand = 'LEVERT', mottatt = {}", millis("2026-11-01T00:00:00Z"))).await;
    assert_eq!(
        seen(t, "/statistikk").await,
        json!({
            "antallBekymringsmeldingerTotalt": 8, "antallUbekreftedeBekymringsmeldingerTotalt": 3, "antallIkkeSendt": 0,
            "antallIkkeBekreftetFagsystem": 0, "antallIkkeLevertPost": 2,
        })
    );
    let thirty_days = json!({
        "antallPrivateBekymringsmeldingerGittPeriode": 2, "antallOffentligBekymringsmeldingerGittPeriode": 4,
        "antallLevertPrintGittPeriode": 1, "antallLevertFiksIOGittPeriode": 1,
        "antallLevertManuellMottakGittPeriode": 1, "antallLevertSvarinnGittPeriode": 1,
        "antallFraFagsystemGittPeriode": 5,
        "fraDato": "2026-12-16T12:00:00.000Z", "tilDato": "2027-01-15T12:00:00.000Z",
    });
    // Until now, so the one that came in this instant is not in it.
    assert_eq!(seen(t, "/statistikk-gitt-periode").await, thirty_days);
    let all = seen(t, "/statistikk-gitt-periode?fraDato=2026-01-01T00:00:00Z&tilDato=2028-01-01T00:00:00Z").await;
    assert_eq!(
        (&all["antallOffentligBekymringsmeldingerGittPeriode"], &all["antallLevertFiksIOGittPeriode"]),
        (&json!(6), &json!(2))
    );
    let v1 = t.kommune().get(format!("{V1_ADMIN}/statistikk?sisteDager=7")).await.json(200);
    assert_eq!((&v1["sisteDager"], &v1["antallBekymringsmeldingerTotalt"]), (&json!(7), &json!(8)));
    assert_eq!(
        (&v1["antallOffentligBekymringsmeldingerSisteDager"], &v1["antallLevertFiksIOSisteDager"]),
        (&json!(5), &json!(1))
    );
    assert_eq!(v1["antallIkkeLevertPost"], 2);
    for wrong in ["sisteDager=0", "sisteDager=3661"] {
        t.kommune().get(format!("{V1_ADMIN}/statistikk?{wrong}")).await.problem(400, "FORESPORSEL.PARAMETER");
    }
}

async fn each_office_has_its_figures(t: &mut Gate) {
    let first = deliver_to(t, 0).await;
    let more = copies(t, &first, 2).await;
    set(t, &more[0], "tilstand = 'LEVERT'").await;
    set(t, &more[1], "tilstand = 'LEVERT', kanal = 'PRINT'").await;
    let page = seen(t, "/statistikk/bydeler").await;
    assert_eq!(page["totaltAntallTreff"], 2);
    let bydel = &t.kontor(0).bydel;
    assert_eq!(
        page["statistikkBydeler"][0],
        json!({
            "bydelsnavn": bydel.navn, "fiksOrgId": t.town.kommune.organisasjon.id, "bydelRessursId": bydel.id,
            "kontoType": "FIKS_IO", "varseleposter": ["vakt@lillevik.example"],
            "statistikk": {
                "antallBekymringsmeldingerTotalt": 3, "antallUbekreftedeBekymringsmeldingerTotalt": 1,
                "antallLevertFagsystem": 1, "antallLevertPrint": 1,
            },
            "kontaktinformasjon": {
                "epost": "barnevern-01@lillevik.example", "postadresseNavn": bydel.navn,
                "postadresseAdresselinje1": "Fiktivgata 1", "postadressePostnr": "9999", "postadressePoststed": "LILLEVIK",
            },
        })
    );
    assert_eq!(page["statistikkBydeler"][1]["statistikk"]["antallBekymringsmeldingerTotalt"], 0);
    for (query, total, shown) in
        [("?sok=%C3%98ST", 1, 1), ("?sok=01", 1, 1), ("?fra=1", 2, 1), ("?antall=1", 2, 1), ("?sok=x", 0, 0)]
    {
        let page = seen(t, &format!("/statistikk/bydeler{query}")).await;
        let rows = page["statistikkBydeler"].as_array().unwrap().len();
        assert_eq!((&page["totaltAntallTreff"], rows), (&json!(total), shown), "{query}");
    }
    // An office that is turned off still has reports.
    t.database.execute("UPDATE bydel SET aktiv = FALSE").await;
    assert_eq!(seen(t, "/statistikk/bydeler").await["totaltAntallTreff"], 2);
}

async fn days_are_norwegian_days(t: &mut Gate) {
    let (id, _) = t.deliver().await;
    let more = copies(t, &id, 4).await;
    // The clocks go forward on 28 March 2027 and back on 31 October: midnight is at 23:00 and at 22:00 UTC.
    for (id, at, form) in [
        (&more[0], "2027-03-27T22:59:59Z", "OFFENTLIG"),
        (&more[1], "2027-03-27T23:00:00Z", "PRIVAT"),
        (&more[2], "2027-03-28T21:59:59Z", "OFFENTLIG"),
        (&more[3], "2027-03-28T22:00:00Z", "OFFENTLIG"),
    ] {
        set(t, id, &format!("mottatt = {}, skjematype = '{form}'", millis(at))).await;
    }
    let day = |dato: &str, privat: i32, offentlig: i32| {
        json!({
            "dato": dato, "antallBekymringsmeldingerTotalt": privat + offentlig,
            "antallPrivatBekymringsmeldinger": privat, "antallOffentligBekymringsmeldinger": offentlig,
        })
    };
    let whole = "/statistikk/skjematyper?fraDato=2027-03-01T00:00:00Z&tilDato=2027-04-01T00:00:00Z";
    assert_eq!(
        seen(t, whole).await,
        json!([day("2027-03-27", 0, 1), day("2027-03-28", 1, 1), day("2027-03-29", 0, 1)])
    );
    let v1 = t.kommune().get(format!("{V1_ADMIN}/statistikk/skjematyper")).await.json(200);
    assert_eq!(
        v1,
        json!([day("2027-01-15", 0, 1), day("2027-03-27", 0, 1), day("2027-03-28", 1, 1), day("2027-03-29", 0, 1)])
    );
    let missing = t.kommune().get(format!("{}/statistikk/skjematyper", super::V2_ADMIN)).await;
    missing.problem(400, "FORESPORSEL.PARAMETER");
}
