//! Paying: an order is asked for, the gateway's news is heard, money that came too late goes back.

pub mod confirm;
pub mod create;
pub mod follow_up;
pub mod refund;
pub mod settle;
pub mod webhook;
