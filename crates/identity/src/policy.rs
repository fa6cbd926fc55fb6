//! How many, how long, how often: every bound of logging in, with its reason.

use chrono::TimeDelta;

use crate::backoff::Backoff;

/// Five guesses at a six-digit code: a chance of 1 in 200,000 for a stranger.
pub const CODE_GUESSES: u32 = 5;
/// A device with which somebody proved a code for a number is known for so long, as long as they may
/// be logged in by it ([`SESSION_LIVES`]).
pub const DEVICE_KNOWN_FOR: TimeDelta = TimeDelta::days(180);
/// A text older than this is not sent any more: its reader has asked again or has gone.
pub const CODE_TEXT_PATIENCE: TimeDelta = TimeDelta::minutes(2);
/// An access token lives ten minutes: what is remembered of ended sessions is bounded by it.
pub const ACCESS_LIFETIME: TimeDelta = TimeDelta::minutes(10);
/// An ended session is not served any more after this: what a process knows of others is so old at
/// most.
pub const ENDED_KNOWN_WITHIN: TimeDelta = TimeDelta::seconds(5);
/// How long sessions live without a refresh, and at most, by standing. A customer's phone is their
/// own; a salon's desk is used by many; whoever runs the platform logs in every day.
pub const SESSION_LIVES: [(TimeDelta, TimeDelta); 3] = [
    (TimeDelta::days(60), TimeDelta::days(180)),
    (TimeDelta::days(7), TimeDelta::days(30)),
    (TimeDelta::minutes(15), TimeDelta::hours(8)),
];
/// The token before the last still gives the last for so long: an answer gets lost, and the tabs of a
/// browser refresh at the same moment.
pub const REFRESH_GRACE: TimeDelta = TimeDelta::seconds(10);
/// Sessions shown to their owner, the latest first.
pub const SESSIONS_SHOWN: u32 = 100;

/// Characters of a password that protects an account alone (NIST SP 800-63B-4, section 3.1.1.2).
pub const PASSWORD_ALONE: usize = 15;
/// Characters of a password beside a second factor (the same).
pub const PASSWORD_BESIDE: usize = 8;
/// Characters of the longest password: room for any sentence (the same asks for 64), and a bound on
/// what is hashed.
pub const PASSWORD_MOST: usize = 128;
/// A link that resets a password lives a quarter of an hour (OWASP ASVS 5.0, 6.4.1: short).
pub const RESET_LIFETIME: TimeDelta = TimeDelta::minutes(15);
/// A link that confirms an address lives a day: mail is read in the evening.
pub const CONFIRM_LIFETIME: TimeDelta = TimeDelta::hours(24);
/// A code of an authenticator stands for half a minute (RFC 6238, section 5.2).
pub const TOTP_STEP: TimeDelta = TimeDelta::seconds(30);
/// A code is taken one step early or late (the same).
pub const TOTP_SKEW: i64 = 1;
/// Recovery codes that are handed out together.
pub const RECOVERY_CODES: usize = 10;
/// Wrong passwords for one account, or for one account from one address: four are mistyped, the rest
/// guessed. At a quarter of an hour each a stranger has a hundred guesses a day.
pub const LOGIN_BACKOFF: Backoff = Backoff {
    free: 4,
    first: TimeDelta::seconds(30),
    most: TimeDelta::minutes(15),
    forgets: TimeDelta::hours(24),
};
/// Wrong passwords from one household, whatever the account: an office shares one address. A whole IPv6
/// network of 48 bits has as much as eight of its homes.
pub const PLACE_BACKOFF: (Backoff, Backoff) = of_place(30);
/// Wrong guesses at one-time codes, whatever the number: twelve codes guessed to the end. Thousands
/// share an address of a mobile network, hence twice as many.
pub const CODE_BACKOFF: (Backoff, Backoff) = of_place(60);

const fn of_place(free: u32) -> (Backoff, Backoff) {
    let of_home = Backoff {
        free,
        first: TimeDelta::seconds(30),
        most: TimeDelta::minutes(15),
        forgets: TimeDelta::hours(1),
    };
    (of_home, Backoff { free: free * 8, ..of_home })
}

/// An authenticator that is not confirmed within this was not added: whoever made its secret has gone.
pub const ENROLMENT_LIFETIME: TimeDelta = TimeDelta::minutes(15);
/// Resets asked for to one address, and registrations with it from one place. The last link to reset
/// lives as long as the pause, so that a stranger who asks again and again keeps nobody from a link
/// that works.
pub const MAIL_BACKOFF: Backoff = Backoff {
    free: 4,
    first: TimeDelta::minutes(15),
    most: TimeDelta::minutes(15),
    forgets: TimeDelta::hours(1),
};
/// Registrations with one address, wherever they come from: each has a password of its own, so a
/// stranger who registers with an address again and again must not use up what its owner needs.
pub const REGISTRATION_BACKOFF: Backoff = Backoff { free: 20, ..MAIL_BACKOFF };
/// An address from which somebody logged in is theirs for so long: strangers who guess elsewhere do
/// not make them wait there.
pub const FAMILIAR: TimeDelta = TimeDelta::days(60);
/// The longest name of a person, in characters: with it a text still fits into two messages.
pub const LONGEST_NAME: usize = 80;
/// Addresses of one person: home, work, parents, friends, and room to spare.
pub const MOST_ADDRESSES: u32 = 20;
/// The longest label, line and city of an address, in characters: a label on a screen, three lines
/// of a letter.
pub const LONGEST_ADDRESS: (usize, usize, usize) = (40, 120, 80);
/// Salons that one person may like: more than anybody looks through.
pub const MOST_FAVOURITES: u32 = 200;
/// Installs that one person is told by: phones old and new, tablets, browsers. The oldest leaves.
pub const MOST_DEVICES: u32 = 20;
/// The longest push token: several times as long as those of today, and an index still takes it.
pub const LONGEST_PUSH_TOKEN: usize = 1_024;
/// The longest version of an app, in characters.
pub const LONGEST_APP_VERSION: usize = 40;
/// The longest version of a notice, in characters: a date or a digest.
pub const LONGEST_NOTICE_VERSION: usize = 40;
/// Consents recorded for one person. To withdraw is possible beyond it, always: once for each purpose,
/// as nothing is given again.
pub const MOST_CONSENTS: u32 = 500;
/// Of how many bookings, the latest, a person's professionals are told: ten years of one a week.
pub const BOOKINGS_LOOKED_THROUGH: u32 = 520;
/// For so long after a booking was placed an order for it may still be paid: it was to be paid
/// within minutes, a bank may take three days, and the last look for the money comes after 98 hours.
pub const MONEY_COMES_WITHIN: TimeDelta = TimeDelta::days(5);
/// What a salon typed as the name of who told no phone is forgotten so long after the visit: by then
/// nobody comes back about it, and as they cannot log in, they cannot have it forgotten themselves.
pub const NOTED_NAME_KEPT_FOR: TimeDelta = TimeDelta::days(90);
