//! Letters, from our own words to the mailbox: against the sandbox's mail server.

use identity::Email;
use indistylo_adapter_messaging::{SettingsError, Smtp, SmtpSettings};
use kernel::EventId;
use ports::{Letter, Mail, MailError};
use sandbox::{Faults, MailFaults, Sandbox, Settings};

fn settings(url: &str) -> SmtpSettings {
    SmtpSettings {
        url: url.to_owned(),
        from: "IndiStylo <noreply@indistylo.example>".to_owned(),
        site: "https://indistylo.example/".to_owned(),
    }
}

fn asha() -> Email {
    "asha@example.in".parse().expect("an address")
}

fn name() -> EventId {
    EventId::new(uuid::Uuid::from_u128(7))
}

async fn opened() -> (Sandbox, Smtp) {
    let sandbox = Sandbox::start(Settings::development()).await.expect("the sandbox opens");
    let smtp = Smtp::new(&settings(&sandbox.smtp_url())).expect("settings");
    (sandbox, smtp)
}

fn letters() -> Vec<Letter> {
    let token = "a-token-of-forty-three-letters-and-digits-x".to_owned();
    vec![
        Letter::Confirm { token: token.clone() },
        Letter::KnownAlready,
        Letter::Reset { token },
        Letter::PasswordChanged,
        Letter::LoggedOut,
        Letter::SecondFactor { on: true },
        Letter::SecondFactor { on: false },
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_letter_arrives_as_text_and_as_a_page() {
    let (sandbox, smtp) = opened().await;
    for letter in letters() {
        smtp.send(name(), &asha(), &letter).await.expect("taken");
        let arrived = sandbox.messages(Some("asha@example.in")).remove(0);
        assert!(arrived.subject.is_some_and(|subject| !subject.is_empty()), "{letter:?}");
        let html = arrived.html.expect("a page");
        let links = |text: &str| text.matches("https://indistylo.example/").count();
        assert_eq!((links(&arrived.body), links(&html)), (1, 2), "{letter:?}");
        if let Letter::Confirm { token } = &letter {
            assert!(arrived.body.contains(&format!("/confirm-email#{token}")), "{}", arrived.body);
        }
    }
    assert_eq!(sandbox.messages(None).len(), letters().len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_for_good_and_trouble_is_not() {
    let (sandbox, smtp) = opened().await;
    let send = async |weather: MailFaults| {
        sandbox.set_faults(Faults { mail: weather, ..Faults::default() });
        smtp.send(name(), &asha(), &Letter::PasswordChanged).await
    };
    let weather = MailFaults { refuse_next: 1, ..MailFaults::default() };
    assert!(matches!(send(weather).await, Err(MailError::Refused(_))));
    let weather = MailFaults { fail_next: 1, ..MailFaults::default() };
    assert!(matches!(send(weather).await, Err(MailError::Unavailable(_))));
    let weather = MailFaults { drop_after_effect: 1, ..MailFaults::default() };
    assert!(matches!(send(weather).await, Err(MailError::Unavailable(_))));
    assert_eq!(sandbox.messages(None).len(), 1, "taken, though the answer was lost");
    send(MailFaults::default()).await.expect("taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_setting_loses_no_letter() {
    let (sandbox, _) = opened().await;
    let wrong = sandbox.smtp_url().replace("sandbox-mail-password", "another");
    let nobody = "smtp://127.0.0.1:1".to_owned();
    for url in [wrong, nobody] {
        let smtp = Smtp::new(&settings(&url)).expect("settings");
        let sent = smtp.send(name(), &asha(), &Letter::PasswordChanged).await;
        let Err(MailError::Unavailable(what)) = sent else { panic!("{url}: {sent:?}") };
        assert!(!what.contains("asha"), "{what}");
    }
}

#[tokio::test]
async fn settings_that_cannot_work_are_told() {
    let good = settings("smtps://user:password@mail.example");
    Smtp::new(&good).expect("settings");
    for (what, wrong) in [
        ("url", SmtpSettings { url: "https://mail.example".into(), ..good.clone() }),
        ("url", SmtpSettings { url: "mail.example".into(), ..good.clone() }),
        ("from", SmtpSettings { from: "nobody".into(), ..good.clone() }),
        ("site", SmtpSettings { site: "indistylo.example".into(), ..good.clone() }),
    ] {
        let refused = Smtp::new(&wrong).expect_err("it cannot work");
        assert!(matches!(refused, SettingsError::Malformed(named) if named == what), "{refused}");
    }
}
