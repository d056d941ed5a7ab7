//! The summary against plain counting, and the kinds against a labelled corpus.

mod accuracy;
mod corpus;
mod makers;
mod near_misses;
mod properties;
mod random;
#[rustfmt::skip]
mod words;
