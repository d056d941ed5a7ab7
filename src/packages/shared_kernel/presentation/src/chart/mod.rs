//! Charts as accessible fragments.
//!
//! A drawing is an SVG with a title and a description and has a table twin that opens below it; a
//! chart of names and numbers is a table whose cells hold bars or colours, and so its own twin. Colours come
//! from the page's custom properties, so that one fragment fits light, dark and print. Fragments
//! are small: a histogram of 20 bins takes about a kilobyte.

mod contributions;
mod heat_map;
mod histogram;
mod markup;
mod ring;
mod score_table;
mod sparkline;
mod stacked_bar;
mod value_bars;

pub use contributions::{Contribution, contributions};
pub use heat_map::{HeatMap, heat_map};
pub use histogram::{Histogram, Part, Spread, histogram, histogram_with_box, strip};
pub use ring::score_ring;
pub use score_table::{Meter, meters};
pub use sparkline::sparkline;
pub use stacked_bar::{Segment, stacked_bar};
pub use value_bars::{ValueBar, share_bars, value_bars};

#[cfg(test)]
mod tests;
