//! RabbitMQ as transport: it is fast and gone at any time, and nothing is lost, doubled or turned
//! round (G12; F5, F6, F8, F9, F22).

mod counters;
mod faults;
pub(crate) mod flow;
mod queues;
pub(crate) mod visitor;
