//! How many codes may be texted: to one number, to numbers alike, from one place, and for how much
//! money. Each text costs the house, and a stranger must not decide how much.
//!
//! Two kinds of counting. A [`Counter`] adds up what was asked for in windows that start with the
//! first request; the [`Past`] is what became of the codes that were sent. Whoever keeps both
//! gives them to [`CodeLimits::decide`] while nobody else can change them.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::Money;

use crate::phone::Phone;
use crate::place::Place;

/// Who asks for a code, as far as it is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asker {
    /// The number that the code is texted to.
    pub phone: Phone,
    /// The address that the request came from.
    pub address: IpAddr,
    /// What the app calls its device, if it says so: 8 to 64 letters, digits and hyphens, made at
    /// random once and kept. One with which a code for the number was proved is known, and only who
    /// has it knows its name; any other may be invented, so it only ever limits more.
    pub device: Option<String>,
}

/// How much in which time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// At most so many codes, or so many paise.
    pub most: u64,
    /// In a window of this length, which starts with the first.
    pub per: TimeDelta,
}

impl Rate {
    /// At most `most` in windows of the length `per`.
    pub const fn of(most: u64, per: TimeDelta) -> Self {
        Self { most, per }
    }
}

/// The limits of one house. [`CodeLimits::default`] says what they are unless configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeLimits {
    /// Codes for one number. Five guesses at each of twenty six-digit codes are a chance of 1 in
    /// 10,000 a day, which is what we accept.
    pub per_number: Rate,
    /// Codes for the numbers that share their first six digits (a block of 10,000): who makes
    /// money with texts asks for them one after the other.
    pub per_prefix: Rate,
    /// Codes from one block of addresses (an IPv4 /24, an IPv6 /56): an office or a cell shares one.
    pub per_address: Rate,
    /// Codes from one IPv6 /48, which some have to themselves and others share.
    pub per_network: Rate,
    /// Codes for one device.
    pub per_device: Rate,
    /// What one text costs.
    pub price: Money,
    /// What all texts may cost in an hour, whoever asks.
    pub spend_an_hour: Money,
    /// What all texts may cost in a day, whoever asks.
    pub spend_a_day: Money,
    /// So many percent of each bound are there for numbers asked for from a known device alone:
    /// what strangers use up must keep no customer out. The number's, its neighbours' and the
    /// addresses' share comes on top; of what all texts may cost it is a part.
    pub reserved_percent: u64,
    /// The pause after the first code for a number that was not used; it doubles with each.
    pub first_pause: TimeDelta,
    /// The longest pause.
    pub longest_pause: TimeDelta,
    /// Numbers alike get no codes when, of at least so many sent ...
    pub breaker_sent: u64,
    /// ... less than so many percent were used ...
    pub breaker_percent: u64,
    /// ... in this time.
    pub breaker_window: TimeDelta,
}

impl Default for CodeLimits {
    fn default() -> Self {
        Self {
            per_number: Rate::of(20, TimeDelta::days(1)),
            per_prefix: Rate::of(100, TimeDelta::hours(1)),
            per_address: Rate::of(30, TimeDelta::minutes(15)),
            per_network: Rate::of(90, TimeDelta::minutes(15)),
            per_device: Rate::of(10, TimeDelta::hours(1)),
            price: Money::inr(20),
            spend_an_hour: Money::inr(20_000),
            spend_a_day: Money::inr(200_000),
            reserved_percent: 25,
            first_pause: TimeDelta::seconds(30),
            longest_pause: TimeDelta::minutes(32),
            breaker_sent: 50,
            breaker_percent: 20,
            breaker_window: TimeDelta::hours(1),
        }
    }
}

/// Something that is counted, and up to which bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counter {
    /// What is counted, such as `number:+919812345678`.
    pub key: String,
    /// How much is allowed.
    pub rate: Rate,
    /// How much more from a known device.
    pub reserved: u64,
    /// How much one code adds.
    pub adds: u64,
    /// Whether only a text that really goes out adds to it.
    pub is_spend: bool,
}

/// A counter as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// How much was taken in the present window.
    pub taken: u64,
    /// When the window ends.
    pub ends_at: DateTime<Utc>,
}

