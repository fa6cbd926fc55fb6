//! A login on one device, kept alive by a refresh token that changes at every use.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::{PersonId, SessionId};

use crate::policy::{REFRESH_GRACE, SESSION_LIVES};

/// How much someone may do, which says how long a login of theirs lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// Books for themselves.
    Customer,
    /// Belongs to a salon, or owns a vendor.
    Vendor,
    /// Runs the platform.
    Admin,
}

impl Standing {
    /// How long a login lasts without being refreshed, and how long at most (OWASP ASVS 5.0, 7.3.1
    /// and 7.3.2).
    ///
    /// ```
    /// use indistylo_identity::Standing;
    /// let (idle, absolute) = Standing::Vendor.lives();
    /// assert_eq!((idle.num_days(), absolute.num_days()), (7, 30));
    /// ```
    pub const fn lives(self) -> (TimeDelta, TimeDelta) {
        SESSION_LIVES[self as usize]
    }
}

/// What somebody showed to log in. Whatever they add later, a session stays as it was opened; it is
/// worth less once the authenticator is taken away that opened it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Proof {
    /// A code that was texted to their phone.
    Code,
    /// A password.
    Password,
    /// A password, and beside it a code of their authenticator or a recovery code.
    TwoFactors,
}

impl Proof {
    /// Every proof.
    pub const ALL: [Self; 3] = [Self::Code, Self::Password, Self::TwoFactors];

    /// The word for it on the wire and in storage.
    ///
    /// ```
    /// use indistylo_identity::Proof;
    /// for proof in Proof::ALL {
    ///     assert_eq!(proof.as_str().parse(), Ok(proof));
    /// }
    /// ```
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Password => "password",
            Self::TwoFactors => "two_factors",
        }
    }

    /// Whether it is enough to run the platform: nothing less than two factors is (OWASP ASVS 5.0,
    /// 6.3.3), and a code by text is none of them.
    ///
    /// ```
    /// use indistylo_identity::Proof;
    /// assert!(Proof::TwoFactors.is_for_admins());
    /// assert!(!Proof::Password.is_for_admins());
    /// ```
    pub const fn is_for_admins(self) -> bool {
        matches!(self, Self::TwoFactors)
    }
}

impl std::str::FromStr for Proof {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|proof| proof.as_str() == text).ok_or(())
    }
}

/// Why a login was ended before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EndReason {
    /// Its owner logged out.
    LoggedOut,
    /// Its owner ended it from another device.
    Revoked,
    /// A refresh token came back that had been used: two hold it, and one of them is a thief.
    Reused,
}

impl EndReason {
    /// Every reason.
    pub const ALL: [Self; 3] = [Self::LoggedOut, Self::Revoked, Self::Reused];

    /// The word for it in storage.
    ///
    /// ```
    /// use indistylo_identity::EndReason;
    /// for why in EndReason::ALL {
    ///     assert_eq!(why.as_str().parse(), Ok(why));
    /// }
    /// ```
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LoggedOut => "logged_out",
            Self::Revoked => "revoked",
            Self::Reused => "reused",
        }
    }
}

impl std::str::FromStr for EndReason {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|why| why.as_str() == text).ok_or(())
    }
}

/// That a login was ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// When.
    pub at: DateTime<Utc>,
    /// Why.
    pub why: EndReason,
}

/// One login of a person: a family of refresh tokens, of which the youngest is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its name, which access tokens carry as `sid`.
    pub id: SessionId,
    /// Whose login it is.
    pub person: PersonId,
    /// What they showed to log in.
    pub proof: Proof,
    /// When they logged in.
    pub opened_at: DateTime<Utc>,
    /// Which of its refresh tokens is good, counted from 0.
    pub generation: u32,
    /// When that one was made.
    pub rotated_at: DateTime<Utc>,
    /// Whether it was ended.
    pub ended: Option<Ended>,
}

/// What comes of showing a refresh token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refreshed {
    /// The token was good: the session as it stands with the next one.
    Rotated(Session),
    /// The token was good a moment ago, and its answer may have been lost: the one that followed it
    /// is handed out again. Nothing changes.
    Again,
}

/// Why a session cannot go on. A client is told one text for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SessionRefusal {
    /// Nobody refreshed it for too long, or it was opened too long ago.
    #[error("the session has expired")]
    Expired,
    /// It was ended.
    #[error("the session was ended")]
    Ended,
    /// The token was used before: the session must be ended for whoever holds it.
    #[error("the refresh token was used before")]
    Reused,
}

impl Session {
    /// A login made now.
    pub const fn open(id: SessionId, person: PersonId, proof: Proof, now: DateTime<Utc>) -> Self {
        Self { id, person, proof, opened_at: now, generation: 0, rotated_at: now, ended: None }
    }

