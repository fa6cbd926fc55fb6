//! What every test of the house needs: a house of its own, people, a salon, and a way to ask.

mod call;
mod money;
mod people;
mod process;
mod raw;
mod salon;
mod server;
mod wait;

pub(crate) use call::{Answer, Call, pointers, seen, text};
pub(crate) use people::Person;
pub(crate) use process::{Process, SECRET};
pub(crate) use raw::RawAnswer;
pub(crate) use salon::{ADDRESS, Salon, Slot, every_day, near_by};
pub(crate) use server::{TestServer, fresh_name, now};
pub(crate) use wait::until;
