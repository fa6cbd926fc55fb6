//! A lock that is being changed: the newest key shuts it, and for a while the ones before still open.

/// The keys of one kind that are in use, of which there is always one.
pub(crate) struct Ring<T> {
    /// Makes everything new.
    pub(crate) newest: T,
    /// Still takes what was made with it.
    pub(crate) older: Vec<T>,
}

impl<T> Ring<T> {
    /// The same kind of key cut from another material.
    pub(crate) fn map<U>(&self, cut: impl Fn(&T) -> U) -> Ring<U> {
        Ring { newest: cut(&self.newest), older: self.older.iter().map(cut).collect() }
    }

    /// Every key, the newest first.
    pub(crate) fn all(&self) -> impl Iterator<Item = &T> {
        std::iter::once(&self.newest).chain(&self.older)
    }
}
