//! Texts that would have been sent, kept for the test to read.

use std::collections::VecDeque;
use std::sync::Mutex;

use async_trait::async_trait;
use identity::Phone;
use ports::{Forged, Handed, Message, MessageError, Messages, TextNews};

use super::locked;

/// The name of this provider.
const PROVIDER: &str = "fake";

/// One text, as the provider took it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// To whom.
    pub to: Phone,
    /// What it says.
    pub message: Message,
}

/// Why the next text is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoText {
    /// Refused for good.
    Refused,
    /// Refused for now, before it was taken.
    Unavailable,
    /// Taken, and the answer was lost.
    NoAnswer,
}

/// A provider of texts that keeps them.
#[derive(Debug, Default)]
pub struct FakeMessages {
    sent: Mutex<Vec<Text>>,
    faults: Mutex<VecDeque<NoText>>,
}

impl FakeMessages {
    /// Every text taken, the oldest first.
    pub fn sent(&self) -> Vec<Text> {
        locked(&self.sent).clone()
    }

    /// Every text taken for this phone, the oldest first, as its owner reads it.
    pub fn to(&self, phone: &Phone) -> Vec<String> {
        let sent = self.sent();
        sent.iter().filter(|text| text.to == *phone).map(|text| text.message.text()).collect()
    }

    /// The last code sent to this phone.
    pub fn last_code_to(&self, phone: &Phone) -> Option<String> {
        self.sent().into_iter().rev().filter(|text| text.to == *phone).find_map(|text| {
            match text.message {
                Message::Code { code, .. } => Some(code),
                Message::Confirmed { .. }
                | Message::Offered { .. }
                | Message::LoggedOut
                | Message::Refund { .. } => None,
            }
        })
    }

    /// The next text not yet spoken for meets this fault.
    pub fn fail_next(&self, fault: NoText) {
        locked(&self.faults).push_back(fault);
    }

    /// The faults that were announced and not met yet are called off.
    pub fn behave(&self) {
        locked(&self.faults).clear();
    }
}

#[async_trait]
impl Messages for FakeMessages {
    async fn send(&self, to: &Phone, message: &Message) -> Result<Handed, MessageError> {
        let fault = locked(&self.faults).pop_front();
        let what = || "the fake provider was told to".to_owned();
        match fault {
            Some(NoText::Refused) => return Err(MessageError::Refused(what())),
            Some(NoText::Unavailable) => return Err(MessageError::Unavailable(what())),
            Some(NoText::NoAnswer) | None => {}
        }
        let mut sent = locked(&self.sent);
        sent.push(Text { to: to.clone(), message: message.clone() });
        match fault {
            None => Ok(Handed { provider: PROVIDER, name: format!("text_{}", sent.len()) }),
            Some(_) => Err(MessageError::Unknown(what())),
        }
    }

    /// A genuine call is signed `genuine` and says `text_1 delivered`, or with another status.
    fn news(
        &self,
        provider: &str,
        body: &[u8],
        signature: &str,
    ) -> Result<Option<TextNews>, Forged> {
        if provider != PROVIDER || signature != "genuine" {
            return Err(Forged);
        }
        let said = String::from_utf8_lossy(body);
        Ok(said.split_once(' ').and_then(|(name, status)| {
            let handed = Handed { provider: PROVIDER, name: name.to_owned() };
            Some(TextNews { handed, status: status.parse().ok()?, reason: None })
        }))
    }
}
