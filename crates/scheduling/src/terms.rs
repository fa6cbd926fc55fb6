//! On which terms a booking was made: until when it is called off for nothing, and what is kept
//! of its price later, or if nobody comes.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::{Money, Rate, Rounding};

use crate::booking::Party;
use crate::minutes::Minutes;
use crate::policy::LEAST_REFUND_PAISE;

/// What a booking was agreed on besides its lines. It keeps them, whatever the salon changes later.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Terms {
    /// What it costs to call it off.
    #[cfg_attr(feature = "serde", serde(default))]
    pub cancellation: CancellationPolicy,
    /// At which rate of tax its prices include tax; none, if the salon pays none.
    #[cfg_attr(feature = "serde", serde(default))]
    pub tax: Option<Rate>,
}

/// What a salon keeps of a price when its customer calls off late or does not come.
///
/// Without one a booking is called off for nothing until it begins, and who does not come gets
/// nothing back.
///
/// ```
/// use indistylo_scheduling::{CancellationPolicy, Minutes, Party, Shares};
/// use kernel::{Money, Rate};
///
/// let policy = CancellationPolicy {
///     free_until: Minutes::new(24 * 60),
///     late_fee: "0.50".parse()?,
///     no_show_fee: Rate::ALL,
/// };
/// let (price, start) = (Money::inr(49_901), "2026-05-05T05:30:00Z".parse()?);
/// let late = policy.called_off(price, start, Party::Customer, "2026-05-04T05:30:00Z".parse()?);
/// assert_eq!(late, Shares { kept: Money::inr(24_951), refunded: Money::inr(24_950) });
/// let by_salon = policy.called_off(price, start, Party::Salon, "2026-05-05T05:29:00Z".parse()?);
/// assert_eq!(by_salon.refunded, price);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CancellationPolicy {
    /// Until so long before it begins it is called off for nothing; that instant is late already.
    #[cfg_attr(feature = "serde", serde(rename = "free_until_minutes"))]
    pub free_until: Minutes,
    /// What is kept of the price when the customer calls off later.
    pub late_fee: Rate,
    /// What is kept of it when the customer never comes.
    pub no_show_fee: Rate,
}

impl Default for CancellationPolicy {
    fn default() -> Self {
        Self { free_until: Minutes::ZERO, late_fee: Rate::NONE, no_show_fee: Rate::ALL }
    }
}

/// What of a price is kept, and what goes back: together the price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shares {
    /// What the salon keeps.
    pub kept: Money,
    /// What the customer gets back.
    pub refunded: Money,
}

impl CancellationPolicy {
    /// What happens to the price of what begins then and is called off now. If the salon does so,
    /// everything goes back.
    pub fn called_off(
        self,
        price: Money,
        start: DateTime<Utc>,
        by: Party,
        now: DateTime<Utc>,
    ) -> Shares {
        let before = TimeDelta::minutes(self.free_until.count().into());
        let is_late = start.signed_duration_since(now) <= before;
        match by {
            Party::Customer if is_late => Shares::of(price, self.late_fee),
            Party::Customer | Party::Salon => Shares::of(price, Rate::NONE),
        }
    }

    /// What happens to the price of what nobody came for.
    pub fn no_show(self, price: Money) -> Shares {
        Shares::of(price, self.no_show_fee)
    }
}

impl Shares {
    /// Of what was not paid.
    pub const NOTHING: Self = Self { kept: Money::inr(0), refunded: Money::inr(0) };

    /// The fee is rounded half up to the paisa. Where less would go back than can be given, as much
    /// goes back as can, and the fee is less.
    fn of(price: Money, fee: Rate) -> Self {
        let whole = price.minor_units();
        // A share of an amount that fits fits too.
        let fee = fee.of(price, Rounding::HalfUp).map_or(0, Money::minor_units);
        let refunded = match whole - fee {
            0 => 0,
            rest => rest.max(LEAST_REFUND_PAISE).min(whole),
        };
        let money = |paise| Money::new(paise, price.currency());
        Self { kept: money(whole - refunded), refunded: money(refunded) }
    }
}
