//! What strangers use up keeps nobody out who proved a code for their number with their device.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use chrono::TimeDelta;
use identity::limits::Rate;
use identity::policy::DEVICE_KNOWN_FOR;
use identity::{Asker, CodeLimits, Phone};
use kernel::{Money, PersonId};
use ports::Clock;

use super::challenges::{ask, asker, use_up};
use crate::ground::{Ground, no_limits, phone};

fn with(device: &str, asker: Asker) -> Asker {
    Asker { device: Some(device.to_owned()), ..asker }
}

/// Logs in with this device, from a place of its own.
async fn log_in_with(ground: &dyn Ground, device: &str, phone: Phone) -> PersonId {
    let (challenge, opened) = ask(ground, with(device, asker(phone, 1)), &no_limits()).await;
    opened.expect("there is no limit");
    use_up(ground, &challenge).await
}

/// How many codes somebody gets, one right after the other, in a hundred tries.
async fn granted(
    ground: &dyn Ground,
    limits: &CodeLimits,
    mut next: impl FnMut(u32) -> Asker,
) -> usize {
    let mut granted = 0;
    for n in 0..100 {
        granted += usize::from(ask(ground, next(n), limits).await.1.is_ok());
    }
    granted
}

/// The number and the address block of a stranger's next request.
type Next = fn(u32) -> (u32, u32);

/// Strangers use up every counter in turn: a number that logged in yesterday from its device still
/// gets codes from there, as many as are reserved, and nobody else does.
pub async fn strangers_use_up_no_limit_of_a_known_device(ground: &dyn Ground) {
    let eight = Rate::of(8, TimeDelta::hours(1));
    let quarter = CodeLimits { reserved_percent: 25, ..no_limits() };
    let price = CodeLimits { price: Money::inr(20), ..quarter };
    let here =
        |n: u32| IpAddr::V6(Ipv6Addr::from_bits(0x2001_0db8_0001 << 80 | u128::from(n) << 72));
    let v4 = |block: u32| IpAddr::V4(Ipv4Addr::from_bits(block << 8));
    // What is used up, how many codes strangers get then, and how many the device.
    let cases: [(CodeLimits, Next, (usize, usize)); 8] = [
        (CodeLimits { per_number: eight, ..quarter }, |n| (0, n + 9), (8, 2)),
        (CodeLimits { per_prefix: eight, ..quarter }, |n| (n + 1, n + 9), (8, 2)),
        (CodeLimits { per_address: eight, ..quarter }, |n| ((n + 1) * 10_000, 0), (8, 2)),
        (CodeLimits { per_network: eight, ..quarter }, |n| ((n + 1) * 10_000, n), (8, 2)),
        (CodeLimits { spend_an_hour: Money::inr(200), ..price }, |n| ((n + 1) * 10_000, n), (7, 3)),
        (CodeLimits { spend_a_day: Money::inr(200), ..price }, |n| ((n + 1) * 10_000, n), (7, 3)),
        (CodeLimits { breaker_sent: 8, ..quarter }, |n| (n + 1, n + 9), (8, 100)),
        (CodeLimits { first_pause: TimeDelta::seconds(30), ..quarter }, |n| (0, n + 9), (1, 1)),
    ];
    for (turn, (limits, next, (of_strangers, of_device))) in (1..).zip(cases) {
        let of_network = limits.per_network == eight;
        let place = |n| if of_network { here(n) } else { v4(turn << 12 | n) };
        let of = |(number, block): (u32, u32)| Asker {
            address: place(block),
            ..asker(phone(turn * 2_000_000 + number), 0)
        };
        let device = "a-device-of-hers";
        log_in_with(ground, device, of((0, 0)).phone).await;
        ground.clock().advance(TimeDelta::days(1));
        let strangers = granted(ground, &limits, |n| of(next(n))).await;
        assert_eq!(strangers, of_strangers, "case {turn}");
        let invented = granted(ground, &limits, |n| with("a-device-of-his", of(next(n)))).await;
        assert_eq!(invented, 0, "case {turn}");
        let reserved = granted(ground, &limits, |_| with(device, of((0, 0)))).await;
        assert_eq!(reserved, of_device, "case {turn}");
    }
}

