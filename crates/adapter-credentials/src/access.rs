//! The short-lived pass that an app shows with every request: who calls, and until when.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use ed25519_dalek::SigningKey;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use kernel::{PersonId, SessionId};
use ports::Access;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::ring::Ring;
use crate::verified::{Remembered, Verified, fingerprint};

/// The longest token that is looked at, in bytes: ours have about 450.
const LONGEST_TOKEN: usize = 2 * 1024;
const ISSUER: &str = "indistylo";
const AUDIENCE: &str = "indistylo-api";
/// Tells an access token from any other JWT (RFC 9068, section 2.1).
const TYPE: &str = "at+jwt";
/// What stands before the 32 bytes of an Ed25519 seed in PKCS #8 (RFC 8410, section 7).
const PKCS8: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// Makes and checks access tokens: the newest key signs, each of them verifies what names it.
pub(crate) struct AccessTokens {
    keys: Ring<KeyPair>,
    validation: Validation,
    seen: Remembered,
}

/// A key to sign with, and the one that tells what it signed.
struct KeyPair {
    header: Header,
    signing: EncodingKey,
    verifying: DecodingKey,
}

#[derive(Clone, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: PersonId,
    sid: SessionId,
    /// Whole seconds since 1970.
    iat: i64,
    /// Whole seconds since 1970; from this second on the token is worth nothing.
    exp: i64,
}

impl KeyPair {
    fn of(seed: &[u8; 32]) -> Self {
        let public = SigningKey::from_bytes(seed).verifying_key().to_bytes();
        let header = Header {
            typ: Some(TYPE.to_owned()),
            // A name for the key that changes with it.
            kid: Some(BASE64_URL_SAFE_NO_PAD.encode(&Sha256::digest(public)[..12])),
            ..Header::new(Algorithm::EdDSA)
        };
        Self {
            header,
            signing: EncodingKey::from_ed_der(&[&PKCS8[..], seed].concat()),
            verifying: DecodingKey::from_ed_der(&public),
        }
    }
}

impl AccessTokens {
    pub(crate) fn new(seeds: &Ring<[u8; 32]>) -> Self {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        // It would read the system's clock; `verify` is told the time instead.
        validation.validate_exp = false;
        Self { keys: seeds.map(KeyPair::of), validation, seen: Remembered::new() }
    }

