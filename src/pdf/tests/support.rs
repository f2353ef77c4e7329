//! Payloads with made-up persons, and a way to read a PDF that is not the one that wrote it.

use pdf_extract::{MediaBox, OutputDev, OutputError, Transform};
use serde_json::{Value, json};

use crate::{
    model::melding::Skjematype,
    pdf::{Avsender, Dokument, Kvittering, Mottaker, Renderer, Sprak},
};

pub const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
/// Half past midnight, summer time, in Norway.
pub const MOTTATT: &str = "2026-06-14T22:30:05Z";

pub fn dokument(variant: Skjematype, sprak: Sprak, payload: &Value) -> Dokument<'_> {
    Dokument {
        variant,
        sprak,
        payload,
        kvittering: Kvittering {
            id: ID.parse().unwrap(),
            mottatt: MOTTATT.parse().unwrap(),
            avsender: Avsender { navn: "Åsbygda skole og SFO", organisasjonsnummer: "999888777".parse().unwrap() },
            mottaker: Mottaker {
                kommune: "Fiktivia kommune",
                kommunenummer: "9901".parse().unwrap(),
                bydel: "Nordre bydel barneverntjeneste",
                bydelsnummer: "02".parse().unwrap(),
            },
        },
    }
}

pub fn render(variant: Skjematype, sprak: Sprak, payload: &Value) -> Vec<u8> {
    let renderer = Renderer::new().unwrap();
    renderer.render(&dokument(variant, sprak, payload)).unwrap().expose().clone()
}

/// The text that stands on the pages, with every row of white space as one space.
pub fn text(pdf: &[u8]) -> String {
    let text = pdf_extract::extract_text_from_mem(pdf).unwrap();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The same, page by page.
pub fn pages(pdf: &[u8]) -> Vec<String> {
    let pages = pdf_extract::extract_text_from_mem_by_pages(pdf).unwrap();
    pages.iter().map(|page| page.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// The lines as they lie on the paper.
pub fn lines(pdf: &[u8]) -> Vec<Line> {
    let mut lines = Lines::default();
    pdf_extract::output_doc(&lopdf::Document::load_mem(pdf).unwrap(), &mut lines).unwrap();
    lines.0
}

#[derive(Debug)]
pub struct Line {
    pub page: u32,
    pub height: f64,
    pub text: String,
    /// Where the last letter begins, as a part of the page's width.
    pub reaches: f64,
}

#[derive(Default)]
struct Lines(Vec<Line>, u32, f64);

impl OutputDev for Lines {
    fn begin_page(&mut self, page: u32, paper: &MediaBox, _: Option<(f64, f64, f64, f64)>) -> Result<(), OutputError> {
        (self.1, self.2) = (page, paper.urx - paper.llx);
        Ok(())
    }

    fn output_character(&mut self, at: &Transform, _: f64, _: f64, _: f64, text: &str) -> Result<(), OutputError> {
        let reaches = at.m31 / self.2;
        match self.0.last_mut() {
            Some(line) if line.page == self.1 && (line.height - at.m32).abs() < 0.5 => {
                line.text.push_str(text);
                line.reaches = line.reaches.max(reaches);
            }
            _ => self.0.push(Line { page: self.1, height: at.m32, text: text.to_owned(), reaches }),
        }
        Ok(())
    }

    fn end_page(&mut self) -> Result<(), OutputError> {
        Ok(())
    }

    fn begin_word(&mut self) -> Result<(), OutputError> {
        Ok(())
    }

    fn end_word(&mut self) -> Result<(), OutputError> {
        Ok(())
    }

    fn end_line(&mut self) -> Result<(), OutputError> {
        Ok(())
    }
}

pub fn page_count(pdf: &[u8]) -> usize {
    lopdf::Document::load_mem(pdf).unwrap().get_pages().len()
}

fn adresse(marker: &str) -> Value {
    json!({
        "adresselinje1": format!("Bjørkeveien 7 {marker}-linje1"),
        "adresselinje2": format!("{marker}-linje2"),
        "adresselinje3": format!("{marker}-linje3"),
        "postnummer": format!("9{marker}-postnr"),
        "poststed": format!("{marker}-poststed")
    })
}

/// Every field of V1, each with a word of its own.
pub fn offentlig_v1() -> Value {
    json!({
        "kommunenummer": "9901",
        "kommunenavn": "Kommunenavnet",
        "bydelsnummer": "02",
        "bydelsnavn": "Bydelsnavnet",
        "offentligMelder": {
            "personnavn": "Frøydis Melder-Ås",
            "rolle": "Kontaktlærer",
            "telefonnummer": "+47 400-00-001",
            "epost": "frøydis@skole.example.no",
            "virksomhet": {"navn": "Åsbygda skole", "orgnr": "999888777", "adresse": adresse("virk")}
        },
        "offentligBarn": [
            {
                "fnr": "01819912345", "ufoedt": false, "personnavn": "Ærlend Prøve", "telefonnummer": "400 00 002",
                "adresse": adresse("barna"), "orientert": true, "orientertGrunn": "Grunn-barn-en"
            },
            {
                "fnr": "", "ufoedt": true, "personnavn": "Barn Nummerto", "adresse": {"adresselinje1": "Ukjent-adresse"},
                "orientert": false, "orientertGrunn": "Grunn-barn-to"
            }
        ],
        "foresatte": [
            {"personnavn": "Foresatt Førstemann", "telefonnummer": "400 00 003", "orientert": true, "orientertGrunn": ""},
            {"personnavn": "Foresatt Andremann", "orientert": false, "orientertGrunn": "Grunn-foresatt-to"}
        ],
        "behovForTolk": "Tolkebehovet: nordsamisk, čđŋšŧž.",
        "andreHjelpeinstanser": "Hjelpeinstansene: PPT og helsestasjonen.",
        "melding": {
            "melding": "Meldingsteksten begynner her.\nNy linje i samme avsnitt.\n\nNytt avsnitt om det som har skjedd.",
            "historie": "Historien: vi har vært bekymret siden i høst."
        },
        "sendingstidspunkt": "2026-06-15T00:29:33",
        "leveringskanal": "Kanalnavnet"
    })
}

/// Every field of V2.
pub fn offentlig_v2() -> Value {
    let mut payload = offentlig_v1();
    payload["melding"]["andreSynspunkter"] = json!("Synspunktene: far ser annerledes på det.");
    payload
}

/// Every field of V1 and V2: the private form is the same in both.
pub fn privat() -> Value {
    json!({
        "kommunenummer": "9901",
        "kommunenavn": "Kommunenavnet",
        "bydelsnummer": "02",
        "bydelsnavn": "Bydelsnavnet",
        "privatMelder": {
            "personnavn": "Nabo Nabosen", "telefonnummer": "400 00 004", "adresse": adresse("melder")
        },
        "privatBarn": [
            {"personnavn": "Øystein Prøve", "antattAlder": "omtrent ti", "relasjon": "Relasjonen", "adresse": adresse("barna")},
            {"personnavn": "Barn Nummerto", "adresse": {"adresselinje1": "Ukjent-adresse"}}
        ],
        "melding": "Meldingsteksten fra en nabo.",
        "sendingstidspunkt": "2026-06-15T00:29:33",
        "leveringskanal": "Kanalnavnet"
    })
}
