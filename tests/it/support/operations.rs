//! A good call of each operation, by the table of operations. A row that is not here makes the tests stop.

use meldeport::{
    http::operations::{Krav, OPERASJONER, Operasjon},
    model::{integrasjon::Privilegium, melding::Kanal},
    sandbox::town::{SVARUTKONTO, Virksomhet},
    versions::Versjonert,
};
use reqwest::{Method, RequestBuilder};
use serde_json::json;

use crate::ledsagerbevis::kortbrev;

use super::{
    Caller, Gate, answer, bevis,
    gate::{GRUPPE, ROLLE},
    konfig,
};

/// One operation in one version.
#[derive(Debug, Clone)]
pub struct Call {
    pub row: &'static Operasjon,
    pub version: Versjonert,
    /// Whole, with the town's ids in place.
    pub path: String,
    /// The report that it is about.
    pub melding: String,
}

/// Every operation that a system calls in its own name, in every version. `id` is a report that waits in the municipality's queue.
pub fn calls(t: &Gate, id: &str) -> Vec<Call> {
    // A person's token and a SvarInn account are other kinds of credentials: `person.rs`, `roller.rs` and `svarinn.rs` test
    // those.
    let others =
        |krav| matches!(krav, Krav::Person(_) | Krav::Innlogget | Krav::Svarinn | Krav::Innbygger | Krav::Apen);
    let machines = OPERASJONER.iter().filter(|row| !others(row.krav));
    machines.flat_map(|row| row.versjoner.iter().map(move |version| Call::of(t, id, row, *version))).collect()
}

impl Call {
    /// An operation of any kind.
    pub fn of(t: &Gate, id: &str, row: &'static Operasjon, version: Versjonert) -> Self {
        let (skole, kommune) = (t.town.skole.organisasjon.id.to_string(), t.town.kommune.organisasjon.id.to_string());
        let path = row
            .path
            .replace("{kommunenummer}", t.town.kommunenummer.as_str())
            .replace("{bydelsnummer}", "01")
            .replace("{fraFiksOrgId}", &skole)
            .replace("{fiksOrgId}", &kommune)
            .replace("{bekymringsmeldingId}", id)
            .replace("{forsendelseId}", id)
            // Not a letter's: see `ready`.
            .replace("{brevId}", id)
            .replace("{kortbrevId}", id)
            .replace("{kontoId}", &t.kontor(0).bydel.konto.id.to_string())
            .replace("{rolleId}", &ROLLE.to_string())
            .replace("{ledsagerbevisId}", bevis::UKJENT)
            .replace("{delingId}", bevis::UKJENT)
            .replace("{gruppeId}", &GRUPPE.to_string())
            .replace("{kontoid}", &SVARUTKONTO.to_string())
            .replace("{skjematype}", "offentlig")
            .replace("{tlf}", bevis::EIER.telefonnummer)
            .replace("{state}", "LEVERT");
        let path = konfig::path(t, &path);
        assert!(!path.contains('{'), "{path}");
        Self { row, version, path: format!("{}{path}", version.prefix()), melding: id.to_owned() }
    }
}

