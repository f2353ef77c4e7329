//! How long an administrator waits when there are a thousand, a hundred thousand and a million reports, and how the
//! database goes about each question:
//!
//! ```text
//! cargo run --release --example admin-million               # on SQLite, in a temporary folder
//! cargo run --release --example admin-million -- postgres://user:password@host/scratch [REPORTS]
//! ```
//!
//! On PostgreSQL it makes a schema of its own and removes it again. Four tenths of the reports are one municipality's, the
//! rest are spread over thirty-nine; all came in within two years, and all but those of the last days are delivered.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "an example that measures: it stops where it is surprised, prints, and needs the real time"
)]

use std::{env, time::Instant};

use jiff::{SignedDuration, Timestamp};
use meldeport::{
    model::{
        FiksOrgId, RessursId,
        melding::Kanal,
        utvalg::{Advarsel, Periode, Utvalg},
    },
    store::{
        self, Backend, DatabaseSettings, Store, StoreError,
        admin::{Omrade, Start},
    },
};
use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection};
use uuid::Uuid;

const MUNICIPALITIES: u64 = 40;
const SENDERS: u64 = 500;
const YEARS: SignedDuration = SignedDuration::from_hours(2 * 365 * 24);
const SCHEMA: &str = "admin_million";

/// The identifiers of the made-up organisations and offices.
fn id(kind: u8, n: u64) -> Uuid {
    Uuid::from_u128(u128::from(kind) << 120 | 0x7000_8000_0000_0000_0000 | u128::from(n))
}

struct Sql {
    backend: Backend,
    db: DatabaseConnection,
}

impl Sql {
    async fn run(&self, statement: &str) {
        self.db.execute_unprepared(statement).await.unwrap();
    }

    fn uuid(&self, id: Uuid) -> String {
        match self.backend {
            Backend::Sqlite => format!("x'{}'", id.simple()),
            Backend::Postgres => format!("'{id}'"),
        }
    }

    /// The identifier of that kind with a number that is computed for each row.
    fn numbered(&self, kind: u8, n: &str) -> String {
        let start = id(kind, 0).simple().to_string();
        let start = &start[..20];
        match self.backend {
            Backend::Sqlite => format!("unhex('{start}' || printf('%012x', {n}))"),
            Backend::Postgres => format!("('{start}' || lpad(to_hex({n}), 12, '0'))::uuid"),
        }
    }

    async fn parties(&self) {
        for n in 0..MUNICIPALITIES {
            let (organisation, number) = (self.uuid(id(1, n)), 1000 + n);
            self.run(&format!(
                "INSERT INTO organisasjon VALUES ({organisation}, '{}', 'Kommune {n}')",
                100_000_000 + n
            ))
            .await;
            let kommune = "kommunenummer, navn, organisasjon_id";
            self.run(&format!("INSERT INTO kommune ({kommune}) VALUES ('{number}', 'Kommune {n}', {organisation})"))
                .await;
            let columns = "kommunenummer, bydelsnummer, navn, standard_mottaker, stottet_versjon, leveringsformat, malform, aktiv, \
                           ressurs_id, konto_id";
            let (office, account) = (self.uuid(id(2, n)), self.uuid(id(3, n)));
            self.run(&format!(
                "INSERT INTO bydel ({columns}) VALUES ('{number}', '00', 'Østre barnevern {n}', TRUE, 'V2', 'ASICE', 'nb', TRUE, \
                 {office}, {account})"
            ))
            .await;
        }
        for n in 0..SENDERS {
            let organisation = self.uuid(id(4, n));
            self.run(&format!("INSERT INTO organisasjon VALUES ({organisation}, '{}', 'Skole {n}')", 200_000_000 + n))
                .await;
        }
    }

