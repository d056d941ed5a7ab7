//! What lies within columns of JSON text: the kinds of all values, by path, found while a snapshot is
//! written and kept in its footer; and the reading of the values by them.

mod kinds;
mod layout;
#[cfg(test)]
mod tests;
mod text;

#[cfg(test)]
pub(crate) use kinds::KindTree;
pub(crate) use kinds::read_kinds;
pub(super) use kinds::{NestedKinds, write_kinds};
pub(crate) use layout::TextLayout;
