//! Reports that are there before the clock starts: some that wait, and any number that were delivered long ago.

use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use meldeport::{
    crypto::{cms, sha256},
    domain::Services,
    model::{
        MeldingId,
        melding::{Format, Innhold, Kanal, Melding, Profil, Skjematype, Tilstand, Versjon},
    },
    store::{self, Backend},
    system::Clock as _,
};
use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection, Statement};
use uuid::Uuid;

use crate::{
    http::stopped,
    site::{Base, Site},
};

/// Reports written in one transaction.
const BATCH: usize = 250;
const BULK: u64 = 20_000;
const YEARS: SignedDuration = SignedDuration::from_hours(2 * 365 * 24);
/// Stands where a certificate's serial number would, in reports that were delivered long ago.
const MARK: &str = "portvakt";

/// Both envelopes of a report, around so many bytes each.
pub fn envelopes(site: &Site, bytes: usize) -> Innhold {
    let plain = vec![0x5A; bytes];
    let [office, _] = &site.town.kontorer;
    Innhold {
        asice: cms::seal(&plain, &office.nokkel.certificate, &*site.rng).unwrap().into(),
        pdf: cms::seal(&plain, &site.town.print.certificate, &*site.rng).unwrap().into(),
    }
}

/// Puts reports in the municipality's queue, as its sender and the delivery would.
pub async fn waiting(site: &Site, services: &Services, count: usize, bytes: usize) -> Vec<MeldingId> {
    let content = envelopes(site, bytes);
    let mut ids = Vec::with_capacity(count);
    let (mut told, mut batch) = (0, Vec::new());
    while ids.len() < count && !stopped() {
        let report = report(site, &content);
        ids.push(report.id);
        batch.push((report, content.clone(), site.ids.uuid()));
        if batch.len() == BATCH || ids.len() == count {
            let deadline = services.clock.now().checked_add(SignedDuration::from_hours(48)).unwrap();
            let work =
                services.store.write("portvakt", (std::mem::take(&mut batch), deadline), |tx, (batch, deadline)| {
                    Box::pin(async move {
                        for (report, content, job) in batch {
                            let now = report.mottatt;
                            store::melding::insert(tx, report, content).await?;
                            store::melding::append(tx, report.id, Tilstand::Akseptert, now, None).await?;
                            store::melding::hand_over(tx, report.id, Kanal::Fagsystem, *deadline, now, None).await?;
                            store::jobb::insert(tx, *job, report.id, Kanal::Print, *deadline).await?;
                        }
                        Ok::<_, store::StoreError>(())
                    })
                });
            work.await.unwrap();
        }
        if ids.len() / 5000 > told {
            told = ids.len() / 5000;
            eprintln!("  {} of {count} waiting reports made", ids.len());
        }
    }
    ids
}

fn report(site: &Site, content: &Innhold) -> Melding {
    let town = &site.town;
    let [office, _] = &town.kontorer;
    Melding {
        id: MeldingId(site.ids.uuid()),
        avsender: town.skole.organisasjon.id,
        integrasjon: town.skole.integrasjon,
        leverandor: None,
        mottaker: town.kommune.organisasjon.id,
        kommunenummer: office.bydel.kommunenummer,
        bydelsnummer: office.bydel.bydelsnummer,
        bydel: office.bydel.id,
        skjematype: Skjematype::Offentlig,
        versjon: Versjon::V2,
        tilstand: Tilstand::Akseptert,
        kanal: Kanal::Fagsystem,
        fra_fagsystem: true,
        frist: None,
        format: Format::Asice,
        profil: Profil::Ks,
        forseglet_av: None,
        sertifikat: office.nokkel.certificate.serial(),
        asice_sha256: sha256(&content.asice),
        asice_storrelse: content.asice.len() as u64,
        pdf_sha256: sha256(&content.pdf),
        pdf_storrelse: content.pdf.len() as u64,
        mottatt: meldeport::system::SystemClock.now(),
        levert: None,
        slettet: None,
    }
}

/// SQL of our own, beside the store's.
pub struct Sql {
    pub backend: Backend,
    pub db: DatabaseConnection,
}

impl Sql {
    pub async fn open(base: &Base) -> Self {
        let mut options = sea_orm::ConnectOptions::new(&base.settings.url);
        options.max_connections(1).sqlx_logging(false);
        Self { backend: base.settings.backend().unwrap(), db: Database::connect(options).await.unwrap() }
    }

    pub async fn run(&self, statement: &str) {
        self.db.execute_unprepared(statement).await.unwrap();
    }

    fn uuid(&self, id: Uuid) -> String {
        match self.backend {
            Backend::Sqlite => format!("x'{}'", id.simple()),
            Backend::Postgres => format!("'{id}'::uuid"),
        }
    }

