//! The operations that are measured: each as bytes for a gateway, and as the same work in this process.

use std::sync::Arc;

use bytes::Bytes;
use clap::ValueEnum;
use meldeport::{
    domain::{
        DomainError, Services,
        mottak::{Rute, konvolutt::Innsending},
        tilgang::{Behandler, Fullmakt, Hente, Innringer, Legitimasjon, Oppslag, Sende},
    },
    model::{
        IntegrasjonId, MeldingId,
        melding::{Innhold, Skjematype, Versjon},
        side::KoFilter,
    },
    store::StoreError,
    system::Secret,
};

use crate::{
    fill::{self, Sql},
    http::Source,
    site::{Base, Site},
};

mod body;

pub const V2: &str = "/bekymringsmelding/api/v2";
const CARDS: &str = "/digitalt-ledsagerbevis/api/v1";
const BOUNDARY: &str = "portvakt-3f1c9a52";
/// Where a number of sixteen digits stands in a body, so that no two are the same.
const PLACE: &str = "0123456789abcdef";
/// Reports on a page of the queue, and in the queue.
const PAGE: usize = 20;
const WAITING: usize = 200;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Operation {
    /// A sealed report, 150 kB to the office and 150 kB to the print supplier.
    Envelope,
    /// A sealed report as large as one may be, 5 MB.
    Large,
    /// A companion card: what is validated, sealed and stored without a PDF.
    Card,
    /// A report as plain JSON: validated, typeset, signed, sealed and stored.
    Json,
    /// A page of twenty waiting reports.
    List,
    /// The content of a report, 150 kB.
    Download,
    /// A receipt: the report is delivered, and its content is erased.
    Receipt,
    /// Which offices a municipality has.
    Kommune,
    /// The smallest call there is, after the caller has shown who it is.
    Token,
}

impl Operation {
    /// Bytes of each part.
    pub fn parts(self) -> usize {
        match self {
            Self::Large => 2_620_000,
            _ => 150_000,
        }
    }

    pub fn expected(self) -> u16 {
        match self {
            Self::Envelope | Self::Large | Self::Json | Self::Card => 201,
            _ => 200,
        }
    }

    /// Whether each call uses up a report.
    fn consumes(self) -> bool {
        self == Self::Receipt
    }
}

/// An operation with all that its calls need.
pub struct Work {
    pub operation: Operation,
    innhold: Innhold,
    ids: Arc<Vec<MeldingId>>,
    head: String,
    /// With [`PLACE`] in it.
    body: String,
}

/// Who calls, in this process.
pub struct Callers {
    sende: Fullmakt<Sende>,
    hente: Fullmakt<Hente>,
    oppslag: Oppslag,
    behandler: Behandler,
    token: String,
    passord: String,
    integrasjon: IntegrasjonId,
}

impl Callers {
    pub async fn new(site: &Site, base: &Base, services: &Services) -> Self {
        let (skole, kommune) = (&site.town.skole, &site.town.kommune);
        let sender = site.known(services, base, skole).await;
        let receiver: Innringer = site.known(services, base, kommune).await;
        Self {
            sende: sender.fullmakt(skole.organisasjon.id).unwrap(),
            hente: receiver.fullmakt(kommune.organisasjon.id).unwrap(),
            oppslag: sender.oppslag().unwrap(),
            behandler: services.bevissystem(receiver).unwrap().behandler(kommune.organisasjon.id).unwrap(),
            token: site.token(skole),
            passord: base.password(skole).to_owned(),
            integrasjon: skole.integrasjon,
        }
    }
}

impl Work {
    /// Puts into the database what the calls need; `calls` is how many there may be.
    pub async fn prepare(operation: Operation, site: &Site, base: &Base, calls: usize) -> Self {
        let waiting = match operation {
            Operation::Receipt => calls,
            Operation::List | Operation::Download => WAITING,
            _ => 0,
        };
        let mut ids = Vec::new();
        if waiting > 0 {
            let services = site.services(base).await;
            let bytes = if operation.consumes() { 2_000 } else { operation.parts() };
            ids = fill::waiting(site, &services, waiting, bytes).await;
            services.store.close().await;
            let sql = Sql::open(base).await;
            sql.vacuum(&["melding", "innhold", "hendelse", "jobb"]).await;
            sql.db.close().await.unwrap();
        }
        let (town, [office, _]) = (&site.town, &site.town.kontorer);
        let (skole, kommune) = (&town.skole, &town.kommune);
        let (nr, bydel) = (office.bydel.kommunenummer, office.bydel.bydelsnummer);
        let send = format!("{V2}/mottak/fagsystem/{}/{nr}/{bydel}/offentlig", skole.organisasjon.id);
        let queue = format!("{V2}/avhenting/{}/meldinger", kommune.organisasjon.id);
        let cards = format!("{CARDS}/organisasjoner/{}/ledsagerbevis", kommune.organisasjon.id);
        let (who, method, path) = match operation {
            Operation::Envelope | Operation::Large | Operation::Json => (skole, "POST", send),
            Operation::Card => (kommune, "POST", cards),
            Operation::List => (kommune, "GET", format!("{queue}?antall={PAGE}")),
            Operation::Download => (kommune, "GET", format!("{queue}/{PLACE}/innhold")),
            Operation::Receipt => (kommune, "POST", format!("{queue}/{PLACE}/mottatt")),
            Operation::Kommune => (skole, "GET", format!("{V2}/kommuner/{nr}")),
            Operation::Token => (skole, "GET", format!("{V2}/konfigurasjon/fagsystem/versjoner")),
        };
        let body = match operation {
            Operation::Json => body::report(),
            Operation::Card => body::card().to_string(),
            _ => String::new(),
        };
        Self {
            operation,
            innhold: fill::envelopes(site, operation.parts()),
            ids: Arc::new(ids),
            head: site.head(base, who, method, &path),
            body,
        }
    }

