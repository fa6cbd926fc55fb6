//! Who someone is: the phone that names them, the code that proves it, the session it opens and
//! the salons they belong to.
//!
//! The rules only: hashing, storing and sending are done at the edge. Now is passed in.

pub mod act;
pub mod challenge;
pub mod code;
pub mod limits;
pub mod member;
pub mod phone;
pub mod policy;
pub mod session;
pub mod text;
pub mod vendor;

pub use act::{Act, Door};
pub use challenge::{Challenge, CodeRefusal};
pub use code::{CodePolicy, CodePolicyError, CodePurpose};
pub use limits::{Asker, CodeLimits};
pub use member::{AdminRole, Role};
pub use phone::{Phone, PhoneError};
pub use session::{EndReason, Ended, Refreshed, Session, SessionRefusal, Standing};
pub use text::TextStatus;
pub use vendor::{Document, DocumentKind, Vendor, VendorRefusal, VendorState, Verdict};