    /// Adds the reports numbered from `from` to `to`, of `all` over the two years before `now`.
    async fn fill(&self, from: u64, to: u64, all: u64, now: Timestamp) {
        let first = now.checked_sub(YEARS).unwrap().as_millisecond();
        let between = YEARS.as_millis() / i128::from(all);
        let place = "(CASE WHEN n % 10 < 4 THEN 0 ELSE 1 + (n / 10) % 39 END)";
        // Spread over the whole time in whatever order.
        let mottatt = format!("({first} + (n * 7919 % {all}) * {between})");
        let recent = now.checked_sub(SignedDuration::from_hours(3 * 24)).unwrap().as_millisecond();
        let (rows, id) = match self.backend {
            Backend::Sqlite => (
                format!(
                    "(WITH RECURSIVE s(n) AS (SELECT {from} UNION ALL SELECT n + 1 FROM s WHERE n < {to} - 1) SELECT n FROM s)"
                ),
                format!("unhex(printf('%012x', {mottatt}) || '7000' || '8' || printf('%015x', n))"),
            ),
            Backend::Postgres => (
                format!("(SELECT n FROM generate_series({from}::bigint, {to}::bigint - 1) AS g(n))"),
                format!("(lpad(to_hex({mottatt}), 12, '0') || '7000' || '8' || lpad(to_hex(n), 15, '0'))::uuid"),
            ),
        };
        let digest = match self.backend {
            Backend::Sqlite => "randomblob(32)",
            Backend::Postgres => "sha256(n::text::bytea)",
        };
        let waits = format!("{mottatt} > {recent}");
        self.run(&format!(
            "INSERT INTO melding (id, avsender_id, integrasjon_id, mottaker_id, kommunenummer, bydelsnummer, skjematype, versjon, \
             tilstand, format, profil, sertifikat, asice_sha256, asice_storrelse, pdf_sha256, pdf_storrelse, mottatt, ressurs_id, \
             kanal, fra_fagsystem, levert) \
             SELECT {id}, {sender}, {sender}, {receiver}, CAST(1000 + {place} AS VARCHAR(4)), '00', \
             CASE WHEN n % 5 = 0 THEN 'PRIVAT' ELSE 'OFFENTLIG' END, 'V2', \
             CASE WHEN {waits} AND n % 3 = 0 THEN 'SENDT_FAGSYSTEM' WHEN {waits} AND n % 50 = 1 THEN 'AVVIST_PRINT' ELSE 'LEVERT' END, \
             'ASICE', 'KS', '1234567890123456789', {digest}, 100000, {digest}, 100000, {mottatt}, {office}, \
             CASE WHEN n % 20 = 0 THEN 'PRINT' WHEN n % 20 < 5 THEN 'MANUELL_MOTTAK' ELSE 'FIKS_IO' END, n % 5 <> 0, {mottatt} + 3600000 \
             FROM {rows} AS r",
            sender = self.numbered(4, &format!("n % {SENDERS}")),
            receiver = self.numbered(1, place),
            office = self.numbered(2, place),
        ))
        .await;
        if self.backend == Backend::Postgres {
            // What autovacuum would have done meanwhile.
            self.run("VACUUM ANALYZE melding").await;
        }
    }
}

