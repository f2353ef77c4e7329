//! Bokmål.

use super::{Avsnitt, Prov, Tekst};
use crate::versions::{Status, Versjonert};

const fn a(tittel: &'static str, tekst: &'static str) -> Avsnitt {
    Avsnitt { tittel, tekst }
}

pub const TEKST: Tekst = Tekst {
    sprak: "Norsk",
    tittel: "Meldeport for utviklere",
    beskrivelse: "Send og ta imot bekymringsmeldinger: tjenester, dokumenter, skjemaer, feilkoder og første steg.",
    hopp: "Hopp til innholdet",
    meny: "Meny",
    meny_tjenester: "Tjenester",
    meny_kom_i_gang: "Kom i gang",
    forside: "Forsiden",
    overskrift: "Fra fagsystemet til barnevernet, og aldri borte på veien",
    ingress: "Meldeport tar imot bekymringsmeldinger fra fagsystemer og leverer dem til barnevernstjenesten i riktig \
        kommune. Er meldingen kryptert når du sender den, kan ingen mellom avsender og mottaker lese den.",
    flyt_tittel: "Slik går en melding",
    flyt: [
        a("Fagsystemet sender", "Finner bydelen, henter nøklene, krypterer og sender."),
        a("Meldeport tar vare på", "Kontrollerer, lagrer på disk og svarer `201` med en id."),
        a("Kommunen henter", "Åpner, lagrer hos seg og kvitterer. Da slettes innholdet her."),
    ],
    demo: "Dette er en demo. Alle virksomheter, personer og nøkler er oppdiktet.",

    tjenester: a(
        "Tjenester og versjoner",
        "En versjon som er publisert, endres ikke så det du har laget, slutter å virke. Nytt kommer i tillegg; det som \
         ville brutt noe, kommer i en ny versjon ved siden av den gamle.",
    ),
    versjon: "Versjon",
    adresse: "Adresse",
    publisert: "Publisert",
    utgar: "Ikke ta i bruk etter",
    slutt: "Slutter å svare",
    avlost_av: "Avløses av",
    skjemaer_i: "Skjemaer",
    les: "Les og prøv",
    endringer: "Hva er nytt",
    dokumenter_for: "Dokumenter for",
    versjoner: "Vil du følge med i et program? ",
    versjoner_lenke: "Versjonene som JSON",

    kom_i_gang: a(
        "Kom i gang på et kvarter",
        "Fra denne siden til en levert melding, på din egen maskin. Du trenger curl, jq og programmet `meldeport`; ligger \
         det ikke i stien, skriv `cargo run --` i stedet.",
    ),
    steg: [
        a(
            "Start en demo",
            "Den lager en skole, en kommune og en Maskinporten, sender én melding gjennom det hele og blir stående. \
             Alt du trenger for å være med, legges i mappen `kit`. Bruk et nytt terminalvindu til resten.",
        ),
        a(
            "Gjør klart til å kalle",
            "Id og passord står i `kit/kit.json`. Tokenet fra Maskinporten varer i to minutter, så `kall` henter et nytt hver gang.",
        ),
        a("Finn bydelen", "Er du i tvil, velg den som er `standardMottaker`."),
        a(
            "Send en melding",
            "`201` og en id betyr at meldingen er på disk, og vår å levere. Kommer det ikke noe svar, send det samme om \
             igjen med samme `Idempotency-Key`: da blir det fortsatt bare én melding.",
        ),
        a("Følg den", "`AKSEPTERT` kommer først, og `SENDT_FAGSYSTEM` når kommunens fagsystem kan se den."),
        a(
            "Vær kommunen",
            "Kommunens fagsystem henter, åpner, lagrer og kvitterer. Meldingen ligger i mappen `innboks`, og statusen er `LEVERT`.",
        ),
    ],
    eksempler: a(
        "Nå i ditt språk",
        "Hvert eksempel er et lite program som henter token, finner bydelen, sender og følger en melding mot demoen. \
         Les README ved siden av.",
    ),
    sprakvalg: "Språk",
    kommando: "Kommando",

    token: a(
        "Slik viser du hvem du er",
        "Hvert kall har tre ting med seg. Mangler én av dem, svarer vi `401` og sier hvilken.",
    ),
    legitimasjon: [
        a(
            "Token fra Maskinporten",
            "`Authorization: Bearer …` med scopet `ks:fiks`. Organisasjonen i `consumer` skal eie integrasjonen. Er du \
             leverandør, henter du et token som kunden har delegert.",
        ),
        a("IntegrasjonId", "Integrasjonen som virksomheten har fått av den som drifter tjenesten. En UUID."),
        a("IntegrasjonPassord", "Integrasjonens passord. Det vises én gang, når det lages."),
    ],
    bevis: a(
        "1. Lag et bevis",
        "En JWT som er signert med virksomhetssertifikatet (hodet `x5c`) eller med en nøkkel du har registrert (`kid`). \
         Den kan brukes én gang, og varer høyst to minutter.",
    ),
    bytte: a("2. Bytt det i et token", "`$BEVIS` er hele JWT-en. Svaret har `access_token`."),
    kall: a(
        "3. Gjør kallet",
        "`meldeport token` gjør de to første for deg. Personer som logger inn med ID-porten, og systemer laget for \
         SvarInn, viser seg på andre måter; det står ved hver operasjon.",
    ),

    skjemaer: a(
        "Skjemaer",
        "Meldinger som JSON kontrolleres mot disse. De er åpne for alle, og endres ikke når de er publisert.",
    ),
    skjema: "Skjema",
    status: "Status",
    schema: "JSON Schema",
    indeks: "Alle skjemaer med digest, som JSON",

    feil: a(
        "Når noe går galt",
        "Alle feil har samme form. Les `errorCode` i program: den endres aldri. Teksten er for mennesker, og kan bli bedre.",
    ),
    feil_felt: [
        ("errorCode", "Den faste koden. Bruk denne i program."),
        ("message", "Hva som skjedde, og hva du kan gjøre."),
        ("errorId", "Oppgi den når du spør driften."),
        ("errorJson", "Opplysninger for program. Innholdet avhenger av koden."),
    ],
    alle_feilkoder: "Se alle feilkodene",

    feilkoder: a(
        "Feilkoder",
        "Hver kode som API-ene kan svare med: hva den betyr, hva du gjør, og hvor den kan komme. En kode endrer aldri \
         betydning, og brukes aldri om igjen til noe annet.",
    ),
    innhold: "Innhold",
    betyr: "Betyr",
    gjor: "Gjør dette",
    hvor: "Kan komme fra",
    alle_operasjoner: "alle operasjoner",
    alle_tjenester: "Alle tjenester.",
    ingen_operasjon: "Ingen bestemt operasjon.",
    feilkoder_json: "Feilkodene som JSON",
    operasjoner: "operasjoner",

    dokumentasjon: "API-dokumentasjon",
    swagger_ingress: "Alle operasjoner, med innhold, svar og feil.",
    swagger_uten_script: "Denne siden trenger JavaScript. Dokumentet kan leses uten:",
    kontroll: "Kontroller et ledsagerbevis uten nett",
    bunn: "Siden laster ingenting fra andre steder, og ingen følger med på hva du gjør her.",

    prov: Prov {
        tittel: "Prøv her",
        ingress: "Send en oppdiktet melding nå, uten å installere noe. Ta stegene i rekkefølge; knappene gjør ekte kall til \
            denne demoen, og viser dem som curl.",
        uten_script: "Denne delen trenger JavaScript. Kommandoene over gjør det samme.",
        hvem: "Hvem du kan være",
        hvem_tabell: "Oppdiktede virksomheter i demoen",
        virksomhet: "Virksomhet",
        token: a("Hent et token", "Skolen viser virksomhetssertifikatet sitt til demoens Maskinporten."),
        bydeler: a("Finn bydelen", "Hvilke kontorer har kommunen, og hvilket er standardmottaker?"),
        nokler: a("Se nøklene", "Sertifikatene du krypterer til når du sender kryptert."),
        send: a(
            "Send meldingen",
            "Som JSON: portvakten kontrollerer den mot skjemaet, lager PDF, signerer og krypterer. Endre den gjerne, og se \
             hva svaret blir.",
        ),
        rapport: "Meldingen som JSON",
        status: a("Følg meldingen", "Trykk igjen etter at kommunen har kvittert: da er den `LEVERT`."),
        ko: a("Vær kommunen: hva venter?", "Kallet venter til meldingen er i køen."),
        kvitter: a(
            "Vær kommunen: kvitter",
            "Gjøres først når innholdet er trygt lagret. Her hopper vi over å hente det, og innholdet slettes.",
        ),
        knapp: "Kjør",
        venter: "Venter på svar …",
        svar: "Kall og svar",
        mangler_uuid: "Send en melding først.",
        feilkode: "Hva betyr dette?",
        nede: "Fikk ikke svar. Kjører demoen fortsatt?",
        som: "Jeg er",
        ingen: "ingen (uten legitimasjon)",
    },
};

