//! Booking: placed, moved, called off, carried out, or run out of time.

pub mod cancel;
pub mod expire;
pub mod place;
pub mod progress;
pub mod reschedule;
