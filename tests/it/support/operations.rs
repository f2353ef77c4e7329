//! A good call of each operation, by the table of operations. A row that is not here makes the tests stop.

use meldeport::{
    http::operations::{Krav, OPERASJONER, Operasjon},
    model::integrasjon::Privilegium,
    sandbox::town::Virksomhet,
    versions::Versjonert,
};
use reqwest::{Method, RequestBuilder};
use serde_json::json;

use super::{Caller, Gate, answer};

/// One operation in one version.
#[derive(Debug, Clone)]
pub struct Call {
    pub row: &'static Operasjon,
    pub version: Versjonert,
    /// Whole, with the town's ids in place.
    pub path: String,
}

/// Every operation that a system calls in its own name, in every version. `id` is a report that waits in the municipality's queue.
pub fn calls(t: &Gate, id: &str) -> Vec<Call> {
    let (skole, kommune) = (t.town.skole.organisasjon.id.to_string(), t.town.kommune.organisasjon.id.to_string());
    let call = |row: &'static Operasjon, version: Versjonert| {
        let path = row
            .path
            .replace("{kommunenummer}", t.town.kommunenummer.as_str())
            .replace("{bydelsnummer}", "01")
            .replace("{fraFiksOrgId}", &skole)
            .replace("{fiksOrgId}", &kommune)
            .replace("{bekymringsmeldingId}", id)
            // Not a letter's: see `ready`.
            .replace("{brevId}", id)
            .replace("{skjematype}", "offentlig");
        assert!(!path.contains('{'), "{path}");
        Call { row, version, path: format!("{}{path}", version.prefix()) }
    };
    // A person's token is another kind of credential: `person.rs` tests those.
    let machines = OPERASJONER.iter().filter(|row| !matches!(row.krav, Krav::Person(_)));
    machines.flat_map(|row| row.versjoner.iter().map(move |version| call(row, *version))).collect()
}

impl Call {
    /// Who should make it.
    pub fn owner(&self, t: &Gate) -> &'static Virksomhet {
        match self.row.krav {
            Krav::Oppslag | Krav::Person(_) | Krav::Privilegium(Privilegium::Send) => &t.town.skole,
            Krav::Privilegium(Privilegium::Print) => &t.town.utskrift,
            Krav::Privilegium(Privilegium::Support) => &t.town.drift,
            Krav::Privilegium(_) | Krav::Forvalter(..) => &t.town.kommune,
        }
    }

    /// Puts the report that the call was made for where the call finds it.
    pub async fn ready(mut self, t: &Gate, id: &str) -> Self {
        if self.is_about_a_letter() {
            let failed = t.kommune().request(Method::POST, t.queue(format!("/{id}/feilet")));
            answer(failed.json(&json!({ "melding": "Feil 17" }))).await.json(200);
            t.run_jobs().await;
            let letters = t.letters().await;
            let letter = letters.iter().find(|letter| letter["bekymringsmeldingId"] == id).unwrap();
            self.path = self.path.replace(id, letter["brevId"].as_str().unwrap());
        }
        self
    }

    pub fn is_about_a_letter(&self) -> bool {
        self.row.path.contains("{brevId}")
    }

    /// Whether only one organisation's own integrations may call it.
    pub fn is_scoped(&self) -> bool {
        self.path.contains("/avhenting/") || self.row.path.contains("{fraFiksOrgId}")
    }

    /// The call as it should be made, with the caller's credentials.
    pub fn request(&self, t: &Gate, caller: &Caller) -> RequestBuilder {
        let request = caller.request(self.row.method.parse::<Method>().unwrap(), &self.path);
        self.with_body(t, request)
    }

    pub fn with_body(&self, t: &Gate, request: RequestBuilder) -> RequestBuilder {
        match self.row.id {
            "opprettOffentligBekymringsmelding" | "opprettPrivatBekymringsmelding" => {
                request.multipart(t.report().form())
            }
            "validerSkjema" => request.json(&json!({})),
            "postFeilet" => request.json(&json!({ "melding": "Feil 17" })),
            "getKommuner"
            | "getKommune"
            | "getBydeler"
            | "getBydel"
            | "hentKryperingsnokler"
            | "hentKrypteringsnoklerJwks"
            | "getStatusBekymringsmelding"
            | "getVentendeMeldinger"
            | "getVentendeMelding"
            | "getInnhold"
            | "postMottatt"
            | "getVentendeBrev"
            | "getBrev"
            | "getBrevInnhold"
            | "postBrevPostlagt" => request,
            "postBrevAvvist" => request.json(&json!({ "arsak": "Feil 17" })),
            other => panic!("{other} is new: say here how it is called"),
        }
    }

    /// The status of a good answer.
    pub fn success(&self) -> u16 {
        if self.row.id.starts_with("opprett") { 201 } else { 200 }
    }
}