    /// The same with other envelopes.
    pub fn smaller(self, innhold: Innhold) -> Self {
        Self { innhold, ..self }
    }

    /// Reports that wait for it.
    pub fn waiting(&self) -> usize {
        self.ids.len()
    }

    /// The n-th call as bytes.
    pub fn source(&self) -> Source {
        match self.operation {
            Operation::Envelope | Operation::Large => self.multipart(),
            Operation::Json | Operation::Card => {
                let (head, body) = (self.head.clone(), self.body.clone());
                let head = format!("{head}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.len());
                Arc::new(move |n| Some(vec![Bytes::from(format!("{head}{}", body.replace(PLACE, &number(n))))]))
            }
            Operation::List | Operation::Kommune | Operation::Token => {
                let request = Bytes::from(format!("{}\r\n", self.head));
                Arc::new(move |_| Some(vec![request.clone()]))
            }
            Operation::Download => {
                let (head, ids) = (self.head.clone(), self.ids.clone());
                Arc::new(move |n| {
                    let id = ids[usize::try_from(n).unwrap() % ids.len()];
                    Some(vec![Bytes::from(format!("{}\r\n", head.replace(PLACE, &id.to_string())))])
                })
            }
            Operation::Receipt => {
                let (head, ids) = (self.head.clone(), self.ids.clone());
                Arc::new(move |n| {
                    let id = ids.get(usize::try_from(n).unwrap())?;
                    let head = head.replace(PLACE, &id.to_string());
                    Some(vec![Bytes::from(format!("{head}Content-Length: 0\r\n\r\n"))])
                })
            }
        }
    }

    fn multipart(&self) -> Source {
        let part = |name: &str, file: &str| {
            format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\n\
                 Content-Type: application/octet-stream\r\n\r\n"
            )
        };
        let Innhold { asice, pdf } = &self.innhold;
        let first = part("bekymringsmelding", "bekymringsmelding.pdf");
        let second = format!("\r\n{}", part("asice", "asice.zip"));
        let end = format!("\r\n--{BOUNDARY}--\r\n");
        let length = first.len() + pdf.len() + second.len() + asice.len() + end.len();
        let head = format!(
            "{}Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {length}\r\n\r\n",
            self.head
        );
        // All but the last sixteen bytes of the ciphertext is the same each time, and is not copied.
        let (same, _) = asice.split_at(asice.len() - 16);
        let before = Bytes::from([head.as_bytes(), first.as_bytes(), pdf, second.as_bytes(), same].concat());
        Arc::new(move |n| Some(vec![before.clone(), Bytes::from(format!("{}{end}", number(n)))]))
    }

    /// The n-th call's work in this process, without HTTP. `None` when there is nothing left to do; false when the database was too
    /// busy.
    pub async fn once(&self, services: &Services, callers: &Callers, n: u64) -> Option<bool> {
        let at = usize::try_from(n).unwrap();
        Some(match self.operation {
            Operation::Envelope | Operation::Large => {
                let mut asice = self.innhold.asice.to_vec();
                let end = asice.len() - 16;
                asice[end..].copy_from_slice(number(n).as_bytes());
                let innhold = Innhold { asice: asice.into(), pdf: self.innhold.pdf.clone() };
                let inn = Innsending { rute: rute(), innhold, idempotens: None, nokkeladresse: String::new() };
                done(services.submit(&callers.sende, inn).await)
            }
            Operation::Json => {
                let text = Secret::new(self.body.replace(PLACE, &number(n)).into_bytes());
                done(services.submit_skjema(&callers.sende, rute(), text, None).await)
            }
            Operation::Card => {
                let text = self.body.replace(PLACE, &number(n));
                done(services.utsted_bevis(&callers.behandler, body::read_card(&text), None).await)
            }
            Operation::List => {
                let none = std::time::Duration::ZERO;
                done(services.ko(&callers.hente, KoFilter::default(), None, PAGE, none).await)
            }
            Operation::Download => done(services.innhold(&callers.hente, self.ids[at % self.ids.len()]).await),
            Operation::Receipt => done(services.kvitter_mottatt(&callers.hente, *self.ids.get(at)?).await),
            Operation::Kommune => done(services.kommune(&callers.oppslag, rute().kommunenummer).await),
            Operation::Token => {
                let Callers { token, passord, integrasjon, .. } = callers;
                done(services.identify(Legitimasjon { token, integrasjon: *integrasjon, passord }).await)
            }
        })
    }

    /// The n-th report as JSON, for the typesetter.
    pub fn json(&self) -> impl Fn(u64) -> Vec<u8> + Sync + use<> {
        let body = self.body.clone();
        move |n| body.replace(PLACE, &number(n)).into_bytes()
    }
}

fn done<T>(outcome: Result<T, DomainError>) -> bool {
    match outcome {
        Err(DomainError::Store(StoreError::Unavailable(_))) => false,
        Err(error) => panic!("{error}"),
        Ok(_) => true,
    }
}

fn number(n: u64) -> String {
    format!("{n:016}")
}

fn rute() -> Rute {
    Rute {
        kommunenummer: "9999".parse().unwrap(),
        bydelsnummer: "01".parse().unwrap(),
        skjematype: Skjematype::Offentlig,
        versjon: Versjon::V2,
        fra_fagsystem: true,
    }
}
