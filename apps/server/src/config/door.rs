//! The settings of the front door: whose word is taken, and who is let in.

use super::Reader;
use crate::http::Door;
use crate::http::client::{Network, Proxies, ToldIn};

pub(super) fn read(reader: &mut Reader<'_>) -> Door {
    Door { proxies: proxies(reader) }
}

/// Whose word about the caller's address is taken: nobody's, unless said otherwise.
fn proxies(reader: &mut Reader<'_>) -> Proxies {
    const TRUSTED: &str = "INDISTYLO_TRUSTED_PROXIES";
    let mut networks = Vec::new();
    for text in reader.list(TRUSTED) {
        match text.parse::<Network>() {
            Ok(network) => networks.push(network),
            Err(wrong) => reader.fault(TRUSTED, format!("{text:?} {wrong}")),
        }
    }
    let told_in = match reader.given("INDISTYLO_PROXY_HEADER").as_deref() {
        None | Some("x-forwarded-for") => ToldIn::XForwardedFor,
        Some("forwarded") => ToldIn::Forwarded,
        Some(other) => {
            let expected = format!("must be x-forwarded-for or forwarded, not {other:?}");
            reader.fault("INDISTYLO_PROXY_HEADER", expected);
            ToldIn::default()
        }
    };
    Proxies::new(networks, told_in).unwrap_or_else(|| {
        reader.fault(TRUSTED, "must name at most 64 networks");
        Proxies::default()
    })
}
