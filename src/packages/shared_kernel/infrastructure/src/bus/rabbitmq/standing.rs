//! How each relay and consumer of this process stands with the broker.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use lapin::ConnectionStatus;

/// A confirm that takes longer is worth a word.
const LONG: Duration = Duration::from_secs(5);
/// What a user can do about a broker that is away.
const AWAY: &str = "events are carried through the database meanwhile; start RabbitMQ, or see \
                    whether the address, user and virtual host are right";

/// Why something does not work, and what to do about it. No secret is in it.
#[derive(Clone, Debug)]
pub(super) struct Trouble {
    pub(super) what: String,
    pub(super) hint: String,
}

impl Trouble {
    pub(super) fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { what: what.into(), hint: hint.into() }
    }

    /// The connection is gone, and nobody said why.
    pub(super) fn cut_off() -> Self {
        Self::new("the connection was cut off", AWAY)
    }

    /// The broker was asked and says nothing.
    pub(super) fn silent() -> Self {
        Self::new("it does not answer", AWAY)
    }

    /// The broker ended our consuming, as it does when a queue is deleted.
    pub(super) fn cancelled() -> Self {
        Self::new("the queue was deleted", "it is made anew; no event is lost with it")
    }
}

impl From<&lapin::Error> for Trouble {
    fn from(error: &lapin::Error) -> Self {
        Self::new(reason(error), AWAY)
    }
}

impl From<lapin::Error> for Trouble {
    fn from(error: lapin::Error) -> Self {
        Self::from(&error)
    }
}

/// What the client says, without its own framing.
pub(super) fn reason(error: &lapin::Error) -> String {
    match error.kind() {
        lapin::ErrorKind::IOError(cause) => cause.to_string(),
        lapin::ErrorKind::ProtocolError(cause) => cause.get_message().to_string(),
        _ => error.to_string(),
    }
}

enum State {
    Away(Option<Trouble>),
    Connected { connection: ConnectionStatus, unconfirmed_since: Option<Instant> },
}

/// Everybody's standing.
#[derive(Default)]
pub(super) struct Standings(Arc<Mutex<BTreeMap<String, State>>>);

impl Standings {
    pub(super) fn enter(&self, who: String) -> Standing {
        let standing = Standing { all: Arc::clone(&self.0), who };
        standing.set(State::Away(None));
        standing
    }

    /// The first trouble that somebody has. Nobody at all is one too: the bus has not started.
    pub(super) fn trouble(&self) -> Option<Trouble> {
        let all = lock(&self.0);
        if all.is_empty() {
            return Some(Trouble::new("RabbitMQ is not connected yet", AWAY));
        }
        all.iter().find_map(|(who, state)| state.trouble(who))
    }
}

impl State {
    fn trouble(&self, who: &str) -> Option<Trouble> {
        match self {
            Self::Away(None) => {
                Some(Trouble::new(format!("RabbitMQ is not connected yet, for {who}"), AWAY))
            }
            Self::Away(Some(trouble)) => {
                let what = format!("RabbitMQ cannot be used for {who}: {}", trouble.what);
                Some(Trouble::new(what, &trouble.hint))
            }
            Self::Connected { connection, .. } if connection.blocked() => Some(Trouble::new(
                "RabbitMQ takes no more events: it is short of memory or disk",
                "give it room; events are carried through the database meanwhile",
            )),
            Self::Connected { connection, .. } if !connection.connected() => {
                let what = format!("RabbitMQ was cut off, for {who}");
                Some(Trouble::new(what, AWAY))
            }
            Self::Connected { unconfirmed_since: Some(since), .. } if since.elapsed() > LONG => {
                let seconds = since.elapsed().as_secs();
                let what = format!("RabbitMQ has not confirmed {who} for {seconds} s");
                Some(Trouble::new(what, "see whether its nodes are up and its disks have room"))
            }
            Self::Connected { .. } => None,
        }
    }
}

/// One relay's or consumer's standing; it is forgotten when this is dropped.
pub(super) struct Standing {
    all: Arc<Mutex<BTreeMap<String, State>>>,
    who: String,
}

impl Standing {
    pub(super) fn connected(&self, connection: ConnectionStatus) {
        self.set(State::Connected { connection, unconfirmed_since: None });
    }

    pub(super) fn away(&self, trouble: Trouble) {
        self.set(State::Away(Some(trouble)));
    }

    /// Confirms are waited for, or came.
    pub(super) fn unconfirmed(&self, waiting: bool) {
        if let Some(State::Connected { unconfirmed_since, .. }) = lock(&self.all).get_mut(&self.who)
        {
            *unconfirmed_since = waiting.then(Instant::now);
        }
    }

    fn set(&self, state: State) {
        lock(&self.all).insert(self.who.clone(), state);
    }
}

impl Drop for Standing {
    fn drop(&mut self) {
        lock(&self.all).remove(&self.who);
    }
}

fn lock(all: &Mutex<BTreeMap<String, State>>) -> MutexGuard<'_, BTreeMap<String, State>> {
    all.lock().unwrap_or_else(PoisonError::into_inner)
}
