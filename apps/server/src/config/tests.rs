//! What is missing or wrong is said by name, and nothing is assumed in production.

use adapter_credentials::Keys;

use super::*;

fn read(pairs: &[(&str, &str)], in_checkout: bool) -> Result<Config, Vec<String>> {
    let lookup = |name: &str| {
        pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    };
    Config::read(&lookup, in_checkout, Scope::Whole)
        .map_err(|Faults(faults)| faults.into_iter().map(|fault| fault.name).collect())
}

const PRODUCTION: [(&str, &str); 15] = [
    ("INDISTYLO_ENV", "production"),
    ("DATABASE_URL", "postgres://db.example/indistylo?sslmode=verify-full"),
    ("REDIS_URL", "redis://cache"),
    ("INDISTYLO_SECRET", "mB4x1Yc0uQe7rTzW2pLs9vNkJhGfDaXi"),
    ("RAZORPAY_KEY_ID", "rzp_live_1"),
    ("RAZORPAY_KEY_SECRET", "wN7rTzW2pLs9vNkJhGfDaXi0"),
    ("RAZORPAY_WEBHOOK_SECRETS", "Qe7rTzW2pLs9vNkJ, 4x1Yc0uQe7rTzW2p"),
    ("SMS_PROVIDER", "twilio"),
    ("TWILIO_ACCOUNT_SID", "AC1"),
    ("TWILIO_AUTH_TOKEN", "9f8c1d0e7b6a5948372615f4e3d2c1b0"),
    ("TWILIO_FROM", "MG9f8c1d0e7b6a5948"),
    ("SMTP_URL", "smtps://user:password@mail.example"),
    ("MAIL_FROM", "IndiStylo <noreply@indistylo.example>"),
    ("INDISTYLO_SITE_URL", "https://indistylo.example"),
    ("INDISTYLO_HOSTS", "api.indistylo.example"),
];

#[test]
fn a_checkout_needs_nothing() {
    let config = read(&[], true).expect("defaults");
    assert_eq!(config.environment, Environment::Development);
    assert!(config.database_url.is_none() && config.razorpay.is_none() && config.seed);
}

#[test]
fn production_names_everything_that_is_missing() {
    let missing = read(&[], false).expect_err("nothing is set");
    for (name, _) in PRODUCTION[1..8].iter().chain(&PRODUCTION[11..]) {
        assert!(missing.iter().any(|m| m == name), "{name} in {missing:?}");
    }
}

#[test]
fn production_starts_with_everything_set() {
    let config = read(&PRODUCTION, false).expect("all set");
    assert!(!config.seed);
    assert_eq!(config.razorpay.expect("razorpay").webhook_secrets.len(), 2);
}

