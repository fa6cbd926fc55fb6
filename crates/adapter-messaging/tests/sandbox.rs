//! A text from us to the simulated phones of Twilio and `Fast2SMS`, and what they tell of it.

use std::sync::Arc;
use std::time::Duration;

use identity::{Phone, TextStatus};
use indistylo_adapter_messaging::{
    Failover, Fast2Sms, Fast2SmsSettings, Sender, Templates, Twilio, TwilioSettings, TwilioVerify,
    VerifySettings,
};
use ports::{Message, MessageError, Messages};
use sandbox::{ApiFaults, Fast2SmsFaults, Faults, Sandbox, Settings};
use testkit::stub::Stub;

const TEMPLATES: &str = r#"[{
    "text": "refund", "route": "dlt", "template_id": "1107", "message_id": "222222",
    "entity_id": "1101", "header": "INDSTY", "longest": 160,
    "body": "{#alphanumeric#} for your booking at {#alphanumeric#} is being refunded."
}]"#;

/// Providers in a sandbox, which tell of texts at this address.
struct Providers {
    sandbox: Sandbox,
    twilio: Arc<Twilio>,
    verify: Arc<TwilioVerify>,
    fast2sms: Arc<Fast2Sms>,
}

async fn open() -> (Sandbox, Arc<Twilio>, Arc<Fast2Sms>) {
    let Providers { sandbox, twilio, fast2sms, .. } = open_telling(None).await;
    (sandbox, twilio, fast2sms)
}

async fn open_telling(url: Option<String>) -> Providers {
    let mut settings = Settings::development();
    settings.fast2sms.webhook_url.clone_from(&url);
    let sandbox = Sandbox::start(settings).await.expect("starts");
    let account = sandbox.settings().twilio.clone();
    let twilio = Twilio::new(TwilioSettings {
        base_url: sandbox.base_url(),
        account_sid: account.account_sid.clone(),
        auth_token: account.auth_token.clone(),
        older_auth_tokens: Vec::new(),
        sender: Sender::Number(account.from),
        status_callback: url,
    });
    let verify = TwilioVerify::new(VerifySettings {
        base_url: sandbox.base_url(),
        account_sid: account.account_sid,
        auth_token: account.auth_token,
        service_sid: account.verify_service,
    });
    let fast2sms = Fast2Sms::new(Fast2SmsSettings {
        base_url: sandbox.base_url(),
        api_key: sandbox.settings().fast2sms.api_key.clone(),
        templates: Templates::parse(TEMPLATES).expect("good templates"),
        webhook_secrets: vec![sandbox.settings().fast2sms.webhook_secret.clone()],
    });
    Providers {
        sandbox,
        twilio: Arc::new(twilio.expect("good settings")),
        verify: Arc::new(verify.expect("good settings")),
        fast2sms: Arc::new(fast2sms.expect("good settings")),
    }
}

fn phone() -> Phone {
    "+919812345678".parse().expect("a mobile")
}

fn code() -> Message {
    Message::Code { code: "012345".to_owned(), minutes: "5".to_owned() }
}

fn refund() -> Message {
    Message::Refund { amount: "₹499.00".to_owned(), salon: "Asha | Ravi".to_owned() }
}

#[tokio::test]
async fn texts_arrive() {
    let (sandbox, twilio, fast2sms) = open().await;
    for (provider, message, text) in [
        (&*twilio as &dyn Messages, code(), code().text()),
        (&*twilio, refund(), refund().text()),
        (&*fast2sms, code(), "Your OTP: 012345".to_owned()),
        (&*fast2sms, refund(), "[template 222222] ₹499.00 | Asha / Ravi".to_owned()),
    ] {
        let id = provider.send(&phone(), &message).await.expect("sent").name;
        let newest = sandbox.messages(Some("+919812345678")).remove(0);
        assert_eq!((newest.id, newest.body), (id, text));
    }
}

#[tokio::test]
async fn a_text_that_may_have_been_sent_is_told_from_one_that_was_not() {
    let (sandbox, twilio, fast2sms) = open().await;
    for (faults, sent) in [
        (ApiFaults { fail_next: 1, ..ApiFaults::default() }, 0),
        (ApiFaults { drop_after_effect: 1, ..ApiFaults::default() }, 2),
    ] {
        sandbox.set_faults(Faults {
            fast2sms: Fast2SmsFaults {
                fail_next: faults.fail_next,
                drop_after_effect: faults.drop_after_effect,
                ..Fast2SmsFaults::default()
            },
            twilio: faults,
            ..Faults::default()
        });
        for provider in [&*twilio as &dyn Messages, &*fast2sms] {
            let error = provider.send(&phone(), &code()).await.expect_err("bad weather");
            match sent {
                0 => assert!(matches!(error, MessageError::Unavailable(_)), "{error}"),
                _ => assert!(matches!(error, MessageError::Unknown(_)), "{error}"),
            }
        }
        assert_eq!(sandbox.messages(None).len(), sent);
    }
}

