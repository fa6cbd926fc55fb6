//! The papers: an order, a payment and a refund, exactly as Razorpay writes them.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::shelf::Filed;

/// Free notes on a paper. Razorpay writes none as `[]` and some as `{…}`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Notes(pub(crate) Map<String, Value>);

impl Serialize for Notes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_empty() {
            return serializer.collect_seq(std::iter::empty::<()>());
        }
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Notes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Value::deserialize(deserializer)? {
            Value::Object(map) => Self(map),
            _ => Self::default(),
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum OrderStatus {
    Created,
    Attempted,
    Paid,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) id: String,
    pub(crate) entity: String,
    pub(crate) amount: i64,
    pub(crate) amount_paid: i64,
    pub(crate) amount_due: i64,
    pub(crate) currency: String,
    pub(crate) receipt: Option<String>,
    pub(crate) offer_id: Option<String>,
    pub(crate) status: OrderStatus,
    pub(crate) attempts: u32,
    pub(crate) notes: Notes,
    pub(crate) created_at: i64,
}

/// Where a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PaymentStatus {
    /// The bank has set the money aside; the merchant has not taken it yet.
    Authorized,
    /// The merchant has taken the money.
    Captured,
    /// All of it went back.
    Refunded,
    /// The bank said no, or said nothing in time: a late yes may still follow.
    Failed,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Payment {
    pub(crate) id: String,
    pub(crate) entity: String,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) status: PaymentStatus,
    pub(crate) order_id: String,
    pub(crate) invoice_id: Option<String>,
    pub(crate) international: bool,
    pub(crate) method: String,
    pub(crate) amount_refunded: i64,
    pub(crate) refund_status: Option<String>,
    pub(crate) captured: bool,
    pub(crate) description: Option<String>,
    pub(crate) card_id: Option<String>,
    pub(crate) bank: Option<String>,
    pub(crate) wallet: Option<String>,
    pub(crate) vpa: String,
    pub(crate) email: String,
    pub(crate) contact: String,
    pub(crate) notes: Notes,
    pub(crate) fee: Option<i64>,
    pub(crate) tax: Option<i64>,
    #[serde(flatten)]
    pub(crate) error: PaymentError,
    pub(crate) acquirer_data: AcquirerData,
    pub(crate) created_at: i64,
}

/// Why a payment failed; all empty when it did not.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct PaymentError {
    #[serde(rename = "error_code")]
    pub(crate) code: Option<String>,
    #[serde(rename = "error_description")]
    pub(crate) description: Option<String>,
    #[serde(rename = "error_source")]
    pub(crate) source: Option<String>,
    #[serde(rename = "error_step")]
    pub(crate) step: Option<String>,
    #[serde(rename = "error_reason")]
    pub(crate) reason: Option<String>,
}

impl PaymentError {
    pub(crate) fn new(description: &str, source: &str, reason: &str) -> Self {
        Self {
            code: Some("BAD_REQUEST_ERROR".into()),
            description: Some(description.into()),
            source: Some(source.into()),
            step: Some("payment_authorization".into()),
            reason: Some(reason.into()),
        }
    }
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct AcquirerData {
    pub(crate) rrn: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RefundStatus {
    Pending,
    Processed,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Refund {
    pub(crate) id: String,
    pub(crate) entity: String,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) payment_id: String,
    pub(crate) notes: Notes,
    pub(crate) receipt: Option<String>,
    pub(crate) acquirer_data: RefundReference,
    pub(crate) created_at: i64,
    pub(crate) batch_id: Option<String>,
    pub(crate) status: RefundStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) speed_requested: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) speed_processed: Option<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct RefundReference {
    pub(crate) arn: Option<String>,
}

impl Filed for Refund {
    fn id(&self) -> &str {
        &self.id
    }
}
