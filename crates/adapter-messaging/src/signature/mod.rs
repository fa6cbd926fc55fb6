//! Tells a provider's word from a stranger's: who signed this, and is it unchanged?
//!
//! Nothing here reads a clock or remembers anything: whether a genuine message is too old, or came
//! before, is for who receives it to say. An empty secret vouches for nothing.

pub mod sendgrid;
pub mod twilio;
