//! PostgreSQL: the server that tests share, databases on it, and a server of a test's own.

use std::net::SocketAddr;

use postgres::{Client, NoTls};
use url::Url;

use super::{PrivateServer, ServerKind, address_of, shared, unique_name};

/// A server and its superuser.
#[derive(Debug)]
pub struct Postgres {
    url: String,
}

/// A PostgreSQL that one test may kill.
pub type PrivatePostgres = PrivateServer<Postgres>;

/// An empty database that goes with this value, whoever is still connected.
#[derive(Debug)]
pub struct Database {
    name: String,
    url: String,
    /// The server that has to drop it, unless it goes itself.
    server: Option<Postgres>,
}

impl Postgres {
    /// The server that all tests of a run share, `PYNOMALY_TEST_POSTGRES`.
    pub fn shared() -> Self {
        Self { url: shared("PYNOMALY_TEST_POSTGRES") }
    }

    /// The superuser's URL, with the password in it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where the server listens.
    pub fn address(&self) -> SocketAddr {
        address_of(&self.url, Self::PORT)
    }

    /// Makes an empty database for one test.
    pub fn database(&self) -> Database {
        let mut database = self.lasting_database();
        database.server = Some(Self { url: self.url.clone() });
        database
    }

    /// A database that nobody drops. PostgreSQL's usual strategy writes the template's pages to the
    /// log, which is twice as fast as copying files, for these have to be synced.
    fn lasting_database(&self) -> Database {
        let name = unique_name();
        self.run(&format!("CREATE DATABASE \"{name}\" TEMPLATE template0"))
            .expect("a new database");
        let mut url = Url::parse(&self.url).expect("the URL of a server");
        url.set_path(&name);
        Database { name, url: url.into(), server: None }
    }

    /// Runs one statement as the superuser, on a thread of its own because the client must not run
    /// where something asynchronous does.
    fn run(&self, statement: &str) -> Result<(), postgres::Error> {
        std::thread::scope(|scope| {
            let run = || Client::connect(&self.url, NoTls)?.batch_execute(statement);
            scope.spawn(run).join().expect("the client does not panic")
        })
    }
}

impl ServerKind for Postgres {
    const NAME: &str = "postgres";
    const PORT: u16 = 5432;
}

impl PrivatePostgres {
    /// Makes an empty database on this server; it goes with the server.
    pub fn database(&self) -> Database {
        Postgres { url: self.url().to_owned() }.lasting_database()
    }
}

impl Database {
    /// The superuser's URL of this database, with the password in it.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let Some(server) = &self.server else { return };
        // where the server is not there any more, the database is not either
        let _ = server.run(&format!("DROP DATABASE \"{}\" WITH (FORCE)", self.name));
    }
}
