//! The chapter of the vendor who logs in by e-mail and password, and forgets the password.

use std::time::Duration;

use adapter_credentials::shown_by_app;
use application::Ports;
use application::account::appoint::appoint;
use identity::AdminRole;
use identity::totp::step_of;
use ports::{Clock, Ids};
use reqwest::Method;
use serde_json::{Value, json};

use crate::seed::ADMIN;

use super::{Failure, Story, broken, text};
use crate::world::{SystemClock, SystemIds};

impl Story {
    /// Registers, confirms, logs in, forgets, gets in again, and is approved.
    pub(super) async fn by_password(&mut self, admin: &str) -> Result<(), Failure> {
        self.title("A vendor registers with an e-mail address; a letter asks whether it is theirs");
        let email = format!("vendor-{}@example.in", SystemIds.next().simple());
        let first = "tea with the neighbours";
        self.register(&email, first).await?;

        self.title("The vendor logs in; a password that everybody chooses is refused");
        let session = self.with_password(&email, first, 200).await?;
        let who = text(&session, "/access_token")?;
        let weak = json!({ "current_password": first, "new_password": "passwordpassword" });
        self.call(Method::PUT, "/me/password", Some(&who), &weak, 422).await?;

        self.title("The vendor forgets the password and chooses another by a link, good once");
        let forgot = json!({ "email": email });
        self.call(Method::POST, "/auth/password/forgot", None, &forgot, 202).await?;
        let token = self.link_in("Choose another password", &email).await?;
        let second = "coffee at the station";
        let reset = json!({ "token": token, "password": second });
        self.call(Method::POST, "/auth/password/reset", None, &reset, 204).await?;
        self.call(Method::POST, "/auth/password/reset", None, &reset, 422).await?;

        self.title("Everybody is out who was in by the old password; the business is approved");
        self.call(Method::GET, "/me", Some(&who), &Value::Null, 401).await?;
        self.with_password(&email, first, 401).await?;
        let session = self.with_password(&email, second, 200).await?;
        let who = text(&session, "/access_token")?;
        let vendor = self.hand_in(&who).await?;
        self.approve(&vendor, &who, admin).await
    }

    async fn register(&self, email: &str, password: &str) -> Result<(), Failure> {
        let ask = json!({ "name": "Asha Rao", "email": email, "phone": "+919812345678",
            "password": password, "business_name": "Asha's Salon" });
        self.call(Method::POST, "/auth/vendors", None, &ask, 202).await?;
        let token = self.link_in("Confirm your e-mail address", email).await?;
        let confirm = json!({ "token": token, "password": password });
        self.call(Method::POST, "/auth/email/verify", None, &confirm, 204).await?;
        Ok(())
    }

    /// Someone who runs the platform, logged in by password and a second factor. Whoever holds the
    /// house appoints them: that cannot be asked for over HTTP.
    pub(super) async fn an_admin(&mut self, ports: &Ports) -> Result<String, Failure> {
        self.title("Whoever is to run the platform registers and adds an authenticator");
        let email = format!("admin-{}@example.in", SystemIds.next().simple());
        let password = "rain over the hills";
        self.register(&email, password).await?;
        let session = self.with_password(&email, password, 200).await?;
        let who = text(&session, "/access_token")?;
        let ask = json!({ "password": password });
        let enrolled = self.call(Method::POST, "/me/totp", Some(&who), &ask, 201).await?;
        let secret = text(&enrolled, "/secret")?;
        let code = shown_by_app(&secret, step_of(SystemClock.now()));
        let shown = json!({ "totp": code.ok_or_else(|| broken("the secret is no base32"))? });
        let written = self.call(Method::POST, "/me/totp/confirm", Some(&who), &shown, 200).await?;
        let recovery = text(&written, "/recovery_codes/0")?;

        self.title("Who runs the platform does nothing by a login from before the authenticator");
        appoint(ports, &email.parse()?, AdminRole::Owner).await?;
        self.call(Method::GET, "/admin/vendors", Some(&who), &Value::Null, 403).await?;

        self.title("The password alone does not do any more; a recovery code does, once");
        self.with_password(&email, password, 401).await?;
        let ask = json!({ "email": email, "password": password, "recovery_code": recovery });
        let session = self.call(Method::POST, "/auth/password/login", None, &ask, 200).await?;
        self.call(Method::POST, "/auth/password/login", None, &ask, 401).await?;
        text(&session, "/access_token")
    }

    /// Who runs the platform of the demo data.
    pub(super) async fn the_admin(&mut self) -> Result<String, Failure> {
        self.title("Whoever runs the platform logs in with an authenticator");
        let (email, password, secret) = ADMIN;
        let began = step_of(SystemClock.now());
        // Each code is good once: whoever tells the story again within the minute takes a later one.
        for step in began..began + 4 {
            while step_of(SystemClock.now()) + 1 < step {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            let code = shown_by_app(secret, step);
            let totp = code.ok_or_else(|| broken("the secret is no base32"))?;
            let ask = json!({ "email": email, "password": password, "totp": totp });
            let url = format!("{}/api/v1/auth/password/login", self.url);
            let answer = self.client.post(url).json(&ask).send().await?;
            if answer.status() == 200 {
                return text(&answer.json().await?, "/access_token");
            }
        }
        Err(broken("the admin of the demo data was not let in"))
    }

    async fn with_password(
        &self,
        email: &str,
        password: &str,
        expected: u16,
    ) -> Result<Value, Failure> {
        let ask = json!({ "email": email, "password": password, "refresh_in_body": true });
        self.call(Method::POST, "/auth/password/login", None, &ask, expected).await
    }

    /// What the link in a letter with this subject carries.
    async fn link_in(&self, subject: &str, email: &str) -> Result<String, Failure> {
        let url = format!("{}/_sandbox/messages?to={email}", self.sandbox);
        let body = self
            .until("the letter", async || {
                let letters: Value = self.client.get(&url).send().await?.json().await?;
                let letters = letters.as_array().cloned().unwrap_or_default();
                let letter = letters.into_iter().find(|letter| letter["subject"] == subject);
                Ok(letter.and_then(|letter| letter["body"].as_str().map(ToOwned::to_owned)))
            })
            .await?;
        println!("    the letter arrives: {subject}");
        let token = body.split_once('#').and_then(|(_, rest)| rest.split_whitespace().next());
        token.map(ToOwned::to_owned).ok_or_else(|| broken("the letter has no link"))
    }
}
