//! A bit for each minute of a stretch of time.

/// Minutes that are in a set, counted from the beginning of a stretch. Ranges reach from a minute
/// up to another, which is not in them; what lies outside the stretch is cut off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bits {
    words: Vec<u64>,
    len: usize,
}

impl Bits {
    /// No minute of a stretch of so many.
    pub(crate) fn none(len: usize) -> Self {
        Self { words: vec![0; len.div_ceil(64)], len }
    }

    /// Every minute of a stretch of so many.
    pub(crate) fn all(len: usize) -> Self {
        let mut all = Self { words: vec![u64::MAX; len.div_ceil(64)], len };
        all.trim();
        all
    }

    /// How many minutes the stretch has.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn set(&mut self, from: i64, until: i64) {
        self.each_word(from, until, |word, mask| *word |= mask);
    }

    pub(crate) fn clear(&mut self, from: i64, until: i64) {
        self.each_word(from, until, |word, mask| *word &= !mask);
    }

    pub(crate) fn has(&self, minute: usize) -> bool {
        self.words.get(minute / 64).is_some_and(|word| word >> (minute % 64) & 1 == 1)
    }

    /// Keeps what is in both.
    pub(crate) fn and(&mut self, other: &Self) {
        for (mine, theirs) in self.words.iter_mut().zip(&other.words) {
            *mine &= theirs;
        }
    }

    /// Adds what is in the other.
    pub(crate) fn or(&mut self, other: &Self) {
        for (mine, theirs) in self.words.iter_mut().zip(&other.words) {
            *mine |= theirs;
        }
    }

    /// Adds the minutes that are in `first` and, so many minutes later, in `then`, if anything
    /// follows.
    pub(crate) fn or_then(&mut self, first: &Self, then: Option<&Self>, later: usize) {
        let Some(then) = then else { return self.or(first) };
        let (skip, shift) = (later / 64, later % 64);
        let then = then.words.get(skip..).unwrap_or_default();
        for (number, (mine, first)) in self.words.iter_mut().zip(&first.words).enumerate() {
            let low = then.get(number).copied().unwrap_or(0) >> shift;
            let high = match shift {
                0 => 0,
                _ => then.get(number + 1).copied().unwrap_or(0) << (64 - shift),
            };
            *mine |= first & (low | high);
        }
    }

    /// The longest ranges that are in the set, in order.
    pub(crate) fn ranges(&self) -> Ranges<'_> {
        Ranges { bits: self, at: 0, flip: 0 }
    }

    /// The longest ranges that are not in the set, in order.
    pub(crate) fn gaps(&self) -> Ranges<'_> {
        Ranges { bits: self, at: 0, flip: u64::MAX }
    }

    fn each_word(&mut self, from: i64, until: i64, mut change: impl FnMut(&mut u64, u64)) {
        let len = i64::try_from(self.len).unwrap_or(i64::MAX);
        let (from, until) = (from.clamp(0, len), until.clamp(0, len));
        let (Ok(from), Ok(last)) = (usize::try_from(from), usize::try_from(until - 1)) else {
            return;
        };
        if from > last {
            return;
        }
        let (head, tail) = (u64::MAX << (from % 64), u64::MAX >> (63 - last % 64));
        match self.words.get_mut(from / 64..=last / 64).unwrap_or_default() {
            [] => {}
            [word] => change(word, head & tail),
            [first, between @ .., last] => {
                change(first, head);
                for word in between {
                    change(word, u64::MAX);
                }
                change(last, tail);
            }
        }
    }

    /// Minutes past the end are in no set.
    fn trim(&mut self) {
        if let (Some(last), rest @ 1..) = (self.words.last_mut(), self.len % 64) {
            *last &= (1 << rest) - 1;
        }
    }
}

/// The ranges of a set or its gaps; see [`Bits::ranges`].
pub(crate) struct Ranges<'a> {
    bits: &'a Bits,
    at: usize,
    flip: u64,
}

