//! The settings of the front door: whose word is taken, and who is let in.

use super::Reader;
use crate::http::Door;
use crate::http::classes::Class;
use crate::http::client::{Network, Proxies, ToldIn};
use crate::http::limits::{Limits, Quota};
use crate::http::origins::Origins;

/// Names that may be given to the house.
const MOST_HOSTS: usize = 32;

pub(super) fn read(reader: &mut Reader<'_>) -> Door {
    Door {
        proxies: proxies(reader),
        origins: origins(reader),
        hosts: hosts(reader),
        limits: limits(reader),
    }
}

/// How often one caller may call, by kind of call.
fn limits(reader: &mut Reader<'_>) -> Limits {
    const NAME: &str = "INDISTYLO_LIMITS";
    let mut limits = Limits::default();
    for text in reader.list(NAME) {
        let read = text.split_once('=').and_then(|(name, quota)| {
            let class = Class::ALL.into_iter().find(|class| class.name() == name)?;
            Some((class, quota.parse::<Quota>().ok()?))
        });
        if let Some((class, quota)) = read {
            limits = limits.with(class, quota);
            continue;
        }
        let names = Class::ALL.map(Class::name).join(", ");
        let expected = format!(
            "must be calls per seconds by kind, such as browse=1200/60, at most a million \
                     in a day; the kinds are {names}"
        );
        reader.fault(NAME, expected);
    }
    limits
}

/// The pages that may call from a browser.
fn origins(reader: &mut Reader<'_>) -> Origins {
    const NAME: &str = "INDISTYLO_ORIGINS";
    let named = reader.list(NAME);
    let is_open = |origin: &String| !origin.starts_with("https://");
    if reader.production && named.iter().any(is_open) {
        reader.fault(NAME, "must begin with https:// in production");
    }
    Origins::new(named).unwrap_or_else(|| {
        let expected = "must be at most 32 origins as a browser writes them, in small letters and \
                        without a path: https://app.example.com";
        reader.fault(NAME, expected);
        Origins::default()
    })
}

/// The names under which the house is known.
fn hosts(reader: &mut Reader<'_>) -> Vec<String> {
    const NAME: &str = "INDISTYLO_HOSTS";
    let hosts = reader.list(NAME);
    if hosts.is_empty() && reader.production {
        reader.fault(NAME, "must be set in production: the names under which the API is called");
    }
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    if hosts.len() > MOST_HOSTS || !hosts.iter().all(|host| host.bytes().all(is_host)) {
        reader.fault(NAME, "must be at most 32 host names, with a port where it is not 443");
    }
    hosts
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
