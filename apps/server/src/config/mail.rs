//! Who carries our letters, where their links lead, and what a password costs.

use adapter_credentials::Cost;
use identity::MailLimits;

use super::secret::Secret;
use super::{MailConfig, Reader};

/// Where links lead in development: to whatever serves the pages there.
const DEVELOPMENT_SITE: &str = "http://127.0.0.1:3000";
/// Whose letters they are in development.
const DEVELOPMENT_FROM: &str = "IndiStylo <noreply@indistylo.example>";

/// The mail server, or what is provided in development.
pub(super) fn read(reader: &mut Reader<'_>) -> MailConfig {
    const URL: &str = "SMTP_URL";
    const SITE: &str = "INDISTYLO_SITE_URL";
    let url = reader.needed(URL, "the mail server, such as smtps://user:password@mail.example");
    let url = reader.url(URL, url, &["smtps://", "smtp://"]);
    let seen = |url: &String| !url.starts_with("smtps://") && !url.ends_with("?tls=required");
    if reader.production && url.as_ref().is_some_and(seen) {
        reader.fault(URL, "must begin with smtps:// or end with ?tls=required in production");
    }
    let from = reader.needed("MAIL_FROM", "whose letters they are");
    let site = reader.needed(SITE, "where the pages are that links in letters lead to");
    let schemes: &[&str] = if reader.production { &["https://"] } else { &["https://", "http://"] };
    let site = reader.url(SITE, site, schemes);
    MailConfig {
        url: url.map(Secret::new),
        from: from.unwrap_or_else(|| DEVELOPMENT_FROM.to_owned()),
        site: site.unwrap_or_else(|| DEVELOPMENT_SITE.to_owned()),
        limits: limits(reader),
    }
}

/// The most letters a day that can be set, which no house of ours sends.
const MOST_MAILS: u32 = 1_000_000;

fn limits(reader: &mut Reader<'_>) -> MailLimits {
    let usual = MailLimits::default();
    let mut read = |name: &'static str, usual: u32| {
        let given = reader.parsed::<u32>(name, &usual.to_string(), "a whole number of letters");
        if given.is_some_and(|given| !(1..=MOST_MAILS).contains(&given)) {
            reader.fault(name, format!("must be from 1 to {MOST_MAILS}"));
        }
        given.unwrap_or(usual)
    };
    MailLimits {
        an_hour: read("INDISTYLO_MAILS_AN_HOUR", usual.an_hour),
        a_day: read("INDISTYLO_MAILS_A_DAY", usual.a_day),
    }
}

/// What a password costs, written as in what is kept of one: `m=65536,t=3`.
pub(super) fn password_cost(reader: &mut Reader<'_>) -> Cost {
    const NAME: &str = "INDISTYLO_PASSWORD_COST";
    let Some(given) = reader.given(NAME) else { return Cost::USUAL };
    let Some(cost) = parsed(&given) else {
        reader.fault(NAME, "must be memory in KiB and passes, such as m=65536,t=3");
        return Cost::USUAL;
    };
    if reader.production && !cost.is_enough() {
        reader.fault(NAME, "must be at least m=19456,t=2 in production");
    }
    cost
}

fn parsed(given: &str) -> Option<Cost> {
    let (memory, passes) = given.split_once(',')?;
    let memory_kib = memory.strip_prefix("m=")?.parse().ok()?;
    let passes = passes.strip_prefix("t=")?.parse().ok()?;
    let cost = Cost { memory_kib, passes };
    adapter_credentials::Argon2Hasher::new(cost, 1).ok().map(|_| cost)
}
