//! Group commit: one thread writes, and whoever waits together is committed together.
//!
//! Each job runs in its own savepoint, so that one sync to the medium serves all of them and a
//! failing job undoes only itself. Jobs that need not survive power loss are committed without a
//! sync when no other job asks for one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;

use std::time::Duration;

use shared_kernel_domain::{Error, Result};

use super::backend::{Durability, Transaction, WriteWork};
use crate::step::{Step, reach};

/// Jobs committed together at most.
const GROUP_COMMIT_LIMIT: usize = 256;

/// After so long without work the session tidies up.
const IDLE: Duration = Duration::from_millis(20);

/// A connection that writes.
pub(super) trait Session: Transaction + Send {
    /// Begins the one write transaction that the context has at a time; connects first if needed.
    fn begin(&mut self, durability: Durability) -> Result<()>;

    /// Commits it, as durably as it was begun.
    fn commit(&mut self) -> Result<()>;

    /// Gives it up, if there still is one.
    fn roll_back(&mut self);

    /// Does what is better done while nobody waits.
    fn tidy(&mut self) {}

    /// Whether it is still open: a full disk or a lost connection ends it from the other side.
    fn is_open(&self) -> bool;
}

struct Job {
    durability: Durability,
    work: WriteWork,
    reply: SyncSender<Result<()>>,
}

/// The queue before a session.
pub(super) struct Writer {
    jobs: Mutex<Sender<Job>>,
    thread: JoinHandle<()>,
}

impl Writer {
    /// Starts the thread; it ends when the writer is dropped.
    pub(super) fn start(session: impl Session + 'static) -> Result<Self> {
        let (jobs, queue) = channel();
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || GroupCommit { session }.run(&queue))
            .map_err(|cause| {
                Error::unavailable("cannot start the store's writer thread").caused_by(cause)
            })?;
        Ok(Self { jobs: Mutex::new(jobs), thread })
    }

    /// Ends the thread and waits until its session is closed.
    pub(super) fn close(self) {
        drop(self.jobs);
        // A thread that panicked has no session either.
        let _ = self.thread.join();
    }

    /// Runs work in a write transaction and waits for its commit.
    pub(super) fn write(&self, durability: Durability, work: WriteWork) -> Result<()> {
        let (reply, answer) = sync_channel(1);
        let writer_is_gone = || Error::internal("the store's writer thread has ended");
        self.jobs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .send(Job { durability, work, reply })
            .map_err(|_| writer_is_gone())?;
        answer.recv().map_err(|_| writer_is_gone())?
    }
}

struct GroupCommit<S> {
    session: S,
}

impl<S: Session> GroupCommit<S> {
    fn run(mut self, queue: &Receiver<Job>) {
        let mut is_tidy = true;
        loop {
            let first = if is_tidy {
                queue.recv().map_err(|_| RecvTimeoutError::Disconnected)
            } else {
                queue.recv_timeout(IDLE)
            };
            let first = match first {
                Ok(first) => first,
                Err(RecvTimeoutError::Timeout) => {
                    self.session.tidy();
                    is_tidy = true;
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => return,
            };
            is_tidy = false;
            let mut jobs = vec![first];
            while jobs.len() < GROUP_COMMIT_LIMIT {
                let Ok(job) = queue.try_recv() else { break };
                jobs.push(job);
            }
            self.commit_together(jobs);
        }
    }

    fn commit_together(&mut self, jobs: Vec<Job>) {
        let durability = jobs.iter().map(|job| job.durability).max().unwrap_or(Durability::Power);
        if let Err(error) = self.session.begin(durability) {
            for job in jobs {
                // A caller that has gone away needs no answer.
                let _ = job.reply.send(Err(same_error(&error)));
            }
            return;
        }
        let alone = jobs.len() == 1;
        let mut answers = Vec::with_capacity(jobs.len());
        let mut lost = None;
        for job in jobs {
            if let Some(error) = &lost {
                answers.push((job.reply, Err(same_error(error))));
                continue;
            }
            let outcome = if alone { self.run_job(job.work) } else { self.in_savepoint(job.work) };
            if let Err(error) = &outcome
                && (alone || !self.session.is_open())
            {
                // Where the whole transaction has ended, nobody's change is in.
                lost = Some(same_error(error));
            }
            answers.push((job.reply, outcome));
        }
        reach(Step::BeforeCommit);
        let committed = match lost {
            Some(error) => Err(error),
            None => self.session.commit(),
        };
        if committed.is_err() {
            self.session.roll_back();
        }
        for (reply, outcome) in answers {
            let answer = match &committed {
                Ok(()) => outcome,
                Err(error) => outcome.and(Err(same_error(error))),
            };
            let _ = reply.send(answer);
        }
    }

    fn in_savepoint(&mut self, work: WriteWork) -> Result<()> {
        self.session.execute_script("SAVEPOINT job")?;
        match self.run_job(work) {
            Ok(()) => self.session.execute_script("RELEASE SAVEPOINT job"),
            Err(error) => {
                if self.session.is_open() {
                    // If this fails too, the commit does, and everybody hears of it.
                    let _ = self
                        .session
                        .execute_script("ROLLBACK TO SAVEPOINT job; RELEASE SAVEPOINT job");
                }
                Err(error)
            }
        }
    }

    fn run_job(&mut self, work: WriteWork) -> Result<()> {
        catch_unwind(AssertUnwindSafe(|| work(&mut self.session)))
            .unwrap_or_else(|_| Err(Error::internal("a change of the store panicked")))
    }
}

/// The same news for each of several waiting callers.
fn same_error(error: &Error) -> Error {
    let mut copy = Error::new(error.kind(), error.what());
    if let Some(location) = error.location() {
        copy = copy.at(location);
    }
    match error.hint_text() {
        Some(hint) => copy.hint(hint),
        None => copy,
    }
}
