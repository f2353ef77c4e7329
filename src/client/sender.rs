//! The parts of `meldeport send`, each to be used alone if need be.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use clap::ValueEnum;
use openssl::sha::sha256;
use tokio::time::Instant;
use uuid::Uuid;

use super::{
    Exit,
    api::{Api, Target},
    call::multipart,
    error::ApiError,
    keyring::REPORT,
    outbox::{Known, Order, Outbox, Receipt, Rejection},
    progress::Console,
    watch::Step,
};
use crate::{
    crypto::{
        asice,
        certificate::{Certificate, Signer},
        cms,
    },
    system::{Clock, Rng, SecretBytes, rng::random},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Skjematype {
    Offentlig,
    Privat,
}

impl Skjematype {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Offentlig => "offentlig",
            Self::Privat => "privat",
        }
    }
}

/// A report that is to be sent.
#[derive(Debug)]
pub struct Report {
    pub json: SecretBytes,
    pub pdf: SecretBytes,
    pub kommunenummer: String,
    /// `None` is the municipality's `standardMottaker`.
    pub bydelsnummer: Option<String>,
    pub skjematype: Skjematype,
}

impl Report {
    /// What makes it the same report: known before the gateway is asked anything.
    fn identity(&self) -> [&[u8]; 5] {
        [
            self.json.expose(),
            self.pdf.expose(),
            self.kommunenummer.as_bytes(),
            self.bydelsnummer.as_deref().unwrap_or("standardmottaker").as_bytes(),
            self.skjematype.as_str().as_bytes(),
        ]
    }
}

/// How one report ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Sent(Uuid),
    /// Not now; it is safe in the outbox.
    Waiting,
    /// Nobody answered; it is safe in the outbox.
    Unreachable,
    /// Refused for good, and put aside; or damaged on the disk. A person must look.
    Rejected,
}

/// Sends with one configuration. Its parts may be used one by one.
#[derive(Debug)]
pub struct Sender {
    pub api: Api,
    pub signer: Signer,
    pub clock: Arc<dyn Clock>,
    pub rng: Arc<dyn Rng>,
    pub console: Console,
}

impl Sender {
    /// Sends what earlier runs left in the outbox: the same bytes under the same keys.
    pub async fn flush(&self, outbox: &Outbox) -> anyhow::Result<Exit> {
        let mut exit = Exit::Done;
        for order in outbox.waiting()? {
            if order.adresse != self.api.base_url() {
                self.console.warn(&format!("{} venter på en annen adresse: {}", order.idempotency_key, order.adresse));
                exit = Exit::Failed;
                continue;
            }
            match self.post(outbox, &order).await? {
                Outcome::Sent(_) => {}
                Outcome::Waiting => exit = Exit::Failed,
                // The rest would wait as long for the same.
                Outcome::Unreachable => return Ok(Exit::Failed),
                Outcome::Rejected if exit == Exit::Done => exit = Exit::NeedsPerson,
                Outcome::Rejected => {}
            }
        }
        Ok(exit)
    }

    /// Sends a report once, whether this is the first run or the one after a kill.
    pub async fn send(&self, outbox: &Outbox, report: &Report, anew: bool) -> anyhow::Result<Outcome> {
        let nonce = random::<16>(&*self.rng);
        let extra: &[u8] = if anew { &nonce } else { &[] };
        let parts: Vec<_> = report.identity().into_iter().chain([extra]).collect();
        let key = outbox.key(&parts)?;
        match outbox.known(key)? {
            Known::No => {
                let sealed = self.seal(report, key).await;
                let (order, request) = sealed.context("meldingen er verken sendt eller lagt i utboksen")?;
                self.api.watch().step(Step::Sealed)?;
                outbox.queue(&order, &request).context("meldingen kunne ikke legges i utboksen")?;
                self.api.watch().step(Step::Queued)?;
                self.post(outbox, &order).await
            }
            Known::Waiting(order) => self.post(outbox, &order).await,
            Known::Sent(receipt) => {
                let id = receipt.bekymringsmelding_id;
                self.console.warn("Denne meldingen er sendt før. Bruk --ny for å sende den en gang til.");
                self.console.line(&format!("sendt {id}"));
                Ok(Outcome::Sent(id))
            }
            Known::Rejected(rejection) => {
                self.console.warn(&format!(
                    "Denne meldingen er avvist før: {}. Bruk --ny for å forsegle og sende den på nytt.",
                    rejection.melding
                ));
                Ok(Outcome::Rejected)
            }
        }
    }

