//! The bounds of paying, each with its reason.

use chrono::TimeDelta;

/// While an order is being asked of the gateway, a second request for the same payment is told to
/// wait that long; afterwards it may ask again (the gateway's own deadline is eight seconds).
pub const ORDER_PATIENCE: TimeDelta = TimeDelta::seconds(15);
/// When a payment that never came is looked for again: a bank may authorise up to three days late
/// (Razorpay, late authorisation), and a webhook may be lost.
pub const FOLLOW_UPS: [TimeDelta; 4] =
    [TimeDelta::minutes(15), TimeDelta::hours(1), TimeDelta::hours(24), TimeDelta::hours(73)];
/// The gateway takes no order below one rupee (Razorpay, orders: minimum 100 paise).
pub const LEAST_ORDER_PAISE: i64 = 100;