#[test]
fn production_refuses_sandbox_demo_data_and_weak_secrets() {
    for (name, value) in [
        ("RAZORPAY_URL", "http://127.0.0.1:4020"),
        ("TWILIO_URL", "http://127.0.0.1:4020"),
        ("RAZORPAY_KEY_ID", "rzp_test_1"),
        ("INDISTYLO_SEED", "true"),
        ("SMTP_URL", "smtp://127.0.0.1:4025"),
        ("SMTP_URL", "https://mail.example"),
        ("INDISTYLO_SITE_URL", "http://indistylo.example"),
        ("INDISTYLO_PASSWORD_COST", "m=19455,t=2"),
        ("INDISTYLO_PASSWORD_COST", "m=65536,t=1"),
        ("INDISTYLO_PASSWORD_COST", "m=4294967295,t=2"),
        ("INDISTYLO_PASSWORD_COST", "much"),
        ("INDISTYLO_AUDIT_SIGNERS", "mB4x1Yc0uQe7rTzW2pLs9vNkJhGfDaXi"),
        ("INDISTYLO_SECRET", "short"),
        ("INDISTYLO_SECRET", "mB4x1Yc0uQe7rTzW2pLs9vNkJhGfDaXi, short"),
        ("INDISTYLO_SECRET", "abababababababababababababababab"),
        ("INDISTYLO_SECRET", "changeme-changeme-ChangeMe-abcdef"),
        ("INDISTYLO_SECRET", "mB4x1Yc0uQe7rTzW2pLs9vNkJhGfDaXi, mB4x1Yc0uQe7rTzW2pLs9vNkJhGfDaXi"),
        ("RAZORPAY_KEY_SECRET", "s"),
        ("RAZORPAY_WEBHOOK_SECRETS", "Qe7rTzW2pLs9vNkJ, old"),
        ("TWILIO_AUTH_TOKEN", "passwordpassword"),
        ("TWILIO_FROM", "+15005550006"),
        ("DATABASE_URL", "postgres://db.example/indistylo"),
        ("DATABASE_URL", "postgres://db.example/indistylo?sslmode=require"),
        ("DATABASE_URL", "postgres://db.example:no/indistylo"),
        ("DATABASE_URL", "postgres://indistylo:indistylo@localhost/indistylo"),
        ("DATABASE_URL", "postgres://postgres:postgres@localhost/indistylo"),
        ("INDISTYLO_PRIVATE_NETWORK", "perhaps"),
        ("DATABASE_URL", "mysql://db"),
        ("INDISTYLO_LISTEN", "8080"),
        ("INDISTYLO_DATABASE_CONNECTIONS", "0"),
        ("INDISTYLO_LOG_FORMAT", "xml"),
        ("SMS_PROVIDER", "pigeon"),
        ("SMS_PROVIDER", "twilio, twilio"),
        ("INDISTYLO_PUBLIC_URL", "http://api.example.com"),
        ("INDISTYLO_PUBLIC_URL", "https://api.example.com/api"),
        ("INDISTYLO_CODE_DIGITS", "3"),
        ("INDISTYLO_CODE_DIGITS", "5"),
        ("TWILIO_OLDER_AUTH_TOKENS", "short"),
        ("TWILIO_OLDER_AUTH_TOKENS", "8c1d0e7b6a5948372615f4e3d2c1b09f, aaaaaaaaaaaaaaaaaaaaaaaa"),
        ("INDISTYLO_CODE_MINUTES", "11"),
        ("INDISTYLO_CODES_HOUR_PAISE", "0"),
        ("INDISTYLO_MAILS_AN_HOUR", "0"),
        ("INDISTYLO_MAILS_A_DAY", "many"),
        ("INDISTYLO_PAUSES", "false"),
        ("INDISTYLO_WORKER", "maybe"),
        ("INDISTYLO_TRUSTED_PROXIES", "10.0.0.0/8, everyone"),
        ("INDISTYLO_PROXY_HEADER", "x-real-ip"),
        ("INDISTYLO_ORIGINS", "http://app.example.com"),
        ("INDISTYLO_ORIGINS", "https://app.example.com, *"),
        ("INDISTYLO_ORIGINS", "null"),
        ("INDISTYLO_HOSTS", "https://api.example.com/"),
        ("INDISTYLO_HOSTS", ""),
        ("INDISTYLO_HOSTS", ","),
        ("INDISTYLO_DOCS", "perhaps"),
        ("INDISTYLO_METRICS_LISTEN", "0.0.0.0:9090"),
        ("INDISTYLO_METRICS_LISTEN", "[::]:9090"),
        ("INDISTYLO_METRICS_LISTEN", "203.0.113.7:9090"),
        ("INDISTYLO_METRICS_LISTEN", "[2001:db8::7]:9090"),
        ("INDISTYLO_METRICS_ANYWHERE", "perhaps"),
        ("INDISTYLO_LIMITS", "browse=1200"),
        ("INDISTYLO_LIMITS", "browse=1200/60, dancing=1/1"),
        ("INDISTYLO_LIMITS", "login=0/60"),
    ] {
        let mut pairs = PRODUCTION.to_vec();
        pairs.retain(|(key, _)| *key != name);
        pairs.push((name, value));
        assert_eq!(read(&pairs, false).expect_err(name), [name]);
    }
}

