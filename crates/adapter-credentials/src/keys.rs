//! The bunch of keys: one master secret, a key cut from it for every lock, and a way to change it.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use hmac::digest::{Key, Output};
use hmac::{Hmac, KeyInit, Mac};
use identity::{Challenge, CodePolicy};
use kernel::LinkId;
use ports::{Access, CountKeys, Credentials, Purpose};
use sha2::{Digest, Sha256};

use crate::access::AccessTokens;
use crate::authenticator::Vault;
use crate::code::Codes;
use crate::ring::Ring;
use crate::seal::Seal;
use crate::signature::{AuditSigner, Pen, RetiredSigner};

/// The shortest master secret, in bytes: as long as the keys that are derived from it.
const SHORTEST_SECRET: usize = 32;

/// HMAC with SHA-256 (RFC 2104), ready to take a message.
pub(crate) type HmacSha256 = Hmac<Sha256>;

/// The most secrets in use at once: one that is coming, one that signs and one that is going.
pub const MOST_SECRETS: usize = 3;

/// All keys, derived from master secrets: the newest makes what is handed out, and each still takes
/// what was made with it. Every node that is given the same secrets accepts what another one made.
///
/// To change the secret without anybody noticing, first give every node the new one behind the old
/// one, then before it, and once nothing made with the old one is still good, alone.
pub struct Keys {
    access: AccessTokens,
    codes: Ring<Codes>,
    offers: Ring<Seal>,
    cursors: Ring<Seal>,
    refresh: Ring<Seal>,
    links: Ring<HmacSha256>,
    counts: Ring<HmacSha256>,
    pub(crate) vaults: Ring<Vault>,
    pens: Ring<Pen>,
    retired: Vec<RetiredSigner>,
}

/// A master secret cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WeakSecret {
    /// One is too short.
    #[error("the master secret must be at least {SHORTEST_SECRET} bytes long")]
    Short,
    /// Each one more is one more whose loss opens everything.
    #[error("there must not be more than {MOST_SECRETS} master secrets at once")]
    TooMany,
}

impl Keys {
    /// The keys of a master secret: at least 32 bytes, drawn at random and kept out of the code.
    pub fn new(master_secret: &[u8]) -> Result<Self, WeakSecret> {
        Self::rotating(master_secret, &[])
    }

    /// The keys of a master secret that takes the place of at most two older ones.
    pub fn rotating(newest: &[u8], older: &[&[u8]]) -> Result<Self, WeakSecret> {
        if older.len() >= MOST_SECRETS {
            return Err(WeakSecret::TooMany);
        }
        let masters = Ring {
            newest: master(newest)?,
            older: older.iter().map(|secret| master(secret)).collect::<Result<_, _>>()?,
        };
        // The labels are part of every key: another label is another key.
        let derive = |label: &str| {
            masters.map(|master| master.clone().chain_update(label).finalize().into_bytes())
        };
        let keys = |label| derive(label).map(|derived| keyed(*derived));
        let pens = derive("indistylo/signature/ed25519/1").map(|seed| Pen::new(&(*seed).into()));
        let seeds = derive("indistylo/access-token/ed25519/1").map(|derived| (*derived).into());
        Ok(Self {
            access: AccessTokens::new(&seeds),
            codes: keys("indistylo/code/2")
                .map(|key| Codes::new(key.clone(), CodePolicy::default().digits())),
            offers: keys("indistylo/seal/offer/1").map(|key| Seal::new(key.clone())),
            cursors: keys("indistylo/seal/cursor/1").map(|key| Seal::new(key.clone())),
            pens,
            retired: Vec::new(),
            refresh: keys("indistylo/seal/refresh/1").map(|key| Seal::new(key.clone())),
            links: keys("indistylo/link/1"),
            counts: keys("indistylo/count/1"),
            vaults: derive("indistylo/authenticator/xchacha20poly1305/1")
                .map(|derived| Vault::new((*derived).into())),
        })
    }

    /// The same, with codes as long as this policy wants them.
    #[must_use]
    pub fn with_codes(mut self, policy: &CodePolicy) -> Self {
        self.codes = self.codes.map(|codes| codes.of_digits(policy.digits()));
        self
    }

    /// The same, and what these have signed stays signed: the audit log is kept longer than any
    /// secret.
    #[must_use]
    pub fn with_audit_signers(mut self, retired: &[RetiredSigner]) -> Self {
        self.retired.extend(retired);
        self
    }

    /// Who signs the audit log's checkpoints now.
    pub fn audit_signer(&self) -> AuditSigner {
        self.pens.newest.signer()
    }

    const fn seals_for(&self, purpose: Purpose) -> &Ring<Seal> {
        match purpose {
            Purpose::Offer => &self.offers,
            Purpose::Cursor => &self.cursors,
            Purpose::Refresh => &self.refresh,
        }
    }
}

