//! Who handles events in a context's database, and who of them is still alive (G14, G15).
//!
//! A process is a holder: it writes its id into every delivery it takes, and beats once a second.
//! Others watch: a holder whose beat stands still over several of their own looks is taken for
//! dead, and what it held is ready again. No clock is compared, neither of another machine nor of
//! the database. A holder that was only asleep finds its deliveries gone: their next attempt has
//! begun, or will, and its commit is refused by the number of the attempt.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use shared_kernel_domain::Result;
use shared_kernel_domain::cancellation::Cancellation;

use crate::store::{Durability, Signal, Store, Transaction};

/// Between two beats, and between two looks at others.
const BEAT: Duration = Duration::from_secs(1);
/// A holder whose beat stood still at so many looks in a row is dead.
const LOOKS: u32 = 3;

/// Deliveries in nobody's hands.
const UNHELD: &str = "holder IS NULL OR (holder <> $1 AND NOT EXISTS (SELECT 1 FROM holder WHERE \
                      holder.holder = inbox.holder))";

/// This process as a holder in one context's database.
pub(super) struct Holder {
    id: String,
    store: Arc<Store>,
    /// What was last seen of others, and at how many looks in a row.
    others: Mutex<HashMap<String, (i64, u32)>>,
}

impl Holder {
    /// Registers this process. Where it is the only one, what earlier ones held is free at once.
    pub(super) fn register(store: Arc<Store>) -> Result<Self> {
        let (id, alone) = (store.new_id(), !store.is_shared());
        let own = id.clone();
        store.write(Durability::Process, move |transaction| {
            if alone {
                transaction.execute("DELETE FROM holder", &[])?;
            }
            beat(transaction, &own)?;
            free(transaction, UNHELD, &own).map(drop)
        })?;
        Ok(Self { id, store, others: Mutex::default() })
    }

    /// The id that stands in the deliveries this process holds.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Beats, and frees what dead holders left; returns whether something became free. Where
    /// nobody else can be, nobody watches.
    fn beat(&self) -> Result<bool> {
        if !self.store.is_shared() {
            return Ok(false);
        }
        let id = self.id.clone();
        self.store.write(Durability::Process, move |transaction| beat(transaction, &id))?;
        let dead = self.look()?;
        if dead.is_empty() {
            return Ok(false);
        }
        self.store.write(Durability::Process, move |transaction| {
            let mut freed = 0;
            for (holder, last_beat) in dead {
                let is_dead = transaction.execute(
                    "DELETE FROM holder WHERE holder = $1 AND beat = $2",
                    &[(&holder).into(), last_beat.into()],
                )?;
                if is_dead == 1 {
                    freed += free(transaction, "holder = $1", &holder)?;
                }
            }
            Ok(freed > 0)
        })
    }

    /// The holders whose beat has stood still for too long.
    fn look(&self) -> Result<Vec<(String, i64)>> {
        let beats: Vec<(String, i64)> = self.store.read(|transaction| {
            let rows = transaction.query("SELECT holder, beat FROM holder", &[])?;
            rows.iter().map(|row| Ok((row.text(0)?, row.integer(1)?))).collect()
        })?;
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        let mut seen = HashMap::new();
        for (holder, beat) in beats.into_iter().filter(|(holder, _)| *holder != self.id) {
            let looks = match others.get(&holder) {
                Some((last, looks)) if *last == beat => looks + 1,
                _ => 0,
            };
            seen.insert(holder, (beat, looks));
        }
        *others = seen;
        let dead = others.iter().filter(|(_, (_, looks))| *looks >= LOOKS);
        Ok(dead.map(|(holder, (beat, _))| (holder.clone(), *beat)).collect())
    }

    /// Leaves: what this process still holds is free for others.
    fn leave(&self) -> Result<()> {
        let id = self.id.clone();
        self.store.write(Durability::Process, move |transaction| {
            free(transaction, "holder = $1", &id)?;
            transaction.execute("DELETE FROM holder WHERE holder = $1", &[id.into()])?;
            Ok(())
        })
    }
}

/// A holder that was taken for dead registers again with its next beat.
fn beat(transaction: &mut dyn Transaction, id: &str) -> Result<()> {
    transaction.execute(
        "INSERT INTO holder (holder, beat) VALUES ($1, 1)
         ON CONFLICT (holder) DO UPDATE SET beat = holder.beat + 1",
        &[id.into()],
    )?;
    Ok(())
}

fn free(transaction: &mut dyn Transaction, whose: &str, id: &str) -> Result<u64> {
    transaction.execute(
        &format!(
            "UPDATE inbox SET state = 'ready', holder = NULL,
                    last_error = COALESCE(last_error, 'the process ended while handling it')
             WHERE state = 'handling' AND ({whose})"
        ),
        &[id.into()],
    )
}

/// The beating of this process in all the databases it works in.
pub(super) struct Pulse {
    holders: Vec<Arc<Holder>>,
    stop: Cancellation,
    wake: Arc<Signal>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Pulse {
    /// Starts; `freed` is called when deliveries of dead holders became ready.
    pub(super) fn start(
        holders: Vec<Arc<Holder>>,
        freed: impl Fn() + Send + 'static,
    ) -> Result<Self> {
        let (stop, wake) = (Cancellation::default(), Arc::new(Signal::default()));
        let (stopped, woken, beating) = (stop.clone(), Arc::clone(&wake), holders.clone());
        let thread = std::thread::Builder::new()
            .name("pulse".to_owned())
            .spawn(move || {
                loop {
                    woken.wait_beyond(0, BEAT);
                    if stopped.is_cancelled() {
                        return;
                    }
                    for holder in &beating {
                        // A store out of reach lets nobody beat, nor anybody take over.
                        if holder.beat().unwrap_or(false) {
                            freed();
                        }
                    }
                }
            })
            .map_err(|cause| {
                shared_kernel_domain::Error::unavailable("cannot start the bus's pulse")
                    .caused_by(cause)
            })?;
        Ok(Self { holders, stop, wake, thread: Mutex::new(Some(thread)) })
    }

    /// Stops beating and leaves.
    pub(super) fn stop(&self) {
        self.stop.cancel();
        self.wake.notify();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        // A pulse that panicked has stopped too.
        let _ = thread.map(JoinHandle::join);
        for holder in &self.holders {
            // Where this fails, others find out by themselves.
            let _ = holder.leave();
        }
    }
}
