//! A text from us to the simulated phones of Twilio and `Fast2SMS`.

use identity::Phone;
use indistylo_adapter_messaging::{Fast2Sms, Fast2SmsSettings, Sender, Twilio, TwilioSettings};
use ports::{Message, MessageError, Messages};
use sandbox::{ApiFaults, Fast2SmsFaults, Faults, Sandbox, Settings};

async fn open() -> (Sandbox, Twilio, Fast2Sms) {
    let sandbox = Sandbox::start(Settings::development()).await.expect("starts");
    let account = sandbox.settings().twilio.clone();
    let twilio = Twilio::new(TwilioSettings {
        base_url: sandbox.base_url(),
        account_sid: account.account_sid,
        auth_token: account.auth_token,
        sender: Sender::Number(account.from),
    });
    let fast2sms = Fast2Sms::new(Fast2SmsSettings {
        base_url: sandbox.base_url(),
        api_key: sandbox.settings().fast2sms.api_key.clone(),
        sender_id: Some("INDSTY".to_owned()),
        confirmed_message_id: Some("111111".to_owned()),
        offered_message_id: None,
        refund_message_id: Some("222222".to_owned()),
    });
    (sandbox, twilio.expect("good settings"), fast2sms.expect("good settings"))
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
        (&twilio as &dyn Messages, code(), code().text()),
        (&twilio, refund(), refund().text()),
        (&fast2sms, code(), "Your OTP: 012345".to_owned()),
        (&fast2sms, refund(), "[template 222222] ₹499.00 | Asha / Ravi".to_owned()),
    ] {
        let id = provider.send(&phone(), &message).await.expect("sent");
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
        for provider in [&twilio as &dyn Messages, &fast2sms] {
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
        "the provider refused the text: Fast2SMS error 416: the account has too little money"
    );

    let stranger = Twilio::new(TwilioSettings {
        base_url: sandbox.base_url(),
        account_sid: sandbox.settings().twilio.account_sid.clone(),
        auth_token: "wrong".to_owned(),
        sender: Sender::Number("+15005550006".to_owned()),
    });
    let refused = stranger.expect("good settings").send(&phone(), &code()).await;
    assert_eq!(
        refused.expect_err("wrong password").to_string(),
        "the provider refused the text: Twilio error 20003, see https://www.twilio.com/docs/errors/20003"
    );
}
