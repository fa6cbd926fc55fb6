//! Where a call really comes from: the machine that knocks, or who a trusted doorman says knocked.
//!
//! A reverse proxy tells on whose behalf it calls in a header that any caller could have written as
//! well. So the header is read from right to left, each entry only as long as the one who wrote it
//! is one of ours; the first stranger is the client (RFC 7239, section 8.1). And only the header
//! that the proxies are known to write is looked at: the other one would pass through them as the
//! stranger wrote it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use actix_web::http::header::{HeaderMap, HeaderName};
use actix_web::{HttpRequest, web};

use super::Settings;

/// Entries of the header that are read: more doormen in a row than anybody has.
const MOST_HOPS: usize = 16;
/// Networks that may be named: a large content network publishes two dozen.
const MOST_NETWORKS: usize = 64;

/// A network: every address that begins with the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    base: u128,
    mask: u128,
}

/// IPv4 as the part of IPv6 that stands for it.
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped(),
        IpAddr::V6(v6) => v6,
    }
    .to_bits()
}

impl Network {
    fn has(&self, address: IpAddr) -> bool {
        bits(address) & self.mask == self.base
    }
}

/// An address, or an address and how many of its bits count, such as `10.0.0.0/8`.
impl FromStr for Network {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "must be an address or a network such as 10.0.0.0/8";
        let (address, length) =
            text.split_once('/').map_or((text, None), |(a, length)| (a, Some(length)));
        let address: IpAddr = address.parse().map_err(|_| WRONG)?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let length = match length {
            None => width,
            Some(length) => length.parse().ok().filter(|l| *l <= width).ok_or(WRONG)?,
        };
        let mask = u128::MAX.checked_shl(width - length).unwrap_or(0);
        // Beyond the 32 bits of IPv4 all bits count: they say that it is IPv4.
        let base = bits(address) & mask;
        if base == bits(address) { Ok(Self { base, mask }) } else { Err("has bits beyond its /") }
    }
}

/// The header in which the proxies tell on whose behalf they call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ToldIn {
    /// `X-Forwarded-For`, as nearly all proxies write it.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

/// Whose word about the caller is taken. By default nobody's.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Proxies {
    trusted: Vec<Network>,
    told_in: ToldIn,
}

impl Proxies {
    /// Trusts these networks, at most 64, to tell the truth in this header.
    pub fn new(trusted: Vec<Network>, told_in: ToldIn) -> Option<Self> {
        (trusted.len() <= MOST_NETWORKS).then_some(Self { trusted, told_in })
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.has(address))
    }

    /// Who called: the peer, or who the trusted ones say.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        let name = match self.told_in {
            ToldIn::XForwardedFor => "x-forwarded-for",
            ToldIn::Forwarded => "forwarded",
        };
        let lines: Vec<_> = headers.get_all(HeaderName::from_static(name)).collect();
        let entries = lines.iter().rev().flat_map(|line| line.as_bytes().rsplit(|b| *b == b','));
        for entry in entries.take(MOST_HOPS) {
            if !self.trusts(client) {
                return client;
            }
            // A stranger's letters must not spoil the entries that ours wrote behind them.
            let entry = std::str::from_utf8(entry).map(str::trim).ok();
            let told = match self.told_in {
                ToldIn::XForwardedFor => entry.and_then(node),
                ToldIn::Forwarded => entry.and_then(forwarded_for),
            };
            match told {
                Some(told) => client = told.to_canonical(),
                // What cannot be read ends the trail at the last one who is known.
                None => return client,
            }
        }
        client
    }
}

/// The `for=` of an element of `Forwarded`.
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let mut found = element.split(';').filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then(|| value.trim().trim_matches('"'))
    });
    let value = found.next()?;
    found.next().is_none().then(|| node(value)).flatten()
}

/// An address, with or without a port: `192.0.2.1:443`, `[2001:db8::1]:443`.
fn node(text: &str) -> Option<IpAddr> {
    let bare = || text.strip_prefix('[')?.strip_suffix(']')?.parse::<Ipv6Addr>().ok();
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    text.parse().ok().or_else(|| bare().map(IpAddr::V6)).or_else(with_port)
}

