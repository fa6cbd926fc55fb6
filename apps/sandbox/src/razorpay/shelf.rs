//! A shelf: things kept in the order they came, each found by its number.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

/// What can stand on a shelf.
pub(crate) trait Filed {
    fn id(&self) -> &str;
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(from = "Vec<T>", into = "Vec<T>")]
#[serde(bound(
    serialize = "T: Filed + Clone + Serialize",
    deserialize = "T: Filed + Deserialize<'de>"
))]
pub(crate) struct Shelf<T> {
    places: HashMap<String, u64>,
    items: BTreeMap<u64, T>,
    next: u64,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { places: HashMap::new(), items: BTreeMap::new(), next: 0 }
    }
}

impl<T: Filed> Shelf<T> {
    pub(crate) fn put(&mut self, item: T) {
        self.places.insert(item.id().to_owned(), self.next);
        self.items.insert(self.next, item);
        self.next += 1;
    }

    pub(crate) fn find(&self, id: &str) -> Option<&T> {
        self.items.get(self.places.get(id)?)
    }

    pub(crate) fn find_mut(&mut self, id: &str) -> Option<&mut T> {
        self.items.get_mut(self.places.get(id)?)
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<T> {
        self.items.remove(&self.places.remove(id)?)
    }

    /// Takes the oldest away if more than `most` stand here.
    pub(crate) fn make_room(&mut self, most: usize) -> Option<T> {
        if self.items.len() <= most {
            return None;
        }
        let (_, item) = self.items.pop_first()?;
        self.places.remove(item.id());
        Some(item)
    }

    pub(crate) fn oldest_first(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.items.values()
    }

    pub(crate) fn newest_first(&self) -> impl Iterator<Item = &T> {
        self.items.values().rev()
    }
}

impl<T: Filed> From<Vec<T>> for Shelf<T> {
    fn from(items: Vec<T>) -> Self {
        let mut shelf = Self::default();
        for item in items {
            shelf.put(item);
        }
        shelf
    }
}

impl<T> From<Shelf<T>> for Vec<T> {
    fn from(shelf: Shelf<T>) -> Self {
        shelf.items.into_values().collect()
    }
}
