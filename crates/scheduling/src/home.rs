//! Home visits: how far a salon comes, how long it is on the road, and where to.

use kernel::Point;

use crate::minutes::Minutes;
use crate::policy::{
    FURTHEST_HOME_M, GRAIN_MINUTES, LONGEST_TRAVEL_BASE_MINUTES, LONGEST_TRAVEL_MINUTES,
    SLOWEST_MINUTES_PER_KM,
};
use crate::refusal::Refusal;

/// How a salon comes to its customers' homes.
///
/// ```
/// use indistylo_scheduling::{HomeVisits, Minutes, Refusal};
///
/// let visits = HomeVisits::new(8_000, Minutes::new(10), Minutes::new(4)).ok_or("within bounds")?;
/// assert_eq!(visits.travel(0), Ok(Minutes::new(10)));
/// assert_eq!(visits.travel(2_500), Ok(Minutes::new(20)));
/// assert_eq!(visits.travel(2_501), Ok(Minutes::new(25))); // rounded up to five minutes
/// assert_eq!(visits.travel(8_001), Err(Refusal::OutOfArea { radius_m: Some(8_000) }));
/// assert_eq!((visits.radius_m(), visits.base().count(), visits.per_km().count()), (8_000, 10, 4));
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "stored::Stored", into = "stored::Stored")
)]
pub struct HomeVisits {
    radius_m: u32,
    base: Minutes,
    per_km: Minutes,
}

impl HomeVisits {
    /// Home visits within so many metres, with so many minutes on the road for each and so many
    /// more for each kilometre; none beyond the bounds of [`policy`](crate::policy).
    pub fn new(radius_m: u32, base: Minutes, per_km: Minutes) -> Option<Self> {
        let fits = (1..=FURTHEST_HOME_M).contains(&radius_m)
            && base.count() <= LONGEST_TRAVEL_BASE_MINUTES
            && per_km.count() <= SLOWEST_MINUTES_PER_KM;
        fits.then_some(Self { radius_m, base, per_km })
    }

    /// How far away a home may be, in metres along a great circle.
    pub const fn radius_m(self) -> u32 {
        self.radius_m
    }

    /// How long every way takes at least.
    pub const fn base(self) -> Minutes {
        self.base
    }

    /// How much longer for each kilometre.
    pub const fn per_km(self) -> Minutes {
        self.per_km
    }

    /// How long the way is to a home so many metres away: rounded up to
    /// [`GRAIN_MINUTES`](crate::policy::GRAIN_MINUTES), and never longer than
    /// [`LONGEST_TRAVEL_MINUTES`](crate::policy::LONGEST_TRAVEL_MINUTES).
    pub fn travel(self, metres: u32) -> Result<Minutes, Refusal> {
        if metres > self.radius_m {
            return Err(Refusal::OutOfArea { radius_m: Some(self.radius_m) });
        }
        let count = |minutes: Minutes| u64::from(minutes.count());
        let thousandths = 1_000 * count(self.base) + count(self.per_km) * u64::from(metres);
        let grain = u64::from(GRAIN_MINUTES);
        let minutes = thousandths.div_ceil(1_000 * grain) * grain;
        let minutes = u16::try_from(minutes).unwrap_or(u16::MAX);
        Ok(Minutes::new(minutes.min(LONGEST_TRAVEL_MINUTES)))
    }
}

/// Where a home visit is.
///
/// ```
/// use indistylo_scheduling::{Home, HomeError};
///
/// let destination = Some("22.7185,75.8555".parse()?);
/// let home = Home::of(destination, Some("12 Palasia, second floor".to_owned()))?;
/// assert_eq!(home.map(|home| home.destination), destination);
/// assert_eq!(Home::of(destination, None), Err(HomeError::AddressMissing));
/// assert_eq!(Home::of(None, Some("12 Palasia".to_owned())), Err(HomeError::AddressUnasked));
/// assert_eq!(Home::of(None, None)?, None); // at the salon
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Home {
    /// The point to which the way is counted.
    pub destination: Point,
    /// The door, in words.
    pub address: String,
}

/// Why this is no place for a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HomeError {
    /// A home visit without an address.
    #[error("a home visit needs an address")]
    AddressMissing,
    /// An address, but nobody comes there.
    #[error("the visit is at the salon and takes no address")]
    AddressUnasked,
}

