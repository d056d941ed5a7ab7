//! Artifacts on a real S3 server, and on servers that are not there.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use object_store::ObjectStoreExt;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use shared_kernel_domain::artifact::{ArtifactDigest, ArtifactStore};
use shared_kernel_domain::{Error, ErrorKind};
use shared_kernel_infrastructure::artifact::{ObjectArtifactStore, S3Keys, S3Location};
use testkit::artifact_store_conformance;

use super::cable::{Break, Cable};

/// Long enough for a server that is there and busy.
const PATIENCE: Duration = Duration::from_secs(5);

/// For a server that goes and comes back.
const SOME_PATIENCE: Duration = Duration::from_secs(2);

/// For servers that are not there.
const NO_PATIENCE: Duration = Duration::from_millis(400);

/// The server that the tests are given, and a place in its bucket for one test.
#[derive(Clone)]
struct Server {
    address: SocketAddr,
    keys: S3Keys,
    location: S3Location,
}

impl Server {
    #[expect(clippy::expect_used, reason = "says what to do")]
    fn given() -> Self {
        let given = std::env::var("PYNOMALY_TEST_S3").expect(
            "PYNOMALY_TEST_S3=http://ACCESS_KEY:SECRET_KEY@HOST:PORT/BUCKET must name an S3 \
             server; run the tests through ./test or tests/with-servers, which start one",
        );
        let url = url::Url::parse(&given).unwrap();
        let address = url.socket_addrs(|| None).unwrap()[0];
        let decoded = |text: &str| text.replace("%3A", ":").replace("%2F", "/");
        let keys = S3Keys {
            access_key_id: decoded(url.username()),
            secret_access_key: decoded(url.password().unwrap()),
            session_token: None,
        };
        let location = S3Location {
            bucket: url.path().trim_matches('/').to_owned(),
            prefix: format!("test/{}", uuid::Uuid::now_v7()),
            endpoint: Some(format!("http://{address}")),
            region: Some("us-east-1".to_owned()),
        };
        Self { address, keys, location }
    }

    fn open(&self, patience: Duration) -> ObjectArtifactStore {
        ObjectArtifactStore::s3_with(&self.location, Some(self.keys.clone()), patience).unwrap()
    }

    /// The error of a check, which must be the same as of everything else, and show no secret.
    fn refusal(&self, patience: Duration) -> Error {
        let store = self.open(patience);
        let check = store.check().unwrap_err();
        let put = store.put(b"a model").unwrap_err();
        let get = store.get(&ArtifactDigest::of(b"a model")).unwrap_err();
        let reason = check.what().strip_prefix("the artifact store is not ready: ").unwrap();
        for error in [&check, &put, &get] {
            assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
            assert!(error.what().ends_with(reason), "{error:?} for another reason than {reason}");
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains(&self.keys.secret_access_key), "{shown}");
        }
        check
    }

    /// The bucket without our store before it.
    fn bucket(&self) -> AmazonS3 {
        AmazonS3Builder::new()
            .with_bucket_name(&self.location.bucket)
            .with_endpoint(self.location.endpoint.clone().unwrap())
            .with_region("us-east-1")
            .with_allow_http(true)
            .with_access_key_id(&self.keys.access_key_id)
            .with_secret_access_key(&self.keys.secret_access_key)
            .build()
            .unwrap()
    }

    fn key(&self, digest: &ArtifactDigest) -> Path {
        Path::from(format!("{}/{}/{digest}", self.location.prefix, &digest.as_str()[..2]))
    }
}

/// So many bytes that no two stretches of them are alike.
fn many_bytes(count: usize) -> Vec<u8> {
    (0_u64..).flat_map(|number| (number * number).to_le_bytes()).take(count).collect()
}

fn now<T>(work: impl Future<Output = object_store::Result<T>>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(work).unwrap()
}

#[test]
fn artifacts_on_a_server_are_kept_as_the_port_promises() {
    artifact_store_conformance(&Server::given().open(PATIENCE));
}

#[test]
fn a_large_artifact_on_a_server_goes_in_pieces() {
    let server = Server::given();
    let store = server.open(PATIENCE);
    let bytes = many_bytes(40 << 20);
    let digest = store.put(&bytes).unwrap();
    let object = now(server.bucket().head(&server.key(&digest)));
    assert_eq!(object.size, bytes.len() as u64);
    // S3 tells so how many parts an object was made of.
    assert!(object.e_tag.unwrap().trim_matches('"').ends_with("-5"));
    assert!(store.get(&digest).unwrap() == bytes);
}

#[test]
fn a_damaged_artifact_on_a_server_is_told() {
    let server = Server::given();
    let store = server.open(PATIENCE);
    let digest = store.put(b"a report").unwrap();
    for damage in ["a rep", "A report"] {
        now(server.bucket().put(&server.key(&digest), damage.into()));
        let error = store.get(&digest).unwrap_err();
        assert_eq!(error.what(), format!("artifact {digest} is damaged"));
    }
}