/// A file with this text, gone again after the test.
struct Written(std::path::PathBuf);

impl Written {
    fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("{name}-{}", std::process::id()));
        std::fs::write(&path, text).expect("a file");
        Self(path)
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.0));
    }
}

#[test]
fn a_setting_may_stand_in_a_file() {
    let file = Written::new("indistylo-secret", "mB4x1Yc0uQe7rTzW2pLs9vNkJhGfDaXi\n");
    let path = file.0.to_str().expect("text");
    let but = |pairs: &[(&'static str, &'static str)], path: &str| {
        let mut all = PRODUCTION.to_vec();
        all.retain(|(name, _)| *name != "INDISTYLO_SECRET");
        all.extend(pairs);
        all.push(("INDISTYLO_SECRET_FILE", path));
        read(&all, false)
    };
    let config = but(&[], path).expect("all set");
    assert_eq!(config.secret, Some(Secret::new("mB4x1Yc0uQe7rTzW2pLs9vNkJhGfDaXi")));
    // Which of the two counts is not guessed.
    let twice = ("INDISTYLO_SECRET", "Qe7rTzW2pLs9vNkJhGfDaXimB4x1Yc0u");
    assert_eq!(but(&[twice], path).expect_err("both"), ["INDISTYLO_SECRET"]);

    let (empty, large) = (Written::new("empty", "\n"), Written::new("large", &"x".repeat(70_000)));
    for unusable in [&empty.0, &large.0, &"/nowhere/at/all".into(), &std::env::temp_dir()] {
        let unusable = unusable.to_str().expect("text");
        assert_eq!(but(&[], unusable).expect_err(unusable), ["INDISTYLO_SECRET"]);
    }
}

#[test]
fn the_older_secrets_follow_the_newest() {
    let secrets = "mB4x1Yc0uQe7rTzW2pLs9vNkJhGfDaXi, Qe7rTzW2pLs9vNkJhGfDaXimB4x1Yc0u,";
    let config = read(&[("INDISTYLO_SECRET", secrets)], true).expect("two");
    assert_eq!(config.secret, Some(Secret::new("mB4x1Yc0uQe7rTzW2pLs9vNkJhGfDaXi")));
    assert_eq!(config.older_secrets, [Secret::new("Qe7rTzW2pLs9vNkJhGfDaXimB4x1Yc0u")]);
    let four = ["Qe7rTzW2pLs9vNkJhGfDaXimB4x1Yc0"; 4];
    let four: Vec<_> = (0..).zip(four).map(|(n, secret)| format!("{secret}{n}")).collect();
    let faults = read(&[("INDISTYLO_SECRET", &four.join(","))], true).expect_err("four");
    assert_eq!(faults, ["INDISTYLO_SECRET"]);
}

#[test]
fn a_private_network_needs_no_proof() {
    let mut pairs = PRODUCTION.to_vec();
    pairs[1].1 = "postgres://indistylo:Qe7rTzW2pLs9@postgres:5432/indistylo";
    assert_eq!(read(&pairs, false).expect_err("exposed"), ["DATABASE_URL"]);
    pairs.push(("INDISTYLO_PRIVATE_NETWORK", "true"));
    assert!(read(&pairs, false).is_ok());
}

#[test]
fn redis_may_be_reached_over_tls() {
    let mut pairs = PRODUCTION.to_vec();
    pairs[2].1 = "rediss://:hunter3@cache.example:6380";
    assert!(read(&pairs, false).is_ok());
    pairs[2].1 = "https://cache.example";
    assert_eq!(read(&pairs, false).expect_err("no Redis"), ["REDIS_URL"]);
}

#[test]
fn the_summary_tells_no_secret() {
    let mut pairs = PRODUCTION.to_vec();
    pairs[1].1 = "postgres://me:hunter2pLs9v@db.example:6000/x?sslmode=verify-full";
    pairs[2].1 = "redis://:hunter3@cache";
    let told = Summary(&read(&pairs, false).expect("all set")).to_string();
    for word in ["production", "db.example:6000", "rzp_live_1", "twilio", "in Redis"] {
        assert!(told.contains(word), "{word} in {told}");
    }
    for secret in ["hunter", "mB4x1Yc0", "wN7rTzW2", "Qe7rTzW2", "9f8c1d0e", "cache"] {
        assert!(!told.contains(secret), "{secret} in {told}");
    }
}