impl Home {
    /// The home to which a visit goes, if it goes to one: then it must have an address, else none.
    pub fn of(
        destination: Option<Point>,
        address: Option<String>,
    ) -> Result<Option<Self>, HomeError> {
        match (destination, address) {
            (Some(destination), Some(address)) => Ok(Some(Self { destination, address })),
            (Some(_), None) => Err(HomeError::AddressMissing),
            (None, Some(_)) => Err(HomeError::AddressUnasked),
            (None, None) => Ok(None),
        }
    }
}

/// Home visits as they are written down; what is read is within the bounds or refused.
#[cfg(feature = "serde")]
mod stored {
    use super::{HomeVisits, Minutes};

    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Stored {
        radius_m: u32,
        base_minutes: Minutes,
        minutes_per_km: Minutes,
    }

    #[derive(Debug, thiserror::Error)]
    #[error("home visits lie beyond their bounds")]
    pub(super) struct OutOfBounds;

    impl TryFrom<Stored> for HomeVisits {
        type Error = OutOfBounds;

        fn try_from(stored: Stored) -> Result<Self, OutOfBounds> {
            let Stored { radius_m, base_minutes, minutes_per_km } = stored;
            Self::new(radius_m, base_minutes, minutes_per_km).ok_or(OutOfBounds)
        }
    }

    impl From<HomeVisits> for Stored {
        fn from(visits: HomeVisits) -> Self {
            let HomeVisits { radius_m, base, per_km } = visits;
            Self { radius_m, base_minutes: base, minutes_per_km: per_km }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn visits(radius_m: u32, base: u16, per_km: u16) -> Option<HomeVisits> {
        HomeVisits::new(radius_m, Minutes::new(base), Minutes::new(per_km))
    }

    #[test]
    fn beyond_their_bounds_there_are_no_home_visits() {
        assert!(visits(1, 0, 0).is_some());
        assert!(visits(FURTHEST_HOME_M, 60, 10).is_some());
        for (radius, base, per_km) in
            [(0, 10, 3), (FURTHEST_HOME_M + 1, 10, 3), (1, 61, 3), (1, 10, 11)]
        {
            assert_eq!(visits(radius, base, per_km), None);
            let stored = format!(
                r#"{{"radius_m":{radius},"base_minutes":{base},"minutes_per_km":{per_km}}}"#
            );
            assert!(serde_json::from_str::<HomeVisits>(&stored).is_err(), "{stored}");
        }
        let text = r#"{"radius_m":8000,"base_minutes":10,"minutes_per_km":4}"#;
        assert_eq!(serde_json::from_str::<HomeVisits>(text).ok(), visits(8_000, 10, 4));
        assert_eq!(serde_json::to_string(&visits(8_000, 10, 4)).ok().as_deref(), Some(text));
    }

    #[test]
    fn the_longest_way_is_bounded() {
        let far = visits(FURTHEST_HOME_M, 60, 10).expect("within bounds");
        assert_eq!(far.travel(FURTHEST_HOME_M), Ok(Minutes::new(LONGEST_TRAVEL_MINUTES)));
    }

    proptest! {
        #[test]
        fn the_way_is_as_long_as_its_kilometres_and_less_than_a_grain_more(
            base in 0u16..=60, per_km in 0u16..=10, metres in 0..=FURTHEST_HOME_M,
        ) {
            let visits = visits(FURTHEST_HOME_M, base, per_km).expect("within bounds");
            let minutes = visits.travel(metres).expect("within the radius").count();
            prop_assert!(minutes.is_multiple_of(GRAIN_MINUTES) && minutes <= LONGEST_TRAVEL_MINUTES);
            let exact = f64::from(base) + f64::from(per_km) * f64::from(metres) / 1_000.0;
            let over = f64::from(minutes) - exact.min(f64::from(LONGEST_TRAVEL_MINUTES));
            prop_assert!((-1e-6..5.0).contains(&over), "{minutes} for {exact}");
        }
    }

    #[test]
    fn a_home_has_an_address_and_a_salon_visit_none() {
        let point: Point = "22.7185,75.8555".parse().expect("a point");
        let address = || Some("12 Palasia, second floor".to_owned());
        assert_eq!(Home::of(None, None), Ok(None));
        assert_eq!(Home::of(Some(point), None), Err(HomeError::AddressMissing));
        assert_eq!(Home::of(None, address()), Err(HomeError::AddressUnasked));
        let home = Home::of(Some(point), address()).expect("a home").expect("a home");
        let text = serde_json::to_string(&home).expect("json");
        assert_eq!(
            text,
            r#"{"destination":"22.7185,75.8555","address":"12 Palasia, second floor"}"#
        );
        assert_eq!(serde_json::from_str::<Home>(&text).ok(), Some(home));
    }
}
