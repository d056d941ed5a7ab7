//! A connection to PostgreSQL: how it is made, spoken to, and what its errors mean.

use std::collections::HashMap;
use std::error::Error as _;
use std::time::Duration;

use postgres::error::SqlState;
use postgres::types::private::BytesMut;
use postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use postgres::{Client, Config, NoTls, Statement};
use rustls::{ClientConfig, RootCertStore};
use shared_kernel_domain::event::Context;
use shared_kernel_domain::{Error, Result};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::backend::Durability;
use super::postgres::{CHANNEL, lock_statement};
use super::value::{Row, Value};
use super::writer::Session;
use crate::service_url::ServiceUrl;

/// How long a connection attempt may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// After so long without an answer the network is taken for gone.
const NETWORK_TIMEOUT: Duration = Duration::from_secs(10);
/// What every session is set up with. A process that stands still in a transaction holds the
/// context's lock, so the server ends it soon; nobody waits for the lock for ever.
const SETTINGS: &str = "SET idle_in_transaction_session_timeout = '4s'; SET lock_timeout = '20s'; \
                        SET client_min_messages = warning; SET TimeZone = 'UTC'";

/// Where a context's schema is.
#[derive(Clone, Debug)]
pub(super) struct Address {
    url: ServiceUrl,
    context: Context,
}

impl Address {
    /// The schema of `context` in the database at `url`.
    pub(super) fn new(url: ServiceUrl, context: Context) -> Self {
        Self { url, context }
    }

    /// The context.
    pub(super) fn context(&self) -> Context {
        self.context
    }

    /// A new connection with the schema in its search path.
    pub(super) fn connect(&self) -> Result<Client> {
        let mut config: Config = self.url.expose().parse().map_err(|cause: postgres::Error| {
            Error::usage("the address of the store is not one of PostgreSQL")
                .at(self.url.to_string())
                .hint("it reads postgres://user@host:5432/database?sslmode=require")
                .caused_by(cause)
        })?;
        config
            .application_name(&format!("pynomaly {}", self.context))
            .connect_timeout(CONNECT_TIMEOUT)
            .tcp_user_timeout(NETWORK_TIMEOUT)
            .keepalives_idle(NETWORK_TIMEOUT);
        let mut client = if self.wants_tls(&config) {
            config.connect(MakeRustlsConnect::new(tls()?))
        } else {
            config.connect(NoTls)
        }
        .map_err(|cause| database_error(&cause, self))?;
        let schema = self.context.name();
        client
            .batch_execute(&format!("{SETTINGS}; SET search_path = {schema}"))
            .map_err(|cause| database_error(&cause, self))?;
        Ok(client)
    }

    /// What the address says; where it says nothing, whatever leaves this machine is encrypted.
    fn wants_tls(&self, config: &Config) -> bool {
        use postgres::config::{Host, SslMode};
        let here = config.get_hosts().iter().all(|host| match host {
            Host::Unix(_) => true,
            Host::Tcp(name) => name == "localhost" || name.starts_with("127.") || name == "::1",
        });
        let said = self.url.expose().contains("sslmode=");
        match config.get_ssl_mode() {
            SslMode::Disable => false,
            _ => said || !here,
        }
    }
}

fn tls() -> Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    for certificate in rustls_native_certs::load_native_certs().certs {
        // A certificate that cannot be used is one that vouches for nobody.
        let _ = roots.add(certificate);
    }
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|cause| Error::internal("TLS cannot be set up").caused_by(cause))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// A connection with its prepared statements, made when it is first needed and again when lost.
pub(super) struct PostgresSession {
    address: Address,
    client: Option<Client>,
    statements: HashMap<String, Statement>,
    open: bool,
    pub(super) announces: bool,
}

impl PostgresSession {
    pub(super) fn new(address: Address) -> Self {
        let statements = HashMap::new();
        Self { address, client: None, statements, open: false, announces: false }
    }

    pub(super) fn is_connected(&self) -> bool {
        self.client.as_ref().is_some_and(|client| !client.is_closed())
    }

    fn answers(&mut self) -> bool {
        self.client.as_mut().is_some_and(|client| client.is_valid(CONNECT_TIMEOUT).is_ok())
    }

    pub(super) fn connect(&mut self) -> Result<()> {
        if !self.is_connected() {
            self.statements.clear();
            self.open = false;
            self.client = Some(self.address.connect()?);
        }
        Ok(())
    }

