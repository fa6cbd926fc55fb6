//! How many letters strangers may have sent in the name of the house.

/// How many letters that anybody may ask for, registrations and resets, go out whoever asks. Beyond
/// it nobody gets one: mail that nobody wanted costs the house its good name with the mailboxes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MailLimits {
    /// In an hour.
    pub an_hour: u32,
    /// In a day.
    pub a_day: u32,
}

impl Default for MailLimits {
    fn default() -> Self {
        Self { an_hour: 500, a_day: 3_000 }
    }
}