/// The middle one of five times, in milliseconds.
async fn time<T>(work: impl AsyncFn() -> Result<T, StoreError>) -> f64 {
    let mut times = Vec::new();
    for _ in 0..5 {
        let start = Instant::now();
        work().await.unwrap();
        times.push(start.elapsed().as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    times.get(2).copied().unwrap_or_default()
}

async fn ask(store: &Store, name: &str, omrade: &Omrade, now: Timestamp, plans: bool) {
    let month = Periode { fra: now.checked_sub(SignedDuration::from_hours(30 * 24)).ok(), til: None };
    let all = Utvalg::default();
    let last_month = Utvalg { periode: month, ..all.clone() };
    let letters = Utvalg { kanal: Some(Kanal::Print), ..all.clone() };
    let warned = Utvalg { advarsel: Some((Advarsel::IkkeBekreftetFagsystem, now)), ..all.clone() };
    let text = Utvalg { sok: Some("SKOLE 77".to_owned()), ..all.clone() };
    println!("  {name}");
    for (what, utvalg) in
        [("all", &all), ("30 days", &last_month), ("letters", &letters), ("warning", &warned), ("free text", &text)]
    {
        let page = time(async || store::admin::side(store, omrade, utvalg, Start::Hopp(0), 50).await).await;
        let count = time(async || store::admin::antall(store, omrade, utvalg, now).await).await;
        println!("    {what:10} page of 50 {page:9.2} ms   count {count:9.2} ms");
    }
    let total = store::admin::antall(store, omrade, &all, now).await.unwrap();
    let deep = total.saturating_sub(50);
    let last = time(async || store::admin::side(store, omrade, &all, Start::Hopp(deep), 50).await).await;
    let states = time(async || store::admin::tilstander(store, omrade).await).await;
    let shares = time(async || store::admin::periodetall(store, omrade, month, now).await).await;
    let ever = time(async || store::admin::periodetall(store, omrade, Periode::default(), now).await).await;
    let days = time(async || store::admin::per_dogn(store, omrade, month, now).await).await;
    let offices: Vec<_> = (0..MUNICIPALITIES).map(|n| RessursId(id(2, n))).collect();
    let office = time(async || store::admin::per_bydel(store, offices.get(1..2).unwrap_or_default()).await).await;
    println!(
        "    last page of {total} {last:.2} ms   states {states:.2} ms   figures 30 days {shares:.2} ms, ever {ever:.2} ms"
    );
    println!("    days of 30 days {days:.2} ms   figures of one small office {office:.2} ms");
    if plans {
        for utvalg in [&last_month, &warned, &text] {
            for plan in store::admin::plan(store, omrade, utvalg, &[RessursId(id(2, 1))], now).await.unwrap() {
                println!("    plan of {}\n      {}", plan.sporring, plan.linjer.join("\n      "));
            }
        }
    }
}

#[tokio::main]
async fn main() {
    let mut arguments = env::args().skip(1);
    let folder = tempfile::tempdir().unwrap();
    let url = arguments.next().unwrap_or_else(|| format!("sqlite://{}", folder.path().join("million.db").display()));
    let all: u64 = arguments.next().map_or(1_000_000, |n| n.parse().unwrap());
    let mut settings = DatabaseSettings::new(&url);
    let backend = settings.backend().unwrap();
    let plain = Database::connect(&url).await;
    if backend == Backend::Postgres {
        let db = plain.unwrap();
        db.execute_unprepared(&format!("DROP SCHEMA IF EXISTS {SCHEMA} CASCADE; CREATE SCHEMA {SCHEMA}"))
            .await
            .unwrap();
        settings.schema = Some(SCHEMA.to_owned());
    }
    store::migrate(&settings).await.unwrap();
    let store = Store::open(&settings).await.unwrap();
    let mut options = sea_orm::ConnectOptions::new(&url);
    options.max_connections(1).sqlx_logging(false);
    if let Some(schema) = &settings.schema {
        options.set_schema_search_path(schema);
    }
    let sql = Sql { backend, db: Database::connect(options).await.unwrap() };
    sql.parties().await;
    let now = Timestamp::now();
    let mut from = 0;
    for to in [1_000, 100_000, 1_000_000].into_iter().filter(|size| *size <= all) {
        let start = Instant::now();
        sql.fill(from, to, all, now).await;
        // What a worker does meanwhile.
        while store.write("tall", (), |tx, ()| Box::pin(store::tall::brett(tx, 2000))).await.unwrap() > 0 {}
        if backend == Backend::Postgres {
            sql.run("VACUUM ANALYZE meldingsendring, meldingstall, meldingsperiode").await;
        }
        println!("{backend:?}: {to} reports, filled in {:.1} s", start.elapsed().as_secs_f64());
        from = to;
        let of = |n| Omrade { mottakere: Some(vec![FiksOrgId(id(1, n))]), bydeler: None };
        ask(&store, "a small municipality (1.5 %)", &of(1), now, false).await;
        ask(&store, "the largest (40 %)", &of(0), now, to == all).await;
        ask(&store, "everyone's (support)", &Omrade::default(), now, to == all).await;
    }
    store.close().await;
    if backend == Backend::Postgres {
        sql.run(&format!("DROP SCHEMA {SCHEMA} CASCADE")).await;
    }
}