/// What became of the codes that were sent before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Past {
    /// The device is known: a code for the number was proved with it within
    /// [`DEVICE_KNOWN_FOR`](crate::policy::DEVICE_KNOWN_FOR).
    pub is_known: bool,
    /// Codes for the number within a day, since the last one that was used; from a known device,
    /// those that were asked for from known ones.
    pub unused: u32,
    /// When the last of these was asked for.
    pub last_at: Option<DateTime<Utc>>,
    /// Codes for numbers alike within [`CodeLimits::breaker_window`].
    pub prefix_sent: u64,
    /// Those of them that were used.
    pub prefix_used: u64,
    /// Whether the house sends nothing to this number at all.
    pub is_blocked: bool,
}

/// A code may be sent, or it may look as if.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// What each counter comes to now, in the order in which they were given.
    pub taken: Vec<u64>,
    /// No text goes out: the number is blocked. The answer is the same.
    pub is_withheld: bool,
    /// The device is known.
    pub is_known: bool,
    /// From when on the number may ask again.
    pub again_at: DateTime<Utc>,
    /// How many more codes the number may ask for in its window.
    pub remaining: u64,
    /// When that window ends.
    pub ends_at: DateTime<Utc>,
}

/// Somebody asked too often, or too many did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many codes were asked for; try again in {} s", again_in.num_seconds())]
pub struct TooOften {
    /// How long to wait.
    pub again_in: TimeDelta,
}

impl CodeLimits {
    /// The same with no bound but that on what all texts may cost ([`crate::Pauses::Lifted`]).
    ///
    /// ```
    /// use indistylo_identity::limits::{CodeLimits, Past};
    /// let now = chrono::DateTime::UNIX_EPOCH;
    /// let third = Past { unused: 3, last_at: Some(now), prefix_sent: 900, ..Past::default() };
    /// assert!(CodeLimits::default().decide(&[], &third, now).is_err());
    /// assert!(CodeLimits::default().lifted().decide(&[], &third, now).is_ok());
    /// ```
    #[must_use]
    pub fn lifted(self) -> Self {
        const MANY: u64 = 1_000_000_000;
        let lifted = |rate: Rate| Rate { most: MANY, ..rate };
        Self {
            per_number: lifted(self.per_number),
            per_prefix: lifted(self.per_prefix),
            per_address: lifted(self.per_address),
            per_network: lifted(self.per_network),
            per_device: lifted(self.per_device),
            first_pause: TimeDelta::zero(),
            longest_pause: TimeDelta::zero(),
            breaker_sent: MANY,
            ..self
        }
    }

    /// Everything that a request is counted by, the number first.
    ///
    /// ```
    /// use indistylo_identity::limits::{Asker, CodeLimits};
    /// let asker = Asker {
    ///     phone: "+919812345678".parse()?,
    ///     address: "203.0.113.77".parse().expect("an address"),
    ///     device: None,
    /// };
    /// let keys: Vec<_> = CodeLimits::default().counters(&asker).into_iter().map(|c| c.key).collect();
    /// assert_eq!(keys, [
    ///     "number:+919812345678", "prefix:+91981234", "address:203.0.113.0/24", "spend:hour",
    ///     "spend:day",
    /// ]);
    /// # Ok::<(), indistylo_identity::PhoneError>(())
    /// ```
    pub fn counters(&self, asker: &Asker) -> Vec<Counter> {
        let share = |most: u64| most.saturating_mul(self.reserved_percent) / 100;
        let paise = |money: Money| u64::try_from(money.minor_units()).unwrap_or(0);
        let (hour, day) = (TimeDelta::hours(1), TimeDelta::days(1));
        let of_one = [
            (format!("number:{}", asker.phone.as_str()), self.per_number),
            (format!("prefix:{}", asker.phone.prefix()), self.per_prefix),
            (format!("address:{}", block(asker.address)), self.per_address),
        ];
        let one = |(key, rate): (String, Rate), reserved| Counter {
            key,
            rate,
            reserved,
            adds: 1,
            is_spend: false,
        };
        let network = Place::of(asker.address).network();
        let network = network.map(|network| (format!("network:{network}"), self.per_network));
        let device = asker.device.as_ref().map(|id| (format!("device:{id}"), self.per_device));
        let spend = [("hour", self.spend_an_hour, hour), ("day", self.spend_a_day, day)];
        of_one
            .into_iter()
            .chain(network)
            .map(|(key, rate)| one((key, rate), share(rate.most)))
            .chain(device.map(|device| one(device, 0)))
            .chain(spend.into_iter().map(|(of, most, per)| {
                let reserved = share(paise(most));
                Counter {
                    key: format!("spend:{of}"),
                    rate: Rate::of(paise(most) - reserved, per),
                    reserved,
                    adds: paise(self.price),
                    is_spend: true,
                }
            }))
            .collect()
    }