/// The address of whoever calls, past the proxies that are ours.
pub fn address(request: &HttpRequest) -> IpAddr {
    let Some(peer) = request.peer_addr() else {
        // Over TCP there always is one: whoever has none shares one place with its like.
        return IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    };
    match request.app_data::<web::Data<Settings>>() {
        Some(settings) => settings.door.proxies.client(peer.ip(), request.headers()),
        None => peer.ip().to_canonical(),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn told(told_in: ToldIn, trusted: &[&str], peer: &str, lines: &[&str]) -> String {
        let trusted = trusted.iter().map(|t| t.parse().expect("a network")).collect();
        let proxies = Proxies::new(trusted, told_in).expect("few");
        let name = match told_in {
            ToldIn::XForwardedFor => "x-forwarded-for",
            ToldIn::Forwarded => "forwarded",
        };
        let mut headers = HeaderMap::new();
        for line in lines {
            let value = HeaderValue::from_bytes(line.as_bytes()).expect("a value");
            headers.append(HeaderName::from_static(name), value);
        }
        proxies.client(peer.parse().expect("an address"), &headers).to_string()
    }

    fn x(trusted: &[&str], peer: &str, lines: &[&str]) -> String {
        told(ToldIn::XForwardedFor, trusted, peer, lines)
    }

    #[test]
    fn a_stranger_is_not_asked_whom_they_speak_for() {
        assert_eq!(x(&[], "203.0.113.1", &["192.0.2.9"]), "203.0.113.1");
        assert_eq!(x(&["10.0.0.0/8"], "203.0.113.1", &["192.0.2.9"]), "203.0.113.1");
        assert_eq!(x(&["10.0.0.0/8"], "11.0.0.1", &["192.0.2.9"]), "11.0.0.1");
    }

    #[test]
    fn the_first_stranger_from_the_right_is_the_client() {
        let ours = ["10.0.0.0/8", "192.0.2.0/24", "2001:db8::/32"];
        assert_eq!(x(&ours, "10.1.2.3", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(x(&ours, "10.1.2.3", &["1.1.1.1, 203.0.113.9, 192.0.2.7"]), "203.0.113.9");
        assert_eq!(x(&ours, "10.1.2.3", &["1.1.1.1", "203.0.113.9", "192.0.2.7"]), "203.0.113.9");
        assert_eq!(x(&ours, "::ffff:10.1.2.3", &["::ffff:203.0.113.9"]), "203.0.113.9");
        assert_eq!(x(&ours, "2001:db8::1", &["203.0.113.9:4711"]), "203.0.113.9");
        assert_eq!(x(&ours, "10.1.2.3", &["[2001:4860::8]:443"]), "2001:4860::8");
        assert_eq!(x(&ours, "10.1.2.3", &["10.9.9.9"]), "10.9.9.9", "nobody but us");
        assert_eq!(x(&ours, "10.1.2.3", &[]), "10.1.2.3");
    }

    #[test]
    fn nonsense_ends_the_trail_at_the_last_one_who_is_known() {
        let ours = ["10.0.0.0/8"];
        for nonsense in ["", "unknown", "_hidden", "1.2.3", "10.0.0.1;x", "\u{917}", "1.1.1.1 "] {
            let line = format!("203.0.113.9, {nonsense}x, 10.0.0.2");
            assert_eq!(x(&ours, "10.0.0.1", &[&line]), "10.0.0.2", "{nonsense:?}");
        }
        let endless = "10.0.0.3, ".repeat(500) + "10.0.0.2";
        assert_eq!(x(&ours, "10.0.0.1", &[&endless]), "10.0.0.3");
    }

    #[test]
    fn the_standard_header_is_read_where_the_proxies_write_it() {
        let read = |line: &str| told(ToldIn::Forwarded, &["10.0.0.0/8"], "10.0.0.1", &[line]);
        assert_eq!(read("for=203.0.113.9"), "203.0.113.9");
        assert_eq!(read("for=1.1.1.1, For=\"203.0.113.9:80\";proto=https"), "203.0.113.9");
        assert_eq!(read("proto=https;by=10.0.0.2;for=\"[2001:4860::8]\""), "2001:4860::8");
        for unsaid in ["proto=https", "for=unknown", "for=_x", "for=1.1.1.1;for=2.2.2.2", "for"] {
            assert_eq!(read(unsaid), "10.0.0.1", "{unsaid}");
        }
        // The header that they do not write is a stranger's.
        let mut headers = HeaderMap::new();
        headers
            .append(HeaderName::from_static("forwarded"), HeaderValue::from_static("for=6.6.6.6"));
        let trusted = vec!["10.0.0.0/8".parse().expect("a network")];
        let proxies = Proxies::new(trusted, ToldIn::XForwardedFor).expect("few");
        let peer = "10.0.0.1".parse().expect("an address");
        assert_eq!(proxies.client(peer, &headers), peer);
    }

    #[test]
    fn networks_are_read_strictly() {
        for good in ["0.0.0.0/0", "::/0", "10.0.0.1", "10.0.0.1/32", "2001:db8::/32", "::1/128"] {
            assert!(good.parse::<Network>().is_ok(), "{good}");
        }
        for bad in ["", "10.0.0.0/33", "10.0.0.1/8", "::/129", "10.0.0/8", "x", "10.0.0.0/-1"] {
            assert!(bad.parse::<Network>().is_err(), "{bad}");
        }
        let everyone: Network = "0.0.0.0/0".parse().expect("a network");
        assert!(everyone.has("203.0.113.9".parse().expect("an address")));
        assert!(!everyone.has("2001:db8::1".parse().expect("an address")), "IPv4 only");
    }
}
