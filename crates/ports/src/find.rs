//! Which salons are looked for, and in which order they are listed.

use kernel::{Money, Point};

use crate::catalogue::NewService;
use crate::kinds::{ForGender, Mode};
use crate::queries::{After, SalonView};

/// Which salons to list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SalonFilter {
    /// Words in the name.
    pub text: Option<String>,
    /// The city.
    pub city: Option<String>,
    /// The least that its customers think of it on average, in tenths.
    pub min_rating_tenths: Option<u8>,
    /// What it sells: one service must fit in every way.
    pub service: ServiceFilter,
}

/// Which services are looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct ServiceFilter {
    /// Of which kind.
    pub category: Option<String>,
    /// Done where.
    pub mode: Option<Mode>,
    /// For whom: what is for everybody is for them too.
    pub gender: Option<ForGender>,
    /// The dearest.
    pub max_price: Option<Money>,
}

impl ServiceFilter {
    /// Whether every service is meant, and salons that sell none as well.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a service is looked for.
    pub fn fits(&self, service: &NewService) -> bool {
        let for_them = |gender| [ForGender::Any, gender].contains(&service.for_gender);
        self.category.as_ref().is_none_or(|category| *category == service.category)
            && self.mode.is_none_or(|mode| mode == service.mode)
            && self.gender.is_none_or(for_them)
            && self.max_price.is_none_or(|most| service.price.minor_units() <= most.minor_units())
    }
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
