//! Logging in by e-mail and password, and what stands beside it.

use serde::Serialize;
use utoipa::ToSchema;

/// Register as a vendor.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterVendor {
    /// Your name, 1 to 100 characters.
    #[schema(example = "Asha Rao")]
    pub name: String,
    /// The address you will log in with.
    #[schema(example = "asha@example.in")]
    pub email: String,
    /// An Indian mobile number in E.164.
    #[schema(example = "+919812345678", pattern = r"^\+91[6-9][0-9]{9}$")]
    pub phone: String,
    /// 15 to 128 characters of any kind, and none that many people choose.
    pub password: String,
    /// How the business is called, 1 to 100 characters.
    #[schema(example = "Asha's Salon")]
    pub business_name: String,
}

/// Log in by e-mail and password.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LogInWithPassword {
    /// Your address.
    #[schema(example = "asha@example.in")]
    pub email: String,
    /// Your password.
    pub password: String,
    /// The six digits of your authenticator, if you have one.
    #[schema(example = "123456", pattern = "^[0-9]{6}$")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub totp: Option<String>,
    /// One of your recovery codes, in its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_code: Option<String>,
    /// A native app gets the refresh token in the body instead of a cookie.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_in_body: Option<bool>,
}

/// Ask for a link that lets you choose another password.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ForgotPassword {
    /// Your address.
    #[schema(example = "asha@example.in")]
    pub email: String,
}

/// Choose another password by a link.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetPassword {
    /// What the link carries behind its `#`.
    pub token: String,
    /// 15 to 128 characters of any kind (8 where there is an authenticator), and none that many
    /// people choose.
    pub password: String,
}

/// Confirm an address by a link.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyEmail {
    /// What the link carries behind its `#`.
    pub token: String,
    /// The password that was chosen when registering.
    pub password: String,
}

/// Choose another password.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    /// The present password.
    pub current_password: String,
    /// The new one: 15 to 128 characters of any kind (8 where there is an authenticator), and none
    /// that many people choose.
    pub new_password: String,
}

/// Add an authenticator.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnrolTotp {
    /// Your password.
    pub password: String,
}

/// An authenticator that waits to be confirmed.
#[derive(Debug, Serialize, ToSchema)]
pub struct TotpEnrolled {
    /// The secret in base32, to be typed.
    #[schema(example = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")]
    pub secret: String,
    /// The same as a QR code shows it.
    pub key_uri: String,
}

/// Confirm an authenticator.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmTotp {
    /// The six digits that it shows.
    #[schema(example = "123456", pattern = "^[0-9]{6}$")]
    pub totp: String,
}

/// Codes for when the authenticator is lost, each good once. They are shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecoveryCodes {
    /// Ten of them.
    pub recovery_codes: Vec<String>,
}

/// Take the authenticator away.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DisableTotp {
    /// Your password, which must be good enough to stand alone.
    pub password: String,
    /// The six digits of your authenticator; or else a recovery code.
    #[schema(example = "123456", pattern = "^[0-9]{6}$")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub totp: Option<String>,
    /// One of your recovery codes, in its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_code: Option<String>,
}