pub fn tjeneste(version: Versjonert) -> Avsnitt {
    match version {
        Versjonert::BekymringsmeldingV1 => a(
            "Bekymringsmelding v1",
            "Send bekymringsmeldinger med skjemaet i versjon 1, og sett opp kommunens mottak. Lik KS Fiks' versjon 1.",
        ),
        Versjonert::BekymringsmeldingV2 => a(
            "Bekymringsmelding v2",
            "Send, hent og kvitter bekymringsmeldinger med skjemaet i versjon 2. Lik KS Fiks' versjon 2, med kommunens side i tillegg.",
        ),
        Versjonert::PrintV1 => {
            a("Utskrift av brev v1", "For leverandøren som skriver ut og postlegger meldinger som må gå som brev.")
        }
        Versjonert::FiksIoManuellV1 => {
            a("Manuelt mottak v1", "For kontorer uten fagsystem: se på den første i køen, hent innholdet og bekreft.")
        }
        Versjonert::SvarinnMottakV1 => {
            a("SvarInn-mottak v1", "For fagsystemer som er laget for SvarInn: hent og kvitter uten å endre noe.")
        }
        Versjonert::LedsagerbevisV1 => a(
            "Ledsagerbevis v1",
            "Utsted, se, endre og tilbakekall ledsagerbevis, og vis sitt eget. Som KS Fiks' versjon 1, og mer.",
        ),
        Versjonert::LedsagerbevisKonfigurasjonV1 => a(
            "Oppsett av ledsagerbevis v1",
            "Sett opp en organisasjon for ledsagerbevis, med grupper og de som er med i dem. Likt KS Fiks' versjon 1.",
        ),
    }
}

pub fn status(status: Status) -> &'static str {
    match status {
        Status::Draft => "Utkast",
        Status::Live => "I bruk",
        Status::Deprecated => "Utgår",
        Status::Retired => "Avsluttet",
    }
}

pub fn rolle(name: &str) -> Option<&'static str> {
    Some(match name {
        "skole" => "Skolen, som sender",
        "kommune" => "Kommunen, som tar imot",
        "utskrift" => "Leverandøren av utskrift",
        _ => return None,
    })
}
