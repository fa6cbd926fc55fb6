//! What customers, salons and the gateway do, told as stories in a house that is all memory.

mod accounts;
mod auditing;
mod cancelling;
mod counter;
mod finding;
mod full_days;
mod gateway_trouble;
mod home_visits;
mod house;
mod leaving;
mod letters;
mod overrunning;
mod passwords;
mod paying;
mod placing;
mod rescheduling;
mod sessions;
mod set_up;
mod visiting;
mod waiting;
mod watching;
