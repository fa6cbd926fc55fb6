//! Several companies that carry texts: if the first cannot, the next one does.

use std::sync::Arc;

use async_trait::async_trait;
use identity::Phone;
use ports::{Forged, Handed, Message, MessageError, Messages, TextNews};

/// Hands each text to the first provider that takes it. The next one is asked only where it is
/// certain that the one before has not sent it: not carried there, out of order, out of money. A
/// text that may be on its way is never sent by another, and one that was refused for its own sake
/// (no such number, a person who wants no texts) is refused.
///
/// ```
/// use std::sync::Arc;
/// use indistylo_adapter_messaging::{Failover, VerifySettings, TwilioVerify};
/// # let settings = VerifySettings {
/// #     base_url: VerifySettings::BASE_URL.to_owned(), account_sid: "AC1".to_owned(),
/// #     auth_token: "secret".to_owned(), service_sid: "VA1".to_owned(),
/// # };
/// let providers = Failover::of(vec![Arc::new(TwilioVerify::new(settings)?)]);
/// # Ok::<(), indistylo_adapter_messaging::SettingsError>(())
/// ```
pub struct Failover {
    providers: Vec<Arc<dyn Messages>>,
}

impl Failover {
    /// These providers, in the order in which they are asked.
    pub fn of(providers: Vec<Arc<dyn Messages>>) -> Self {
        Self { providers }
    }
}

#[async_trait]
impl Messages for Failover {
    async fn send(&self, to: &Phone, message: &Message) -> Result<Handed, MessageError> {
        let mut last = MessageError::NotCarried("no provider is set".to_owned());
        for provider in &self.providers {
            let error = match provider.send(to, message).await {
                Ok(handed) => return Ok(handed),
                Err(error @ (MessageError::Refused(_) | MessageError::Unknown(_))) => {
                    return Err(error);
                }
                Err(error) => error,
            };
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                kind = message.kind(),
                "a provider of texts was passed over"
            );
            // One that may take it later outweighs one that never will.
            if !matches!(
                (&last, &error),
                (MessageError::Unavailable(_), MessageError::NotCarried(_))
            ) {
                last = error;
            }
        }
        Err(last)
    }

    fn news(
        &self,
        provider: &str,
        body: &[u8],
        signature: &str,
    ) -> Result<Option<TextNews>, Forged> {
        let mut all = self.providers.iter().map(|known| known.news(provider, body, signature));
        all.find(Result::is_ok).unwrap_or(Err(Forged))
    }
}
