//! Booking: placed, moved, called off, carried out, or run out of time.

pub mod cancel;
pub mod expire;
pub mod extend;
pub mod place;
pub mod progress;
pub mod reassign;
pub mod reschedule;
pub mod walk_in;
