//! What of a price is goods and services tax. Prices are what the customer pays, tax included.

use chrono::{Datelike, NaiveDate};
use kernel::{Money, MoneyError, Rate, Rounding};

/// Rates of beauty and physical well-being services (group 99972), central and state tax together,
/// and since when each holds: 18 % first, and 5 % without credit for what was bought since
/// 22 September 2025 (Notification 15/2025-Central Tax (Rate)).
const BEAUTY_RATES: [((i32, u32, u32), Rate); 2] =
    [((2017, 7, 1), Rate::percent(18)), ((2025, 9, 22), Rate::percent(5))];

/// The rate of tax on what salons do, on a date at the salon; none before there was the tax.
///
/// ```
/// use chrono::NaiveDate;
/// use indistylo_ledger::beauty_rate;
/// use kernel::Rate;
/// let on = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).map(beauty_rate);
/// assert_eq!(on(2025, 9, 21), Some(Rate::percent(18)));
/// assert_eq!(on(2025, 9, 22), Some(Rate::percent(5)));
/// assert_eq!(on(2017, 6, 30), Some(Rate::NONE));
/// ```
pub fn beauty_rate(on: NaiveDate) -> Rate {
    let on = (on.year(), on.month(), on.day());
    let in_force = BEAUTY_RATES.iter().rev().find(|(since, _)| *since <= on);
    in_force.map_or(Rate::NONE, |(_, rate)| *rate)
}

/// The tax that a price includes: the centre and the state get the same, to the paisa, and with
/// what is taxed it is the price.
///
/// A service is performed at the salon, in its state (IGST Act, 2017, section 12(4)), so there is
/// no tax between states. Each head is rounded half up to the paisa, a line at a time; the return
/// rounds to the rupee (CGST Act, 2017, section 170).
///
/// ```
/// use indistylo_ledger::Tax;
/// use kernel::{Money, Rate};
/// let tax = Tax::included_in(Money::inr(49_900), Rate::percent(5))?;
/// assert_eq!((tax.cgst, tax.sgst), (Money::inr(1_188), Money::inr(1_188)));
/// assert_eq!(tax.taxable, Money::inr(47_524));
/// let two = Tax::included_in_each([Money::inr(49_900), Money::inr(19_900)], Rate::percent(5))?;
/// assert_eq!(two.map(|tax| tax.cgst), Some(Money::inr(1_662)));
/// # Ok::<(), kernel::MoneyError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tax {
    /// Both heads together.
    pub rate: Rate,
    /// What is taxed.
    pub taxable: Money,
    /// What the centre gets.
    pub cgst: Money,
    /// What the state gets.
    pub sgst: Money,
}

impl Tax {
    /// The tax that one price includes.
    pub fn included_in(price: Money, rate: Rate) -> Result<Self, MoneyError> {
        let head = rate.contained_in(price, 2, Rounding::HalfUp)?;
        let taxable = price.checked_sub(head)?.checked_sub(head)?;
        Ok(Self { rate, taxable, cgst: head, sgst: head })
    }

    /// The tax that prices include, each by itself; none, if there is no price.
    pub fn included_in_each(
        prices: impl IntoIterator<Item = Money>,
        rate: Rate,
    ) -> Result<Option<Self>, MoneyError> {
        let mut whole: Option<Self> = None;
        for price in prices {
            let tax = Self::included_in(price, rate)?;
            whole = Some(match whole {
                None => tax,
                Some(before) => before.and(tax)?,
            });
        }
        Ok(whole)
    }

    fn and(self, other: Self) -> Result<Self, MoneyError> {
        Ok(Self {
            rate: self.rate,
            taxable: self.taxable.checked_add(other.taxable)?,
            cgst: self.cgst.checked_add(other.cgst)?,
            sgst: self.sgst.checked_add(other.sgst)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn heads_are_equal_and_nothing_is_lost(
            prices in prop::collection::vec(0i64..=100_000_000, 1..64),
            percent in 0u32..=28,
        ) {
            let rate = Rate::percent(percent);
            let money = prices.iter().map(|price| Money::inr(*price));
            let tax = Tax::included_in_each(money, rate).expect("it fits").expect("a price");
            let paise = [tax.taxable, tax.cgst, tax.sgst].map(Money::minor_units);
            prop_assert_eq!(paise[1], paise[2]);
            prop_assert_eq!(paise.iter().sum::<i64>(), prices.iter().sum::<i64>());
            // Each head is within half a paisa a line of what it would be exactly.
            let exact: i64 = prices.iter().map(|price| price * i64::from(percent)).sum();
            let off = paise[1] * 2 * (100 + i64::from(percent)) - exact;
            let most = i64::try_from(prices.len()).expect("few") * (100 + i64::from(percent));
            prop_assert!(off.abs() <= most, "{off} of {most}");
        }
    }

    #[test]
    fn halves_of_a_paisa_go_up() {
        // 21 paise at 5 % hold half a paisa for each head.
        let tax = Tax::included_in(Money::inr(21), Rate::percent(5)).expect("it fits");
        assert_eq!((tax.taxable, tax.cgst), (Money::inr(19), Money::inr(1)));
        let less = Tax::included_in(Money::inr(20), Rate::percent(5)).expect("it fits");
        assert_eq!((less.taxable, less.cgst), (Money::inr(20), Money::inr(0)));
    }
}
