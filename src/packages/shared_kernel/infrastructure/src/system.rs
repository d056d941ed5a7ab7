//! The machine's clock and the source of new ids.

use shared_kernel_domain::clock::{Clock, Timestamp};
use shared_kernel_domain::identity::IdGenerator;
use uuid::Uuid;

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// UUIDv7: sorted by creation within this process.
#[derive(Clone, Copy, Debug, Default)]
pub struct UuidGenerator;

impl IdGenerator for UuidGenerator {
    fn next(&self) -> Uuid {
        Uuid::now_v7()
    }
}
