//! Artifacts in an object store: `<prefix>/<first two digits>/<digest>`.
//!
//! An object appears whole or not at all, so an artifact is there or it is not. Many processes may
//! put the same artifact at once: they put the same bytes under the same key, whoever comes last.
//! That is also why a put may be sent again after a lost answer, and why it does not ask the store
//! to refuse an object that is there: such a request could not be repeated.

use std::fmt;
use std::io::{Error as IoError, ErrorKind};
use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{Error as Failure, MultipartUpload, ObjectStore, ObjectStoreExt};
use shared_kernel_domain::artifact::{ArtifactDigest, ArtifactStore};
use shared_kernel_domain::{Error, Result};
use tokio::runtime::Runtime;

use super::reason::{Reason, is_missing_object, is_unreachable};
use super::s3::{S3Keys, S3Location};
use super::shelf;

/// What is sent and fetched in one request of many; S3 wants at least 5 MiB.
const PIECE: usize = 8 * 1024 * 1024;

/// The longest artifact that is sent in one request.
const ONE_REQUEST: usize = 2 * PIECE;

/// The requests of one artifact under way at once.
const AT_ONCE: usize = 4;

/// Artifacts in an object store.
pub struct ObjectArtifactStore {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
    place: String,
    first_answer: Duration,
    /// Taken when the store is dropped.
    runtime: Option<Runtime>,
}

impl ObjectArtifactStore {
    /// How long a server that does not answer is tried again.
    pub const PATIENCE: Duration = Duration::from_secs(10);

    /// A store in a bucket of an S3-compatible server, with keys from the usual AWS_ variables.
    ///
    /// Nothing is asked of the server yet. A server that cannot be reached fails a call after about
    /// ten seconds; one that is there and silent, after fifteen.
    pub fn s3(location: &S3Location) -> Result<Self> {
        Self::s3_with(location, None, Self::PATIENCE)
    }

    /// As [`ObjectArtifactStore::s3`], with keys that are not from the environment, and trying again
    /// for as long as `patience`.
    pub fn s3_with(
        location: &S3Location,
        keys: Option<S3Keys>,
        patience: Duration,
    ) -> Result<Self> {
        let (client, place) = location.open(keys, patience)?;
        let mut store = Self::over(Arc::new(client), &location.prefix, place)?;
        store.first_answer = patience + patience / 2;
        Ok(store)
    }

    /// A store over any object store; `place` names it in errors.
    pub fn over(
        store: Arc<dyn ObjectStore>,
        prefix: &str,
        place: impl Into<String>,
    ) -> Result<Self> {
        let prefix = Path::parse(prefix).map_err(|error| {
            Error::usage(format!("{prefix:?} cannot stand before the keys of artifacts"))
                .hint("give a prefix such as pynomaly/artifacts")
                .caused_by(error)
        })?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("artifact-store")
            .enable_all()
            .build()
            .map_err(no_thread)?;
        let first_answer = Self::PATIENCE + Self::PATIENCE / 2;
        Ok(Self { store, prefix, place: place.into(), first_answer, runtime: Some(runtime) })
    }

    fn key(&self, digest: &ArtifactDigest) -> Path {
        self.prefix.clone().join(shelf(digest)).join(digest.as_str())
    }

    /// Waits for `work` on a thread of its own: the caller's may belong to another runtime, which
    /// must not be blocked on.
    fn wait<T: Send, Work: Future<Output = object_store::Result<T>>>(
        &self,
        work: impl FnOnce() -> Work + Send,
    ) -> Result<object_store::Result<T>> {
        let Some(runtime) = &self.runtime else {
            return Err(Error::internal("the artifact store is closed"));
        };
        std::thread::scope(|scope| {
            let waiting = std::thread::Builder::new()
                .name("artifact-wait".into())
                .spawn_scoped(scope, || runtime.block_on(work()))
                .map_err(no_thread)?;
            waiting.join().map_err(|_| Error::internal("the artifact store panicked"))
        })
    }

    fn failed(&self, what: String, key: &Path, failure: &Failure) -> Error {
        let Reason { why, hint, cause } = Reason::of(failure);
        let error = Error::unavailable(format!("{what}: {why}")).at(self.location(key)).hint(hint);
        match cause {
            Some(cause) => error.caused_by(cause),
            None => error,
        }
    }

    fn location(&self, key: &Path) -> String {
        format!("{key} in {}", self.place)
    }