#[test]
fn the_signer_of_today_is_named_as_retired_tomorrow() {
    let secret = ("INDISTYLO_SECRET", "mB4x1Yc0uQe7rTzW2pLs9vNkJhGfDaXi");
    let told = Summary(&read(&[secret], true).expect("set")).to_string();
    let line = told.lines().find(|line| line.contains("audit signer")).expect("a line");
    let signer = line.split_whitespace().nth(2).expect("a key").trim_end_matches(',').to_owned();
    let named = |value: &str| read(&[("INDISTYLO_AUDIT_SIGNERS", value), secret], true);
    let config = named(&format!("{signer}@1041, {signer}@7")).expect("two");
    let signer = Keys::new(secret.1.as_bytes()).expect("long enough").audit_signer();
    assert_eq!(config.audit_signers, [signer.retired_after(1041), signer.retired_after(7)]);
    let told = Summary(&config).to_string();
    assert!(told.contains(&format!("{signer}, before it {signer}@1041, before it {signer}@7")));
    let forever = named(&signer.to_string()).expect_err("without a place");
    assert_eq!(forever, ["INDISTYLO_AUDIT_SIGNERS"]);
}

#[test]
fn a_secret_in_the_place_of_a_signer_is_not_shown() {
    let secret = "mB4x1Yc0uQe7rTzW2pLs9vNkJhGfDaXi";
    let signer = Keys::new(secret.as_bytes()).expect("long enough").audit_signer();
    let value = format!("{signer}@7, {secret}");
    let lookup = |name: &str| (name == "INDISTYLO_AUDIT_SIGNERS").then(|| value.clone());
    let faults = Config::read(&lookup, true, Scope::Whole).expect_err("no signer").to_string();
    assert!(faults.contains("INDISTYLO_AUDIT_SIGNERS: number 2 must be KEY@LAST_SEQ"), "{faults}");
    assert!(!faults.contains(secret), "{faults}");
}

#[test]
fn every_setting_of_production_reaches_the_containers() {
    // Where the processes of the containers listen and keep files is settled there, and what is for
    // development alone does not belong into them.
    const SETTLED: [&str; 12] = [
        "INDISTYLO_DATA_DIR",
        "INDISTYLO_LISTEN",
        "INDISTYLO_METRICS_LISTEN",
        "INDISTYLO_METRICS_ANYWHERE",
        "INDISTYLO_PAUSES",
        "INDISTYLO_SANDBOX_LISTEN",
        "INDISTYLO_SANDBOX_SMTP_LISTEN",
        "INDISTYLO_SEED",
        "RAZORPAY_URL",
        "TWILIO_URL",
        "TWILIO_VERIFY_URL",
        "FAST2SMS_URL",
    ];
    let explained = include_str!("../../../../.env.example").lines().filter_map(|line| {
        let (name, _) = line.strip_prefix('#').unwrap_or(line).split_once('=')?;
        let is_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        (!name.is_empty() && name.chars().all(is_name)).then_some(name)
    });
    let explained: Vec<_> = explained.collect();
    assert!(explained.len() > 40, "{explained:?}");
    let handed = include_str!("../../../../docker-compose.yml");
    let forgotten = explained.iter().filter(|name| {
        !SETTLED.contains(name)
            && !handed.lines().any(|l| l.trim().starts_with(&format!("{name}:")))
    });
    assert_eq!(forgotten.collect::<Vec<_>>(), [&""; 0]);
}

