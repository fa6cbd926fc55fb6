//! The gateway may call twice; it is listened to once.

use kernel::EventId;
use ports::{Clock, Delivery, Event, Received};

use super::at_once;
use crate::fakes::sha256;
use crate::ground::Ground;

fn delivery(ground: &dyn Ground, name: &str, body: &str) -> Delivery {
    Delivery {
        id: EventId::new(ground.ids().next()),
        provider: "razorpay",
        name: name.to_owned(),
        body: body.as_bytes().to_vec(),
        digest: sha256(body.as_bytes()),
        received_at: ground.clock().now(),
    }
}

async fn receive(ground: &dyn Ground, delivery: &Delivery) -> Received {
    let event = Event::WebhookReceived { delivery: delivery.id };
    ground.inbox().receive(delivery, &event).await.expect("an answer")
}

/// The same name with another body, or the same body with another name: it came before.
pub async fn a_webhook_is_kept_once_by_name_and_by_body(ground: &dyn Ground) {
    let inbox = ground.inbox();
    let first = delivery(ground, "evt_1", "{\"paid\": true}");
    assert_eq!(receive(ground, &first).await, Received::New);
    for (name, body) in
        [("evt_1", "{\"paid\": true}"), ("evt_1", "{}"), ("evt_2", "{\"paid\": true}")]
    {
        let copy = delivery(ground, name, body);
        assert_eq!(receive(ground, &copy).await, Received::Duplicate, "{name} {body}");
        assert_eq!(inbox.body(copy.id).await.expect("an answer"), None);
    }
    let second = delivery(ground, "evt_2", "{}");
    assert_eq!(receive(ground, &second).await, Received::New, "a copy leaves nothing behind");
    let elsewhere = Delivery { provider: "another", ..delivery(ground, "evt_1", "{}") };
    assert_eq!(receive(ground, &elsewhere).await, Received::New, "names are the sender's");
    assert_eq!(inbox.body(first.id).await.expect("an answer"), Some(first.body));
    let expected =
        [first.id, second.id, elsewhere.id].map(|delivery| Event::WebhookReceived { delivery });
    let events: Vec<Event> = ground.events().await.into_iter().map(|(event, _)| event).collect();
    assert_eq!(events, expected);

    assert_eq!(ground.outcome(first.id).await, None);
    inbox.close(first.id, "confirmed").await.expect("an answer");
    inbox.close(first.id, "known_before").await.expect("an answer");
    assert_eq!(ground.outcome(first.id).await.as_deref(), Some("known_before"));
}

/// Twenty copies at once: one is kept, with one event.
pub async fn of_many_copies_at_once_one_is_kept(ground: &dyn Ground) {
    let answers = at_once((0..20).map(|copy| {
        let inbox = ground.inbox();
        let name = if copy % 2 == 0 { "evt_1".to_owned() } else { format!("evt_{copy}") };
        let delivery = delivery(ground, &name, "{\"paid\": true}");
        let event = Event::WebhookReceived { delivery: delivery.id };
        async move { inbox.receive(&delivery, &event).await.expect("an answer") }
    }))
    .await;
    assert_eq!(answers.into_iter().filter(|answer| *answer == Received::New).count(), 1);
    assert_eq!(ground.events().await.len(), 1);
}
