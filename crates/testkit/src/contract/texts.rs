//! A text that has arrived has arrived, whatever else is told of it later.

use chrono::TimeDelta;
use identity::TextStatus;
use kernel::EventId;
use ports::{Clock, Handed, KeptText, SentText, TextNews};

use super::at_once;
use crate::ground::Ground;

fn handed(name: &str) -> Handed {
    Handed { provider: "twilio", name: name.to_owned() }
}

async fn send(ground: &dyn Ground, name: &str) -> EventId {
    let event = EventId::new(ground.ids().next());
    let at = ground.clock().now();
    let text = SentText { event, handed: handed(name), kind: "code", at };
    ground.texts().note_handed(&text).await.expect("an answer");
    event
}

async fn tell(ground: &dyn Ground, name: &str, status: TextStatus, reason: Option<&str>) {
    let reason = reason.map(str::to_owned);
    let news = TextNews { handed: handed(name), status, reason };
    ground.texts().note_news(&news, ground.clock().now()).await.expect("an answer");
}

async fn kept(ground: &dyn Ground, name: &str) -> Option<KeptText> {
    ground.texts().text("twilio", name).await.expect("an answer")
}

/// News come late, twice and in any order: what is known moves on, and of two ends the first stands.
pub async fn what_is_known_of_a_text_only_moves_on(ground: &dyn Ground) {
    use TextStatus::{Delivered, Failed, Handed, Sent};
    let event = send(ground, "SM1").await;
    let known = async || kept(ground, "SM1").await.expect("it was sent");
    assert_eq!(known().await, KeptText { event: Some(event), status: Handed, reason: None });
    for (news, reason, expected) in [
        (Sent, None, Sent),
        (Failed, Some("30003"), Failed),
        (Sent, None, Failed),
        (Delivered, None, Failed),
        (Failed, Some("30005"), Failed),
    ] {
        tell(ground, "SM1", news, reason).await;
        assert_eq!(known().await.status, expected);
    }
    assert_eq!(known().await.reason.as_deref(), Some("30003"));
    assert_eq!(known().await.event, Some(event));
}

/// A provider may be quicker to tell than we are to write down that it took the text.
pub async fn news_may_come_before_the_text_is_kept(ground: &dyn Ground) {
    tell(ground, "SM2", TextStatus::Delivered, None).await;
    let early = kept(ground, "SM2").await.expect("it is kept");
    assert_eq!((early.event, early.status), (None, TextStatus::Delivered));
    ground.clock().advance(TimeDelta::seconds(1));
    let event = send(ground, "SM2").await;
    let known = kept(ground, "SM2").await.expect("it is kept");
    assert_eq!((known.event, known.status), (Some(event), TextStatus::Delivered));

    tell(ground, "SM3", TextStatus::Sent, None).await;
    let elsewhere = ground.texts().text("fast2sms", "SM3").await.expect("an answer");
    assert_eq!(elsewhere, None, "names are the provider's own");
}

/// Whoever carries out an effect again finds that the text has gone.
pub async fn an_event_that_was_told_is_known_to_be(ground: &dyn Ground) {
    let texts = ground.texts();
    let event = send(ground, "SM4").await;
    assert!(texts.was_told(event).await.expect("an answer"));
    let other = EventId::new(ground.ids().next());
    assert!(!texts.was_told(other).await.expect("an answer"));
}

/// Fifty copies of all news at once: the text ends in one of its ends, and stays there.
pub async fn of_news_told_at_once_the_furthest_stands(ground: &dyn Ground) {
    send(ground, "SM5").await;
    at_once((0..50).map(|copy| {
        let (texts, at) = (ground.texts(), ground.clock().now());
        let status = [TextStatus::Sent, TextStatus::Delivered][copy % 2];
        let news = TextNews { handed: handed("SM5"), status, reason: None };
        async move { texts.note_news(&news, at).await.expect("an answer") }
    }))
    .await;
    let known = kept(ground, "SM5").await.expect("it is kept");
    assert_eq!(known.status, TextStatus::Delivered);
}