    /// How many reports [`Sql::delivered`] has made here, now or in an earlier run.
    pub async fn made(&self) -> u64 {
        let count = format!("SELECT count(*) AS n FROM melding WHERE sertifikat = '{MARK}'");
        let row = self.db.query_one_raw(Statement::from_string(self.db.get_database_backend(), count)).await.unwrap();
        u64::try_from(row.unwrap().try_get::<i64>("", "n").unwrap()).unwrap()
    }

    /// Makes reports up to a number, all of them the town's and delivered, spread over two years: with their histories, and
    /// without content, as it is once a report has been receipted.
    pub async fn delivered(&self, site: &Site, up_to: u64, most: u64, now: Timestamp) {
        let (start, first) = (Instant::now(), self.made().await);
        let mut from = first;
        while from < up_to && !stopped() {
            let to = (from + BULK).min(up_to);
            self.bulk(site, from, to, most, now).await;
            from = to;
            eprintln!("  {from} of {up_to} delivered reports made, {:.0} s", start.elapsed().as_secs_f64());
        }
        self.vacuum(&["melding", "hendelse"]).await;
    }

    /// What autovacuum would have done meanwhile.
    pub async fn vacuum(&self, tables: &[&str]) {
        if self.backend == Backend::Postgres {
            for table in tables {
                self.run(&format!("VACUUM ANALYZE {table}")).await;
            }
        }
    }

    async fn bulk(&self, site: &Site, from: u64, to: u64, most: u64, now: Timestamp) {
        let first = now.checked_sub(YEARS).unwrap().as_millisecond();
        let between = YEARS.as_millis() / i128::from(most);
        // Spread over the whole time in whatever order; so large a prime divides no number of reports.
        let received = format!("({first} + (n * 7919 % {most}) * {between})");
        let (rows, id, digest) = match self.backend {
            Backend::Sqlite => (
                format!(
                    "(WITH RECURSIVE s(n) AS (SELECT {from} UNION ALL SELECT n + 1 FROM s WHERE n < {to} - 1) SELECT n FROM s)"
                ),
                format!("unhex(printf('%012x', {received}) || '7000' || '8' || printf('%015x', n))"),
                "randomblob(32)",
            ),
            Backend::Postgres => (
                format!("(SELECT n FROM generate_series({from}::bigint, {to}::bigint - 1) AS g(n))"),
                format!("(lpad(to_hex({received}), 12, '0') || '7000' || '8' || lpad(to_hex(n), 15, '0'))::uuid"),
                "sha256(n::text::bytea)",
            ),
        };
        let town = &site.town;
        let [office, _] = &town.kontorer;
        let insert = format!(
            "INSERT INTO melding (id, avsender_id, integrasjon_id, mottaker_id, kommunenummer, bydelsnummer, skjematype, versjon, \
             tilstand, format, profil, sertifikat, asice_sha256, asice_storrelse, pdf_sha256, pdf_storrelse, mottatt, slettet, \
             ressurs_id, kanal, fra_fagsystem, levert) \
             SELECT {id}, {sender}, {integration}, {receiver}, '{kommune}', '{bydel}', \
             CASE WHEN n % 5 = 0 THEN 'PRIVAT' ELSE 'OFFENTLIG' END, 'V2', 'LEVERT', 'ASICE', 'KS', '{MARK}', {digest}, 100000, \
             {digest}, 100000, {received}, {received} + 3600000, {ressurs}, CASE WHEN n % 20 = 0 THEN 'PRINT' ELSE 'FIKS_IO' END, \
             n % 5 <> 0, {received} + 3600000 FROM {rows} AS r",
            sender = self.uuid(town.skole.organisasjon.id.0),
            integration = self.uuid(town.skole.integrasjon.0),
            receiver = self.uuid(town.kommune.organisasjon.id.0),
            kommune = office.bydel.kommunenummer,
            bydel = office.bydel.bydelsnummer,
            ressurs = self.uuid(office.bydel.id.0),
        );
        let entry = |nr: u8, state: &str, after: u32| {
            format!(
                "INSERT INTO hendelse (melding_id, nr, tidspunkt, tilstand) \
                 SELECT {id}, {nr}, {received} + {after}, '{state}' FROM {rows} AS r"
            )
        };
        let all = [insert, entry(1, "AKSEPTERT", 0), entry(2, "SENDT_FAGSYSTEM", 500), entry(3, "LEVERT", 3_600_000)];
        // Wholly there or not at all, so that the next run may go on from it.
        self.run(&format!("BEGIN; {}; COMMIT", all.join("; "))).await;
    }
}
