use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use shared_kernel_domain::ErrorKind;
use shared_kernel_infrastructure::service_url::ServiceUrl;
use shared_kernel_infrastructure::store::Location;

use super::surroundings::SmallFile;
use super::*;

/// An environment and files of a test's own.
#[derive(Default)]
struct Fake {
    variables: BTreeMap<String, OsString>,
    files: BTreeMap<PathBuf, SmallFile>,
    folders: Vec<PathBuf>,
    arguments: GlobalArgs,
    serve: ServeFlags,
}

impl Surroundings for Fake {
    fn variable(&self, name: &str) -> Option<OsString> {
        self.variables.get(name).cloned()
    }

    fn variable_names(&self) -> Vec<OsString> {
        self.variables.keys().map(Into::into).collect()
    }

    fn read(&self, path: &Path) -> io::Result<SmallFile> {
        self.files.get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn is_folder(&self, path: &Path) -> bool {
        self.folders.iter().any(|folder| folder == path)
    }

    fn processors(&self) -> usize {
        3
    }
}

impl Fake {
    fn new() -> Self {
        Self::default().variable("HOME", "/users/me")
    }

    fn variable(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.variables.insert(name.to_owned(), value.into());
        self
    }

    fn file(self, path: &str, text: &str) -> Self {
        self.any_file(path, text, false)
    }

    fn any_file(mut self, path: &str, text: &str, open_to_others: bool) -> Self {
        self.files.insert(path.into(), SmallFile { text: text.to_owned(), open_to_others });
        self
    }

    fn resolve(&self) -> Result<Configuration> {
        Configuration::resolve(&self.arguments, &self.serve, self)
    }

    fn configuration(&self) -> Configuration {
        self.resolve().unwrap()
    }