    pub(crate) fn issue(&self, access: Access, now: DateTime<Utc>, until: DateTime<Utc>) -> String {
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: access.person,
            sid: access.session,
            iat: now.timestamp(),
            exp: until.timestamp(),
        };
        let KeyPair { header, signing, .. } = &self.keys.newest;
        // Texts and numbers always encode, and our key always signs; if not, nobody takes "".
        jsonwebtoken::encode(header, &claims, signing).unwrap_or_default()
    }

    pub(crate) fn verify(&self, token: &str, now: DateTime<Utc>) -> Option<Access> {
        if token.len() > LONGEST_TOKEN {
            return None;
        }
        let name = fingerprint(token);
        if let Some(verified) = self.seen.find(&name) {
            return verified.at(now.timestamp());
        }
        let verified = self.check(token)?;
        self.seen.keep(name, verified);
        verified.at(now.timestamp())
    }

    /// What a token says, if one of our keys signed it as an access token.
    fn check(&self, token: &str) -> Option<Verified> {
        let named = jsonwebtoken::decode_header(token).ok()?.kid?;
        let key = self.keys.all().find(|key| key.header.kid.as_ref() == Some(&named))?;
        let token = jsonwebtoken::decode::<Claims>(token, &key.verifying, &self.validation).ok()?;
        let Claims { sub: person, sid: session, iat: from, exp: until, .. } = token.claims;
        // Another word in it, such as `crit`, would change what the token means (RFC 7515, 4.1.11).
        let is_ours = token.header == key.header;
        is_ours.then_some(Verified { access: Access { person, session }, from, until })
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::*;

    fn tokens(seed: u8) -> AccessTokens {
        rotated(&[seed])
    }

    /// With these keys, the newest first.
    fn rotated(seeds: &[u8]) -> AccessTokens {
        let mut seeds = seeds.iter().map(|seed| [*seed; 32]);
        let newest = seeds.next().expect("one at least");
        AccessTokens::new(&Ring { newest, older: seeds.collect() })
    }

    fn access() -> Access {
        Access {
            person: PersonId::new(Uuid::from_u128(1)),
            session: SessionId::new(Uuid::from_u128(2)),
        }
    }

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_000_000 + second, 999_999_000).expect("in range")
    }

    fn good() -> String {
        tokens(1).issue(access(), at(0), at(600))
    }

    /// A token signed by our key whose header and claims were changed before.
    fn forged(change: impl FnOnce(&mut Header, &mut Value)) -> String {
        let ours = tokens(1);
        let mut header = ours.keys.newest.header.clone();
        let mut claims = json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": Uuid::from_u128(1), "sid": Uuid::from_u128(2),
            "iat": at(0).timestamp(), "exp": at(600).timestamp(),
        });
        change(&mut header, &mut claims);
        jsonwebtoken::encode(&header, &claims, &ours.keys.newest.signing).expect("signs")
    }

    fn part(value: &Value) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(value.to_string())
    }

    #[test]
    fn a_token_speaks_for_its_session_until_it_expires() {
        assert_eq!(tokens(1).verify(&good(), at(0)), Some(access()));
        assert_eq!(tokens(1).verify(&good(), at(599)), Some(access()));
        assert_eq!(tokens(1).verify(&good(), at(600)), None);
        assert_eq!(tokens(1).verify(&good(), at(-1)), None, "not yet made");
        assert_eq!(tokens(1).verify(&forged(|_, _| ()), at(0)), Some(access()));
    }

    #[test]
    fn a_token_is_what_rfc_9068_says() {
        let token = good();
        let mut parts = token.split('.').map(|part| BASE64_URL_SAFE_NO_PAD.decode(part));
        let mut part = || parts.next().expect("three parts").expect("base64url");
        let header: Value = serde_json::from_slice(&part()).expect("JSON");
        assert_eq!((&header["alg"], &header["typ"]), (&json!("EdDSA"), &json!("at+jwt")));
        assert_eq!(header["kid"].as_str().map(str::len), Some(16));
        let claims: Value = serde_json::from_slice(&part()).expect("JSON");
        let expected = json!({
            "iss": "indistylo", "aud": "indistylo-api",
            "sub": access().person.to_string(), "sid": access().session.to_string(),
            "iat": 1_795_000_000, "exp": 1_795_000_600,
        });
        assert_eq!(claims, expected);
        assert!(token.len() < LONGEST_TOKEN / 4);
    }

    #[test]
    fn our_signature_under_other_words_is_not_taken() {
        let bad = [
            ("another key's name", forged(|header, _| header.kid = Some("other".into()))),
            ("no key's name", forged(|header, _| header.kid = None)),
            ("another type", forged(|header, _| header.typ = Some("JWT".into()))),
            ("no type", forged(|header, _| header.typ = None)),
            ("what must be heeded", forged(|header, _| header.crit = Some(vec!["exp".into()]))),
            ("where keys are", forged(|header, _| header.jku = Some("https://a.example".into()))),
            ("another issuer", forged(|_, claims| claims["iss"] = json!("someone"))),
            ("another audience", forged(|_, claims| claims["aud"] = json!("someone-else"))),
            ("many audiences", forged(|_, claims| claims["aud"] = json!([AUDIENCE, "other"]))),
            ("no person", forged(|_, claims| claims["sub"] = json!("nobody"))),
            ("expired", forged(|_, claims| claims["exp"] = json!(at(0).timestamp()))),
            ("made later", forged(|_, claims| claims["iat"] = json!(at(1).timestamp()))),
            ("time as text", forged(|_, claims| claims["exp"] = json!("1795000600"))),
            ("time as fraction", forged(|_, claims| claims["exp"] = json!(1_795_000_600.5))),
        ];
        for (what, token) in bad {
            assert_eq!(tokens(1).verify(&token, at(0)), None, "{what}");
        }
        for claim in ["iss", "aud", "sub", "sid", "iat", "exp"] {
            let token = forged(|_, claims| {
                claims.as_object_mut().expect("an object").remove(claim);
            });
            assert_eq!(tokens(1).verify(&token, at(0)), None, "without {claim}");
        }
    }

    #[test]
    fn other_signatures_are_not_taken() {
        let ours = tokens(1);
        let good = good();
        let (message, signature) = good.rsplit_once('.').expect("three parts");
        let (_, claims) = message.split_once('.').expect("three parts");
        let header =
            |alg: &str| part(&json!({"alg": alg, "typ": TYPE, "kid": ours.keys.newest.header.kid}));
        let public = SigningKey::from_bytes(&[1; 32]).verifying_key().to_bytes();
        let hs256 = Header { alg: Algorithm::HS256, ..ours.keys.newest.header.clone() };
        let parsed: Claims = {
            let bytes = BASE64_URL_SAFE_NO_PAD.decode(claims).expect("base64url");
            serde_json::from_slice(&bytes).expect("claims")
        };
        let with_public_key =
            jsonwebtoken::encode(&hs256, &parsed, &EncodingKey::from_secret(&public));
        let bad = [
            ("none", format!("{}.{claims}.", header("none"))),
            ("none, signature kept", format!("{}.{claims}.{signature}", header("none"))),
            ("HS256 with the public key", with_public_key.expect("signs")),
            ("HS256, signature kept", format!("{}.{claims}.{signature}", header("HS256"))),
            ("unknown algorithm", format!("{}.{claims}.{signature}", header("EdDSA2"))),
            ("another secret", tokens(2).issue(access(), at(0), at(600))),
            ("no signature", format!("{message}.")),
            ("two parts", message.to_owned()),
            ("four parts", format!("{good}.{signature}")),
            ("padded", format!("{good}==")),
            ("surrounded by space", format!(" {good} ")),
            ("empty", String::new()),
            ("dots", "..".to_owned()),
            ("no ASCII", "नमस्ते.नमस्ते.नमस्ते".to_owned()),
            ("huge", format!("{good}{}", "A".repeat(10_000_000))),
            ("huge and genuine", forged(|_, claims| claims["x"] = json!("x".repeat(2_048)))),
        ];
        for (what, token) in bad {
            assert_eq!(ours.verify(&token, at(0)), None, "{what}");
        }
    }

    #[test]
    fn one_changed_byte_is_noticed_wherever_it_is() {
        let ours = tokens(1);
        let good = good();
        for (index, flip) in (0..good.len()).zip([1, 2, 32].into_iter().cycle()) {
            let mut bytes = good.clone().into_bytes();
            bytes[index] ^= flip;
            let changed = String::from_utf8(bytes).expect("ASCII");
            assert_eq!(ours.verify(&changed, at(0)), None, "byte {index} changed by {flip}");
        }
    }

    #[test]
    fn a_token_does_not_outlive_its_last_second() {
        let token = tokens(1).issue(access(), at(0), at(0) + TimeDelta::milliseconds(1));
        assert_eq!(tokens(1).verify(&token, at(1)), None);
    }

    #[test]
    fn a_token_that_was_seen_before_ends_when_it_says() {
        let ours = tokens(1);
        let token = good();
        assert_eq!(ours.verify(&token, at(-1)), None, "not yet");
        for second in [0, 1, 599] {
            assert_eq!(ours.verify(&token, at(second)), Some(access()), "second {second}");
        }
        assert_eq!(ours.verify(&token, at(600)), None);
        assert_eq!(ours.verify(&token, at(-1)), None);
    }

    #[test]
    fn what_is_like_a_token_that_was_seen_is_looked_at_anew() {
        let ours = tokens(1);
        let good = good();
        assert_eq!(ours.verify(&good, at(1)), Some(access()));
        for index in 0..good.len() {
            let mut bytes = good.clone().into_bytes();
            bytes[index] ^= 1;
            let changed = String::from_utf8(bytes).expect("ASCII");
            assert_eq!(ours.verify(&changed, at(1)), None, "byte {index}");
            assert_eq!(ours.verify(&changed, at(1)), None, "byte {index}, once more");
        }
        let other = Access { person: PersonId::new(Uuid::from_u128(9)), ..access() };
        let theirs = ours.issue(other, at(0), at(600));
        assert_eq!(ours.verify(&theirs, at(1)), Some(other));
        assert_eq!(ours.verify(&good, at(1)), Some(access()));
    }

    #[test]
    fn a_token_names_the_key_that_made_it() {
        let (new, between) = (tokens(2), rotated(&[2, 1]));
        assert_eq!(between.verify(&good(), at(1)), Some(access()), "by the older key");
        assert_eq!(new.verify(&good(), at(1)), None, "the older key is gone");
        let made = between.issue(access(), at(0), at(600));
        assert_eq!(new.verify(&made, at(1)), Some(access()), "the newest key signs");
        // The signature of one key under the name of the other.
        let renamed = |kid: &Option<String>| forged(|header, _| header.kid.clone_from(kid));
        assert_eq!(between.verify(&renamed(&new.keys.newest.header.kid), at(1)), None);
        for kid in [None, Some(String::new()), Some("../../dev/null".to_owned())] {
            assert_eq!(between.verify(&renamed(&kid), at(1)), None, "{kid:?}");
        }
    }
}
