//! Follows one chain of events to its end, with live progress.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use shared_kernel_domain::bus::{
    DeliveryRecord, DeliveryState, EventFilter, EventLog, ParkedFilter, upload_of_version,
};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::event::{Context, EventPayload, ModelDeclined, QualityAnalyzed};
use shared_kernel_domain::identity::{CorrelationId, DatasetId, DatasetVersionId};
use shared_kernel_domain::{Error, Result};
use shared_kernel_presentation::cli::{Progress, Step};

use crate::platform::{Flow, Platform};

/// A look at the log at least so often, so that Ctrl-C is heard.
const NET: Duration = Duration::from_millis(100);

/// A command waits so long at most for the first answers of webhooks; calls that nobody has answered by then are
/// made again, with the same id, by whoever runs the flow next.
const CALLS_PATIENCE: Duration = Duration::from_secs(3);

/// The steps behind the upload: the consumer group and what it does, in the order of the flow.
pub(crate) const STEPS: [(&str, &str); 4] = [
    (data_quality_application::GROUP, "check quality"),
    (data_profiling_application::GROUP, "profile"),
    (mlops_application::TRAIN_GROUP, "train model"),
    (data_science_application::GROUP, "update pipeline"),
];

/// How a chain ended.
pub(crate) enum ChainEnd {
    /// A model learned, and the pipeline watches with it.
    Updated,
    /// No model may learn from the version.
    Declined,
    /// A step failed so often that it waits for a person.
    Parked(Box<DeliveryRecord>),
    /// A person gave a step up for good.
    Discarded(Box<DeliveryRecord>),
}

/// The chain that an upload of a dataset version began; `None` when it ended so long ago that its
/// events are not kept any more.
pub(crate) fn chain_of_version(
    events: &dyn EventLog,
    dataset: &DatasetId,
    version: &DatasetVersionId,
) -> Result<Option<CorrelationId>> {
    Ok(upload_of_version(events, dataset, version)?.map(|event| event.correlation_id))
}

/// How a chain ended, if it has.
pub(crate) fn chain_end(events: &dyn EventLog, chain: &CorrelationId) -> Result<Option<ChainEnd>> {
    let mut deliveries = events.deliveries(Some(chain))?;
    // What others are told of the chain is no part of it.
    deliveries.retain(|it| STEPS.iter().any(|(group, _)| *group == it.group));
    if let Some(parked) = parked_for(events, &deliveries)? {
        return Ok(Some(ChainEnd::Parked(Box::new(parked))));
    }
    let last_group = data_science_application::GROUP;
    if deliveries.iter().any(|it| it.group == last_group && it.state == DeliveryState::Done) {
        return Ok(Some(ChainEnd::Updated));
    }
    let filter = EventFilter { correlation_id: Some(*chain), ..EventFilter::default() };
    let chained = events.events(&filter)?;
    let newest = |event_type: &str| {
        let of_type = chained.iter().filter(|event| event.event_type == event_type);
        of_type.map(|event| event.time).max()
    };
    // a version that is judged again, by a person, goes on behind an earlier refusal
    let declined = newest(ModelDeclined::TYPE);
    if declined.is_some() && declined >= newest(QualityAnalyzed::TYPE) {
        return Ok(Some(ChainEnd::Declined));
    }
    let discarded = deliveries.into_iter().find(|it| it.state == DeliveryState::Discarded);
    Ok(discarded.map(|it| ChainEnd::Discarded(Box::new(it))))
}

/// The delivery that keeps a chain from going on: its own, or an earlier one of the same dataset.
fn parked_for(
    events: &dyn EventLog,
    deliveries: &[DeliveryRecord],
) -> Result<Option<DeliveryRecord>> {
    if let Some(own) = deliveries.iter().find(|it| it.state == DeliveryState::Parked) {
        return Ok(Some(own.clone()));
    }
    let Some(waiting) = deliveries.iter().find(|it| it.state == DeliveryState::Waiting) else {
        return Ok(None);
    };
    let before = ParkedFilter {
        group: Some(waiting.group.clone()),
        subject: Some(waiting.subject.clone()),
        ..ParkedFilter::default()
    };
    Ok(events.parked(&before)?.into_iter().next())
}