    fn refusal(&self) -> Error {
        let error = self.resolve().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        error
    }
}

/// With the file where the user's data lies.
fn filed(text: &str) -> Fake {
    Fake::new().file("/users/me/.local/share/pynomaly/pynomaly.toml", text)
}

fn setting(configuration: &Configuration, name: &str) -> (String, String) {
    let setting = configuration.settings().iter().find(|setting| setting.name == name);
    let setting = setting.unwrap_or_else(|| panic!("{name} in {configuration:?}"));
    (setting.value.clone(), setting.origin.clone())
}

fn postgres(configuration: &Configuration) -> &PostgresChoice {
    match &configuration.store {
        StoreChoice::Postgres(choice) => choice,
        StoreChoice::Sqlite => panic!("expected PostgreSQL"),
    }
}

#[test]
fn with_nothing_said_everything_stays_in_the_home() {
    let configuration = Fake::new().configuration();
    assert_eq!(configuration.home, Path::new("/users/me/.local/share/pynomaly"));
    assert_eq!(configuration.home_reason, "the user's data folder");
    assert_eq!((configuration.threads, configuration.memory_bytes), (3, 1 << 30));
    assert_eq!(configuration.store, StoreChoice::Sqlite);
    assert_eq!(configuration.broker, None);
    assert_eq!(configuration.artifacts, ArtifactChoice::Local);
    assert_eq!(configuration.listen.to_string(), "127.0.0.1:8750");
    assert_eq!(configuration.contexts, Context::ALL);
    assert!(configuration.notices().is_empty());
    assert_eq!(setting(&configuration, "threads"), ("3".to_owned(), "default".to_owned()));
    assert_eq!(setting(&configuration, "store.url").0, "SQLite files in the home");
    assert_eq!(setting(&configuration, "broker.url").0, "none: events travel through the store");
    assert_eq!(setting(&configuration, "artifacts.url").0, "files in the home");
    assert_eq!(setting(&configuration, "config").0, "none");
}

#[test]
fn the_home_is_where_it_always_was() {
    let mut fake = Fake::new().variable("XDG_DATA_HOME", "/data");
    assert_eq!(fake.configuration().home, Path::new("/data/pynomaly"));
    fake.folders.push(".pynomaly".into());
    assert_eq!(fake.configuration().home, Path::new(".pynomaly"));
    assert_eq!(fake.configuration().home_reason, ".pynomaly in this folder");
    let mut fake = fake.variable("PYNOMALY_HOME", OsString::from_vec(vec![b'/', 0xff]));
    assert_eq!(fake.configuration().home_reason, "PYNOMALY_HOME");
    fake.arguments.home = Some("/given".into());
    assert_eq!(fake.configuration().home, Path::new("/given"));
    assert_eq!(fake.configuration().home_reason, "flag --home");
    let lost = Fake::default().variable("HOME", "").refusal();
    assert_eq!(lost.what(), "there is no folder to keep data in: HOME is not set");
}

#[test]
fn a_flag_goes_before_a_variable_before_the_file_before_a_default() {
    let mut fake = filed("\nthreads = 5\nmemory = '64MiB'\n[serve]\nlisten = '127.0.0.1:1'");
    let at = "/users/me/.local/share/pynomaly/pynomaly.toml";
    assert_eq!(fake.configuration().threads, 5);
    assert_eq!(setting(&fake.configuration(), "threads").1, format!("line 2 of {at}"));
    assert_eq!(setting(&fake.configuration(), "memory").0, "64 MiB");
    assert_eq!(setting(&fake.configuration(), "config"), {
        (at.to_owned(), "found in the home".to_owned())
    });
    fake = fake.variable("PYNOMALY_THREADS", "6").variable("PYNOMALY_MEMORY", "");
    fake = fake.variable("PYNOMALY_LISTEN", "[::1]:2");
    assert_eq!(setting(&fake.configuration(), "threads").1, "PYNOMALY_THREADS");
    assert_eq!(fake.configuration().memory_bytes, 64 << 20);
    assert_eq!(fake.configuration().listen.to_string(), "[::1]:2");
    fake.arguments.threads = Some(7);
    fake.serve.listen = Some("localhost:3".to_owned());
    assert_eq!(fake.configuration().threads, 7);
    assert_eq!(setting(&fake.configuration(), "threads").1, "flag --threads");
    assert_eq!(fake.configuration().listen.to_string(), "127.0.0.1:3");
}

#[test]
fn a_named_file_may_say_where_the_home_is() {
    let text = "home = 'state'";
    let mut fake = Fake::new().file("/etc/pynomaly.toml", text).file("here.toml", text);
    fake = fake.file("state/pynomaly.toml", "threads = 9");
    let fake = fake.variable("PYNOMALY_CONFIG", "/etc/pynomaly.toml");
    assert_eq!(fake.configuration().home, Path::new("/etc/state"));
    assert_eq!(fake.configuration().home_reason, "line 1 of /etc/pynomaly.toml");
    let mut fake = fake;
    fake.arguments.config = Some("here.toml".into());
    let configuration = fake.configuration();
    assert_eq!(configuration.home, Path::new("state"));
    assert_eq!(configuration.threads, 3, "a named file stands for the one in the home");
    assert_eq!(setting(&configuration, "config").1, "flag --config");
    let fake = fake.variable("PYNOMALY_HOME", "/elsewhere");
    assert_eq!(fake.configuration().home, Path::new("/elsewhere"));
}

#[test]
fn a_file_in_the_home_says_nothing_about_the_home() {
    let error = filed("threads = 1\nhome = '/x'").refusal();
    assert_eq!(error.what(), "a file in the home cannot say where the home is");
    assert!(error.location().unwrap().ends_with("/pynomaly.toml, line 2, column 1"), "{error}");
}

#[test]
fn a_named_file_must_be_there() {
    let error = Fake::new().variable("PYNOMALY_CONFIG", "/etc/none.toml").refusal();
    assert_eq!(
        error.to_string(),
        "there is no configuration file /etc/none.toml (PYNOMALY_CONFIG)"
    );
}

#[test]
fn every_setting_can_come_from_the_file() {
    let configuration = Fake::new()
        .file(
            "/etc/pynomaly.toml",
            r#"
            home = "/srv/pynomaly"
            threads = 4
            memory = "2GiB"
            [store]
            url = "postgres://pynomaly@db.example/pynomaly"
            password_file = "secrets/store"
            [store.contexts]
            data_quality = "postgres://pynomaly_data_quality@db.example/pynomaly"
            [broker]
            url = "amqps://pynomaly@rabbit.example/%2f"
            password_file = "/run/secrets/broker"
            namespace = "acceptance"
            [artifacts]
            url = "s3://bucket/some/prefix/"
            endpoint = "http://127.0.0.1:9000/"
            region = "us-east-1"
            [serve]
            listen = "127.0.0.2:8751"
            contexts = ["mlops", "data_quality"]
            "#,
        )
        .file("/etc/secrets/store", "p%40ss\n")
        .file("/run/secrets/broker", "s3cret\r\n")
        .variable("PYNOMALY_CONFIG", "/etc/pynomaly.toml")
        .configuration();
    let choice = postgres(&configuration);
    assert_eq!(
        url(choice, Context::DataQuality).expose(),
        "postgres://pynomaly_data_quality:p%2540ss@db.example/pynomaly"
    );
    assert_eq!(
        url(choice, Context::Mlops).expose(),
        "postgres://pynomaly:p%2540ss@db.example/pynomaly"
    );
    let broker = configuration.broker.as_ref().unwrap();
    assert_eq!(broker.url.expose(), "amqps://pynomaly:s3cret@rabbit.example/%2f");
    assert_eq!(broker.namespace, "acceptance");
    assert_eq!(
        configuration.artifacts,
        ArtifactChoice::S3 {
            bucket: "bucket".to_owned(),
            prefix: "some/prefix".to_owned(),
            endpoint: Some("http://127.0.0.1:9000".to_owned()),
            region: Some("us-east-1".to_owned()),
        }
    );
    assert_eq!((configuration.threads, configuration.memory_bytes), (4, 2 << 30));
    assert_eq!(configuration.listen.to_string(), "127.0.0.2:8751");
    assert_eq!(configuration.contexts, [Context::DataQuality, Context::Mlops]);
    assert_eq!(setting(&configuration, "serve.contexts").0, "data_quality, mlops");
    assert!(configuration.notices().is_empty(), "{:?}", configuration.notices());
    assert_eq!(setting(&configuration, "store.password"), {
        ("given".to_owned(), "line 7 of /etc/pynomaly.toml".to_owned())
    });
}

#[test]
fn every_setting_can_come_from_the_environment() {
    let configuration = Fake::new()
        .variable("PYNOMALY_STORE_DATA_SCIENCE", "postgres://a@db/x")
        .variable("PYNOMALY_STORE_DATA_QUALITY", "postgresql://b:own@db/x")
        .variable("PYNOMALY_STORE_DATA_PROFILING", "postgres://c@db/x")
        .variable("PYNOMALY_STORE_MLOPS", "postgres://d@db/x")
        .variable("PYNOMALY_STORE_PASSWORD", "s3cret\n")
        .variable("PYNOMALY_BROKER", "amqp://guest:guest@rabbit")
        .variable("PYNOMALY_BROKER_NAMESPACE", "a.b_c-1")
        .variable("PYNOMALY_ARTIFACTS", "s3://bucket")
        .variable("PYNOMALY_ARTIFACTS_ENDPOINT", "https://minio.example")
        .variable("PYNOMALY_ARTIFACTS_REGION", "eu")
        .configuration();
    let choice = postgres(&configuration);
    assert_eq!(url(choice, Context::DataScience).expose(), "postgres://a:s3cret%0A@db/x");
    assert_eq!(url(choice, Context::DataQuality).expose(), "postgresql://b:own@db/x");
    assert_eq!(url(choice, Context::Mlops).user().as_deref(), Some("d"));
    assert_eq!(configuration.broker.as_ref().unwrap().namespace, "a.b_c-1");
    assert_eq!(setting(&configuration, "artifacts.url").0, "s3://bucket");
    assert_eq!(setting(&configuration, "artifacts.region").1, "PYNOMALY_ARTIFACTS_REGION");
}

#[test]
fn a_password_apart_gives_way_to_one_in_the_url_of_the_same_source() {
    let password = |fake: &Fake| {
        let configuration = fake.configuration();
        url(postgres(&configuration), Context::Mlops).expose().to_owned()
    };
    let filed = |url: &str| {
        filed(&format!("[store]\nurl = '{url}'\npassword_file = '/p'")).file("/p", "apart")
    };
    assert_eq!(password(&filed("postgres://a:in@db/x")), "postgres://a:in@db/x");
    assert_eq!(password(&filed("postgres://a@db/x")), "postgres://a:apart@db/x");
    let stronger = filed("postgres://a:in@db/x").variable("PYNOMALY_STORE_PASSWORD", "env");
    assert_eq!(password(&stronger), "postgres://a:env@db/x");
    let weaker = filed("postgres://z@db/x").variable("PYNOMALY_STORE", "postgres://a:in@db/x");
    assert_eq!(password(&weaker), "postgres://a:in@db/x");
    let notices = weaker.configuration().notices().join("\n");
    assert!(notices.starts_with("the password of line 3 of "), "{notices}");
    assert_eq!(setting(&weaker.configuration(), "store.password").0, "not used");
}

#[test]
fn nothing_shows_a_password() {
    let fake = Fake::new()
        .variable("PYNOMALY_STORE", "postgres://a:s3cret@db/x?password=s3cret")
        .variable("PYNOMALY_STORE_PASSWORD", "s3cret")
        .variable("PYNOMALY_BROKER", "amqp://a@rabbit")
        .variable("PYNOMALY_BROKER_PASSWORD", "s3cret");
    let configuration = fake.configuration();
    assert_eq!(setting(&configuration, "broker.url").0, "amqp://a:***@rabbit");
    assert!(!format!("{configuration:#?}").contains("s3cret"));
    for (name, value) in [
        ("PYNOMALY_STORE", "postgres://a:s3cret@"),
        ("PYNOMALY_STORE_MLOPS", "s3cret"),
        ("PYNOMALY_BROKER", "amqp://a:s3cret#@rabbit"),
        ("PYNOMALY_ARTIFACTS", "s3://key:s3cret@bucket/"),
        ("PYNOMALY_ARTIFACTS_ENDPOINT", "http://key:s3cret@host"),
    ] {
        let error = Fake::new().variable(name, value).refusal();
        assert_eq!(error.location(), Some(name));
        assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
    }
}

#[test]
fn a_bad_value_is_refused_where_it_was_said() {
    const LOOPBACK: &str = "there is no authentication yet";
    const BUCKET: &str = "expected s3://BUCKET";
    for (name, value, what, hint) in [
        ("THREADS", "0", "`threads` cannot be \"0\"", "at least one thread is needed"),
        ("THREADS", "many", "`threads` cannot be \"many\"", "expected a whole number"),
        ("MEMORY", "lots", "not a unit of memory: \"lots\"; expected a size", ""),
        ("MEMORY", "1MiB", "too little memory to work with", "give at least 16MiB"),
        ("STORE", "mysql://a@db/x", "the URL of the store cannot be used: another", "expected po"),
        ("BROKER", "amqp:", "the URL of the broker cannot be used", "expected amqp://USER@HOST"),
        ("BROKER_NAMESPACE", "a b", "\"a b\" cannot begin the names of queues", "at most 64"),
        ("ARTIFACTS", "/folder", "the URL of the artifact store", BUCKET),
        ("ARTIFACTS", "s3:///x", "the URL of the artifact store", BUCKET),
        ("ARTIFACTS", "s3://b/a/../b", "the URL of the artifact store", BUCKET),
        ("ARTIFACTS_ENDPOINT", "minio:9000", "the endpoint of the", "expected http://HOST:PORT"),
        ("ARTIFACTS_ENDPOINT", "http://h/?x", "the endpoint of the", "expected http://HOST:PORT"),
        ("LISTEN", "8750", "\"8750\" is no address", "expected an address and a port such as"),
        ("LISTEN", "0.0.0.0:1", "0.0.0.0:1 can be reached from other machines", LOOPBACK),
        ("LISTEN", "[::]:1", "[::]:1 can be reached from other machines", LOOPBACK),
    ] {
        let name = format!("PYNOMALY_{name}");
        let error = Fake::new().variable(&name, value).refusal();
        assert!(error.what().starts_with(what), "{error}");
        assert_eq!(error.location(), Some(name.as_str()));
        assert!(error.hint_text().unwrap_or_default().starts_with(hint), "{error:?}");
    }
    let error = Fake::new().variable("PYNOMALY_STORE", OsString::from_vec(vec![0xff])).refusal();
    assert_eq!(error.to_string(), "`store.url` is not UTF-8 text (PYNOMALY_STORE)");
    let error = filed("[serve]\n\n  listen = '10.0.0.1:80'").refusal();
    assert!(error.location().unwrap().ends_with("line 3, column 3"), "{error}");
    let mut fake = Fake::new();
    fake.serve.listen = Some("x".to_owned());
    assert_eq!(fake.refusal().location(), Some("--listen"));
}

#[test]
fn contexts_are_named_as_they_are_called() {
    let mut fake = Fake::new();
    let mut refused = |text: &str| {
        fake.serve.contexts = Some(text.to_owned());
        let error = fake.refusal();
        format!("{} ({})", error, error.hint_text().unwrap())
    };
    assert_eq!(
        refused("mlops,data_qualty"),
        "there is no context \"data_qualty\" (--contexts) (did you mean data_quality?)"
    );
    assert!(
        refused("kafka").ends_with("(there are data_science, data_quality, data_profiling, mlops)")
    );
    assert!(refused(",").starts_with("no context is named (--contexts)"));
    assert!(filed("[serve]\ncontexts = []").refusal().what().starts_with("no context is named"));
    fake.serve.contexts = Some("mlops, data_science,mlops".to_owned());
    assert_eq!(fake.configuration().contexts, [Context::DataScience, Context::Mlops]);
}

#[test]
fn a_context_without_a_store_of_its_own_is_visited_as_a_guest() {
    let configuration =
        Fake::new().variable("PYNOMALY_STORE_MLOPS", "postgres://a@db/x").configuration();
    let choice = postgres(&configuration);
    assert!(choice.told(Context::DataQuality).ends_with("(as a guest)"));
    assert!(matches!(choice.location(Context::Mlops), Ok(Location::Postgres(_))));
    match choice.location(Context::DataQuality) {
        Ok(Location::PostgresAsGuest(url)) => assert_eq!(url.user().as_deref(), Some("a")),
        other => panic!("{other:?}"),
    }
}

/// The address of a context's own store.
fn url(choice: &PostgresChoice, context: Context) -> ServiceUrl {
    match choice.location(context) {
        Ok(Location::Postgres(url)) => url,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_others_may_read_or_nobody_reads_is_noticed() {
    let text = "[store]\nurl = 'postgres://a:b@db/x'\ncontexts.mlops = 'postgres://a:b@db/x'";
    let file = "/users/me/.local/share/pynomaly/pynomaly.toml";
    let fake = Fake::new()
        .any_file(file, &format!("{text}\n[broker]\npassword_file = '/p'"), true)
        .any_file("/p", "s3cret", true)
        .variable("PYNOMALY_ARTIFACTS_REGION", "eu")
        .variable("PYNOMALY_STROE", "x")
        .variable("PYNOMALY_COLOUR", "x")
        .variable("PYNOMALY_TEST_POSTGRES", "x")
        .variable("PYNOMALY_STOP_AT", "x");
    let open = |path: &str| {
        format!("{path} holds a password, and others than its owner may read it (chmod 600 {path})")
    };
    assert_eq!(
        fake.configuration().notices(),
        [
            open(file),
            open("/p"),
            format!(
                "the password of line 5 of {file} is not used: there is no `broker.url` that lacks one"
            ),
            "PYNOMALY_ARTIFACTS_REGION is not used: there is no `artifacts.url`".to_owned(),
            "PYNOMALY_COLOUR is set, but is no setting".to_owned(),
            "PYNOMALY_STROE is set, but is no setting; did you mean PYNOMALY_STORE?".to_owned(),
        ]
    );
}

#[test]
fn a_password_file_must_hold_one() {
    let fake = filed("[broker]\npassword_file = 'secret'");
    let path = "/users/me/.local/share/pynomaly/secret";
    let error = fake.refusal();
    assert!(error.what().starts_with(&format!("the password file {path} cannot be read")));
    assert!(error.location().unwrap().ends_with("line 2, column 1"), "{error}");
    assert!(fake.file(path, "\n").refusal().what().ends_with("is empty"));
}

#[test]
fn every_setting_is_declared_once() {
    let names: std::collections::BTreeSet<_> = keys::ALL.iter().map(|key| key.name).collect();
    assert_eq!(names.len(), keys::ALL.len());
    let variables: Vec<_> = keys::ALL.iter().filter_map(|key| key.variable).collect();
    let different: std::collections::BTreeSet<_> = variables.iter().collect();
    assert_eq!((variables.len(), different.len()), (17, 17));
    let contexts: Vec<Context> = keys::STORE_CONTEXTS.iter().map(|(context, _)| *context).collect();
    assert_eq!(contexts, Context::ALL);
    for (context, key) in &keys::STORE_CONTEXTS {
        assert_eq!(key.last_name(), context.name());
    }
}

#[test]
fn the_machine_says_who_else_reads_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    std::fs::write(&path, "s3cret").unwrap();
    let mode = |mode| {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        Machine.read(&path).unwrap()
    };
    assert!(!mode(0o600).open_to_others);
    assert!(mode(0o640).open_to_others);
    assert!(mode(0o604).open_to_others);
    assert_eq!(mode(0o600).text, "s3cret");
    std::fs::write(&path, [0xff]).unwrap();
    assert_eq!(Machine.read(&path).unwrap_err().to_string(), "not UTF-8 text");
    std::fs::write(&path, vec![b'x'; (1 << 20) + 1]).unwrap();
    assert_eq!(Machine.read(&path).unwrap_err().to_string(), "larger than 1 MiB");
    assert!(Machine.is_folder(folder.path()) && !Machine.is_folder(&path));
}
