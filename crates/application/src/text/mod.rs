//! Texts to phones, after they were handed over.

mod hear;

pub use hear::{HearError, hear};
