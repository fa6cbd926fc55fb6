//! Who someone is: the phone or the e-mail address that names them, the code or the password that
//! proves it, the session it opens and the salons they belong to.
//!
//! The rules only: hashing, storing and sending are done at the edge. Now is passed in.

pub mod act;
pub mod address;
pub mod backoff;
pub mod challenge;
pub mod code;
pub mod consent;
pub mod device;
pub mod document;
pub mod email;
pub mod erasure;
pub mod language;
pub mod limits;
pub mod mail;
pub mod member;
pub mod password;
pub mod phone;
pub mod place;
pub mod policy;
pub mod session;
pub mod text;
pub mod totp;
pub mod vendor;
mod words;

pub use act::{Act, Door};
pub use address::{Address, PinCode, PinCodeError, State};
pub use backoff::{Backoff, Pauses};
pub use challenge::{Challenge, CodeRefusal};
pub use code::{CodePolicy, CodePolicyError, CodePurpose};
pub use consent::{Consent, ConsentPurpose, NoticeVersion, NoticeVersionError};
pub use device::{Platform, PushBy, PushToken, PushTokenError};
pub use document::{Document, DocumentKind, Verdict};
pub use email::{Email, EmailError};
pub use erasure::{EraseRefusal, Ties};
pub use language::Language;
pub use limits::{Asker, CodeLimits};
pub use mail::MailLimits;
pub use member::{AdminRole, Role};
pub use password::{Password, PasswordRefusal};
pub use phone::{Phone, PhoneError};
pub use place::Place;
pub use session::{EndReason, Ended, Proof, Refreshed, Session, SessionRefusal, Standing};
pub use text::TextStatus;
pub use vendor::{Decided, Decision, Vendor, VendorProfile, VendorRefusal, VendorState};
pub use words::NoSuchWord;
