//! The front door: what is looked at before anybody asks what a caller wants.

mod headers;
mod names;
mod origins;
