//! Properties of scores and of the gate, over any results.

mod gate;
mod results;
mod score;
