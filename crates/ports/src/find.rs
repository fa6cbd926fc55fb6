//! Which salons are looked for, and in which order they are listed.

use kernel::Point;

use crate::queries::{After, SalonView};

/// Which salons to list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SalonFilter {
    /// Words in the name.
    pub text: Option<String>,
    /// The city.
    pub city: Option<String>,
    /// Which kind of service is sold.
    pub category: Option<String>,
}

/// A list of salons, or what is left of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Listing {
    /// Every salon, by name.
    ByName {
        /// From the start, or after this salon.
        after: Option<After<String>>,
    },
    /// The salons around a point, the nearest first.
    Nearest {
        /// The point.
        to: Point,
        /// The furthest to list, in metres.
        within_m: u32,
        /// From the start, or after this salon.
        after: Option<After<u32>>,
    },
}

impl Listing {
    /// What is left of it after one of its salons.
    #[must_use]
    pub fn after(&self, salon: &SalonView) -> Self {
        let id = salon.id.uuid();
        match *self {
            Self::ByName { .. } => {
                Self::ByName { after: Some(After { key: salon.name.clone(), id }) }
            }
            Self::Nearest { to, within_m, .. } => {
                let key = salon.distance_m.unwrap_or(within_m);
                Self::Nearest { to, within_m, after: Some(After { key, id }) }
            }
        }
    }
}

impl Default for Listing {
    fn default() -> Self {
        Self::ByName { after: None }
    }
}
