//! A point on the map, and how far it is from another.

use std::fmt;
use std::str::FromStr;

/// The mean radius of the Earth (IUGG): no distance on its ellipsoid is further off than 0.6 %.
pub const EARTH_RADIUS_M: f64 = 6_371_008.8;

/// Degrees north and east (WGS 84). Stored as text, which keeps every digit.
///
/// ```
/// use indistylo_kernel::Point;
///
/// let rajwada: Point = "22.7185,75.8555".parse()?;
/// let palasia = Point::new(22.7244, 75.8839)?;
/// assert_eq!(rajwada.metres_to(palasia), 2_986);
/// assert_eq!(rajwada.to_string(), "22.7185,75.8555");
/// assert!("91,0".parse::<Point>().is_err());
/// # Ok::<(), indistylo_kernel::PointError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "String", into = "String")
)]
pub struct Point {
    north: f64,
    east: f64,
}

/// Neither is ever anything but a number.
impl Eq for Point {}

/// It is nowhere on the Earth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be a latitude of -90 to 90 degrees and a longitude of -180 to 180, such as 22.7185,75.8555"
)]
pub struct PointError;

/// A field of the map that holds everything within some distance of a point, and a little more:
/// what an index can find.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Field {
    /// From and to these degrees north.
    pub north: (f64, f64),
    /// From and to these degrees east; two stretches where it lies across the 180th meridian, the
    /// same one twice elsewhere.
    pub east: [(f64, f64); 2],
}

impl Point {
    /// The point at these degrees.
    pub fn new(north: f64, east: f64) -> Result<Self, PointError> {
        let is_there = (-90.0..=90.0).contains(&north) && (-180.0..=180.0).contains(&east);
        if is_there { Ok(Self { north, east }) } else { Err(PointError) }
    }

    /// Degrees north.
    pub const fn north(self) -> f64 {
        self.north
    }

    /// Degrees east.
    pub const fn east(self) -> f64 {
        self.east
    }

    /// How far it is along a great circle, in whole metres: the haversine formula.
    pub fn metres_to(self, other: Self) -> u32 {
        let half_chord = |degrees: f64| (degrees.to_radians() / 2.0).sin().powi(2);
        let cosines = self.north.to_radians().cos() * other.north.to_radians().cos();
        let square =
            half_chord(other.north - self.north) + cosines * half_chord(other.east - self.east);
        // Rounding may carry two ends of the Earth a little beyond 1.
        let metres = 2.0 * EARTH_RADIUS_M * square.sqrt().min(1.0).asin();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "from 0 to half around the Earth"
        )]
        let whole = metres.round_ties_even() as u32;
        whole
    }

    /// The field around everything that is at most so far away.
    pub fn around(self, metres: u32) -> Field {
        // A metre more, for what was rounded down to the distance.
        let angle = (f64::from(metres) + 1.0) / EARTH_RADIUS_M;
        let (south, north) = (self.north - angle.to_degrees(), self.north + angle.to_degrees());
        let whole_turn = (-180.0, 180.0);
        let east = if south <= -90.0 || north >= 90.0 {
            [whole_turn; 2] // around a pole every meridian is near
        } else {
            let reach = (angle.sin() / self.north.to_radians().cos()).min(1.0).asin().to_degrees();
            let (from, to) = (self.east - reach, self.east + reach);
            if from < -180.0 {
                [(-180.0, to), (from + 360.0, 180.0)]
            } else if to > 180.0 {
                [(from, 180.0), (-180.0, to - 360.0)]
            } else {
                [(from, to); 2]
            }
        };
        Field { north: (south, north), east }
    }
}

impl Field {
    /// Whether a point lies in it.
    pub fn holds(&self, point: Point) -> bool {
        let within = |(from, to): (f64, f64), at: f64| from <= at && at <= to;
        within(self.north, point.north) && self.east.iter().any(|east| within(*east, point.east))
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Short also for what is next to nothing: `1e-300`.
        write!(f, "{:?},{:?}", self.north, self.east)
    }
}

impl From<Point> for String {
    fn from(point: Point) -> Self {
        point.to_string()
    }
}

impl TryFrom<String> for Point {
    type Error = PointError;

    fn try_from(text: String) -> Result<Self, PointError> {
        text.parse()
    }
}

impl FromStr for Point {
    type Err = PointError;