fn master(secret: &[u8]) -> Result<HmacSha256, WeakSecret> {
    if secret.len() < SHORTEST_SECRET {
        return Err(WeakSecret::Short);
    }
    HmacSha256::new_from_slice(secret).map_err(|_| WeakSecret::Short)
}

/// A derived key, ready for use. HMAC fills a short key up with zeros, and so does this, which
/// spares the error that a key of arbitrary length would bring.
fn keyed(derived: Output<HmacSha256>) -> HmacSha256 {
    let mut block = Key::<HmacSha256>::default();
    block[..derived.len()].copy_from_slice(&derived);
    HmacSha256::new(&block)
}

/// 256 bits as 43 letters.
fn link_token(key: &HmacSha256, link: LinkId) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(key.clone().chain_update(link.uuid()).finalize().into_bytes())
}

/// Half of it says whose, half of it what of theirs.
fn count_key(key: &HmacSha256, whose: &str, what: &str) -> [u8; 32] {
    let mac = |of: &HmacSha256| of.clone().finalize().into_bytes();
    let whose = key.clone().chain_update(whose).chain_update([0]);
    let (first, second) = (mac(&whose), mac(&whose.chain_update(what)));
    std::array::from_fn(|at| if at < 16 { first[at] } else { second[at] })
}

/// Shows no key.
impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}

impl Credentials for Keys {
    fn access_token(&self, access: Access, now: DateTime<Utc>, until: DateTime<Utc>) -> String {
        self.access.issue(access, now, until)
    }

    fn verify_access(&self, token: &str, now: DateTime<Utc>) -> Option<Access> {
        self.access.verify(token, now)
    }

    fn code_of(&self, challenge: &Challenge) -> String {
        self.codes.newest.code_of(challenge)
    }

    fn is_code_of(&self, challenge: &Challenge, code: &str) -> bool {
        // Each is asked, whatever the ones before said: the time tells nothing.
        self.codes.all().fold(false, |right, codes| right | codes.is_code_of(challenge, code))
    }

    fn link_token(&self, link: LinkId) -> String {
        link_token(&self.links.newest, link)
    }

    fn link_token_of(&self, link: LinkId, digest: [u8; 32]) -> Option<String> {
        let mut tokens = self.links.all().map(|key| link_token(key, link));
        tokens.find(|token| self.digest(token) == digest)
    }

    fn digest(&self, token: &str) -> [u8; 32] {
        Sha256::digest(token).into()
    }

    fn count_keys(&self, whose: &str, what: &str) -> CountKeys {
        let others = self.counts.older.iter().map(|key| count_key(key, whose, what)).collect();
        CountKeys { newest: count_key(&self.counts.newest, whose, what), others }
    }

    fn seal(&self, purpose: Purpose, content: &[u8]) -> String {
        self.seals_for(purpose).newest.seal(content)
    }

    fn sign(&self, content: &[u8]) -> String {
        self.pens.newest.sign(content)
    }

    fn is_signed(&self, seq: i64, content: &[u8], signature: &str) -> bool {
        self.pens.all().any(|pen| pen.signer().has_signed(content, signature))
            || self.retired.iter().any(|signer| signer.has_signed(seq, content, signature))
    }