    /// Whether a code may be sent now. `counts` are [`CodeLimits::counters`] with how they stand;
    /// who is refused by several waits for the last of them.
    ///
    /// ```
    /// use chrono::{TimeDelta, TimeZone, Utc};
    /// use indistylo_identity::limits::{CodeLimits, Past};
    /// let now = Utc.with_ymd_and_hms(2026, 11, 22, 10, 0, 0).unwrap();
    /// let limits = CodeLimits::default();
    /// let third = Past { unused: 3, last_at: Some(now), ..Past::default() };
    /// let refused = limits.decide(&[], &third, now).expect_err("30 s, 60 s, 120 s");
    /// assert_eq!(refused.again_in, TimeDelta::seconds(120));
    /// assert!(limits.decide(&[], &third, now + TimeDelta::seconds(120)).is_ok());
    /// ```
    pub fn decide(
        &self,
        counts: &[(Counter, Count)],
        past: &Past,
        now: DateTime<Utc>,
    ) -> Result<Granted, TooOften> {
        let most = |counter: &Counter| {
            let reserved = if past.is_known { counter.reserved } else { 0 };
            counter.rate.most.saturating_add(reserved)
        };
        let over = counts
            .iter()
            .filter(|(counter, count)| count.taken.saturating_add(counter.adds) > most(counter))
            .map(|(_, count)| count.ends_at);
        let paused = past.last_at.map(|last| last + self.pause(past.unused));
        let broken = (self.is_broken(past) && !past.is_known).then(|| now + self.longest_pause);
        let until = over.chain(paused).chain(broken).filter(|until| *until > now).max();
        if let Some(until) = until {
            return Err(TooOften { again_in: until - now });
        }
        let taken = counts.iter().map(|(counter, count)| {
            let adds = if counter.is_spend && past.is_blocked { 0 } else { counter.adds };
            count.taken.saturating_add(adds)
        });
        let number = counts.first();
        Ok(Granted {
            taken: taken.collect(),
            is_withheld: past.is_blocked,
            is_known: past.is_known,
            again_at: now + self.pause(past.unused + 1),
            remaining: number.map_or(0, |(counter, count)| {
                counter.rate.most.saturating_sub(count.taken + counter.adds)
            }),
            ends_at: number.map_or(now, |(_, count)| count.ends_at),
        })
    }

    /// The pause after so many codes that were not used.
    fn pause(&self, unused: u32) -> TimeDelta {
        let Some(doubled) = unused.checked_sub(1) else { return TimeDelta::zero() };
        // Beyond sixteen doublings any pause is the longest.
        let times = 1_i32 << doubled.min(16);
        self.first_pause
            .checked_mul(times)
            .map_or(self.longest_pause, |pause| pause.min(self.longest_pause))
    }

    fn is_broken(&self, past: &Past) -> bool {
        past.prefix_sent >= self.breaker_sent
            && past.prefix_used * 100 < past.prefix_sent * self.breaker_percent
    }
}

