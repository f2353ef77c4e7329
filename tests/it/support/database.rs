//! A fresh database for each test: an SQLite file always, a schema of its own on PostgreSQL when there is a server.

use std::{
    env,
    io::Write as _,
    process,
    sync::{
        Once,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use meldeport::store::DatabaseSettings;
use sea_orm::{ConnectionTrait, Database as Connect, DatabaseConnection, QueryResult, Statement};
use tempfile::TempDir;

/// Makes two tests of each function, `name::sqlite` and `name::postgres`. The function takes `&mut` something that
/// can [`Start`] on a database.
macro_rules! on_every_database {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                let mut t = $crate::support::start($crate::support::Database::sqlite()).await;
                $crate::support::in_time(super::$name(&mut t)).await;
                $crate::support::Start::finish(t).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                let Some(database) = $crate::support::Database::postgres().await else { return };
                let mut t = $crate::support::start(database).await;
                $crate::support::in_time(super::$name(&mut t)).await;
                $crate::support::Start::finish(t).await;
            }
        }
    )+};
}

/// Longer than any machine needs for any test: what waits for something that never comes fails instead of waiting on.
pub const PATIENCE: Duration = Duration::from_secs(600);

pub async fn in_time(test: impl Future<Output = ()>) {
    tokio::time::timeout(PATIENCE, test).await.expect("the test still waits for something after ten minutes");
}

/// What a test works with: begins on a database, and ends with what every test must leave behind.
pub trait Start: Sized {
    async fn start(database: Database) -> Self;
    async fn finish(self);
}

/// [`Start::start`], for the macro: the type shows only in what follows.
pub async fn start<S: Start>(database: Database) -> S {
    S::start(database).await
}

/// An empty database that nobody else uses.
pub struct Database {
    pub settings: DatabaseSettings,
    _folder: Option<TempDir>,
}

impl Database {
    pub fn sqlite() -> Self {
        say_which();
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("meldeport.db");
        Self { _folder: Some(folder), ..Self::at(format!("sqlite://{}", file.display())) }
    }

    /// A database that somebody else made and removes.
    pub fn at(url: String) -> Self {
        Self { settings: settings(url), _folder: None }
    }

    /// `None` when `TEST_DATABASE_URL` is not set.
    pub async fn postgres() -> Option<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        say_which();
        let schema = format!("it_{}_{}", process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let mut settings = settings(server()?);
        let server = Connect::connect(&settings.url).await.unwrap();
        server.execute_unprepared(&format!("CREATE SCHEMA {schema}")).await.unwrap();
        server.close().await.unwrap();
        settings.schema = Some(schema);
        Some(Self { settings, _folder: None })
    }

    /// A URL that leads a process of its own to this database.
    pub fn url(&self) -> String {
        let Some(schema) = &self.settings.schema else { return self.settings.url.clone() };
        let joint = if self.settings.url.contains('?') { '&' } else { '?' };
        format!("{}{joint}options[search_path]={schema}", self.settings.url)
    }

    /// An id as this database's SQL writes it.
    pub fn uuid(&self, id: &str) -> String {
        match self.settings.schema {
            Some(_) => format!("'{id}'"),
            None => format!("X'{}'", id.replace('-', "")),
        }
    }

    /// A connection of the test's own.
    pub async fn connect(&self) -> DatabaseConnection {
        let mut options = sea_orm::ConnectOptions::new(&self.settings.url);
        options.max_connections(1).sqlx_logging(false);
        if let Some(schema) = &self.settings.schema {
            options.set_schema_search_path(schema);
        }
        Connect::connect(options).await.unwrap()
    }

    /// So many rows for an `INSERT`, each made of an id and a number that is bytes of its own.
    pub fn many(&self, count: usize, row: impl Fn(String, String) -> String) -> String {
        let rows = (0..count).map(|n| {
            let id = uuid::Uuid::from_u128(0xF000 + n as u128).to_string();
            let bytes = format!("{n:064x}");
            let bytes = if self.settings.schema.is_some() { format!("'\\x{bytes}'") } else { format!("X'{bytes}'") };
            row(self.uuid(&id), bytes)
        });
        rows.collect::<Vec<_>>().join(", ")
    }

    /// How many rows of a table fulfil a condition.
    pub async fn count(&self, table: &str, condition: &str) -> i64 {
        let rows = self.rows(&format!("SELECT COUNT(*) AS n FROM {table} WHERE {condition}")).await;
        rows[0].try_get("", "n").unwrap()
    }

    /// What a question gets for an answer.
    pub async fn rows(&self, sql: &str) -> Vec<QueryResult> {
        let connection = self.connect().await;
        let statement = Statement::from_string(connection.get_database_backend(), sql);
        let rows = connection.query_all_raw(statement).await.unwrap();
        connection.close().await.unwrap();
        rows
    }

    pub async fn execute(&self, sql: &str) {
        let connection = self.connect().await;
        connection.execute_unprepared(sql).await.unwrap();
        connection.close().await.unwrap();
    }

