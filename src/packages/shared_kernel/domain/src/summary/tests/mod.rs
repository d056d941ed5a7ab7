//! Every figure against a slow, plain computation of it, over any grouping of the rows.

mod columns;
mod exact;
mod figures;
mod sketches;
