//! The salon's side of the counter: setting up, hours, and the day's diary.

mod caps;
mod counter;
mod diary;
mod editing;
mod gaps;
mod hours;
mod resources;
mod roles;