#[tokio::test]
async fn a_refusal_says_why_in_words_that_may_be_logged() {
    let (sandbox, _, fast2sms) = open().await;
    let refuse_with = Some(416);
    let fast2sms_faults = Fast2SmsFaults { refuse_with, ..Fast2SmsFaults::default() };
    sandbox.set_faults(Faults { fast2sms: fast2sms_faults, ..Faults::default() });
    let refused = fast2sms.send(&phone(), &code()).await.expect_err("no money");
    assert_eq!(
        refused.to_string(),
        "the provider is not available: Fast2SMS error 416: the account has too little money"
    );

    let stranger = Twilio::new(TwilioSettings {
        base_url: sandbox.base_url(),
        account_sid: sandbox.settings().twilio.account_sid.clone(),
        auth_token: "wrong".to_owned(),
        older_auth_tokens: Vec::new(),
        sender: Sender::Number("+15005550006".to_owned()),
        status_callback: None,
    });
    let refused = stranger.expect("good settings").send(&phone(), &code()).await;
    assert_eq!(
        refused.expect_err("wrong password").to_string(),
        "the provider is not available: Twilio error 20003, see https://www.twilio.com/docs/errors/20003"
    );
}

fn three(providers: &Providers) -> Failover {
    let Providers { verify, fast2sms, twilio, .. } = providers;
    Failover::of(vec![verify.clone(), fast2sms.clone(), twilio.clone()])
}

/// Who carried the text, and how many of it went out.
async fn carried(providers: &Providers, message: &Message, faults: Faults) -> (String, usize) {
    let before = providers.sandbox.messages(None).len();
    providers.sandbox.set_faults(faults);
    let carried = match three(providers).send(&phone(), message).await {
        Ok(handed) => handed.provider.to_owned(),
        Err(MessageError::Refused(_)) => "refused".to_owned(),
        Err(MessageError::NotCarried(_)) => "not carried".to_owned(),
        Err(MessageError::Unavailable(_)) => "unavailable".to_owned(),
        Err(MessageError::Unknown(_)) => "unknown".to_owned(),
    };
    (carried, providers.sandbox.messages(None).len() - before)
}

#[tokio::test]
async fn where_the_first_cannot_the_next_one_does() {
    let providers = open_telling(None).await;
    let down = || ApiFaults { fail_next: 1, ..ApiFaults::default() };
    let lost = || Fast2SmsFaults { drop_after_effect: 1, ..Fast2SmsFaults::default() };
    let poor = |code| Fast2SmsFaults { refuse_with: Some(code), ..Fast2SmsFaults::default() };
    let weather =
        |verify, fast2sms, twilio| Faults { verify, fast2sms, twilio, ..Faults::default() };
    let fair = ApiFaults::default;
    for (message, faults, expected, sent) in [
        (code(), Faults::default(), "twilio_verify", 1),
        (code(), weather(down(), Fast2SmsFaults::default(), fair()), "fast2sms", 1),
        (code(), weather(down(), poor(416), fair()), "twilio", 1),
        (code(), weather(down(), poor(412), down()), "unavailable", 0),
        // The spam guard is about the number: another company would only pester it.
        (code(), weather(down(), poor(995), fair()), "refused", 0),
        (refund(), Faults::default(), "fast2sms", 1),
        (refund(), weather(fair(), poor(999), fair()), "twilio", 1),
        // What may have gone out is never sent by another.
        (code(), weather(down(), lost(), fair()), "unknown", 1),
    ] {
        let answer = carried(&providers, &message, faults.clone()).await;
        assert_eq!(answer, (expected.to_owned(), sent), "{faults:?}");
    }
}

#[tokio::test]
async fn a_second_code_by_verify_is_the_second_code() {
    let providers = open_telling(None).await;
    for digits in ["012345", "678901"] {
        let message = Message::Code { code: digits.to_owned(), minutes: "5".to_owned() };
        providers.verify.send(&phone(), &message).await.expect("sent");
        let newest = providers.sandbox.messages(Some("+919812345678")).remove(0);
        assert!(newest.body.ends_with(digits), "{}", newest.body);
    }
}

#[tokio::test]
async fn what_the_providers_tell_is_believed() {
    let ours = Stub::start(Some((204, ""))).await;
    let providers = open_telling(Some(ours.url())).await;
    let sms = providers.twilio.send(&phone(), &code()).await.expect("sent").name;
    let request = providers.fast2sms.send(&phone(), &refund()).await.expect("sent").name;
    let all = three(&providers);
    let mut told = Vec::new();
    for _ in 0..200 {
        told = ours.requests();
        if told.len() == 3 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut known = Vec::new();
    for call in &told {
        let (head, body) = call.split_once("\r\n\r\n").expect("a head and a body");
        let signature = head.lines().find_map(|line| line.strip_prefix("x-twilio-signature: "));
        let provider = if signature.is_some() { "twilio" } else { "fast2sms" };
        let signature = signature.unwrap_or_default();
        let news = all.news(provider, body.as_bytes(), signature).expect("genuine");
        let news = news.expect("news");
        known.push((news.handed.name, news.status));
        let changed = body.replace("delivered", "failed").replace("sent", "failed");
        if provider == "twilio" {
            assert!(all.news(provider, changed.as_bytes(), signature).is_err(), "{changed}");
        }
    }
    known.sort_by_key(|(name, status)| (name != &sms, status.rank()));
    let (sent, delivered) = (TextStatus::Sent, TextStatus::Delivered);
    assert_eq!(known, [(sms.clone(), sent), (sms, delivered), (request, delivered)]);
}
