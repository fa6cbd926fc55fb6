//! Where somebody calls from, as far as callers are told apart and counted.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// A household: one IPv4 address, or the 56 bits of an IPv6 address that a provider gives to a home.
/// Whoever has one address of it has all of them.
///
/// ```
/// use indistylo_identity::Place;
/// let of = |address: &str| Place::of(address.parse().expect("an address"));
/// assert_eq!(of("2001:db8:1:2ff::7").to_string(), "2001:db8:1:200::/56");
/// assert_eq!(of("2001:db8:1:2ff::7").network().as_deref(), Some("2001:db8:1::/48"));
/// assert_eq!(of("::ffff:203.0.113.9").to_string(), "203.0.113.9");
/// assert_eq!(of("203.0.113.9").network(), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place(IpAddr);

impl Place {
    /// The household of an address.
    pub fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(v6) => IpAddr::V6(first_bits(v6, 56)),
            v4 @ IpAddr::V4(_) => v4,
        })
    }

    /// The network of 48 bits around an IPv6 household: some have all of it, and could be 256
    /// households. Others share it, so that its bounds must be looser.
    pub fn network(self) -> Option<String> {
        match self.0 {
            IpAddr::V4(_) => None,
            IpAddr::V6(v6) => Some(format!("{}/48", first_bits(v6, 48))),
        }
    }
}

/// As it is counted: `203.0.113.9`, `2001:db8:1:200::/56`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(v4) => write!(f, "{v4}"),
            IpAddr::V6(v6) => write!(f, "{v6}/56"),
        }
    }
}

fn first_bits(address: Ipv6Addr, count: u32) -> Ipv6Addr {
    Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << (128 - count)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_of_a_home_is_one_place_and_the_next_home_another() {
        let of = |address: &str| Place::of(address.parse().expect("an address"));
        let home = of("2001:db8:1:200::1");
        for same in ["2001:db8:1:200::", "2001:db8:1:2ff:ffff:ffff:ffff:ffff"] {
            assert_eq!(of(same), home, "{same}");
        }
        for other in ["2001:db8:1:300::1", "2001:db8:1:1ff::1", "2001:db8:2:200::1", "192.0.2.1"] {
            assert_ne!(of(other), home, "{other}");
        }
        assert_eq!(of("2001:db8:1:ff00::1").network(), home.network());
        assert_ne!(of("2001:db8:2:200::1").network(), home.network());
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
