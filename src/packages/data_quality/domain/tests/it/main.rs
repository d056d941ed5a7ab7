//! Properties of scores and of the gate, over any results.

mod exchange;
mod gate;
mod results;
mod score;
