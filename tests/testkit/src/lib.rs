//! What tests share: builders, fakes, private homes.