/// The block of addresses that one address belongs to: who has one of them has most of them.
fn block(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        v6 @ IpAddr::V6(_) => Place::of(v6).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asker(address: &str, device: Option<&str>) -> Asker {
        Asker {
            phone: "+919812345678".parse().expect("a mobile"),
            address: address.parse().expect("an address"),
            device: device.map(str::to_owned),
        }
    }

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(second)
    }

    /// The counters of one who asks, each with this much taken of a window that ends in an hour.
    fn counts(taken: impl Fn(&str) -> u64) -> Vec<(Counter, Count)> {
        let counters = CodeLimits::default().counters(&asker("203.0.113.7", Some("d1")));
        let with = |counter: Counter| {
            let count = Count { taken: taken(&counter.key), ends_at: at(3600) };
            (counter, count)
        };
        counters.into_iter().map(with).collect()
    }

    #[test]
    fn addresses_of_one_block_are_counted_as_one() {
        for (one, other, same) in [
            ("203.0.113.1", "203.0.113.254", true),
            ("203.0.113.1", "203.0.114.1", false),
            ("203.0.113.1", "::ffff:203.0.113.9", true),
            ("2001:db8:0:0100::1", "2001:db8:0:01ff:ffff::2", true),
            ("2001:db8:0:0100::1", "2001:db8:0:0200::1", false),
        ] {
            let block = |address: &str| block(address.parse().expect("an address"));
            assert_eq!(block(one) == block(other), same, "{one} {other}");
        }
    }

    #[test]
    fn an_ipv6_network_is_counted_beside_its_homes() {
        let keys = |address| {
            let counters = CodeLimits::default().counters(&asker(address, None));
            counters.into_iter().map(|counter| counter.key).collect::<Vec<_>>()
        };
        let six = keys("2001:db8:1:2ff::1");
        assert_eq!(six[2..4], ["address:2001:db8:1:200::/56", "network:2001:db8:1::/48"]);
        assert!(keys("203.0.113.7").iter().all(|key| !key.starts_with("network:")));
    }

    #[test]
    fn every_counter_has_its_bound() {
        let limits = CodeLimits::default();
        let decide = |taken: &dyn Fn(&str) -> u64| {
            limits.decide(&counts(taken), &Past::default(), at(0)).map(|granted| granted.taken)
        };
        assert_eq!(decide(&|_| 0), Ok(vec![1, 1, 1, 1, 20, 20]));
        let full = [
            ("number:", 20),
            ("prefix:", 100),
            ("address:", 30),
            ("device:", 10),
            ("spend:hour", 15_000),
            ("spend:day", 150_000),
        ];
        for (key, most) in full {
            let adds = if key.starts_with("spend") { 20 } else { 1 };
            let last = decide(&|other| if other.starts_with(key) { most - adds } else { 0 });
            assert!(last.is_ok(), "{key}");
            let refused = decide(&|other| if other.starts_with(key) { most } else { 0 });
            assert_eq!(refused, Err(TooOften { again_in: TimeDelta::hours(1) }), "{key}");
        }
    }

    #[test]
    fn a_known_device_has_its_share_of_every_bound_and_no_more() {
        let limits = CodeLimits::default();
        let known = Past { is_known: true, prefix_sent: 99, ..Past::default() };
        let full = [
            ("number:", 25),
            ("prefix:", 125),
            ("address:", 37),
            ("device:", 10),
            ("spend:hour", 20_000),
            ("spend:day", 200_000),
        ];
        for (key, most) in full {
            let adds = if key.starts_with("spend") { 20 } else { 1 };
            let of = |taken: u64| counts(|other| if other.starts_with(key) { taken } else { 0 });
            let last = limits.decide(&of(most - adds), &known, at(0)).expect(key);
            assert!(last.is_known);
            let expected = if key == "number:" { 0 } else { 19 };
            assert_eq!(last.remaining, expected, "as if nothing were reserved");
            assert!(limits.decide(&of(most), &known, at(0)).is_err(), "{key}");
        }
    }

    #[test]
    fn the_pause_doubles_up_to_its_bound() {
        let limits = CodeLimits::default();
        let pauses = [0, 30, 60, 120, 240, 480, 960, 1920, 1920, 1920];
        for (unused, seconds) in (0..).zip(pauses) {
            assert_eq!(limits.pause(unused), TimeDelta::seconds(seconds), "after {unused}");
        }
        assert_eq!(limits.pause(u32::MAX), limits.longest_pause);
    }

    #[test]
    fn numbers_alike_are_cut_off_when_hardly_any_code_is_used() {
        let limits = CodeLimits::default();
        for (sent, used, open) in [(49, 0, true), (50, 9, false), (50, 10, true), (99, 19, false)] {
            let past = Past { prefix_sent: sent, prefix_used: used, ..Past::default() };
            assert_eq!(limits.decide(&[], &past, at(0)).is_ok(), open, "{used} of {sent}");
        }
    }

    #[test]
    fn a_blocked_number_costs_nothing_and_is_told_nothing_else() {
        let limits = CodeLimits::default();
        let (open, blocked) = (Past::default(), Past { is_blocked: true, ..Past::default() });
        let open = limits.decide(&counts(|_| 0), &open, at(0)).expect("granted");
        let blocked = limits.decide(&counts(|_| 0), &blocked, at(0)).expect("granted");
        assert_eq!(blocked.taken, [1, 1, 1, 1, 0, 0]);
        assert!(blocked.is_withheld);
        assert_eq!((blocked.again_at, blocked.remaining), (open.again_at, open.remaining));
    }
}