    /// Makes the schema, unless somebody has made it.
    pub(super) fn make_schema(&mut self) -> Result<()> {
        let schema = self.address.context.name();
        let known = self.rows(
            "SELECT 1 FROM information_schema.schemata WHERE schema_name = $1",
            &[schema.into()],
        )?;
        if known.is_empty() {
            let lock = lock_statement(self.address.context);
            self.script(&format!("BEGIN; {lock}; CREATE SCHEMA IF NOT EXISTS {schema}; COMMIT"))?;
        }
        Ok(())
    }

    pub(super) fn begin_reading(&mut self) -> Result<()> {
        self.connect()?;
        self.script("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    }

    pub(super) fn end_reading(&mut self) -> Result<()> {
        self.script("COMMIT")
    }

    pub(super) fn script(&mut self, sql: &str) -> Result<()> {
        let (client, address) = self.client()?;
        client.batch_execute(sql).map_err(|cause| database_error(&cause, address))
    }

    pub(super) fn run(&mut self, sql: &str, params: &[Value]) -> Result<u64> {
        let statement = self.statement(sql)?;
        let (client, address) = self.client()?;
        client
            .execute(&statement, &parameters(params))
            .map_err(|cause| database_error(&cause, address))
    }

    pub(super) fn rows(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>> {
        let statement = self.statement(sql)?;
        let (client, address) = self.client()?;
        let rows = client
            .query(&statement, &parameters(params))
            .map_err(|cause| database_error(&cause, address))?;
        rows.iter()
            .map(|row| (0..row.len()).map(|cell| row.try_get(cell)).collect())
            .map(|cells: Result<_, postgres::Error>| cells.map(Row))
            .collect::<Result<_, _>>()
            .map_err(|cause| database_error(&cause, address))
    }

    fn client(&mut self) -> Result<(&mut Client, &Address)> {
        match &mut self.client {
            Some(client) => Ok((client, &self.address)),
            None => Err(Error::internal("a store was spoken to before it was connected")),
        }
    }

    fn statement(&mut self, sql: &str) -> Result<Statement> {
        if let Some(known) = self.statements.get(sql) {
            return Ok(known.clone());
        }
        let (client, address) = self.client()?;
        let statement = client.prepare(sql).map_err(|cause| database_error(&cause, address))?;
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }
}

impl Session for PostgresSession {
    fn begin(&mut self, durability: Durability) -> Result<()> {
        self.connect()?;
        self.announces = false;
        let synced = match durability {
            Durability::Process => "SET LOCAL synchronous_commit = off; ",
            Durability::Power => "",
        };
        let lock = lock_statement(self.address.context);
        let begin = format!("BEGIN; {synced}{lock}");
        let mut begun = self.script(&begin);
        if begun.is_err() && !self.answers() {
            // It was cut off since its last use; nothing of this transaction was done.
            self.client = None;
            self.connect()?;
            begun = self.script(&begin);
        }
        self.open = true;
        if begun.is_err() {
            self.roll_back();
        }
        begun
    }

    fn commit(&mut self) -> Result<()> {
        let told = if self.announces {
            format!("NOTIFY {CHANNEL}, '{}'; ", self.address.context)
        } else {
            String::new()
        };
        let committed = self.script(&format!("{told}COMMIT"));
        self.open = committed.is_err();
        committed
    }

    fn roll_back(&mut self) {
        if self.open && self.script("ROLLBACK").is_err() {
            // A connection that cannot even give up is of no more use.
            self.client = None;
        }
        self.open = false;
    }

    fn is_open(&self) -> bool {
        self.open && self.is_connected()
    }
}

fn parameters(values: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

type Conversion<T> = std::result::Result<T, Box<dyn std::error::Error + Sync + Send>>;

impl ToSql for Value {
    fn to_sql(&self, column: &Type, out: &mut BytesMut) -> Conversion<IsNull> {
        match (self, column) {
            (Self::Null, _) => Ok(IsNull::Yes),
            (Self::Integer(value), &Type::INT2) => i16::try_from(*value)?.to_sql(column, out),
            (Self::Integer(value), &Type::INT4) => i32::try_from(*value)?.to_sql(column, out),
            (Self::Integer(value), &Type::FLOAT8) => (*value as f64).to_sql(column, out),
            (Self::Integer(value), _) => value.to_sql(column, out),
            (Self::Real(value), _) => value.to_sql(column, out),
            // PostgreSQL keeps no zero bytes in text.
            (Self::Text(text), _) if text.contains('\0') => {
                text.replace('\0', "\u{fffd}").to_sql(column, out)
            }
            (Self::Text(text), _) => text.to_sql(column, out),
            (Self::Blob(bytes), _) => bytes.to_sql(column, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        // Checked per value: `to_sql_checked` of the value's own type refuses what does not fit.
        true
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Value {
    fn from_sql(column: &Type, raw: &'a [u8]) -> Conversion<Self> {
        Ok(match *column {
            Type::INT2 => Self::Integer(i16::from_sql(column, raw)?.into()),
            Type::INT4 => Self::Integer(i32::from_sql(column, raw)?.into()),
            Type::INT8 => Self::Integer(i64::from_sql(column, raw)?),
            Type::FLOAT8 => Self::Real(f64::from_sql(column, raw)?),
            Type::BOOL => Self::Integer(bool::from_sql(column, raw)?.into()),
            Type::BYTEA => Self::Blob(raw.to_vec()),
            _ => Self::Text(String::from_sql(column, raw)?),
        })
    }

    fn from_sql_null(_: &Type) -> Conversion<Self> {
        Ok(Self::Null)
    }

    fn accepts(column: &Type) -> bool {
        const KNOWN: [Type; 6] =
            [Type::INT2, Type::INT4, Type::INT8, Type::FLOAT8, Type::BOOL, Type::BYTEA];
        KNOWN.contains(column) || <String as FromSql>::accepts(column)
    }
}

pub(super) fn database_error(cause: &postgres::Error, address: &Address) -> Error {
    let state = cause.code();
    let class = state.map_or("", |state| state.code().get(..2).unwrap_or_default());
    let error = match state {
        Some(&SqlState::DISK_FULL) => Error::unavailable("the disk under the store is full")
            .hint("make room and run the command again; nothing was half-written"),
        Some(&(SqlState::LOCK_NOT_AVAILABLE | SqlState::T_R_DEADLOCK_DETECTED)) => {
            Error::unavailable("the store is locked by another process")
                .hint("wait for the other pynomaly process, or see pg_stat_activity who it is")
        }
        Some(&SqlState::INVALID_CATALOG_NAME) => {
            Error::unavailable("the database of the store does not exist")
                .hint("make it with `createdb`, or mend the address of the store")
        }
        Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
            Error::unavailable("the store's role has not the rights it needs").hint(
                "docs/guide/postgresql.md says what to grant; `pynomaly doctor` says which role",
            )
        }
        Some(&(SqlState::UNDEFINED_TABLE | SqlState::INVALID_SCHEMA_NAME)) => {
            Error::unavailable(format!("the schema {} is not set up", address.context))
                .hint("start a process that owns it first, such as `pynomaly serve`")
        }
        Some(&SqlState::TOO_MANY_CONNECTIONS) => {
            Error::unavailable("the database of the store has no connection left")
                .hint("raise max_connections, or start fewer processes")
        }
        Some(_) if class == "28" => Error::unavailable("the store refuses the login")
            .hint("check user and password; the password comes from PYNOMALY_STORE_PASSWORD or a password file"),
        Some(&SqlState::READ_ONLY_SQL_TRANSACTION) => {
            Error::unavailable("the store is read-only").hint("is this a standby server?")
        }
        // 25P03 among them: this process stood still in a transaction for too long.
        Some(_) if ["57", "08", "25"].contains(&class) => {
            Error::unavailable("the store's server is stopping, starting or cut off")
                .hint("what was being committed may or may not be in; run the command again when it is back")
        }
        Some(_) if class == "53" => Error::unavailable(format!("the store is out of room: {cause}")),
        Some(_) => {
            let detail = cause.as_db_error().map(ToString::to_string).unwrap_or_default();
            Error::internal(format!("the store refused a statement: {detail}"))
        }
        None if cause.is_closed() || cause.source().is_some() => {
            let reason = cause.source().map_or_else(|| cause.to_string(), ToString::to_string);
            Error::unavailable(format!("the store cannot be reached: {reason}"))
                .hint("check that PostgreSQL runs there and lets this machine in")
        }
        None => Error::internal(format!("the store was misunderstood: {cause}")),
    };
    error.at(address.url.to_string()).caused_by(cause.to_string())
}
