//! Every operation of the API's own document keeps to the same rules of conversation.

mod bodies;
mod fields;
mod names;
mod operations;
mod samples;
mod schema;

pub(crate) use operations::{Operation, all};
pub(crate) use samples::{NOTHING, World};