    /// Packs, signs and encrypts: the finished request, and nothing of it on disk yet.
    pub async fn seal(&self, report: &Report, key: Uuid) -> anyhow::Result<(Order, Vec<u8>)> {
        let kommunenummer = report.kommunenummer.clone();
        let bydelsnummer = match &report.bydelsnummer {
            Some(bydelsnummer) => bydelsnummer.clone(),
            None => self.standard_mottaker(&kommunenummer).await?,
        };
        let keys = self.api.keys(&kommunenummer, &bydelsnummer).await.context("får ikke krypteringsnøklene")?;
        let now = self.clock.now();
        let certificate = |pem: &str, whose: &str| {
            Certificate::from_pem(pem.as_bytes())
                .and_then(|certificate| certificate.check_recipient(now).map(|()| certificate))
                .map_err(|fault| anyhow::anyhow!("sertifikatet til {whose}: {} {}", fault.code(), fault.melding()))
        };
        let kommune = certificate(&keys.fiks_io_offentlig_nokkel.nokkel, "kommunen")?;
        let print = certificate(&keys.print_offentlig_nokkel.nokkel, "printleverandøren")?;
        let [json_name, pdf_name] = REPORT;
        let files = [(json_name, report.json.expose().as_slice()), (pdf_name, report.pdf.expose().as_slice())];
        let container = asice::pack(&files, &self.signer, now, &*self.rng)?;
        let sealed_pdf = cms::seal(report.pdf.expose(), &print, &*self.rng)?;
        let sealed_container = cms::seal(container.expose(), &kommune, &*self.rng)?;
        let boundary = format!("meldeport-{}", key.simple());
        let parts = [
            ("bekymringsmelding", "bekymringsmelding.pdf", sealed_pdf.as_slice()),
            ("asice", "asice.zip", sealed_container.as_slice()),
        ];
        let request = multipart(&boundary, &parts);
        let order = Order {
            idempotency_key: key,
            adresse: self.api.base_url().to_owned(),
            fra_fiks_org_id: self.api.fiks_org_id(),
            target: Target { kommunenummer, bydelsnummer, skjematype: report.skjematype.as_str().to_owned() },
            boundary,
            sha256: hex::encode(sha256(&request)),
            laget: now,
        };
        Ok((order, request))
    }

    async fn standard_mottaker(&self, kommunenummer: &str) -> anyhow::Result<String> {
        let bydeler = self.api.bydeler(kommunenummer).await.context("får ikke listen over bydeler")?;
        match bydeler.into_iter().find(|bydel| bydel.standard_mottaker) {
            Some(bydel) => Ok(bydel.bydelsnummer),
            None => anyhow::bail!("kommune {kommunenummer} tar ikke imot bekymringsmeldinger her"),
        }
    }

    /// Posts a stored request until there is an answer, and acts on it.
    pub async fn post(&self, outbox: &Outbox, order: &Order) -> anyhow::Result<Outcome> {
        let key = order.idempotency_key;
        let request = match outbox.request(order) {
            Ok(request) => request.into(),
            Err(error) => {
                self.console.warn(&format!("{key} i utboksen er skadet og kan ikke sendes: {error}"));
                return Ok(Outcome::Rejected);
            }
        };
        let (from, target, boundary) = (order.fra_fiks_org_id, &order.target, order.boundary.as_str());
        let id = match self.api.submit(from, target, key, boundary, request).await {
            Ok(answer) => answer.uuid,
            Err(error) => return self.refused(outbox, order, error),
        };
        self.api.watch().step(Step::Accepted)?;
        let sendt = self.clock.now();
        outbox.receipt(&Receipt { bekymringsmelding_id: id, sendt, order: order.clone() })?;
        self.api.watch().step(Step::Receipted)?;
        outbox.remove(key)?;
        self.api.watch().step(Step::Cleared)?;
        self.console.line(&format!("sendt {id}"));
        Ok(Outcome::Sent(id))
    }

    /// A refusal for good is put aside for a person; anything else stays in the outbox for the next run.
    fn refused(&self, outbox: &Outbox, order: &Order, error: ApiError) -> anyhow::Result<Outcome> {
        let key = order.idempotency_key;
        let refusal = match error {
            ApiError::Refused(refusal) if refusal.for_good() => refusal,
            error => {
                self.console.warn(&format!("Ikke sendt: {error}. Ligger trygt i utboksen; kjør kommandoen på nytt."));
                let unreachable = matches!(error, ApiError::Connection { .. });
                return Ok(if unreachable { Outcome::Unreachable } else { Outcome::Waiting });
            }
        };
        let rejection = Rejection {
            tidspunkt: self.clock.now(),
            status: refusal.status,
            kode: refusal.code.clone(),
            melding: refusal.to_string(),
        };
        outbox.reject(key, &rejection)?;
        self.console.warn(&format!("Avvist: {refusal}. Lagt i {}", outbox.rejected(key).display()));
        if matches!(refusal.code.as_deref(), Some("KONVOLUTT.FEIL_MOTTAKER" | "KONVOLUTT.SERTIFIKAT_UTLOPT")) {
            self.console.warn(
                "Mottakeren har byttet sertifikat etter at meldingen ble forseglet. Utboksen har bare den krypterte \
                 meldingen og kan ikke forsegle den på nytt: send originalen én gang til med --ny.",
            );
        }
        Ok(Outcome::Rejected)
    }

    /// Prints the history of a report as it grows, until it is delivered. Whether it was, in time.
    pub async fn await_delivery(&self, id: Uuid, at_most: Duration) -> anyhow::Result<bool> {
        let (start, mut shown, mut pause) = (Instant::now(), 0, Duration::from_secs(1));
        loop {
            let history = self.api.status(self.api.fiks_org_id(), id).await.context("får ikke status")?;
            for status in history.iter().skip(shown) {
                let text = status.beskrivelse.as_deref().unwrap_or_default();
                self.console.line(format!("{} {} {text}", status.tidspunkt, status.tilstand).trim_end());
            }
            shown = shown.max(history.len());
            if history.iter().any(|status| status.tilstand == "LEVERT") {
                return Ok(true);
            }
            if start.elapsed() + pause > at_most {
                return Ok(false);
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 3 / 2).min(Duration::from_secs(60));
        }
    }
}
