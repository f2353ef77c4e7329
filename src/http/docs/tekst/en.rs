//! English.

use super::{Avsnitt, Prov, Tekst};
use crate::versions::{Status, Versjonert};

const fn a(tittel: &'static str, tekst: &'static str) -> Avsnitt {
    Avsnitt { tittel, tekst }
}

pub const TEKST: Tekst = Tekst {
    sprak: "English",
    tittel: "Meldeport for developers",
    beskrivelse: "Send and receive concern reports: services, documents, forms, error codes and first steps.",
    hopp: "Skip to the content",
    meny: "Menu",
    meny_tjenester: "Services",
    meny_kom_i_gang: "Get started",
    forside: "Front page",
    overskrift: "From the case system to child protection, and never lost on the way",
    ingress: "Meldeport takes concern reports (bekymringsmeldinger) from case systems and delivers them to the \
        child-protection office of the right municipality. When a report is encrypted as you send it, nobody between sender \
        and receiver can read it.",
    flyt_tittel: "The way of a report",
    flyt: [
        a("The case system sends", "Finds the office, fetches its keys, encrypts and sends."),
        a("Meldeport keeps", "Checks, stores on disk and answers `201` with an id."),
        a("The municipality fetches", "Opens, stores and receipts. Then the content is erased here."),
    ],
    demo: "This is a demo. All organisations, persons and keys are fictitious.",

    tjenester: a(
        "Services and versions",
        "A published version does not change in a way that stops what you have made. Additions come to it; what would break \
         something comes as a new version beside the old one.",
    ),
    versjon: "Version",
    adresse: "Address",
    publisert: "Published",
    utgar: "Do not begin after",
    slutt: "Stops answering",
    avlost_av: "Succeeded by",
    skjemaer_i: "Forms",
    les: "Read and try",
    endringer: "What is new",
    dokumenter_for: "Documents of",
    versjoner: "Would you follow them in a program? ",
    versjoner_lenke: "The versions as JSON",

    kom_i_gang: a(
        "Under way in a quarter of an hour",
        "From this page to a delivered report, on your own machine. You need curl, jq and the program `meldeport`; if it is \
         not on the path, write `cargo run --` instead.",
    ),
    steg: [
        a(
            "Start a demo",
            "It makes a school, a municipality and a Maskinporten, sends one report through it all and stays up. All that you \
             need to play along comes into the folder `kit`. Use another terminal for the rest.",
        ),
        a(
            "Prepare to call",
            "Ids and passwords are in `kit/kit.json`. A token from Maskinporten lasts two minutes, so `kall` gets a new one each time.",
        ),
        a("Find the office", "In doubt, take the one that is `standardMottaker`."),
        a(
            "Send a report",
            "`201` and an id mean that the report is on disk, and ours to deliver. If no answer comes, send the same again under \
             the same `Idempotency-Key`: it remains one report.",
        ),
        a("Follow it", "`AKSEPTERT` comes first, and `SENDT_FAGSYSTEM` when the municipality's system can see it."),
        a(
            "Be the municipality",
            "The municipality's system fetches, opens, stores and receipts. The report is in the folder `innboks`, and its status is `LEVERT`.",
        ),
    ],
    eksempler: a(
        "Now in your language",
        "Each example is a small program that gets a token, finds the office, sends a report to the demo and follows it. Read \
         the README beside it.",
    ),
    sprakvalg: "Language",
    kommando: "Command",

    token: a(
        "How to show who you are",
        "Each call carries three things. If one is missing, we answer `401` and say which.",
    ),
    legitimasjon: [
        a(
            "A token from Maskinporten",
            "`Authorization: Bearer …` with the scope `ks:fiks`. The organisation in `consumer` must own the integration. A \
             supplier gets a token that the customer has delegated.",
        ),
        a("IntegrasjonId", "The integration that your organisation was given by those who run the service. A UUID."),
        a("IntegrasjonPassord", "The integration's password. It is shown once, when it is made."),
    ],
    bevis: a(
        "1. Make a grant",
        "A JWT signed with your virksomhetssertifikat (header `x5c`) or with a key that you have registered (`kid`). It can \
         be used once, and lasts two minutes at most.",
    ),
    bytte: a("2. Exchange it for a token", "`$BEVIS` is the whole JWT. The answer has an `access_token`."),
    kall: a(
        "3. Make the call",
        "`meldeport token` does the first two for you. Persons who log in with ID-porten, and systems made for SvarInn, show \
         who they are in other ways; it is told with each operation.",
    ),

    skjemaer: a(
        "Forms",
        "Reports as JSON are checked against these. They are open to anyone, and do not change once they are published.",
    ),
    skjema: "Form",
    status: "Status",
    schema: "JSON Schema",
    indeks: "All forms with their digests, as JSON",

    feil: a(
        "When something goes wrong",
        "All errors have one shape. Read `errorCode` in a program: it never changes. The text is for people, in Norwegian, and \
         may get better.",
    ),
    feil_felt: [
        ("errorCode", "The stable code. Use this in a program."),
        ("message", "What happened, and what you can do."),
        ("errorId", "Name it when you ask those who run the service."),
        ("errorJson", "Facts for a program. What is in it depends on the code."),
    ],
    alle_feilkoder: "See all error codes",

    feilkoder: a(
        "Error codes",
        "Each code that the APIs may answer with: what it means, what to do, and where it can come. A code never changes its \
         meaning, and is never used again for something else.",
    ),
    innhold: "Contents",
    betyr: "Means",
    gjor: "Do this",
    hvor: "Can come from",
    alle_operasjoner: "all operations",
    alle_tjenester: "All services.",
    ingen_operasjon: "No operation in particular.",
    feilkoder_json: "The error codes as JSON",
    operasjoner: "operations",

    dokumentasjon: "API documentation",
    swagger_ingress: "All operations, with content, answers and errors. The texts are in Norwegian.",
    swagger_uten_script: "This page needs JavaScript. The document can be read without it:",
    kontroll: "Check a companion card without a network",
    bunn: "This page loads nothing from elsewhere, and nobody watches what you do here.",

    prov: Prov {
        tittel: "Try it here",
        ingress: "Send a fictitious report now, without installing anything. Take the steps in order; the buttons make real calls \
            to this demo, and show them as curl.",
        uten_script: "This part needs JavaScript. The commands above do the same.",
        hvem: "Whom you can be",
        hvem_tabell: "Fictitious organisations in the demo",
        virksomhet: "Organisation",
        token: a("Get a token", "The school shows its virksomhetssertifikat to the demo's Maskinporten."),
        bydeler: a("Find the office", "Which offices does the municipality have, and which is the standard receiver?"),
        nokler: a("See the keys", "The certificates that you encrypt to when you send encrypted."),
        send: a(
            "Send the report",
            "As JSON: the gateway checks it against the form, makes the PDF, signs and encrypts. Change it if you like, and see \
             what the answer is.",
        ),
        rapport: "The report as JSON",
        status: a("Follow the report", "Press again when the municipality has receipted it: then it is `LEVERT`."),
        ko: a("Be the municipality: what waits?", "The call waits until the report is in the queue."),
        kvitter: a(
            "Be the municipality: receipt",
            "Done only when the content is safely stored. Here we leave out fetching it, and the content is erased.",
        ),
        knapp: "Run",
        venter: "Waiting for the answer …",
        svar: "Call and answer",
        mangler_uuid: "Send a report first.",
        feilkode: "What does this mean?",
        nede: "No answer. Is the demo still running?",
        som: "I am",
        ingen: "nobody (without credentials)",
    },
};

