//! A rate such as 18 %: a decimal that only ever meets money together with a named rounding.

use std::str::FromStr;

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

use crate::money::{Money, MoneyError};

/// How a fraction of a paisa becomes whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// To the nearest paisa, halves away from zero: what section 170 of the CGST Act, 2017 does
    /// with rupees, done here a line at a time with paise.
    HalfUp,
    /// Towards zero: never more than was due.
    Down,
}

/// A share of an amount between 0 (nothing) and 1 (all of it), at most eight decimal places.
///
/// ```
/// use indistylo_kernel::{Money, Rate, Rounding};
/// let gst: Rate = "0.05".parse()?;
/// assert_eq!(gst.of(Money::inr(99_990), Rounding::HalfUp)?, Money::inr(5_000));
/// assert_eq!(gst.of(Money::inr(99_990), Rounding::Down)?, Money::inr(4_999));
/// assert!("1.01".parse::<Rate>().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "String", into = "String")
)]
pub struct Rate(Decimal);

/// The text or number is not a rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a decimal between \"0\" and \"1\" with at most eight places, such as \"0.18\"")]
pub struct RateError;

const MOST_PLACES: u32 = 8;

impl Rate {
    /// Nothing.
    pub const NONE: Self = Self(Decimal::ZERO);
    /// All of it.
    pub const ALL: Self = Self(Decimal::ONE);

    /// A rate from a decimal.
    pub fn new(share: Decimal) -> Result<Self, RateError> {
        let share = share.normalize();
        if share < Decimal::ZERO || share > Decimal::ONE || share.scale() > MOST_PLACES {
            return Err(RateError);
        }
        Ok(Self(share))
    }

    /// So many hundredths, all of it at most.
    ///
    /// ```
    /// use indistylo_kernel::Rate;
    /// assert_eq!(Some(Rate::percent(18)), "0.18".parse().ok());
    /// assert_eq!(Rate::percent(101), Rate::ALL);
    /// ```
    pub const fn percent(hundredths: u32) -> Self {
        if hundredths > 100 {
            Self::ALL
        } else {
            Self(Decimal::from_parts(hundredths, 0, 0, false, 2))
        }
    }

    /// What one of so many equal parts of an addition at this rate is in an amount that contains
    /// the whole of it, in whole paise by the rounding named: `amount × rate / (1 + rate) / parts`.
    ///
    /// ```
    /// use indistylo_kernel::{Money, Rate, Rounding};
    /// let half = Rate::percent(5).contained_in(Money::inr(10_500), 2, Rounding::HalfUp)?;
    /// assert_eq!(half, Money::inr(250));
    /// # Ok::<(), indistylo_kernel::MoneyError>(())
    /// ```
    pub fn contained_in(
        self,
        amount: Money,
        parts: u32,
        rounding: Rounding,
    ) -> Result<Money, MoneyError> {
        let exact = Decimal::from(amount.minor_units())
            .checked_mul(self.0)
            .and_then(|product| product.checked_div(Decimal::ONE + self.0))
            .and_then(|whole| whole.checked_div(Decimal::from(parts)));
        whole_paise(exact, amount, rounding)
    }

    /// This share of an amount, in whole paise by the rounding named.
    pub fn of(self, amount: Money, rounding: Rounding) -> Result<Money, MoneyError> {
        whole_paise(Decimal::from(amount.minor_units()).checked_mul(self.0), amount, rounding)
    }
}

/// An exact number of paise as money like this, by the rounding named.
fn whole_paise(
    exact: Option<Decimal>,
    like: Money,
    rounding: Rounding,
) -> Result<Money, MoneyError> {
    let strategy = match rounding {
        Rounding::HalfUp => RoundingStrategy::MidpointAwayFromZero,
        Rounding::Down => RoundingStrategy::ToZero,
    };
    exact
        .and_then(|exact| exact.round_dp_with_strategy(0, strategy).to_i64())
        .map(|paise| Money::new(paise, like.currency()))
        .ok_or(MoneyError::Overflow)
}

impl FromStr for Rate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Self, RateError> {
        Decimal::from_str_exact(text).map_err(|_| RateError).and_then(Self::new)
    }
}

impl TryFrom<String> for Rate {
    type Error = RateError;

    fn try_from(text: String) -> Result<Self, RateError> {
        text.parse()
    }
}

impl From<Rate> for String {
    fn from(rate: Rate) -> Self {
        rate.0.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_share_is_refused() {
        for bad in ["", "-0.01", "1.1", "0.123456789", "NaN", "1e-3", "５"] {
            assert_eq!(bad.parse::<Rate>(), Err(RateError), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn a_share_is_never_more_than_the_whole(paise: i64, millionths in 0u32..=1_000_000) {
            let rate = Rate::new(Decimal::new(i64::from(millionths), 6)).expect("within 0 and 1");
            for rounding in [Rounding::HalfUp, Rounding::Down] {
                let share = rate.of(Money::inr(paise), rounding).expect("fits").minor_units();
                prop_assert!(share.unsigned_abs() <= paise.unsigned_abs());
            }
        }
    }
}
