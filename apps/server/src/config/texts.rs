//! Who carries our texts, and what codes may cost.

use std::collections::HashSet;
use std::ops::RangeInclusive;

use adapter_messaging::{Fast2SmsSettings, Templates, TwilioSettings, VerifySettings};
use identity::code::{CODE_DIGITS, CODE_MINUTES};
use identity::{CodeLimits, CodePolicy, Pauses};
use kernel::Money;

use super::SmsConfig;
use super::reader::{Reader, all, parts};
use super::secret::{LEAST_SHARED, Secret};

/// The fewest digits of a code in production: with five guesses at each code, a chance of 1 in
/// 200,000 (OWASP ASVS 5.0, 6.5.4 asks for 20 bits).
const LEAST_DIGITS: u8 = 6;

/// How long codes are, how long they live, and what may be spent on them.
pub(super) fn codes(reader: &mut Reader<'_>, pauses: Pauses) -> CodePolicy {
    let usual = CodePolicy::default();
    let limits = usual.limits;
    let mut paise = |name: &'static str, usual: Money, most: i64| {
        let default = usual.minor_units().to_string();
        let value = reader.parsed::<i64>(name, &default, "a whole number of paise")?;
        if !(1..=most).contains(&value) {
            reader.fault(name, format!("must be from 1 to {most} paise"));
        }
        Some(Money::inr(value))
    };
    let limits = CodeLimits {
        price: paise("INDISTYLO_CODE_PRICE_PAISE", limits.price, 10_000).unwrap_or(limits.price),
        spend_an_hour: paise("INDISTYLO_CODES_HOUR_PAISE", limits.spend_an_hour, 100_000_000)
            .unwrap_or(limits.spend_an_hour),
        spend_a_day: paise("INDISTYLO_CODES_DAY_PAISE", limits.spend_a_day, 1_000_000_000)
            .unwrap_or(limits.spend_a_day),
        ..limits
    };
    let limits = if pauses == Pauses::Lifted { limits.lifted() } else { limits };
    let fewest = if reader.production { LEAST_DIGITS } else { *CODE_DIGITS.start() };
    let lengths = fewest..=*CODE_DIGITS.end();
    let mut among = |name: &'static str, usual: u8, range: &RangeInclusive<u8>| {
        let what = format!("a whole number from {} to {}", range.start(), range.end());
        let value = reader.parsed::<u8>(name, &usual.to_string(), &what)?;
        if !range.contains(&value) {
            reader.fault(name, format!("must be {what}"));
        }
        Some(value)
    };
    let digits = among("INDISTYLO_CODE_DIGITS", usual.digits(), &lengths);
    let minutes = among("INDISTYLO_CODE_MINUTES", usual.minutes(), &CODE_MINUTES);
    digits
        .zip(minutes)
        .and_then(|(digits, minutes)| CodePolicy::new(digits, minutes, limits).ok())
        .unwrap_or(usual)
}

/// The numbers with which Twilio lets one rehearse: it sends nothing from them.
const TWILIO_TEST: &str = "+1500555";

/// Who sends texts, in the order in which they are asked.
pub(super) fn sms(reader: &mut Reader<'_>) -> Vec<SmsConfig> {
    const NAME: &str = "SMS_PROVIDER";
    const KNOWN: &str = "twilio, twilio-verify or fast2sms, or several of them parted by commas";
    let given = reader.needed(NAME, KNOWN).unwrap_or_default();
    let named = parts(&given);
    let carries_all = |name: &&&str| **name != "twilio-verify";
    if !named.is_empty() && named.iter().filter(carries_all).count() == 0 {
        reader.fault(NAME, "must name another one beside twilio-verify, which sends codes alone");
    }
    let mut seen = HashSet::new();
    if !named.iter().all(|name| seen.insert(*name)) {
        reader.fault(NAME, "must name each provider once");
    }
    let configs = named.iter().filter_map(|name| match *name {
        "twilio" => twilio(reader),
        "twilio-verify" => twilio_verify(reader),
        "fast2sms" => fast2sms(reader),
        other => {
            reader.fault(NAME, format!("must be {KNOWN}, not {other:?}"));
            None
        }
    });
    configs.collect()
}

const TWILIO_ACCOUNT: [(&str, &str); 2] =
    [("TWILIO_ACCOUNT_SID", "the account's sid"), ("TWILIO_AUTH_TOKEN", "the account's token")];

fn twilio(reader: &mut Reader<'_>) -> Option<SmsConfig> {
    const OLDER: &str = "TWILIO_OLDER_AUTH_TOKENS";
    let [sid, token] = TWILIO_ACCOUNT;
    let names = [sid, token, ("TWILIO_FROM", "the sender's number or messaging service sid")];
    let base_url = reader.provider("TWILIO_URL", TwilioSettings::BASE_URL);
    let [account_sid, auth_token, from] = all(reader, names)?;
    reader.strong("TWILIO_AUTH_TOKEN", &auth_token, LEAST_SHARED);
    if reader.production && from.starts_with(TWILIO_TEST) {
        reader.fault("TWILIO_FROM", "must not be one of Twilio's test numbers");
    }
    let older = reader.list(OLDER);
    for token in &older {
        reader.strong(OLDER, token, LEAST_SHARED);
    }
    Some(SmsConfig::Twilio {
        base_url,
        account_sid,
        auth_token: Secret::new(auth_token),
        older_auth_tokens: older.into_iter().map(Secret::new).collect(),
        from,
    })
}

fn twilio_verify(reader: &mut Reader<'_>) -> Option<SmsConfig> {
    let [sid, token] = TWILIO_ACCOUNT;
    let names = [sid, token, ("TWILIO_VERIFY_SERVICE_SID", "the sid of the Verify service")];
    let base_url = reader.provider("TWILIO_VERIFY_URL", VerifySettings::BASE_URL);
    let [account_sid, auth_token, service_sid] = all(reader, names)?;
    reader.strong("TWILIO_AUTH_TOKEN", &auth_token, LEAST_SHARED);
    let auth_token = Secret::new(auth_token);
    Some(SmsConfig::TwilioVerify { base_url, account_sid, auth_token, service_sid })
}

fn fast2sms(reader: &mut Reader<'_>) -> Option<SmsConfig> {
    const TEMPLATES: &str = "FAST2SMS_TEMPLATES";
    const SECRETS: &str = "FAST2SMS_WEBHOOK_SECRETS";
    let base_url = reader.provider("FAST2SMS_URL", Fast2SmsSettings::BASE_URL);
    let templates = reader.given(TEMPLATES).map(|json| Templates::parse(&json));
    let templates = templates.transpose().unwrap_or_else(|error| {
        reader.fault(TEMPLATES, error.to_string());
        None
    });
    let webhook_secrets = reader.list(SECRETS);
    for secret in &webhook_secrets {
        if secret.len() < LEAST_SHARED {
            reader.fault(SECRETS, format!("must be at least {LEAST_SHARED} characters long each"));
        }
        reader.strong(SECRETS, secret, LEAST_SHARED);
    }
    let [api_key] = all(reader, [("FAST2SMS_API_KEY", "the account's API key")])?;
    reader.strong("FAST2SMS_API_KEY", &api_key, LEAST_SHARED);
    Some(SmsConfig::Fast2Sms {
        base_url,
        api_key: Secret::new(api_key),
        templates: templates.unwrap_or_default(),
        webhook_secrets: webhook_secrets.into_iter().map(Secret::new).collect(),
    })
}
