//! Dice that fall the same way every time for the same seed.

/// A pseudo-random sequence (xorshift64, Marsaglia 2003).
pub(crate) struct Dice(u64);

impl Dice {
    /// Dice for a seed; seeds near each other give sequences far apart.
    pub(crate) fn new(seed: u64) -> Self {
        Self((seed.wrapping_add(1)).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn roll(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Dice of their own for someone else.
    pub(crate) fn fork(&mut self) -> Self {
        Self::new(self.roll())
    }

    /// A number from 0 to one less than `end`.
    pub(crate) fn below(&mut self, end: u32) -> u32 {
        u32::try_from((self.roll() >> 32) % u64::from(end.max(1))).unwrap_or(0)
    }

    /// The same, for lengths of time.
    pub(crate) fn below_i64(&mut self, end: u32) -> i64 {
        i64::from(self.below(end))
    }

    /// One of them, if there is any.
    pub(crate) fn one_of<T: Clone>(&mut self, all: &[T]) -> Option<T> {
        let count = u32::try_from(all.len()).unwrap_or(u32::MAX);
        all.get(usize::try_from(self.below(count)).unwrap_or(0)).cloned()
    }

    /// One of the last ten, mostly: what is new is what people deal with.
    pub(crate) fn a_late_one_of<T: Clone>(&mut self, all: &[T]) -> Option<T> {
        let from = if self.once_in(4) { 0 } else { all.len().saturating_sub(10) };
        self.one_of(&all[from..])
    }

    /// True once in so many times.
    pub(crate) fn once_in(&mut self, times: u32) -> bool {
        self.below(times) == 0
    }
}