#[test]
fn a_missing_bucket_is_told() {
    let mut server = Server::given();
    server.location.bucket = "no-such-bucket".to_owned();
    let error = server.refusal(PATIENCE);
    assert!(error.what().ends_with(": its bucket does not exist"), "{error}");
    assert!(error.location().unwrap().contains("s3://no-such-bucket at http://"), "{error}");
}

#[test]
fn wrong_keys_are_told() {
    let server = Server::given();
    let mut unknown = server.clone();
    unknown.keys.access_key_id = "nobody:knows".to_owned();
    let mut wrong = server;
    wrong.keys.secret_access_key = "not-the-secret".to_owned();
    for server in [unknown, wrong] {
        let error = server.refusal(PATIENCE);
        assert!(error.what().ends_with(": the object store refuses the keys"), "{error:?}");
        assert!(error.hint_text().unwrap().contains("AWS_SECRET_ACCESS_KEY"), "{error:?}");
    }
}

#[test]
fn a_connection_that_breaks_during_a_put_costs_nothing() {
    let mut server = Server::given();
    let cable = Cable::to(server.address);
    server.location.endpoint = Some(format!("http://{}", cable.end()));
    let store = server.open(PATIENCE);
    for length in [4 << 20, 20 << 20] {
        cable.break_after(length / 2, Break::Connections);
        let bytes = many_bytes(length);
        let digest = store.put(&bytes).unwrap();
        assert!(cable.broke());
        assert!(store.get(&digest).unwrap() == bytes);
    }
}

#[test]
fn a_server_that_dies_during_a_put_is_told_and_used_again_when_it_is_back() {
    let mut server = Server::given();
    let mut cable = Cable::to(server.address);
    server.location.endpoint = Some(format!("http://{}", cable.end()));
    let store = server.open(SOME_PATIENCE);
    let model = store.put(b"a model").unwrap();
    let bytes = many_bytes(20 << 20);
    let digest = ArtifactDigest::of(&bytes);
    cable.break_after(bytes.len() / 2, Break::Everything);
    let dead = |result: Result<(), Error>| {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(error.what().ends_with(": the object store could not be reached"), "{error:?}");
    };
    dead(store.put(&bytes).map(drop));
    std::thread::scope(|scope| {
        scope.spawn(|| dead(store.put(b"another").map(drop)));
        scope.spawn(|| dead(store.get(&model).map(drop)));
        scope.spawn(|| dead(store.check()));
    });
    cable.mend();
    store.check().unwrap();
    assert_eq!(store.get(&model).unwrap(), b"a model");
    let half = store.get(&digest).unwrap_err();
    assert_eq!(half.what(), format!("artifact {digest} is not in the store"));
    store.put(&bytes).unwrap();
    assert!(store.get(&digest).unwrap() == bytes);
}

/// A server at `address`, for tests that never get an answer.
fn nobody(address: SocketAddr) -> Server {
    let keys = S3Keys {
        access_key_id: "key".to_owned(),
        secret_access_key: "only-for-tests".to_owned(),
        session_token: None,
    };
    let location = S3Location {
        bucket: "artifacts".to_owned(),
        prefix: String::new(),
        endpoint: Some(format!("http://{address}")),
        region: None,
    };
    Server { address, keys, location }
}

#[test]
fn a_server_that_is_not_there_is_told() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = nobody(address).refusal(NO_PATIENCE);
    assert!(error.what().ends_with(": the object store could not be reached"), "{error:?}");
    assert!(error.hint_text().unwrap().starts_with("check the endpoint"), "{error:?}");
}

#[test]
fn a_server_that_never_answers_is_told() {
    // The system takes the connections; nobody reads them.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let error = nobody(listener.local_addr().unwrap()).refusal(NO_PATIENCE);
    assert!(error.what().ends_with(": the object store could not be reached"), "{error:?}");
}

#[test]
fn a_location_that_cannot_be_is_refused_without_repeating_it() {
    let refused = |change: fn(&mut S3Location), what: &str| {
        let mut server = nobody(SocketAddr::from(([127, 0, 0, 1], 1)));
        change(&mut server.location);
        let opened =
            ObjectArtifactStore::s3_with(&server.location, Some(server.keys.clone()), PATIENCE);
        let error = opened.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        assert!(error.what().contains(what), "{error}");
        assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
    };
    refused(|location| location.bucket = String::new(), "is not the name of a bucket");
    refused(|location| location.bucket = "bucket/prefix".to_owned(), "is not the name of a bucket");
    refused(|location| location.prefix = "a//b".to_owned(), "cannot stand before the keys");
    let keys = "there are keys in it";
    refused(|location| location.endpoint = Some("http://key:s3cret@host".into()), keys);
    refused(|location| location.endpoint = Some("https://key@host".into()), keys);
    refused(|location| location.endpoint = Some("host:9000".into()), "cannot be used");
}

#[test]
fn keys_are_not_shown() {
    let keys = nobody(SocketAddr::from(([127, 0, 0, 1], 1))).keys;
    assert_eq!(format!("{keys:?}"), "S3Keys(***)");
}