    fn from_str(text: &str) -> Result<Self, PointError> {
        let (north, east) = text.split_once(',').ok_or(PointError)?;
        let degrees = |text: &str| text.parse::<f64>().map_err(|_| PointError);
        Self::new(degrees(north)?, degrees(east)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn point(text: &str) -> Point {
        text.parse().expect("a point")
    }

    #[test]
    fn what_is_nowhere_is_refused() {
        for bad in [
            "",
            ",",
            "1",
            "1,",
            ",1",
            "1,2,3",
            "90.0001,0",
            "-91,0",
            "0,180.5",
            "0,-181",
            "NaN,0",
            "0,nan",
            "inf,0",
            "0,-infinity",
            "1e400,0",
            " 1,2",
            "1, 2",
            "1;2",
            "०,०",
        ] {
            assert_eq!(bad.parse::<Point>(), Err(PointError), "{bad:?}");
        }
        for good in ["90,180", "-90,-180", "0,0", "-0,-0.0", "4.9e-324,1"] {
            assert!(good.parse::<Point>().is_ok(), "{good:?}");
        }
    }

    #[test]
    fn known_distances() {
        let quarter = 10_007_557;
        assert_eq!(point("0,0").metres_to(point("90,17")), quarter);
        assert_eq!(point("0,0").metres_to(point("0,90")), quarter);
        assert_eq!(point("0,0").metres_to(point("0,180")), 20_015_114, "half around");
        assert_eq!(point("90,0").metres_to(point("90,123")), 0, "one pole, whatever the meridian");
        assert_eq!(point("0,180").metres_to(point("0,-180")), 0, "one meridian of two names");
        assert_eq!(point("-16.5,179.99").metres_to(point("-16.5,-179.99")), 2_132);
        // Delhi to Mumbai.
        assert_eq!(point("28.6139,77.2090").metres_to(point("19.0760,72.8777")), 1_148_096);
    }

    #[test]
    fn a_field_reaches_over_a_pole_and_over_the_180th_meridian() {
        assert!(point("89.9,10").around(50_000).holds(point("89.9,-170")));
        assert!(point("-89.99,0").around(50_000).holds(point("-90,77")));
        assert!(point("0,179.9").around(50_000).holds(point("0,-179.9")));
        assert!(point("0,-179.9").around(50_000).holds(point("0,179.9")));
        assert!(point("0,-180").around(1).holds(point("0,180")));
        assert!(!point("0,179.9").around(5_000).holds(point("0,-179.9")));
        assert!(!point("22.7,75.8").around(5_000).holds(point("22.7,75.9")));
    }

    fn anywhere() -> impl Strategy<Value = Point> {
        let degrees = |most: f64| prop_oneof![8 => -most..=most, 1 => Just(most), 1 => Just(-most)];
        (degrees(90.0), degrees(180.0)).prop_map(|(north, east)| Point { north, east })
    }

    /// A point and another that is near it, so that the edge of a field is met often.
    fn neighbours() -> impl Strategy<Value = (Point, Point)> {
        (anywhere(), -0.6..0.6_f64, -2.0..2.0_f64).prop_map(|(one, north, east)| {
            let turned = one.east + east;
            let east = if turned.abs() > 180.0 { turned - 360.0 * turned.signum() } else { turned };
            (one, Point { north: (one.north + north).clamp(-90.0, 90.0), east })
        })
    }

    proptest! {
        #[test]
        fn the_way_back_is_as_long(one in anywhere(), other in anywhere()) {
            prop_assert_eq!(one.metres_to(other), other.metres_to(one));
            prop_assert_eq!(one.metres_to(one), 0);
        }

        #[test]
        fn what_is_written_is_read_to_the_last_digit(point in anywhere()) {
            prop_assert_eq!(point.to_string().parse(), Ok(point));
        }

        #[test]
        fn a_detour_is_no_shorter(a in anywhere(), b in anywhere(), c in anywhere()) {
            prop_assert!(a.metres_to(c) <= a.metres_to(b) + b.metres_to(c) + 1);
        }

        #[test]
        fn a_field_holds_all_that_is_near((one, other) in neighbours(), most in 0_u32..100_000) {
            let near = one.metres_to(other);
            prop_assert!(one.around(near).holds(other));
            prop_assert!(near > most || one.around(most).holds(other));
        }

        #[test]
        fn a_field_holds_little_that_is_far((one, other) in neighbours(), most in 0_u32..50_000) {
            prop_assume!(one.north.abs() < 60.0 && one.east.abs() < 177.0);
            // The corner of a square is at most so much further away than its sides.
            let is_far = f64::from(one.metres_to(other)) > 1.5 * f64::from(most) + 3.0;
            prop_assert!(!is_far || !one.around(most).holds(other));
        }
    }
}
