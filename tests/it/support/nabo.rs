//! More municipalities, for the tests that need several.

use meldeport::{
    domain::oppsett::{NyIntegrasjon, Oppsett},
    model::{
        Bydelsnummer, FiksOrgId, IntegrasjonId, Kommunenummer, Organisasjonsnummer, RessursId,
        integrasjon::Privilegium,
        kommune::{Bydel, Etterfolger, Kommune, Organisasjon},
        nokkel::NokkelEier,
    },
    sandbox::keys::RecipientKey,
};
use reqwest::Method;

use super::{Answer, Caller, Gate, Report, V2, answer, ids_of, start_of_tests};

/// A municipality of its own: an organisation, offices that share one key, and a system that fetches.
#[derive(Debug)]
pub struct Nabo {
    pub organisasjon: Organisasjon,
    pub kommune: Kommune,
    pub bydeler: Vec<Bydel>,
    pub nokkel: RecipientKey,
    pub integrasjon: IntegrasjonId,
}

impl Gate {
    /// Registers a municipality with these offices, the first of them the standard receiver. Its organisation number is
    /// made from its own.
    pub async fn nabo(&self, nummer: &str, bydeler: &[&str]) -> Nabo {
        let kommunenummer: Kommunenummer = nummer.parse().unwrap();
        let organisasjonsnummer: Organisasjonsnummer = format!("99990{nummer}").parse().unwrap();
        let id = FiksOrgId(self.ids.uuid());
        let office = |(n, bydelsnummer): (usize, &&str)| {
            let bydelsnummer: Bydelsnummer = bydelsnummer.parse().unwrap();
            let mut bydel = self.kontor(0).bydel.clone();
            bydel.id = RessursId(self.ids.uuid());
            bydel.konto.id.0 = self.ids.uuid();
            (bydel.kommunenummer, bydel.bydelsnummer, bydel.standard_mottaker) = (kommunenummer, bydelsnummer, n == 0);
            bydel.navn = format!("Barnevernet {nummer}-{bydelsnummer}");
            bydel.adresse.as_mut().unwrap().navn = bydel.navn.clone();
            bydel
        };
        let nabo = Nabo {
            organisasjon: Organisasjon { id, organisasjonsnummer, navn: format!("Kommune {nummer}") },
            kommune: Kommune { kommunenummer, navn: format!("Kommune {nummer}"), organisasjon: id, etterfolger: None },
            bydeler: bydeler.iter().enumerate().map(office).collect(),
            nokkel: RecipientKey::make("Fiktiv kommune", start_of_tests(), &*self.rng).unwrap(),
            integrasjon: IntegrasjonId(self.ids.uuid()),
        };
        self.apply(nabo.oppsett()).await;
        nabo
    }
}

impl Nabo {
    pub fn oppsett(&self) -> Oppsett {
        let key = |bydel: &Bydel| {
            (NokkelEier::Bydel(bydel.kommunenummer, bydel.bydelsnummer), self.nokkel.certificate.clone())
        };
        Oppsett {
            organisasjoner: vec![self.organisasjon.clone()],
            kommuner: vec![self.kommune.clone()],
            bydeler: self.bydeler.clone(),
            sertifikater: self.bydeler.iter().map(key).collect(),
            integrasjoner: vec![NyIntegrasjon {
                id: self.integrasjon,
                organisasjon: self.organisasjon.id,
                navn: "Barnevernets fagsystem".to_owned(),
                aktiv: true,
                privilegier: vec![
                    (self.organisasjon.id, Privilegium::Hent),
                    (self.organisasjon.id, Privilegium::Konfigurer),
                ],
                nytt_passord: false,
            }],
            roller: Vec::new(),
            svarutkontoer: Vec::new(),
        }
    }

    /// The same, part of another municipality from `fra` on.
    pub fn becomes(&self, next: &str, fra: jiff::Timestamp) -> Oppsett {
        let etterfolger = Some(Etterfolger { kommunenummer: next.parse().unwrap(), fra });
        Oppsett { kommuner: vec![Kommune { etterfolger, ..self.kommune.clone() }], ..self.oppsett() }
    }

    /// Its own system.
    pub fn caller(&self, t: &Gate) -> Caller {
        let orgnr = self.organisasjon.organisasjonsnummer;
        let token = t.signed(|claims| claims["consumer"]["ID"] = format!("0192:{orgnr}").into());
        t.through(Caller { token, ..t.skole() }, self.integrasjon)
    }

    /// An address of its queue: `""`, `"/ID"` …
    pub fn queue(&self, rest: &str) -> String {
        format!("{V2}/avhenting/{}/meldinger{rest}", self.organisasjon.id)
    }

    pub async fn waiting(&self, t: &Gate) -> Vec<String> {
        ids_of(&self.caller(t).get(self.queue("")).await.json(200))
    }

    /// Sealed to the municipality's own key.
    pub fn report(&self, t: &Gate) -> Report {
        Report::seal(&self.nokkel.certificate, &t.town.print.certificate, start_of_tests(), &*t.rng)
    }

    /// Sends a report to one of its offices.
    pub async fn post(&self, t: &Gate, version: &str, bydel: &str, report: &Report) -> Answer {
        let (from, kommune) = (t.town.skole.organisasjon.id, self.kommune.kommunenummer);
        let path = format!("{version}/mottak/fagsystem/{from}/{kommune}/{bydel}/offentlig");
        answer(t.skole().request(Method::POST, path).multipart(report.form())).await
    }
}
