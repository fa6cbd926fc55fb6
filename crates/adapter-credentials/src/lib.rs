//! Makes and checks everything that a stranger must not be able to guess or forge.
//!
//! One master secret goes in; [`Keys`] derives from it a key for each purpose, so that nothing made
//! for one purpose is ever taken for another. It implements [`ports::Credentials`].
//!
//! - `access`: short-lived access tokens (JWT, RFC 9068, signed with Ed25519); `verified` remembers
//!   those that were looked at.
//! - `code`: one-time codes that are derived from their challenge, its phone and its purpose, and stored
//!   nowhere.
//! - `seal`: offers, cursors and refresh tokens that come back as they were handed out, or not at
//!   all.
//! - `authenticator`: secrets of authenticators, sealed for their owners (XChaCha20-Poly1305), and
//!   their codes (TOTP, RFC 6238).
//! - `hash`: passwords as they are kept (Argon2id, RFC 9106), a bounded number at a time.
//! - `signature`: checkpoints of the audit log that anybody can check.
//! - `ring`: the newest secret makes, the ones before still take.
//!
//! ```
//! use indistylo_adapter_credentials::Keys;
//! use ports::{Credentials, Purpose};
//!
//! let keys = Keys::new(b"a secret of at least thirty-two bytes")?;
//! let sealed = keys.seal(Purpose::Offer, b"haircut, 49900 paise");
//! assert_eq!(keys.open(Purpose::Offer, &sealed).as_deref(), Some(&b"haircut, 49900 paise"[..]));
//! assert_eq!(keys.open(Purpose::Cursor, &sealed), None);
//! # Ok::<(), indistylo_adapter_credentials::WeakSecret>(())
//! ```

mod access;
mod authenticator;
mod code;
mod hash;
mod keys;
mod random;
mod ring;
mod seal;
mod signature;
mod verified;

pub use authenticator::shown_by_app;
pub use hash::{Argon2Hasher, BadCost, Cost};
pub use keys::{Keys, MOST_SECRETS, WeakSecret};
pub use signature::{AuditSigner, BadSigner, RetiredSigner};
