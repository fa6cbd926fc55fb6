//! Money is counted in whole paise, so that no bill is ever off by a rounding error of a machine.

/// The currency of an amount (ISO 4217).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Currency {
    /// Indian rupee; its minor unit is the paisa, a hundredth.
    #[cfg_attr(feature = "serde", serde(rename = "INR"))]
    Inr,
}

impl Currency {
    /// The ISO 4217 code.
    ///
    /// ```
    /// assert_eq!(indistylo_kernel::Currency::Inr.code(), "INR");
    /// ```
    pub const fn code(self) -> &'static str {
        match self {
            Self::Inr => "INR",
        }
    }
}

/// An amount in whole minor units (paise) of a currency; it may be negative where it is owed.
///
/// On the wire: `{"amount": 149900, "currency": "INR"}`.
///
/// ```
/// use indistylo_kernel::Money;
/// let price = Money::inr(149_900);
/// assert_eq!(price.to_string(), "₹1,499.00");
/// assert_eq!(price.checked_add(Money::inr(100))?, Money::inr(150_000));
/// # Ok::<(), indistylo_kernel::MoneyError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Money {
    amount: i64,
    currency: Currency,
}

/// Why two amounts could not be put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The result does not fit 64 bits of paise.
    #[error("the amount is too large")]
    Overflow,
    /// The amounts are in different currencies.
    #[error("the currencies differ")]
    CurrencyMismatch,
}

impl Money {
    /// That many paise of Indian rupees.
    pub const fn inr(paise: i64) -> Self {
        Self { amount: paise, currency: Currency::Inr }
    }

    /// That many minor units of a currency.
    pub const fn new(minor_units: i64, currency: Currency) -> Self {
        Self { amount: minor_units, currency }
    }

    /// Whole minor units (paise).
    pub const fn minor_units(self) -> i64 {
        self.amount
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// The sum; refuses overflow and mixed currencies.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_add)
    }

    /// The difference; refuses overflow and mixed currencies.
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_sub)
    }

    fn combine(
        self,
        other: Self,
        operation: fn(i64, i64) -> Option<i64>,
    ) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::CurrencyMismatch);
        }
        let amount = operation(self.amount, other.amount).ok_or(MoneyError::Overflow)?;
        Ok(Self { amount, currency: self.currency })
    }
}

/// Rupees with Indian digit grouping (lakh, crore) and two places for the paise.
impl std::fmt::Display for Money {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.amount < 0 { "-" } else { "" };
        let (rupees, paise) = (self.amount.unsigned_abs() / 100, self.amount.unsigned_abs() % 100);
        let digits = rupees.to_string();
        let (head, tail) = digits.split_at(digits.len().saturating_sub(3));
        let mut grouped = String::with_capacity(digits.len() + 6);
        for (index, digit) in head.chars().enumerate() {
            grouped.push(digit);
            if (head.len() - index - 1).is_multiple_of(2) {
                grouped.push(',');
            }
        }
        match self.currency {
            Currency::Inr => write!(f, "{sign}₹{grouped}{tail}.{paise:02}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rupees_are_grouped_the_indian_way() {
        for (paise, text) in [
            (0, "₹0.00"),
            (5, "₹0.05"),
            (99_900, "₹999.00"),
            (100_000, "₹1,000.00"),
            (1_234_567_890, "₹1,23,45,678.90"),
            (-150, "-₹1.50"),
            (i64::MIN, "-₹92,23,37,20,36,85,47,758.08"),
        ] {
            assert_eq!(Money::inr(paise).to_string(), text);
        }
    }

    proptest! {
        #[test]
        fn adding_and_taking_away_is_nothing_or_refused(a: i64, b: i64) {
            let sum = Money::inr(a).checked_add(Money::inr(b));
            let back = sum.and_then(|sum| sum.checked_sub(Money::inr(b)));
            let expected = a.checked_add(b).map_or(Err(MoneyError::Overflow), |_| Ok(Money::inr(a)));
            prop_assert_eq!(back, expected);
        }
    }
}