impl Call {
    /// Who should make it.
    pub fn owner(&self, t: &Gate) -> &'static Virksomhet {
        match self.row.krav {
            Krav::Oppslag | Krav::Person(_) | Krav::Privilegium(Privilegium::Send) => &t.town.skole,
            Krav::Privilegium(Privilegium::Print) => &t.town.utskrift,
            Krav::Privilegium(Privilegium::Support) => &t.town.drift,
            Krav::Privilegium(_)
            | Krav::Forvalter(..)
            | Krav::Administrator(_)
            | Krav::Enhver
            | Krav::Legitimert
            | Krav::Gruppeadministrator
            | Krav::Behandler
            | Krav::Innlogget
            | Krav::Innbygger
            | Krav::Apen
            | Krav::Svarinn => &t.town.kommune,
        }
    }

    /// Puts the report that the call was made for where the call finds it.
    pub async fn ready(mut self, t: &Gate, id: &str) -> Self {
        if self.row.path.contains("{brevId}") {
            let failed = t.kommune().request(Method::POST, t.queue(format!("/{id}/feilet")));
            answer(failed.json(&json!({ "melding": "Feil 17" }))).await.json(200);
            t.run_jobs().await;
            let letters = t.letters().await;
            let letter = letters.iter().find(|letter| letter["bekymringsmeldingId"] == id).unwrap();
            self.path = self.path.replace(id, letter["brevId"].as_str().unwrap());
        }
        if self.row.path.contains("{kortbrevId}") {
            let (_, brev) = kortbrev::ventende_brev(t).await;
            self.path = self.path.replace(id, &brev);
        }
        if self.version == Versjonert::FiksIoManuellV1 {
            t.deliver_in(Kanal::ManuellMottak).await;
            t.set_kanal(0, Kanal::Fagsystem).await;
            // Nobody confirms what they have not fetched.
            t.caller(self.owner(t)).get(t.manuell("neste/data")).await.json(200);
        }
        konfig::prepare(t, self.row.id).await;
        self.path = bevis::prepare(t, self.row.id, &self.path).await;
        self
    }

    /// What a caller is told who has nothing there.
    pub fn hidden(&self) -> Option<&'static str> {
        if self.row.id == "getBydelByIntegrasjonId" {
            Some("KONFIGURASJON.BYDEL_IKKE_FUNNET")
        } else if self.row.path.contains("{kontoId}") {
            Some("MANUELT_MOTTAK.KONTO_UKJENT")
        } else if ["{brevId}", "{kortbrevId}"].iter().any(|letter| self.row.path.contains(letter)) {
            // Who may print prints for everyone; but there is no such letter.
            Some("BREV.IKKE_FUNNET")
        } else if ["{fiksOrgId}", "{fraFiksOrgId}"].iter().any(|own| self.row.path.contains(own)) {
            Some("BEKYMRINGSMELDING.ORGANISASJON_IKKE_FUNNET")
        } else {
            None
        }
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
            "svarOgAck" => request.json(&json!({ "meldingType": "no.ks.fiks.bekymringsmelding.mottatt.v1" })),
            "opprettRolle" => {
                request.json(&json!({ "fnr": "05857090073", "rolle": "BRUKER", "merkelapp": "ansatt 1" }))
            }
            "oppdaterOrganisasjon" => request.json(&json!({ "spraak": "NYNORSK" })),
            "opprettGruppe" => request.json(&json!({ "gruppenavn": "Servicetorget" })),
            "endreGruppe" => request.json(&json!({ "gruppenavn": "Kultur og idrett" })),
            "leggAdminTilGruppe" | "leggBrukerTilGruppe" => {
                request.json(&json!({ "fnr": "05857090073", "navn": "Fiktiv Gruppemedlem" }))
            }
            "fjernAdminFraGruppe" | "fjernBrukerFraGruppe" => request.json(&json!({ "fnr": "05857090073" })),
            "oppdaterStatusByMeldingId" => {
                let meldingstype = "no.ks.fiks.bekymringsmelding.mottatt.v1";
                request.json(&json!({ "meldingId": self.melding, "meldingstype": meldingstype }))
            }
            "getStatistikkSkjematyper" if self.version == Versjonert::BekymringsmeldingV2 => {
                request.query(&[("fraDato", "2027-01-01T00:00:00Z"), ("tilDato", "2027-02-01T00:00:00Z")])
            }
            "getKommuner"
            | "getKommune"
            | "hentTilganger"
            | "hentOrganisasjon"
            | "konfigurerLedsagerbevis"
            | "hentStatus"
            | "hentAktiveSvarutKontoer"
            | "leggTilSvarutkonto"
            | "hentGrupper"
            | "hentGruppe"
            | "hentAdmin"
            | "hentBrukere"
            | "getBydeler"
            | "getBydel"
            | "hentKryperingsnokler"
            | "hentKrypteringsnoklerJwks"
            | "getStatusBekymringsmelding"
            | "getVentendeMeldinger"
            | "getVentendeMelding"
            | "getInnhold"
            | "postMottatt"
            | "antall"
            | "peekMetadata"
            | "peekMeldingData"
            | "ack"
            | "nac"
            | "getVentendeBrev"
            | "getBrev"
            | "getBrevInnhold"
            | "postBrevPostlagt"
            | "getVentendeKortbrev"
            | "getKortbrevInnhold"
            | "postKortbrevPostlagt"
            | "getRoller"
            | "slettRolle"
            | "getEndringer"
            | "getForklaring"
            | "getForklaringForAvsender"
            | "getForklaringForMottaker"
            | "getHistorikk"
            | "getMeldinger"
            | "getMeldingerTilCsv"
            | "getStatistikk"
            | "getStatistikkBydeler"
            | "getStatistikkGittPeriode"
            | "getStatistikkSkjematyper"
            | "sendOrdreById"
            | "oppdaterStatusByBekymringsmeldingId"
            | "getBruk"
            | "getBrukForIntegrasjoner"
            | "slettBruksvarsel" => request,
            "settBruksvarsel" => request.json(&json!({ "epost": "utvikling@leverandor.example" })),
            "postBrevAvvist" | "postKortbrevAvvist" => request.json(&json!({ "arsak": "Feil 17" })),
            other => bevis::with_body(other, &request).unwrap_or_else(|| konfig::with_body(t, other, request)),
        }
    }

    /// The status of a good answer.
    pub fn success(&self) -> u16 {
        match self.row.id {
            "sendOrdreById" | "oppdaterStatusByBekymringsmeldingId" | "oppdaterStatusByMeldingId" => 204,
            "leggTilForvalter" | "fjernForvalter" => 201,
            id if id.starts_with("opprett") => 201,
            "slettRolle" | "settBruksvarsel" | "slettBruksvarsel" => 204,
            id => konfig::success(id),
        }
    }
}