    fn open(&self, purpose: Purpose, sealed: &str) -> Option<Vec<u8>> {
        self.seals_for(purpose).all().find_map(|seal| seal.open(sealed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_secret_is_refused() {
        assert_eq!(Keys::new(&[7; 31]).err(), Some(WeakSecret::Short));
        assert!(Keys::new(&[7; 32]).is_ok());
        assert_eq!(Keys::rotating(&[7; 32], &[&[8; 31][..]]).err(), Some(WeakSecret::Short));
        assert_eq!(Keys::rotating(&[7; 32], &[&[8; 32][..]; 3]).err(), Some(WeakSecret::TooMany));
    }

    #[test]
    fn a_key_filled_up_with_zeros_is_the_same_key() {
        let derived: Output<HmacSha256> = [9; 32].into();
        let usual = HmacSha256::new_from_slice(&derived).expect("any length");
        let message = |mac: HmacSha256| mac.chain_update(b"salon").finalize().into_bytes();
        assert_eq!(message(keyed(derived)), message(usual));
    }

    const OLD: &[u8] = &[1; 32];
    const NEW: &[u8] = &[2; 32];

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_000_000 + second, 0).expect("in range")
    }

    fn access() -> Access {
        let (person, session) = (uuid::Uuid::from_u128(1), uuid::Uuid::from_u128(2));
        Access { person: kernel::PersonId::new(person), session: kernel::SessionId::new(session) }
    }

    /// Does one node take all that another one hands out?
    fn takes(taker: &Keys, maker: &Keys) -> [bool; 4] {
        let (id, purpose) = (uuid::Uuid::from_u128(3), identity::CodePurpose::LogIn);
        let (phone, policy) = ("+919812345678".parse().expect("a mobile"), CodePolicy::default());
        let id = kernel::ChallengeId::new(id);
        let challenge = Challenge::open(id, phone, purpose, &policy, at(0));
        let opens = |purpose| {
            taker.open(purpose, &maker.seal(purpose, b"salon")).as_deref() == Some(&b"salon"[..])
        };
        [
            taker.verify_access(&maker.access_token(access(), at(0), at(600)), at(1)).is_some(),
            taker.is_code_of(&challenge, &maker.code_of(&challenge)),
            opens(Purpose::Offer),
            opens(Purpose::Cursor),
        ]
    }

    #[test]
    fn a_secret_is_changed_in_three_steps_without_anybody_noticing() {
        let step = |newest, older: &[&[u8]]| Keys::rotating(newest, older).expect("long enough");
        let steps = [step(OLD, &[]), step(OLD, &[NEW]), step(NEW, &[OLD]), step(NEW, &[])];
        // While nodes are restarted one by one, two neighbouring steps run side by side.
        for pair in steps.windows(2) {
            assert_eq!(takes(&pair[0], &pair[1]), [true; 4]);
            assert_eq!(takes(&pair[1], &pair[0]), [true; 4]);
        }
        assert_eq!(takes(&steps[3], &steps[1]), [false; 4], "the old secret is worth nothing");
        assert_eq!(takes(&steps[0], &steps[2]), [false; 4], "the order of the steps matters");
    }

    #[test]
    fn what_was_signed_outlives_the_secret_where_its_signer_is_still_named() {
        let keys = |secret| Keys::new(secret).expect("long enough");
        let signature = keys(OLD).sign(b"the end of the log");
        assert!(keys(OLD).is_signed(i64::MAX, b"the end of the log", &signature));
        assert!(!keys(NEW).is_signed(7, b"the end of the log", &signature));
        let during = Keys::rotating(NEW, &[OLD]).expect("long enough");
        assert!(during.is_signed(i64::MAX, b"the end of the log", &signature));
        let told = keys(NEW).with_audit_signers(&[keys(OLD).audit_signer().retired_after(7)]);
        assert!(told.is_signed(7, b"the end of the log", &signature));
        assert!(!told.is_signed(8, b"the end of the log", &signature), "whoever stole it signs on");
        assert!(!told.is_signed(7, b"another end", &signature));
        assert_eq!(told.audit_signer(), keys(NEW).audit_signer());
    }

    #[test]
    fn what_is_counted_tells_nobody_whose_it_is_and_outlives_a_change_of_secrets() {
        let keys = |newest, older: &[&[u8]]| Keys::rotating(newest, older).expect("long enough");
        let counted = |keys: &Keys, whose, what| keys.count_keys(whose, what);
        let (old, new) = (keys(OLD, &[]), keys(NEW, &[]));
        let (asha, login) = ("asha@example.in", "login");
        let [of_old, of_new] = [&old, &new].map(|keys| counted(keys, asha, login));
        assert_ne!(of_old.newest, of_new.newest, "nobody works it out without the secret");
        assert_ne!(of_old.newest, old.digest(asha));
        let during = counted(&keys(NEW, &[OLD]), asha, login);
        assert_eq!((during.newest, &during.others[..]), (of_new.newest, &[of_old.newest][..]));
        assert_eq!(during.whose().count(), 2);

        let mail = counted(&old, asha, "mail");
        assert_ne!(mail.newest, of_old.newest);
        assert!(mail.whose().eq(of_old.whose()), "both are hers");
        let bina = counted(&old, "bina@example.in", login);
        assert!(bina.whose().ne(of_old.whose()));
        let halves = |key: [u8; 32]| (key[..16].to_vec(), key[16..].to_vec());
        assert_ne!(halves(bina.newest).1, halves(of_old.newest).1);
        assert_ne!(counted(&old, "a", "bc").newest, counted(&old, "ab", "c").newest);
    }

    #[test]
    fn a_link_has_one_token_and_another_link_another() {
        let (keys, link) = (
            |byte| Keys::new(&[byte; 32]).expect("long enough"),
            |number| LinkId::new(uuid::Uuid::from_u128(number)),
        );
        let token = keys(7).link_token(link(1));
        assert_eq!(token.len(), 43);
        assert_eq!(keys(7).link_token(link(1)), token);
        assert_ne!(keys(7).link_token(link(2)), token);
        assert_ne!(keys(8).link_token(link(1)), token);

        let digest = keys(7).digest(&token);
        assert_eq!(keys(7).link_token_of(link(1), digest).as_deref(), Some(&*token));
        assert_eq!(keys(7).link_token_of(link(2), digest), None);
        assert_eq!(keys(8).link_token_of(link(1), digest), None);
        let changing = Keys::rotating(&[8; 32], &[&[7; 32]]).expect("long enough");
        assert_eq!(changing.link_token_of(link(1), digest), Some(token), "made before the change");
    }

    #[test]
    fn a_log_line_shows_no_key() {
        assert_eq!(format!("{:?}", Keys::new(&[7; 32]).expect("long enough")), "Keys { .. }");
    }
}
