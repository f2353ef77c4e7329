//! The ways to receive: an office's channel, its SvarInn account, and persons with roles.

use meldeport::{
    crypto::at_rest::BlindIndex,
    model::{
        FiksOrgId, IntegrasjonId, MeldingId,
        melding::Kanal,
        revisjon::Revisjon,
        rolle::{Rolle, Rolleinnehav},
    },
    store::{self, StoreError},
    system::{Clock as _, Secret},
};
use reqwest::{Method, RequestBuilder};

use super::{Answer, Gate, Report, Sak, V2, answer, id_of};

/// A case worker who has logged in: a token, and no integration.
#[derive(Debug, Clone)]
pub struct Saksbehandler {
    pub http: reqwest::Client,
    pub url: String,
    pub token: String,
}

impl Saksbehandler {
    pub fn request(&self, method: Method, path: impl AsRef<str>) -> RequestBuilder {
        self.http.request(method, format!("{}{}", self.url, path.as_ref())).bearer_auth(&self.token)
    }

    pub async fn get(&self, path: impl AsRef<str>) -> Answer {
        answer(self.request(Method::GET, path)).await
    }
}

/// A system that speaks SvarInn, with an office's account.
#[derive(Debug, Clone)]
pub struct Svarinn {
    pub http: reqwest::Client,
    pub url: String,
    pub integrasjon: IntegrasjonId,
    pub passord: String,
}

impl Svarinn {
    pub fn request(&self, method: Method, path: impl AsRef<str>) -> RequestBuilder {
        let url = format!("{}/bekymringsmelding-svarinn-mottak/api/v1{}", self.url, path.as_ref());
        self.http.request(method, url).basic_auth(self.integrasjon, Some(&self.passord))
    }

    pub async fn get(&self, path: impl AsRef<str>) -> Answer {
        answer(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: impl AsRef<str>) -> Answer {
        answer(self.request(Method::POST, path)).await
    }

    /// The ids in the list.
    pub async fn waiting(&self) -> Vec<String> {
        let list = self.get("/mottaker/hentNyeForsendelser").await.json(200);
        list.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    }
}

impl Gate {
    /// What the configuration API will do: new reports go into this channel.
    pub async fn set_kanal(&self, kontor: usize, kanal: Kanal) {
        let nummer = self.kontor(kontor).bydel.bydelsnummer;
        self.database.execute(&format!("UPDATE bydel SET kanal = '{kanal}' WHERE bydelsnummer = '{nummer}'")).await;
    }

    /// Sends a new report to the first office, which then has this channel, and hands it over.
    pub async fn deliver_in(&self, kanal: Kanal) -> (String, Report) {
        self.set_kanal(0, kanal).await;
        self.deliver().await
    }

    /// Sends a new report to one of the offices and hands it over.
    pub async fn deliver_to(&self, kontor: usize, sak: Sak) -> (String, Report) {
        let report = self.report_to(kontor);
        let version = if kontor == 0 { V2 } else { super::V1 };
        let request = self.skole().request(Method::POST, self.send_path(version, kontor, sak));
        let id = id_of(&answer(request.multipart(report.form())).await);
        self.run_jobs().await;
        (id, report)
    }

    /// Gives an office a SvarInn account.
    pub async fn svarinn(&self, kontor: usize) -> Svarinn {
        let integrasjon = self.integration(self.town.kommune.organisasjon.id, true, &[]).await;
        let (id, nummer) = (self.database.uuid(&integrasjon.to_string()), self.kontor(kontor).bydel.bydelsnummer);
        let sql = format!("UPDATE bydel SET svarinn_integrasjon_id = {id} WHERE bydelsnummer = '{nummer}'");
        self.database.execute(&sql).await;
        let passord = self.password(integrasjon);
        Svarinn { http: self.http.clone(), url: self.url.clone(), integrasjon, passord }
    }

    /// A person with a role at the municipality, for one of its offices or all.
    pub async fn case_worker(&self, pid: &str, rolle: Rolle, kontor: Option<usize>) -> Saksbehandler {
        let index = BlindIndex::new(Secret::new(vec![7; 32])).unwrap();
        let held = Rolleinnehav {
            id: self.ids.uuid(),
            organisasjon: self.town.kommune.organisasjon.id,
            person: index.digest("rolle.person", pid.as_bytes()).unwrap(),
            rolle,
            bydel: kontor.map(|n| self.kontor(n).bydel.id),
            merkelapp: "prøve".to_owned(),
            gitt: self.clock.now(),
        };
        let work = self.services().store.write("test", held, |tx, held| Box::pin(store::rolle::insert(tx, held)));
        let _: () = work.await.map_err(|error: StoreError| error).unwrap();
        self.saksbehandler(pid)
    }

    /// Whoever has logged in as this person.
    pub fn saksbehandler(&self, pid: &str) -> Saksbehandler {
        let token = self.person(|claims| claims["pid"] = pid.into());
        Saksbehandler { http: self.http.clone(), url: self.url.clone(), token }
    }

    /// An address of manual reception at the first office: `"antall"`, `"neste/ack"` …
    pub fn manuell(&self, rest: impl AsRef<str>) -> String {
        let konto = self.kontor(0).bydel.konto.id;
        format!("/fiks-io/manuell/api/v1/kontoer/{konto}/meldinger/{}", rest.as_ref())
    }

    /// The audit trail of a report, oldest first: what was done, by what kind of actor.
    pub async fn trail(&self, melding: &str) -> Vec<Revisjon> {
        let organisasjon: FiksOrgId = self.town.kommune.organisasjon.id;
        let objekt = [melding.parse::<MeldingId>().unwrap().0];
        let found = store::revisjon::av_organisasjon(&self.services().store, organisasjon, Some(&objekt), None, 1000);
        found.await.unwrap().into_iter().rev().collect()
    }
}