/// A command's part in the event flow: its own, or only looking on while another process, such as
/// `serve`, runs the flow in the same home. When that one ends, this one goes on.
pub(crate) struct Participation<'a> {
    platform: &'a Platform,
    flow: Option<Flow>,
}

impl<'a> Participation<'a> {
    /// No part yet.
    pub(crate) fn new(platform: &'a Platform) -> Self {
        Self { platform, flow: None }
    }

    /// Takes part as soon as it is possible; fails when a store has been in trouble for long.
    fn keep_up(&mut self) -> Result<()> {
        if self.flow.is_none() {
            self.flow = self.platform.join_flow(&Context::ALL)?;
        }
        match self.flow.as_ref().and_then(Flow::trouble) {
            None => Ok(()),
            Some(trouble) => Err(Error::unavailable(trouble)
                .hint("when that is mended, the same command goes on from where it stopped")),
        }
    }

    /// Ends it.
    pub(crate) fn stop(self, patience: Duration) {
        if let Some(flow) = self.flow
            && !flow.stop(patience)
        {
            // A handler is still at work: the lock stays until the process ends.
            std::mem::forget(flow);
        }
    }
}

/// Waits for the end of a chain.
pub(crate) fn await_chain(
    part: &mut Participation<'_>,
    events: &dyn EventLog,
    chain: &CorrelationId,
    progress: &Progress,
    cancellation: &Cancellation,
) -> Result<ChainEnd> {
    let mut board = Board { progress, steps: HashMap::new() };
    loop {
        let seen = events.activity();
        cancellation.check()?;
        part.keep_up()?;
        let deliveries = events.deliveries(Some(chain))?;
        let end = chain_end(events, chain)?;
        // The deliveries were read first: what ended the chain is among what the board shows, or
        // comes with the next look.
        board.show(&deliveries);
        if let Some(end) = end {
            board.show(&events.deliveries(Some(chain))?);
            await_calls(events, chain, cancellation)?;
            return Ok(end);
        }
        events.wait(seen, NET);
    }
}

/// Waits until webhooks were told of the chain, or tried once: this process may be the only one that
/// runs the flow for long.
fn await_calls(
    events: &dyn EventLog,
    chain: &CorrelationId,
    cancellation: &Cancellation,
) -> Result<()> {
    let deadline = Instant::now() + CALLS_PATIENCE;
    let waits = |it: &DeliveryRecord| match it.state {
        DeliveryState::Handling => true,
        DeliveryState::Waiting | DeliveryState::Pending => it.last_error.is_none(),
        _ => false,
    };
    while Instant::now() < deadline {
        let seen = events.activity();
        cancellation.check()?;
        let mut calls = events.deliveries(Some(chain))?;
        calls.retain(|it| it.group == data_quality_application::WEBHOOK_GROUP);
        if !calls.iter().any(waits) {
            break;
        }
        events.wait(seen, NET);
    }
    Ok(())
}

/// The lines of progress, one per step that began; `None` when it has ended.
struct Board<'a> {
    progress: &'a Progress,
    steps: HashMap<&'static str, Option<Step>>,
}

impl Board<'_> {
    fn show(&mut self, deliveries: &[DeliveryRecord]) {
        for (group, title) in STEPS {
            let Some(delivery) = deliveries.iter().find(|delivery| delivery.group == group) else {
                continue;
            };
            let slot = self.steps.entry(group).or_insert_with(|| Some(self.progress.step(title)));
            let Some(step) = slot.take() else { continue };
            match delivery.state {
                DeliveryState::Done => step.done(""),
                DeliveryState::Parked => {
                    step.failed(delivery.last_error.as_deref().unwrap_or_default());
                }
                DeliveryState::Discarded => step.skipped("discarded"),
                DeliveryState::Waiting | DeliveryState::Pending | DeliveryState::Handling => {
                    if let Some(error) = &delivery.last_error {
                        step.message(&format!("after attempt {}: {error}", delivery.attempts));
                    }
                    *slot = Some(step);
                }
            }
        }
    }
}