/// A device is known for the number with which it was used, where the code was proved, for half a
/// year, and not beyond the person.
pub async fn a_device_is_known_for_its_number_for_half_a_year(ground: &dyn Ground) {
    let known = async |device: &str, number: u32| {
        let asker = with(device, asker(phone(number), 1));
        ask(ground, asker, &no_limits()).await.1.expect("there is no limit").is_known
    };
    log_in_with(ground, "a-device-of-hers", phone(1)).await;
    assert!(!known("another-device", 1).await);
    assert!(known("a-device-of-hers", 1).await);
    assert!(!known("A-device-of-hers", 1).await, "another name");
    assert!(!known("another-device", 1).await, "nothing was proved");
    assert!(!known("a-device-of-hers", 2).await, "another number");
    ground.clock().advance(DEVICE_KNOWN_FOR - TimeDelta::seconds(1));
    assert!(known("a-device-of-hers", 1).await);
    ground.clock().advance(TimeDelta::seconds(1));
    assert!(!known("a-device-of-hers", 1).await, "half a year later");
    let asha = log_in_with(ground, "a-device-of-hers", phone(1)).await;
    let told =
        async |person| ground.profiles().known_devices(person, 10).await.expect("an answer").len();
    let bina = log_in_with(ground, "a-device-of-hers", phone(2)).await;
    assert_eq!((told(asha).await, told(bina).await), (1, 1));
    log_in_with(ground, "another-device", phone(2)).await;
    assert_eq!((told(asha).await, told(bina).await), (1, 2));
    let latest = ground.profiles().known_devices(bina, 1).await.expect("an answer");
    assert_eq!(latest, [ground.clock().now()], "at most so many");
    let erased = ground.profiles().erase(asha, ground.clock().now()).await.expect("an answer");
    assert_eq!(erased, Ok(()));
    assert!(!known("a-device-of-hers", 1).await, "she has left");
    assert_eq!((told(asha).await, told(bina).await), (0, 2));
    assert!(known("a-device-of-hers", 2).await, "somebody else's");
}

/// For an hour a thousand address blocks ask for numbers one after the other, of sixty that are alike
/// and of customers, while customers log in: the house spends what it allows, and every customer with
/// a known device is let in.
pub async fn an_attack_costs_what_is_allowed_and_keeps_no_customer_out(ground: &dyn Ground) {
    let (limits, customers) = (CodeLimits::default(), 200);
    let own = |customer: u32| {
        let phone = phone(customer % 60 * 10_000 + 9_000 + customer / 60);
        with(&format!("device-of-{customer:06}"), asker(phone, customer << 8))
    };
    for customer in 0..customers {
        let asker = own(customer);
        log_in_with(ground, &asker.device.expect("named"), asker.phone).await;
    }
    ground.clock().advance(TimeDelta::days(1));

    let (mut asked, mut spent, mut refused, mut let_in) = (0, 0, 0, 0);
    for minute in 0..60 {
        for _ in 0..if minute < 10 { 100 } else { 20 } {
            let customer = own(asked % customers).phone;
            let alike = phone(asked % 60 * 10_000 + asked / 60);
            let target = if asked % 4 == 0 { customer } else { alike };
            let stranger = asker(target, (1_000 + asked % 1_000) << 8);
            let granted = ask(ground, stranger, &limits).await.1.is_ok();
            spent += if granted { 20 } else { 0 };
            refused += u32::from(!granted);
            asked += 1;
        }
        for customer in (0..customers).filter(|customer| customer % 60 == minute) {
            let (challenge, opened) = ask(ground, own(customer), &limits).await;
            if opened.is_ok() {
                spent += 20;
                use_up(ground, &challenge).await;
                let_in += 1;
            }
        }
        ground.clock().advance(TimeDelta::minutes(1) - TimeDelta::seconds(1));
    }
    assert!(asked == 2_000 && refused > 1_000, "an attack: {refused} of {asked} were refused");
    assert!(spent <= 20_000, "Rs 200 an hour: {spent} paise");
    assert!(let_in * 100 >= customers * 99, "{let_in} of {customers}");
}