    /// The length of an object; fails soon if the server is silent.
    async fn length(&self, key: &Path) -> object_store::Result<u64> {
        match tokio::time::timeout(self.first_answer, self.store.head(key)).await {
            Ok(answer) => answer.map(|object| object.size),
            Err(_) => Err(Failure::Generic {
                store: "object store",
                source: IoError::new(ErrorKind::TimedOut, "no answer").into(),
            }),
        }
    }

    async fn upload(&self, key: &Path, bytes: &[u8]) -> object_store::Result<()> {
        match self.length(key).await {
            // Only these bytes are ever put under this key, and whoever reads them checks them.
            Ok(length) if length == bytes.len() as u64 => return Ok(()),
            Err(failure) if is_unreachable(&failure) => return Err(failure),
            // Not there, cut short, or not ours to ask about: the upload itself will tell.
            Ok(_) | Err(_) => {}
        }
        if bytes.len() <= ONE_REQUEST {
            self.store.put(key, bytes.to_vec().into()).await?;
            return Ok(());
        }
        let mut upload = self.store.put_multipart(key).await?;
        let sent = send_pieces(upload.as_mut(), bytes).await;
        if sent.is_err() {
            // The pieces cost room until then. Not waited for: the server may be gone.
            tokio::spawn(async move { upload.abort().await });
        }
        sent
    }

    async fn download(&self, key: &Path) -> object_store::Result<Vec<u8>> {
        let length = match self.length(key).await {
            Ok(length) => length,
            Err(failure) if is_unreachable(&failure) => return Err(failure),
            // The answer to this request has no words; the one to the whole object says why.
            Err(_) => return Ok(self.store.get(key).await?.bytes().await?.into()),
        };
        let starts = (0..length).step_by(PIECE);
        let mut pieces = futures::stream::iter(starts)
            .map(|start| self.store.get_range(key, start..length.min(start + PIECE as u64)))
            .buffered(AT_ONCE);
        let mut bytes = Vec::new();
        while let Some(piece) = pieces.try_next().await? {
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes)
    }
}

async fn send_pieces(upload: &mut dyn MultipartUpload, bytes: &[u8]) -> object_store::Result<()> {
    let mut pieces = futures::stream::iter(bytes.chunks(PIECE))
        .map(|piece| upload.put_part(piece.to_vec().into()))
        .buffered(AT_ONCE);
    while pieces.try_next().await?.is_some() {}
    drop(pieces);
    upload.complete().await?;
    Ok(())
}

fn no_thread(error: IoError) -> Error {
    Error::unavailable("no thread could be started for the artifact store")
        .hint("raise the limits of the process, or give the machine more memory")
        .caused_by(error)
}

impl ArtifactStore for ObjectArtifactStore {
    fn put(&self, bytes: &[u8]) -> Result<ArtifactDigest> {
        let digest = ArtifactDigest::of(bytes);
        let key = self.key(&digest);
        self.wait(|| self.upload(&key, bytes))?.map_err(|failure| {
            self.failed(format!("artifact {digest} could not be stored"), &key, &failure)
        })?;
        Ok(digest)
    }

    fn get(&self, digest: &ArtifactDigest) -> Result<Vec<u8>> {
        let key = self.key(digest);
        let bytes = self.wait(|| self.download(&key))?.map_err(|failure| {
            if is_missing_object(&failure) {
                return Error::unavailable(format!("artifact {digest} is not in the store"))
                    .at(self.location(&key));
            }
            self.failed(format!("artifact {digest} could not be read"), &key, &failure)
        })?;
        if ArtifactDigest::of(&bytes) != *digest {
            return Err(Error::unavailable(format!("artifact {digest} is damaged"))
                .at(self.location(&key))
                .hint("restore the object, or delete it and make the artifact again"));
        }
        Ok(bytes)
    }

    /// Puts the empty artifact: the first time the keys must allow to write, from then on the store
    /// is only asked whether it is there.
    fn check(&self) -> Result<()> {
        let nothing = ArtifactDigest::of(b"");
        let key = self.key(&nothing);
        self.wait(|| self.upload(&key, b""))?.map_err(|failure| {
            self.failed("the artifact store is not ready".to_owned(), &key, &failure)
        })
    }
}

impl fmt::Debug for ObjectArtifactStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ObjectArtifactStore({} in {})", self.prefix, self.place)
    }
}

impl Drop for ObjectArtifactStore {
    /// Without waiting, which is forbidden on a thread of another runtime.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
