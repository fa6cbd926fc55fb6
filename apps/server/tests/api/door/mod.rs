//! The front door: what is looked at before anybody asks what a caller wants.

pub(crate) mod headers;
mod limits;
mod names;
mod origins;