impl Ranges<'_> {
    /// The first minute from here on whose bit is one, flipped as given.
    fn next_one(&self, flip: u64) -> usize {
        let mut number = self.at / 64;
        let mut skip = u64::MAX << (self.at % 64);
        while let Some(word) = self.bits.words.get(number) {
            let ones = (word ^ flip) & skip;
            if ones != 0 {
                let minute = number * 64 + ones.trailing_zeros() as usize;
                return minute.min(self.bits.len);
            }
            skip = u64::MAX;
            number += 1;
        }
        self.bits.len
    }
}

impl Iterator for Ranges<'_> {
    /// From a minute up to another, which is not in the range.
    type Item = (i64, i64);

    fn next(&mut self) -> Option<(i64, i64)> {
        let from = self.next_one(self.flip);
        if from >= self.bits.len {
            return None;
        }
        self.at = from;
        let until = self.next_one(!self.flip);
        self.at = until;
        Some((i64::try_from(from).ok()?, i64::try_from(until).ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LEN: usize = 300;

    fn drawn() -> impl Strategy<Value = Vec<(bool, i64, i64)>> {
        prop::collection::vec((any::<bool>(), -20i64..320, -20i64..320), 0..12)
    }

    /// What was drawn, in bits and, as a witness, one by one.
    fn made(changes: &[(bool, i64, i64)]) -> (Bits, Vec<bool>) {
        let (mut bits, mut witness) = (Bits::none(LEN), vec![false; LEN]);
        for (set, from, until) in changes {
            if *set {
                bits.set(*from, *until);
            } else {
                bits.clear(*from, *until);
            }
            for (minute, is_in) in (0..).zip(&mut witness) {
                if *from <= minute && minute < *until {
                    *is_in = *set;
                }
            }
        }
        (bits, witness)
    }

    fn listed(bits: &Bits) -> Vec<bool> {
        (0..LEN).map(|minute| bits.has(minute)).collect()
    }

    proptest! {
        #[test]
        fn minute_for_minute_a_set_is_what_was_put_into_it(
            a in drawn(), b in drawn(), later in 0usize..320,
        ) {
            let ((a, in_a), (b, in_b)) = (made(&a), made(&b));
            prop_assert_eq!(listed(&a), &in_a[..]);
            let (mut and, mut or, mut both) = (a.clone(), a.clone(), b.clone());
            and.and(&b);
            or.or(&b);
            both.or_then(&a, Some(&b), later);
            for minute in 0..LEN {
                prop_assert_eq!(and.has(minute), in_a[minute] && in_b[minute]);
                prop_assert_eq!(or.has(minute), in_a[minute] || in_b[minute]);
                let then = in_b.get(minute + later).copied().unwrap_or(false);
                prop_assert_eq!(both.has(minute), in_b[minute] || in_a[minute] && then);
            }
        }

        #[test]
        fn ranges_and_gaps_tell_the_set(changes in drawn()) {
            let (bits, witness) = made(&changes);
            let (mut ranges, mut gaps) = (Bits::none(LEN), Bits::all(LEN));
            for (from, until) in bits.ranges() {
                ranges.set(from, until);
            }
            for (from, until) in bits.gaps() {
                gaps.clear(from, until);
            }
            prop_assert_eq!(listed(&ranges), &witness[..]);
            prop_assert_eq!(listed(&gaps), &witness[..]);
            let of_set: Vec<_> = bits.ranges().collect();
            prop_assert!(of_set.windows(2).all(|pair| pair[0].1 < pair[1].0), "the longest");
        }
    }

    #[test]
    fn past_the_end_there_is_nothing() {
        assert!(Bits::all(65).has(64));
        assert!(!Bits::all(65).has(65));
        assert_eq!(Bits::all(65).gaps().count(), 0);
        assert_eq!(Bits::all(0).ranges().count(), 0);
    }
}