    /// When it ends unless it is refreshed before.
    pub fn ends_at(&self, standing: Standing) -> DateTime<Utc> {
        let (idle, absolute) = standing.lives();
        (self.rotated_at + idle).min(self.opened_at + absolute)
    }

    /// Whether it has neither been ended nor expired.
    pub fn is_live(&self, standing: Standing, now: DateTime<Utc>) -> bool {
        self.ended.is_none() && now < self.ends_at(standing)
    }

    /// Judges a refresh token of this session by its generation (RFC 9700, section 4.14.2).
    ///
    /// ```
    /// use chrono::{TimeDelta, TimeZone, Utc};
    /// use indistylo_identity::{Proof, Refreshed, Session, SessionRefusal, Standing};
    /// let now = Utc.with_ymd_and_hms(2026, 11, 22, 10, 0, 0).unwrap();
    /// let id = "0193c0de-0000-7000-8000-000000000001".parse().unwrap();
    /// let person = "0193c0de-0000-7000-8000-000000000002".parse().unwrap();
    /// let session = Session::open(id, person, Proof::Code, now);
    ///
    /// let later = now + TimeDelta::days(59);
    /// let Ok(Refreshed::Rotated(session)) = session.refresh(0, Standing::Customer, later) else {
    ///     panic!("the first token was good");
    /// };
    /// let shown_again = |seconds| {
    ///     session.refresh(0, Standing::Customer, later + TimeDelta::seconds(seconds))
    /// };
    /// assert_eq!(shown_again(9), Ok(Refreshed::Again));
    /// assert_eq!(shown_again(10), Err(SessionRefusal::Reused));
    /// ```
    pub fn refresh(
        &self,
        generation: u32,
        standing: Standing,
        now: DateTime<Utc>,
    ) -> Result<Refreshed, SessionRefusal> {
        if self.ended.is_some() {
            Err(SessionRefusal::Ended)
        } else if !self.is_live(standing, now) {
            Err(SessionRefusal::Expired)
        } else if generation == self.generation {
            let next = self.generation.saturating_add(1);
            Ok(Refreshed::Rotated(Self { generation: next, rotated_at: now, ..self.clone() }))
        } else if generation.checked_add(1) == Some(self.generation)
            && now < self.rotated_at + REFRESH_GRACE
        {
            Ok(Refreshed::Again)
        } else {
            Err(SessionRefusal::Reused)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CUSTOMER: Standing = Standing::Customer;

    fn opened() -> (Session, DateTime<Utc>) {
        let now = DateTime::UNIX_EPOCH;
        let id = "0193c0de-0000-7000-8000-000000000001".parse().expect("an id");
        let person = "0193c0de-0000-7000-8000-000000000002".parse().expect("an id");
        (Session::open(id, person, Proof::Code, now), now)
    }

    fn rotated(session: &Session, at: DateTime<Utc>) -> Session {
        match session.refresh(session.generation, CUSTOMER, at) {
            Ok(Refreshed::Rotated(session)) => session,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn each_standing_has_its_idle_and_its_absolute_end() {
        let (session, now) = opened();
        for standing in [Standing::Customer, Standing::Vendor, Standing::Admin] {
            let (idle, absolute) = standing.lives();
            let moment = TimeDelta::microseconds(1);
            assert!(session.is_live(standing, now + idle - moment));
            assert!(!session.is_live(standing, now + idle));
            let mut kept_alive = session.clone();
            kept_alive.rotated_at = now + absolute - idle / 2;
            assert!(kept_alive.is_live(standing, now + absolute - moment));
            assert!(!kept_alive.is_live(standing, now + absolute), "{standing:?}");
        }
    }

    #[test]
    fn a_token_of_two_generations_ago_is_reuse_even_at_once() {
        let (session, now) = opened();
        let third = rotated(&rotated(&session, now), now);
        assert_eq!(third.refresh(1, CUSTOMER, now), Ok(Refreshed::Again));
        assert_eq!(third.refresh(0, CUSTOMER, now), Err(SessionRefusal::Reused));
    }

    #[test]
    fn a_token_that_is_not_made_yet_is_reuse() {
        // Only a database that lost commits has handed it out.
        let (session, now) = opened();
        for ahead in [1, 2, u32::MAX] {
            assert_eq!(session.refresh(ahead, CUSTOMER, now), Err(SessionRefusal::Reused));
        }
    }

    #[test]
    fn an_ended_session_says_so_whatever_is_shown() {
        let (session, now) = opened();
        let ended = Session { ended: Some(Ended { at: now, why: EndReason::Revoked }), ..session };
        for generation in [0, 1] {
            let answer = ended.refresh(generation, CUSTOMER, now);
            assert_eq!(answer, Err(SessionRefusal::Ended));
        }
    }
}
