//! Customers and owners, logged in.

use application::account::log_in::log_in;
use futures_util::future::join_all;
use identity::policy::ACCESS_LIFETIME;
use identity::{AdminRole, Asker, Challenge, CodePurpose, Phone, Place, Proof, Role};
use kernel::{ChallengeId, PersonId, SessionId};
use ports::{Access, Event, NewSession, Whence};
use serde_json::{Value, json};
use testkit::ground::no_limits;

use super::{Salon, TestServer, text, until};

/// Someone who is logged in.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    /// Their name in the house.
    pub(crate) id: String,
    /// Their phone.
    pub(crate) phone: String,
    /// Their access token.
    pub(crate) token: String,
    /// Their refresh token.
    pub(crate) refresh: String,
}

impl TestServer {
    /// A phone that nobody has.
    pub(crate) fn a_phone(&self) -> String {
        format!("+9198{:08}", self.number())
    }

    /// Someone new, logged in past the front door: it lets one address ask for 30 codes
    /// only.
    pub(crate) async fn customer(&self) -> Person {
        self.log_in(&self.a_phone()).await
    }

    /// Someone whose salons are shown from the moment they open.
    pub(crate) async fn vendor(&self) -> Person {
        let owner = self.customer().await;
        let row = format!(
            "insert into vendors (id, owner, business_name, state, since, created_at)
             values (gen_random_uuid(), '{}', 'Glow', 'approved', now(), now())",
            owner.id
        );
        self.database.execute(&row).await;
        owner
    }

    /// Someone who runs the platform in this role, logged in by two factors.
    pub(crate) async fn admin(&self, role: AdminRole) -> Person {
        let admin = self.customer().await;
        let person = admin.id.parse().expect("a person's name");
        let (ports, now) = (self.ports(), self.ports().clock.now());
        ports.accounts.appoint(person, role, now).await.expect("appointed");
        Person { token: self.strong(person).await, ..admin }
    }

    /// The access token of a session that was opened by two factors.
    async fn strong(&self, person: PersonId) -> String {
        let (ports, now) = (self.ports(), self.ports().clock.now());
        let session = SessionId::new(ports.ids.next());
        let (proof, whence) = (Proof::TwoFactors, Whence::default());
        let new = NewSession { id: session, proof, at: now, whence };
        ports.sessions.open(person, &new).await.expect("opened");
        let access = Access { person, session };
        ports.credentials.access_token(access, now, now + ACCESS_LIFETIME)
    }

    /// Someone new who belongs to a salon in this role.
    pub(crate) async fn member(&self, salon: &Salon, role: Role) -> Person {
        let member = self.customer().await;
        let row = format!(
            "insert into members (salon, person, role) values ('{}', '{}', '{}')",
            salon.id,
            member.id,
            role.as_str()
        );
        self.database.execute(&row).await;
        member
    }

    /// So many customers.
    pub(crate) async fn customers(&self, count: usize) -> Vec<Person> {
        join_all((0..count).map(|_| self.customer())).await
    }

    /// Whoever has this phone, on one more device.
    pub(crate) async fn log_in(&self, phone: &str) -> Person {
        let ports = self.ports();
        let parsed: Phone = phone.parse().expect("an Indian mobile");
        let (id, purpose) = (ChallengeId::new(ports.ids.next()), CodePurpose::LogIn);
        let challenge =
            Challenge::open(id, parsed.clone(), purpose, &ports.codes, ports.clock.now());
        let event = Event::CodeRequested { challenge: id };
        // Each from a place of their own: those of one place who log in at once are counted there.
        let [.., a, b] = self.number().to_be_bytes();
        let address = [10, a, b, 1].into();
        let asker = Asker { phone: parsed, address, device: None };
        let opened = ports.challenges.open(&challenge, &asker, &no_limits(), &event).await;
        opened.expect("the challenge is kept").expect("there is no limit");
        let code = ports.credentials.code_of(&challenge);
        let tokens = log_in(ports, challenge.id, &code, Place::of(address), Whence::default());
        let tokens = tokens.await.expect("the code is right");
        Person {
            id: tokens.person.to_string(),
            phone: phone.to_owned(),
            token: tokens.access,
            refresh: tokens.refresh,
        }
    }

    /// Asks for a code at the front door: the challenge.
    pub(crate) async fn ask_for_a_code(&self, phone: &str) -> String {
        let asked = self.post("/auth/otp/request").json(&json!({ "phone": phone })).await;
        text(&asked.expect(202), "/challenge_id")
    }

    /// The code of a challenge, which nobody has to read on a phone.
    pub(crate) async fn code_of(&self, challenge: &str) -> String {
        let id = challenge.parse().expect("an id");
        let found = self.ports().challenges.challenge(id).await.expect("an answer");
        self.ports().credentials.code_of(&found.expect("it was opened"))
    }

    /// The pauses that numbers have to wait are over.
    pub(crate) async fn after_a_pause(&self) {
        let earlier = "update challenges set opened_at = opened_at - interval '35 minutes'";
        self.database.execute(earlier).await;
    }

    /// The code that came to this phone for its latest challenge.
    pub(crate) async fn code_on(&self, phone: &str) -> String {
        until("the code arrives", async || {
            let newest = self.sandbox().messages(Some(phone)).into_iter().next()?;
            newest.body.split(' ').next().filter(|word| word.len() == 6).map(ToOwned::to_owned)
        })
        .await
    }

    /// Gives a code back.
    pub(crate) fn answer(challenge: &str, code: &str) -> Value {
        json!({ "challenge_id": challenge, "code": code, "refresh_in_body": true })
    }

    /// The texts on someone's phone, newest first, but for the codes.
    pub(crate) fn texts_to(&self, who: &Person) -> Vec<String> {
        let texts = self.sandbox().messages(Some(&who.phone)).into_iter().map(|text| text.body);
        texts.filter(|text| !text.contains("is your IndiStylo code")).collect()
    }
}
