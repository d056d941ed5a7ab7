//! The machine's clock and ids through their ports.

use shared_kernel_infrastructure::system::{SystemClock, UuidGenerator};
use testkit::{clock_conformance, id_generator_conformance};

#[test]
fn the_clock_and_the_ids_are_what_the_ports_promise() {
    clock_conformance(&SystemClock);
    id_generator_conformance(&UuidGenerator);
}