    /// Every value of every table, as the bytes that they are.
    pub async fn dump(&self) -> Vec<u8> {
        let connection = self.connect().await;
        let backend = connection.get_database_backend();
        let (tables, columns) = match &self.settings.schema {
            None => (
                "SELECT name FROM sqlite_master WHERE type = 'table'".to_owned(),
                "SELECT name, '' AS kind FROM pragma_table_info('{table}')".to_owned(),
            ),
            Some(schema) => (
                format!("SELECT table_name AS name FROM information_schema.tables WHERE table_schema = '{schema}'"),
                format!(
                    "SELECT column_name AS name, data_type AS kind FROM information_schema.columns \
                     WHERE table_schema = '{schema}' AND table_name = '{{table}}'"
                ),
            ),
        };
        let all = async |sql: String| connection.query_all_raw(Statement::from_string(backend, sql)).await.unwrap();
        let mut dump = Vec::new();
        for table in all(tables).await {
            let table: String = table.try_get("", "name").unwrap();
            for column in all(columns.replace("{table}", &table)).await {
                let (name, kind): (String, String) =
                    (column.try_get("", "name").unwrap(), column.try_get("", "kind").unwrap());
                let value = match (&self.settings.schema, kind.as_str()) {
                    (None, _) => format!("CAST(\"{name}\" AS BLOB)"),
                    (Some(_), "bytea") => format!("\"{name}\""),
                    (Some(_), _) => format!("convert_to(CAST(\"{name}\" AS text), 'UTF8')"),
                };
                let sql = format!("SELECT {value} AS value FROM \"{table}\" WHERE \"{name}\" IS NOT NULL");
                for row in all(sql).await {
                    dump.extend(row.try_get::<Vec<u8>>("", "value").unwrap());
                    dump.push(0);
                }
            }
        }
        connection.close().await.unwrap();
        dump
    }

    /// The columns that SQLite knows by this type, as `table.column`, sorted.
    pub async fn columns_of(&self, kind: &str) -> Vec<String> {
        let connection = self.connect().await;
        let sql = format!(
            "SELECT t.name || '.' || c.name AS name FROM sqlite_master AS t, pragma_table_info(t.name) AS c \
             WHERE t.type = 'table' AND lower(c.type) = '{kind}' ORDER BY 1"
        );
        let rows =
            connection.query_all_raw(Statement::from_string(connection.get_database_backend(), sql)).await.unwrap();
        connection.close().await.unwrap();
        rows.iter().map(|row| row.try_get("", "name").unwrap()).collect()
    }

    /// The tables that hold this text in any column, as text or within bytes: what a dump would show.
    pub async fn tables_with(&self, text: &str) -> Vec<String> {
        let connection = self.connect().await;
        let backend = connection.get_database_backend();
        let query = async |sql: String| connection.query_all_raw(Statement::from_string(backend, sql)).await.unwrap();
        let names = async |sql: String| -> Vec<String> {
            query(sql).await.iter().map(|row| row.try_get("", "name").unwrap()).collect()
        };
        let hex = hex::encode(text);
        let tables = match &self.settings.schema {
            Some(schema) => format!("SELECT tablename AS name FROM pg_tables WHERE schemaname = '{schema}'"),
            None => "SELECT name FROM sqlite_master WHERE type = 'table'".to_owned(),
        };
        let mut found = Vec::new();
        for table in names(tables).await {
            let condition = if self.settings.schema.is_some() {
                format!("strpos(t::text, '{text}') > 0 OR strpos(t::text, '{hex}') > 0")
            } else {
                let columns = names(format!("SELECT name FROM pragma_table_info('{table}')")).await;
                let parts = columns.iter().map(|column| format!("instr(CAST(t.\"{column}\" AS BLOB), X'{hex}') > 0"));
                parts.collect::<Vec<_>>().join(" OR ")
            };
            let rows = query(format!("SELECT COUNT(*) AS n FROM \"{table}\" AS t WHERE {condition}")).await;
            if rows[0].try_get::<i64>("", "n").unwrap() > 0 {
                found.push(table);
            }
        }
        connection.close().await.unwrap();
        found
    }

    /// Removes everything.
    pub async fn remove(self) {
        if let Some(schema) = &self.settings.schema {
            self.execute(&format!("DROP SCHEMA {schema} CASCADE")).await;
        }
    }
}

impl Start for Database {
    async fn start(database: Database) -> Self {
        database
    }

    async fn finish(self) {
        self.remove().await;
    }
}

fn settings(url: String) -> DatabaseSettings {
    let mut settings = DatabaseSettings::new(url);
    // Many tests run at once, and a PostgreSQL server has a hundred connections.
    settings.max_connections = 4;
    settings.timeout = Duration::from_secs(30);
    settings
}

fn server() -> Option<String> {
    env::var("TEST_DATABASE_URL").ok().filter(|url| !url.is_empty())
}

/// Past libtest, which hides what passing tests print.
fn say_which() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let postgres = server().map(|url| meldeport::system::secret::without_password(&url));
        let postgres = postgres.as_deref().unwrap_or("not PostgreSQL, since TEST_DATABASE_URL is not set");
        let _ = writeln!(std::io::stderr(), "databases of this run: SQLite, {postgres}");
    });
}
