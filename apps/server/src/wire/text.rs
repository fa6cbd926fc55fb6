//! The largest answer there is, free slots, as the JSON that serde would write; it took a quarter
//! of a search to find out of every single text whether it must be escaped.

use std::io::Write;

use chrono::{DateTime, Datelike, Offset, TimeZone, Timelike};
use serde::Serialize;
use uuid::Uuid;

use super::{Availability, CurrencyView, LineView, MoneyView, PolicyView, SlotView};

/// What a slot takes, nearly: room is made once.
const OF_A_SLOT: usize = 896;

impl Availability {
    /// The answer's body.
    pub fn to_json(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(OF_A_SLOT * (1 + self.slots.len()));
        let Self { time_zone, slots } = self;
        out.extend_from_slice(br#"{"time_zone":"#);
        text(&mut out, time_zone);
        out.extend_from_slice(br#","slots":"#);
        let mut policies = Policies::default();
        list(&mut out, slots, |out, one| slot(out, one, &mut policies));
        out.push(b'}');
        out
    }
}

/// The policy that was written last, as it was written: nearly always it is the next one's too.
#[derive(Default)]
struct Policies(Option<(PolicyView, Vec<u8>)>);

impl Policies {
    fn write(&mut self, out: &mut Vec<u8>, policy: &PolicyView) {
        match &self.0 {
            Some((last, written)) if last == policy => out.extend_from_slice(written),
            _ => {
                let from = out.len();
                by_serde(out, policy);
                self.0 = out.get(from..).map(|written| (*policy, written.to_vec()));
            }
        }
    }
}

fn slot(out: &mut Vec<u8>, slot: &SlotView, policies: &mut Policies) {
    // Every field by its name: one that is new does not go unwritten.
    let SlotView {
        starts_at,
        ends_at,
        lines,
        staff_ids,
        price,
        tax,
        cancellation,
        offer,
        offer_expires_at,
    } = slot;
    out.extend_from_slice(br#"{"starts_at":"#);
    instant(out, *starts_at);
    out.extend_from_slice(br#","ends_at":"#);
    instant(out, *ends_at);
    out.extend_from_slice(br#","lines":"#);
    list(out, lines, line);
    out.extend_from_slice(br#","staff_ids":"#);
    list(out, staff_ids, uuid);
    out.extend_from_slice(br#","price":"#);
    money(out, *price);
    out.extend_from_slice(br#","tax":"#);
    by_serde(out, tax);
    out.extend_from_slice(br#","cancellation":"#);
    policies.write(out, cancellation);
    out.extend_from_slice(br#","offer":"#);
    text(out, offer);
    out.extend_from_slice(br#","offer_expires_at":"#);
    instant(out, *offer_expires_at);
    out.push(b'}');
}

fn line(out: &mut Vec<u8>, line: &LineView) {
    let LineView {
        guest,
        service_id,
        service_name,
        staff_id,
        staff_name,
        chosen,
        starts_at,
        ends_at,
        price,
        unit_ids,
    } = line;
    out.extend_from_slice(br#"{"guest":"#);
    number(out, (*guest).into());
    out.extend_from_slice(br#","service_id":"#);
    uuid(out, service_id);
    if let Some(name) = service_name {
        out.extend_from_slice(br#","service_name":"#);
        text(out, name);
    }
    out.extend_from_slice(br#","staff_id":"#);
    uuid(out, staff_id);
    if let Some(name) = staff_name {
        out.extend_from_slice(br#","staff_name":"#);
        text(out, name);
    }
    out.extend_from_slice(br#","chosen":"#);
    text(out, chosen);
    out.extend_from_slice(br#","starts_at":"#);
    instant(out, *starts_at);
    out.extend_from_slice(br#","ends_at":"#);
    instant(out, *ends_at);
    out.extend_from_slice(br#","price":"#);
    money(out, *price);
    if !unit_ids.is_empty() {
        out.extend_from_slice(br#","unit_ids":"#);
        list(out, unit_ids, uuid);
    }
    out.push(b'}');
}

fn money(out: &mut Vec<u8>, MoneyView { amount, currency }: MoneyView) {
    out.extend_from_slice(br#"{"amount":"#);
    number(out, amount);
    out.extend_from_slice(match currency {
        CurrencyView::Inr => br#","currency":"INR"}"#,
    });
}

fn list<T>(out: &mut Vec<u8>, items: &[T], mut each: impl FnMut(&mut Vec<u8>, &T)) {
    out.push(b'[');
    for (number, item) in items.iter().enumerate() {
        if number > 0 {
            out.push(b',');
        }
        each(out, item);
    }
    out.push(b']');
}

fn uuid(out: &mut Vec<u8>, uuid: &Uuid) {
    out.push(b'"');
    out.extend_from_slice(uuid.hyphenated().encode_lower(&mut Uuid::encode_buffer()).as_bytes());
    out.push(b'"');
}

fn number(out: &mut Vec<u8>, number: i64) {
    // Writing to memory does not fail.
    let _ = write!(out, "{number}");
}

/// As it is, where nothing in it must be escaped; looked at as a whole, which goes many bytes at a
/// time.
fn text(out: &mut Vec<u8>, text: &str) {
    let bad = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
    if text.bytes().fold(false, |any, byte| any | bad(byte)) {
        return by_serde(out, text);
    }
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
}

/// RFC 3339, with as much of a second as there is.
fn instant<Z: TimeZone>(out: &mut Vec<u8>, at: DateTime<Z>)
where
    DateTime<Z>: Serialize,
{
    let (local, offset) = (at.naive_local(), at.offset().fix().local_minus_utc());
    let (Ok(year @ 0..=9999), nanos @ ..1_000_000_000, 0) =
        (u32::try_from(local.year()), local.nanosecond(), offset % 60)
    else {
        return by_serde(out, &at);
    };
    out.push(b'"');
    two(out, year / 100);
    two(out, year % 100);
    for (mark, number) in [
        (b'-', local.month()),
        (b'-', local.day()),
        (b'T', local.hour()),
        (b':', local.minute()),
        (b':', local.second()),
    ] {
        out.push(mark);
        two(out, number);
    }
    // Writing to memory does not fail.
    let _ = match nanos {
        0 => Ok(()),
        _ if nanos.is_multiple_of(1_000_000) => write!(out, ".{:03}", nanos / 1_000_000),
        _ if nanos.is_multiple_of(1_000) => write!(out, ".{:06}", nanos / 1_000),
        _ => write!(out, ".{nanos:09}"),
    };
    if offset == 0 {
        out.push(b'Z');
    } else {
        out.push(if offset < 0 { b'-' } else { b'+' });
        let minutes = offset.unsigned_abs() / 60;
        two(out, minutes / 60);
        out.push(b':');
        two(out, minutes % 60);
    }
    out.push(b'"');
}

/// A number below a hundred.
fn two(out: &mut Vec<u8>, number: u32) {
    let digit = |digit: u32| b'0' + u8::try_from(digit % 10).unwrap_or_default();
    out.extend_from_slice(&[digit(number / 10), digit(number)]);
}

fn by_serde(out: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) {
    // Neither does a text or an instant.
    let _ = serde_json::to_writer(out, value);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::TaxView;
    use chrono::{FixedOffset, Utc};
    use kernel::Rate;
    use scheduling::CancellationPolicy;

    fn at(text: &str) -> DateTime<FixedOffset> {
        text.parse().expect("an instant")
    }

    fn same(availability: &Availability) {
        let expected = serde_json::to_string(availability).expect("JSON");
        assert_eq!(String::from_utf8(availability.to_json()).expect("text"), expected);
    }

    #[test]
    fn it_is_what_serde_writes() {
        let price = MoneyView { amount: -49_900, currency: CurrencyView::Inr };
        let line = |name: Option<&str>| LineView {
            guest: 7,
            service_id: Uuid::from_u128(0x0193_c0de_0000_7000_8000_0000_0000_00af),
            service_name: name.map(str::to_owned),
            staff_id: Uuid::max(),
            staff_name: name.map(str::to_owned),
            chosen: "fairly",
            starts_at: at("2026-05-05T11:00:00+05:30"),
            ends_at: at("2026-05-05T11:45:00-03:00"),
            price,
            unit_ids: name.map(|_| Uuid::nil()).into_iter().collect(),
        };
        let slot = |lines: Vec<LineView>, expires: &str| SlotView {
            starts_at: at("2026-05-05T11:00:00.5+05:45"),
            ends_at: at("2026-02-09T01:02:03+00:00"),
            staff_ids: lines.iter().map(|line| line.staff_id).collect(),
            lines,
            price,
            tax: expires.starts_with('2').then_some(TaxView {
                rate: Rate::percent(5),
                included: true,
                taxable: price,
                cgst: price,
                sgst: price,
            }),
            cancellation: CancellationPolicy::default().into(),
            offer: "A-_z".to_owned(),
            offer_expires_at: at(expires).with_timezone(&Utc),
        };
        same(&Availability { time_zone: "Asia/Kolkata".to_owned(), slots: Vec::new() });
        let zone = "\"\\\n\u{1f} \u{7f}é/\u{2028}".to_owned();
        let slots = vec![
            slot(vec![line(None)], "2026-11-22T23:59:60.123456Z"),
            slot(
                vec![line(Some("Cut & \"dry\"")), line(Some("हिन्दी"))],
                "0009-12-31T00:00:00.000001Z",
            ),
            slot(vec![], "+12026-01-01T10:00:00.000000001Z"),
            slot(vec![], "-0001-01-01T10:00:00Z"),
        ];
        same(&Availability { time_zone: zone, slots });
    }

    #[test]
    fn any_instant_is_written_as_serde_writes_it() {
        let mut drawn = 1_u64;
        for _ in 0..20_000 {
            drawn =
                drawn.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
            let seconds = i64::try_from(drawn >> 26).expect("small") - (1 << 37);
            let nanos =
                [0, 999_000_000, 1_000, 999_999_999][usize::try_from(drawn >> 62).expect("2 bits")];
            let offset = i32::try_from(drawn >> 40 & 0x1_ffff).expect("small") % 86_400 - 43_200;
            let offset = if drawn & 1 == 0 { offset } else { offset / 900 * 900 };
            let Some(at) = DateTime::from_timestamp(seconds, nanos) else { continue };
            let at = at.with_timezone(&FixedOffset::east_opt(offset).expect("half a day"));
            let mut out = Vec::new();
            instant(&mut out, at);
            assert_eq!(String::from_utf8(out).ok(), serde_json::to_string(&at).ok());
        }
    }
}