#[test]
fn where_nobody_has_to_wait_for_a_code_none_is_refused_either() {
    let read = |pairs: &[(&str, &str)]| read(pairs, true).expect("set");
    let (kept, lifted) = (read(&[]), read(&[("INDISTYLO_PAUSES", "false")]));
    assert_eq!((kept.pauses, lifted.pauses), (Pauses::Kept, Pauses::Lifted));
    assert_eq!(kept.codes.limits, CodePolicy::default().limits);
    assert_eq!(lifted.codes.limits, CodePolicy::default().limits.lifted());
    assert_ne!(lifted.codes.limits, kept.codes.limits);
}

#[test]
fn migrating_needs_the_database_alone() {
    let lookup = |name: &str| (name == "DATABASE_URL").then(|| "postgres://localhost/x".to_owned());
    assert!(Config::read(&lookup, false, Scope::Database).is_ok());
    assert!(Config::read(&|_| None, false, Scope::Database).is_err());
}

#[test]
fn half_a_provider_is_a_fault_even_in_development() {
    let faults = read(&[("RAZORPAY_KEY_ID", "rzp_test_1")], true).expect_err("half");
    assert_eq!(faults, ["RAZORPAY_KEY_SECRET", "RAZORPAY_WEBHOOK_SECRETS"]);
}

#[test]
fn the_numbers_are_served_within_the_house_unless_it_was_meant() {
    let with =
        |more: &[(&'static str, &'static str)]| read(&[&PRODUCTION[..], more].concat(), false);
    for inside in
        ["127.0.0.1:9090", "[::1]:9090", "10.1.2.3:9090", "192.168.1.2:9090", "[fd00::7]:1"]
    {
        assert!(with(&[("INDISTYLO_METRICS_LISTEN", inside)]).is_ok(), "{inside}");
    }
    let meant = ("INDISTYLO_METRICS_ANYWHERE", "true");
    assert!(with(&[("INDISTYLO_METRICS_LISTEN", "0.0.0.0:9090"), meant]).is_ok());
    let faults = read(&[("INDISTYLO_METRICS_LISTEN", "0.0.0.0:9090")], true);
    assert!(faults.is_ok(), "nobody else is on a developer's machine");
}

#[test]
fn the_document_is_served_in_production_only_where_it_is_asked_for() {
    let docs = |pairs: &[(&str, &str)], in_checkout| read(pairs, in_checkout).expect("set").docs;
    assert!(docs(&[], true));
    assert!(!docs(&PRODUCTION, false));
    assert!(docs(&[&PRODUCTION[..], &[("INDISTYLO_DOCS", "true")]].concat(), false));
}

#[test]
fn several_providers_of_texts_are_asked_in_order() {
    let mut pairs = PRODUCTION.to_vec();
    pairs.retain(|(name, _)| *name != "SMS_PROVIDER");
    pairs.push(("SMS_PROVIDER", "twilio-verify, fast2sms, twilio"));
    let missing = read(&pairs, false).expect_err("half of them");
    assert_eq!(missing, ["TWILIO_VERIFY_SERVICE_SID", "FAST2SMS_API_KEY"]);
    pairs.push(("TWILIO_VERIFY_SERVICE_SID", "VA1"));
    pairs.push(("FAST2SMS_API_KEY", "kQ7vX2mB9tRz4LwN"));
    let sms = read(&pairs, false).expect("all set").sms;
    assert!(matches!(
        sms[..],
        [SmsConfig::TwilioVerify { .. }, SmsConfig::Fast2Sms { .. }, SmsConfig::Twilio { .. }]
    ));
    for (name, value) in [
        ("SMS_PROVIDER", "twilio-verify"),
        ("TWILIO_AUTH_TOKEN", "passwordpassword"),
        ("FAST2SMS_TEMPLATES", "[{}]"),
        ("FAST2SMS_WEBHOOK_SECRETS", "short"),
    ] {
        let mut wrong = pairs.clone();
        wrong.retain(|(known, _)| *known != name);
        wrong.push((name, value));
        assert_eq!(read(&wrong, false).expect_err(name), [name]);
    }
}

#[test]
fn secrets_do_not_reach_a_log() {
    let config = read(&PRODUCTION, false).expect("all set");
    assert!(!format!("{config:?}").contains("mB4x1Yc0"));
}
