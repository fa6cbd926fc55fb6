//! Several stretches of time in order: when a salon is open, when a stylist is free.

use std::ops::Deref;

use crate::window::Window;

/// Windows in order, disjoint, none touching the next: collecting joins what overlaps or touches.
///
/// The operations are linear in the number of windows; it reads like a slice of [`Window`].
///
/// ```
/// use indistylo_scheduling::{Minutes, Window, Windows};
///
/// let hour = |text: &str| -> Result<Window, Box<dyn std::error::Error>> {
///     Ok(Window::lasting(text.parse()?, Minutes::new(60))?)
/// };
/// let ten = hour("2026-05-04T10:00:00Z")?;
/// let eleven = hour("2026-05-04T11:00:00Z")?;
/// let half_past_ten = hour("2026-05-04T10:30:00Z")?;
///
/// let open: Windows = [eleven, ten].into_iter().collect();
/// assert_eq!(open.as_slice().len(), 1, "touching windows are one");
/// assert!(open.cover(half_past_ten));
/// let left = open.minus(&[half_past_ten].into_iter().collect());
/// assert_eq!(left.len(), 2);
/// assert_eq!(left.intersect(&open), left);
/// assert_eq!(open.minus(&open), Windows::NONE);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Windows(Vec<Window>);

impl Windows {
    /// No time at all.
    pub const NONE: Self = Self(Vec::new());

    /// The windows, in order.
    pub fn as_slice(&self) -> &[Window] {
        &self.0
    }

    /// Whether all of `window` lies inside one of these. A binary search.
    pub fn cover(&self, window: Window) -> bool {
        let after = self.0.partition_point(|mine| mine.start_micros() <= window.start_micros());
        self.0[..after].last().is_some_and(|mine| mine.covers(window))
    }

    /// The time that is in both.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Self {
        let (mut mine, mut theirs) = (self.0.as_slice(), other.0.as_slice());
        let mut shared = Vec::new();
        while let ([a, rest_of_mine @ ..], [b, rest_of_theirs @ ..]) = (mine, theirs) {
            shared.extend(a.intersection(*b));
            if a.end_micros() <= b.end_micros() {
                mine = rest_of_mine;
            } else {
                theirs = rest_of_theirs;
            }
        }
        Self(shared)
    }

    /// The time that is in these and not in `other`.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        let mut cuts = other.0.as_slice();
        let mut left = Vec::with_capacity(self.0.len());
        for window in &self.0 {
            let mut from = window.start_micros();
            while let [cut, later_cuts @ ..] = cuts {
                if cut.start_micros() >= window.end_micros() {
                    break;
                }
                left.extend(Window::of_micros(from, cut.start_micros()));
                from = from.max(cut.end_micros());
                if cut.end_micros() > window.end_micros() {
                    break; // it may reach into the next window too
                }
                cuts = later_cuts;
            }
            left.extend(Window::of_micros(from, window.end_micros()));
        }
        Self(left)
    }
}

impl FromIterator<Window> for Windows {
    fn from_iter<I: IntoIterator<Item = Window>>(windows: I) -> Self {
        let mut windows: Vec<Window> = windows.into_iter().collect();
        windows.sort_unstable();
        windows.dedup_by(|next, last| {
            let joins = next.start_micros() <= last.end_micros();
            if joins {
                *last = last.hull(*next);
            }
            joins
        });
        Self(windows)
    }
}

impl Deref for Windows {
    type Target = [Window];

    fn deref(&self) -> &[Window] {
        &self.0
    }
}

impl<'a> IntoIterator for &'a Windows {
    type Item = &'a Window;
    type IntoIter = std::slice::Iter<'a, Window>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl IntoIterator for Windows {
    type Item = Window;
    type IntoIter = std::vec::IntoIter<Window>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use proptest::prelude::*;

    fn windows(pairs: &[(i64, i64)]) -> Windows {
        let at = |minute: i64| DateTime::from_timestamp(minute * 60, 0).expect("in range");
        pairs.iter().filter_map(|(start, end)| Window::new(at(*start), at(*end)).ok()).collect()
    }

    #[test]
    fn collecting_sorts_and_joins_what_overlaps_or_touches() {
        assert_eq!(windows(&[(30, 40), (0, 10), (10, 20), (5, 12)]), windows(&[(0, 20), (30, 40)]));
        assert_eq!(windows(&[(0, 90), (10, 20), (80, 95)]), windows(&[(0, 95)]));
    }

    #[test]
    fn one_cut_may_go_through_several_windows() {
        let left = windows(&[(0, 10), (20, 30), (40, 50)]).minus(&windows(&[(5, 45)]));
        assert_eq!(left, windows(&[(0, 5), (45, 50)]));
    }

    #[test]
    fn a_window_is_covered_by_one_of_several_or_not_at_all() {
        let [inside, across] = [[(12, 20)], [(5, 15)]].map(|pair| windows(&pair)[0]);
        assert!(windows(&[(0, 10), (11, 20)]).cover(inside));
        assert!(!windows(&[(0, 10), (11, 20)]).cover(across));
        assert!(!Windows::NONE.cover(across));
    }

    fn drawn() -> impl Strategy<Value = Vec<(i64, i64)>> {
        let pair = (0i64..100, 0i64..20).prop_map(|(start, length)| (start, start + length));
        prop::collection::vec(pair, 0..12)
    }

    fn has(pairs: &[(i64, i64)], minute: i64) -> bool {
        pairs.iter().any(|(start, end)| *start <= minute && minute < *end)
    }

    proptest! {
        #[test]
        fn minute_for_minute_the_operations_mean_what_they_say(a in drawn(), b in drawn()) {
            let (shared, left) = (
                windows(&a).intersect(&windows(&b)),
                windows(&a).minus(&windows(&b)),
            );
            for result in [&shared, &left] {
                let in_order = |pair: &[Window]| pair[0].end() < pair[1].start();
                prop_assert!(result.as_slice().windows(2).all(in_order), "{:?}", result);
            }
            for minute in 0..130 {
                let at = DateTime::from_timestamp(minute * 60, 0).expect("in range");
                let among = |list: &Windows| list.iter().any(|window| window.contains(at));
                prop_assert_eq!(among(&windows(&a)), has(&a, minute));
                prop_assert_eq!(among(&shared), has(&a, minute) && has(&b, minute));
                prop_assert_eq!(among(&left), has(&a, minute) && !has(&b, minute));
            }
        }
    }
}
