//! The house as its customers, its salons and the payment company meet it: over HTTP, with a real
//! database behind it.

mod auditing;
mod authority;
mod binary;
mod cancelling;
mod codes;
mod contract;
mod document;
mod door;
mod find;
mod forgeries;
mod homes;
mod hostile;
mod idempotency;
mod killed;
mod limits;
mod listed;
mod logged;
mod ops;
mod passwords;
mod profile;
mod race;
mod rotation;
mod sessions;
mod story;
mod support;
mod tampering;
mod tax;
mod texts;
mod trouble;
mod vendor;
mod visits;
mod weather;
mod webhooks;
mod work;