pub fn tjeneste(version: Versjonert) -> Avsnitt {
    match version {
        Versjonert::BekymringsmeldingV1 => a(
            "Concern reports v1",
            "Send reports with version 1 of the form, and set up a municipality's reception. The same as KS Fiks' version 1.",
        ),
        Versjonert::BekymringsmeldingV2 => a(
            "Concern reports v2",
            "Send, fetch and receipt reports with version 2 of the form. The same as KS Fiks' version 2, with the municipality's side added.",
        ),
        Versjonert::PrintV1 => {
            a("Printing of letters v1", "For the supplier that prints and posts the reports that must go as letters.")
        }
        Versjonert::FiksIoManuellV1 => a(
            "Reception by hand v1",
            "For offices without a case system: look at the first in the queue, fetch its content and confirm.",
        ),
        Versjonert::SvarinnMottakV1 => a(
            "SvarInn reception v1",
            "For case systems that were made for SvarInn: fetch and receipt without changing anything.",
        ),
        Versjonert::LedsagerbevisV1 => a(
            "Companion cards v1",
            "Issue, see, change and revoke companion cards, and show one's own. As KS Fiks' version 1, and more.",
        ),
        Versjonert::LedsagerbevisKonfigurasjonV1 => a(
            "Set-up of companion cards v1",
            "Set an organisation up for companion cards, with groups and those who are in them. The same as KS Fiks' version 1.",
        ),
    }
}

pub fn status(status: Status) -> &'static str {
    match status {
        Status::Draft => "Draft",
        Status::Live => "Live",
        Status::Deprecated => "Deprecated",
        Status::Retired => "Retired",
    }
}

pub fn rolle(name: &str) -> Option<&'static str> {
    Some(match name {
        "skole" => "The school, which sends",
        "kommune" => "The municipality, which receives",
        "utskrift" => "The print supplier",
        _ => return None,
    })
}
