//! Which status a "no" of logging in by password gets.

use actix_web::http::StatusCode as S;
use application::account::authenticator::AuthenticatorError;
use application::account::change_password::ChangeError;
use application::account::prove::ProveError;
use application::account::register_vendor::{ConfirmEmailError, RegisterError};
use application::account::reset_password::{ForgotError, ResetError};
use chrono::TimeDelta;
use identity::PasswordRefusal;
use ports::HashError;

use super::super::problem::Problem;

impl From<HashError> for Problem {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Busy { again_in } => {
                tracing::warn!("too many passwords wait to be checked");
                Self::unavailable().retry_after(again_in)
            }
            HashError::Broken(_) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a password");
                Self::internal()
            }
        }
    }
}

fn too_often(detail: String, again_in: TimeDelta) -> Problem {
    Problem::new(S::TOO_MANY_REQUESTS, "too_many_requests", detail).retry_after(again_in)
}

/// A password that cannot be chosen, in this field.
fn unfit(field: &str, refusal: PasswordRefusal) -> Problem {
    let code = match refusal {
        PasswordRefusal::TooShort { .. } => "too_short",
        PasswordRefusal::TooLong => "too_long",
        PasswordRefusal::Common => "common_password",
        PasswordRefusal::Own => "own_name",
    };
    Problem::field(field, code, refusal.to_string())
}

impl From<ProveError> for Problem {
    fn from(error: ProveError) -> Self {
        let refused = |code| Self::new(S::UNAUTHORIZED, code, error.to_string());
        match error {
            ProveError::Wrong => refused("credentials_invalid"),
            ProveError::SecondFactorRequired => refused("second_factor_required"),
            ProveError::SecondFactorWrong => refused("second_factor_invalid"),
            ProveError::TooOften { again_in } => too_often(error.to_string(), again_in),
            ProveError::Hash(error) => error.into(),
            ProveError::Store(error) => error.into(),
        }
    }
}

/// The same from somebody who is logged in: a 401 would have the client log in anew.
fn within_session(error: ProveError, field: &str) -> Problem {
    match error {
        ProveError::Wrong => Problem::field(field, "wrong", "is not your password"),
        ProveError::SecondFactorRequired => {
            Problem::field("/totp", "second_factor_required", error.to_string())
        }
        ProveError::SecondFactorWrong => {
            Problem::field("/totp", "second_factor_invalid", error.to_string())
        }
        ProveError::TooOften { .. } | ProveError::Hash(_) | ProveError::Store(_) => error.into(),
    }
}

impl From<RegisterError> for Problem {
    fn from(error: RegisterError) -> Self {
        match error {
            RegisterError::Password(refusal) => unfit("/password", refusal),
            RegisterError::TooOften { again_in } => too_often(error.to_string(), again_in),
            RegisterError::Hash(error) => error.into(),
            RegisterError::Store(error) => error.into(),
        }
    }
}

impl From<ConfirmEmailError> for Problem {
    fn from(error: ConfirmEmailError) -> Self {
        match error {
            ConfirmEmailError::Invalid => Self::field("/token", "link_invalid", error.to_string()),
            ConfirmEmailError::Proof(error) => error.into(),
        }
    }
}

impl From<ForgotError> for Problem {
    fn from(error: ForgotError) -> Self {
        match error {
            ForgotError::TooOften { again_in } => too_often(error.to_string(), again_in),
            ForgotError::Store(error) => error.into(),
        }
    }
}

impl From<ResetError> for Problem {
    fn from(error: ResetError) -> Self {
        match error {
            ResetError::Invalid => Self::field("/token", "link_invalid", error.to_string()),
            ResetError::Password(refusal) => unfit("/password", refusal),
            ResetError::Hash(error) => error.into(),
            ResetError::Store(error) => error.into(),
        }
    }
}

impl From<ChangeError> for Problem {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::NoPassword => Self::new(S::CONFLICT, "no_password", error.to_string()),
            ChangeError::Password(refusal) => unfit("/new_password", refusal),
            ChangeError::Proof(error) => within_session(error, "/current_password"),
        }
    }
}

impl From<AuthenticatorError> for Problem {
    fn from(error: AuthenticatorError) -> Self {
        let conflict = |code| Self::new(S::CONFLICT, code, error.to_string());
        match error {
            AuthenticatorError::NoPassword => conflict("no_password"),
            AuthenticatorError::Enrolled => conflict("already_enrolled"),
            AuthenticatorError::NotEnrolled => conflict("not_enrolled"),
            AuthenticatorError::WrongCode => Self::field("/totp", "wrong", error.to_string()),
            AuthenticatorError::Password(refusal) => unfit("/password", refusal),
            AuthenticatorError::Proof(error) => within_session(error, "/password"),
        }
    }
}
