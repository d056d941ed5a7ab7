//! How events travel from a context's outbox to a group's inbox.
//!
//! The outbox stays the truth: a transport only carries. It may repeat and reorder; the inbox
//! drops what it knows and puts the rest in order.

use std::time::Duration;

use shared_kernel_domain::Result;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::event::Envelope;

use super::outbox;
use crate::step::{Step, reach};
use crate::store::Store;

/// Events carried at once.
pub(super) const STRETCH: usize = 256;
/// A net under the signal: another process may publish without signalling us.
pub(super) const NET: Duration = Duration::from_secs(1);

/// Where a transport puts what it carries: one group's inbox.
pub trait Sink: Send + Sync {
    /// The group's name.
    fn group(&self) -> &'static str;

    /// The position up to which the source's outbox was received.
    fn position(&self) -> Result<i64>;

    /// Takes events in durably, and with `position` remembers that everything up to it came.
    /// Blocks while the group has more than enough to do.
    fn receive(&self, events: &[Envelope], position: Option<i64>) -> Result<()>;

    /// Asks to stop.
    fn stop(&self) -> &Cancellation;
}

/// Carries events from outboxes to inboxes.
pub trait Transport: Send + Sync {
    /// Sends off what `source` publishes, until asked to stop. A transport that reads the outbox
    /// where it carries has nothing to send.
    fn send(&self, _source: &Store, _stop: &Cancellation) -> Result<()> {
        Ok(())
    }

    /// Carries the events of `source` to `sink` until the sink asks to stop; what is there at
    /// that moment may still be carried, so that an idle flow leaves nothing behind.
    fn carry(&self, source: &Store, sink: &dyn Sink) -> Result<()>;
}

/// The embedded transport: reads the outbox by position, woken by its signal.
#[derive(Debug, Default)]
pub struct InProcess;

impl Transport for InProcess {
    fn carry(&self, source: &Store, sink: &dyn Sink) -> Result<()> {
        let mut position = sink.position()?;
        loop {
            let stopping = sink.stop().is_cancelled();
            let seen = source.published().seen();
            match carry_stretch(source, sink, position)? {
                Some((_, last)) => position = last,
                None if !stopping => source.published().wait_beyond(seen, NET),
                None => {}
            }
            if stopping {
                return Ok(());
            }
        }
    }
}

/// Carries the next events behind a position straight from the outbox; says how many, and the
/// position of the last one, or `None` when there are none.
pub(super) fn carry_stretch(
    source: &Store,
    sink: &dyn Sink,
    position: i64,
) -> Result<Option<(usize, i64)>> {
    let stretch = source.read(|transaction| outbox::after(transaction, position, STRETCH))?;
    let Some(last) = stretch.last().map(|last| last.position) else { return Ok(None) };
    reach(Step::AfterRelayRead);
    let events: Vec<Envelope> = stretch.into_iter().map(|positioned| positioned.envelope).collect();
    sink.receive(&events, Some(last))?;
    Ok(Some((events.len(), last)))
}
