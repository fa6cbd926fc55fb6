//! The story of one booking, told over HTTP: a salon sets itself up, a customer finds a time,
//! holds it, pays, and is served.

#![expect(clippy::print_stdout, reason = "a story is told on standard output")]

mod passwords;
mod salon;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use application::Ports;
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::compose::Say;
use crate::config::Config;
use crate::serve::Server;
use crate::world::{SystemClock, SystemIds};

/// How long the demo waits for the worker to do its part.
const PATIENCE: Duration = Duration::from_secs(20);

type Failure = Box<dyn std::error::Error>;

/// Tells the story against the server at `url`, or against one of its own if none is there.
pub async fn run(config: &Config, url: &str, sandbox: &str) -> Result<(), Failure> {
    // Installed already is as good as installed now.
    drop(rustls::crypto::ring::default_provider().install_default());
    let client = reqwest::Client::builder().timeout(Duration::from_secs(15)).build()?;
    if client.get(format!("{url}/health/live")).send().await.is_ok() {
        return Story::new(client, url, sandbox, None).tell().await;
    }
    println!("No server answers at {url}; starting one on free ports.\n");
    let free: SocketAddr = ([127, 0, 0, 1], 0).into();
    let own = Config {
        listen: free,
        metrics_listen: free,
        sandbox_listen: free,
        sandbox_smtp_listen: free,
        ..config.clone()
    };
    let say: Say = Arc::new(|line| eprintln!("  {line}"));
    let server = Server::start(&own, say).await?;
    let sandbox = server.house().sandbox.as_ref().map(sandbox::Sandbox::base_url);
    let told = match sandbox {
        Some(sandbox) => {
            let ports = server.house().ports.clone();
            Story::new(client, &server.base_url(), &sandbox, Some(ports)).tell().await
        }
        None => Err("the demo needs the sandbox: unset the providers' settings".into()),
    };
    server.stop().await;
    told
}

struct Story {
    client: reqwest::Client,
    url: String,
    sandbox: String,
    step: u32,
    /// The house, if it is ours: a server that runs already has demo data, and an admin in it.
    house: Option<Ports>,
}

/// A step that did not go as the story goes.
fn broken(what: impl std::fmt::Display) -> Failure {
    format!("the story broke: {what}").into()
}

fn text(value: &Value, pointer: &str) -> Result<String, Failure> {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.map(ToOwned::to_owned).ok_or_else(|| broken(format!("no {pointer} in {value}")))
}

/// A salon that takes bookings: who owns it, where, what it sells.
struct Shop {
    owner: String,
    salon: String,
    haircut: String,
    colour: String,
}

impl Story {
    fn new(client: reqwest::Client, url: &str, sandbox: &str, house: Option<Ports>) -> Self {
        let trim = |url: &str| url.trim_end_matches('/').to_owned();
        Self { client, url: trim(url), sandbox: trim(sandbox), step: 0, house }
    }

    fn title(&mut self, title: &str) {
        self.step += 1;
        println!("\n\x1b[1m{:>2}. {title}\x1b[0m", self.step);
    }

    async fn tell(mut self) -> Result<(), Failure> {
        let admin = if let Some(ports) = self.house.take() {
            self.an_admin(&ports).await?
        } else {
            self.the_admin().await?
        };
        let shop = self.set_up(&admin).await?;
        let Shop { owner, salon, haircut, colour } = &shop;
        self.title("A customer logs in");
        let customer = self.log_in("8").await?;
        let slot = self.find(salon, haircut).await?;
        let booking = self.hold(&customer, &slot).await?;
        self.pay(&customer, &booking).await?;
        self.serve(&shop, &booking).await?;
        self.while_it_takes(&customer, salon, haircut, colour).await?;
        self.together(owner, &customer, &shop).await?;
        self.waiting(owner, &customer, &shop).await?;
        self.change_of_mind(&customer, &shop.salon, &shop.haircut).await?;
        self.by_password(&admin).await?;
        println!("\nThe story is told: found, held, paid, confirmed, served. All steps passed.");
        Ok(())
    }

    /// A login with a phone that nobody has used.
    async fn log_in(&mut self, first: &str) -> Result<String, Failure> {
        let bits = ports::Ids::next(&SystemIds).as_u128() % 1_000_000_000;
        self.log_in_as(&format!("+91{first}{bits:09}")).await
    }

    /// A login with the code from the sandbox's inbox.
    async fn log_in_as(&mut self, phone: &str) -> Result<String, Failure> {
        let asked = json!({ "phone": phone });
        let asked = self.call(Method::POST, "/auth/otp/request", None, &asked, 202).await?;
        let code = self.code_for(phone).await?;
        println!("    the text arrives: code {code}");
        let answer = json!({ "challenge_id": text(&asked, "/challenge_id")?, "code": code,
            "refresh_in_body": true });
        let session = self.call(Method::POST, "/auth/otp/verify", None, &answer, 200).await?;
        let token = text(&session, "/access_token")?;
        self.call(Method::GET, "/me", Some(&token), &Value::Null, 200).await?;
        Ok(token)
    }

    async fn code_for(&self, phone: &str) -> Result<String, Failure> {
        let url = format!("{}/_sandbox/messages?to=%2B{}", self.sandbox, &phone[1..]);
        self.until("the code's text", async || {
            let messages: Value = self.client.get(&url).send().await?.json().await?;
            let body = messages.pointer("/0/body").and_then(Value::as_str).unwrap_or_default();
            Ok(body.split(' ').next().filter(|word| word.len() == 6).map(ToOwned::to_owned))
        })
        .await
    }

    async fn find(&mut self, salon: &str, service: &str) -> Result<Value, Failure> {
        self.title("The customer looks around and asks for free times");
        self.call(Method::GET, "/salons?city=Indore&limit=3", None, &Value::Null, 200).await?;
        for path in ["", "/services", "/staff"] {
            let path = format!("/salons/{salon}{path}");
            self.call(Method::GET, &path, None, &Value::Null, 200).await?;
        }
        self.search(salon, service).await
    }

    async fn search(&mut self, salon: &str, service: &str) -> Result<Value, Failure> {
        self.search_for(salon, &json!([{ "service_id": service }])).await
    }

    async fn search_for(&self, salon: &str, services: &Value) -> Result<Value, Failure> {
        let now: DateTime<Utc> = ports::Clock::now(&SystemClock);
        let ask = json!({ "salon_id": salon, "services": services,
            "from": now + TimeDelta::hours(1), "to": now + TimeDelta::days(2) });
        let found = self.call(Method::POST, "/availability/search", None, &ask, 200).await?;
        found.pointer("/slots/0").cloned().ok_or_else(|| broken("no slot is free"))
    }

    async fn hold(&mut self, customer: &str, slot: &Value) -> Result<String, Failure> {
        self.title("The customer takes the first slot: it is held for ten minutes");
        let offer = json!({ "offer": text(slot, "/offer")? });
        let who = Some(customer);
        let booking = self.call(Method::POST, "/bookings", who, &offer, 201).await?;
        let booking = text(&booking, "/id")?;

        self.title("Someone else wants the same slot, and is told what is free instead");
        let rival = self.log_in("7").await?;
        let refused = self.call(Method::POST, "/bookings", Some(&rival), &offer, 409).await?;
        if refused.pointer("/alternatives/0/offer").is_none() {
            return Err(broken("the refusal names no other slot"));
        }
        Ok(booking)
    }

    async fn pay(&mut self, customer: &str, booking: &str) -> Result<(), Failure> {
        self.title("The customer pays through Razorpay (the sandbox plays the bank)");
        let path = format!("/bookings/{booking}/payments");
        let checkout = self.call(Method::POST, &path, Some(customer), &Value::Null, 201).await?;
        let order = text(&checkout, "/razorpay_order_id")?;
        let url = format!("{}/_sandbox/razorpay/orders/{order}/pay", self.sandbox);
        let paid = self.client.post(&url).json(&json!({ "outcome": "success" })).send().await?;
        println!("    POST {url}\n      -> {}", paid.status());
        paid.error_for_status()?;

        self.title("Razorpay's webhook confirms the booking, and the customer gets a text");
        let path = format!("/bookings/{booking}");
        let confirmed = self
            .until("the webhook", async || {
                let booking = self.get(&path, customer).await?;
                Ok((booking["status"] == "confirmed").then_some(booking))
            })
            .await?;
        println!("    GET {path}\n      -> 200 status {}", confirmed["status"]);
        Ok(())
    }

    async fn serve(&mut self, shop: &Shop, booking: &str) -> Result<(), Failure> {
        let Shop { owner, salon, haircut, .. } = shop;
        self.title("The salon sees it in the diary; the customer comes, long before the time");
        let now: DateTime<Utc> = ports::Clock::now(&SystemClock);
        let day = |instant: DateTime<Utc>| instant.format("%Y-%m-%dT%H:%M:%SZ").to_string();
        let path = format!(
            "/vendor/salons/{salon}/diary?from={}&to={}",
            day(now),
            day(now + TimeDelta::days(3))
        );
        let diary = self.call(Method::GET, &path, Some(owner), &Value::Null, 200).await?;
        if text(&diary, "/data/0/id")? != booking {
            return Err(broken("the diary does not show the booking"));
        }
        // They are there an hour early, and are not said to be served yet.
        for (step, status) in [("arrive", 200), ("start", 422)] {
            let path = format!("/vendor/bookings/{booking}/{step}");
            self.call(Method::POST, &path, Some(owner), &Value::Null, status).await?;
        }

        self.title("Somebody walks in, is noted at the counter and served at once");
        let path = format!("/salons/{salon}/staff");
        let staff = self.call(Method::GET, &path, None, &Value::Null, 200).await?;
        let path = format!("/vendor/salons/{salon}/walk-ins");
        let service = json!({ "service_id": haircut, "staff_id": text(&staff, "/data/0/id")? });
        let guest = json!({ "services": [service], "name": "Bina" });
        let noted = self.call(Method::POST, &path, Some(owner), &guest, 201).await?;
        for step in ["start", "complete"] {
            let path = format!("/vendor/bookings/{}/{step}", text(&noted, "/id")?);
            self.call(Method::POST, &path, Some(owner), &Value::Null, 200).await?;
        }
        Ok(())
    }

    /// A colour takes for an hour, in which somebody else gets a haircut.
    async fn while_it_takes(
        &mut self,
        customer: &str,
        salon: &str,
        haircut: &str,
        colour: &str,
    ) -> Result<(), Failure> {
        self.title("The customer comes back for a colour: it takes for an hour in between");
        let slot = self.search(salon, colour).await?;
        let offer = json!({ "offer": text(&slot, "/offer")? });
        self.call(Method::POST, "/bookings", Some(customer), &offer, 201).await?;
        let start: DateTime<Utc> =
            text(&slot, "/starts_at")?.parse().map_err(|_| broken("when?"))?;

        self.title("A haircut cannot begin with it; the salon says why, and when one can");
        let services = json!([{ "service_id": haircut }]);
        let ask = json!({ "salon_id": salon, "services": services, "starts_at": start });
        let why = self.call(Method::POST, "/availability/explain", None, &ask, 200).await?;
        if text(&why, "/reason/code")? != "taken" {
            return Err(broken("the start should be taken"));
        }

        self.title("In the meantime the same stylist cuts somebody else's hair");
        let meantime = start + TimeDelta::minutes(30);
        let ask = json!({ "salon_id": salon, "services": services, "from": meantime,
            "to": meantime + TimeDelta::minutes(15) });
        let found = self.call(Method::POST, "/availability/search", None, &ask, 200).await?;
        let offer = json!({ "offer": text(&found, "/slots/0/offer")? });
        let other = self.log_in("6").await?;
        self.call(Method::POST, "/bookings", Some(&other), &offer, 201).await?;
        Ok(())
    }

    /// Two guests at once, one of them for two services; then they come half an hour later.
    async fn together(&mut self, owner: &str, customer: &str, shop: &Shop) -> Result<(), Failure> {
        let Shop { salon, haircut, .. } = shop;
        self.title("The salon takes on a second stylist, and sells a shave");
        let shave = json!({ "name": "Shave", "category": "hair", "duration_minutes": 20,
            "price": { "amount": 19_900, "currency": "INR" } });
        let path = format!("/vendor/salons/{salon}/services");
        let shave = self.call(Method::POST, &path, Some(owner), &shave, 201).await?;
        let shave = text(&shave, "/id")?;
        self.take_on(owner, salon, "Stylist 2", &json!([haircut, shave])).await?;

        self.title("A couple books together: two haircuts at once, and a shave after one of them");
        let services = json!([{ "service_id": haircut, "guest": 0 },
            { "service_id": haircut, "guest": 1 }, { "service_id": shave, "guest": 1 }]);
        let slot = self.search_for(salon, &services).await?;
        let who = |line: usize| slot.pointer(&format!("/lines/{line}/staff_id"));
        if who(0).is_none() || who(0) == who(1) {
            return Err(broken("each guest should have hands of their own"));
        }
        let offer = json!({ "offer": text(&slot, "/offer")? });
        let booking = self.call(Method::POST, "/bookings", Some(customer), &offer, 201).await?;
        let booking = text(&booking, "/id")?;

        self.title("They come later: the whole visit moves, and its price stays");
        let now: DateTime<Utc> = ports::Clock::now(&SystemClock);
        let ask = json!({ "salon_id": salon, "services": services, "booking_id": booking,
            "from": now + TimeDelta::hours(6), "to": now + TimeDelta::days(2) });
        let path = "/availability/search";
        let found = self.call(Method::POST, path, Some(customer), &ask, 200).await?;
        let offer = json!({ "offer": text(&found, "/slots/0/offer")? });
        let path = format!("/bookings/{booking}/reschedule");
        let moved = self.call(Method::POST, &path, Some(customer), &offer, 200).await?;
        if moved["starts_at"] == slot["starts_at"] || moved["price"] != slot["price"] {
            return Err(broken("the visit should have moved, at its price"));
        }
        let path = format!("/bookings/{booking}/cancel");
        self.call(Method::POST, &path, Some(customer), &Value::Null, 200).await?;
        Ok(())
    }

    /// The only chair is taken; somebody waits, and gets it when the other changes their mind.
    async fn waiting(&mut self, owner: &str, customer: &str, shop: &Shop) -> Result<(), Failure> {
        let Shop { salon, .. } = shop;
        self.title("A facial, by one professional only: the customer takes the time");
        let facial = json!({ "name": "Facial", "category": "skin", "duration_minutes": 60,
            "price": { "amount": 99_900, "currency": "INR" } });
        let path = format!("/vendor/salons/{salon}/services");
        let facial = self.call(Method::POST, &path, Some(owner), &facial, 201).await?;
        let facial = text(&facial, "/id")?;
        self.take_on(owner, salon, "Beautician", &json!([facial])).await?;
        let services = json!([{ "service_id": facial }]);
        let slot = self.search_for(salon, &services).await?;
        let offer = json!({ "offer": text(&slot, "/offer")? });
        let booking = self.call(Method::POST, "/bookings", Some(customer), &offer, 201).await?;

        self.title("Someone else wants just that time, and waits for it");
        let other = self.log_in("6").await?;
        let start: DateTime<Utc> =
            text(&slot, "/starts_at")?.parse().map_err(|_| broken("when?"))?;
        let ask = json!({ "salon_id": salon, "services": services, "from": start,
            "to": start + TimeDelta::minutes(15) });
        self.call(Method::POST, "/waitlist", Some(&other), &ask, 201).await?;

        self.title(
            "The customer calls it off: the time is held for who waited, and a text says so",
        );
        let path = format!("/bookings/{}/cancel", text(&booking, "/id")?);
        self.call(Method::POST, &path, Some(customer), &Value::Null, 200).await?;
        let offered = self
            .until("the offer", async || {
                let places = self.get("/waitlist", &other).await?;
                Ok(text(&places, "/data/0/booking_id").ok())
            })
            .await?;
        let path = format!("/bookings/{offered}");
        let held = self.call(Method::GET, &path, Some(&other), &Value::Null, 200).await?;
        if held["status"] != "held" || held["starts_at"] != slot["starts_at"] {
            return Err(broken("the freed time should be held for who waited"));
        }
        Ok(())
    }

    async fn change_of_mind(
        &mut self,
        customer: &str,
        salon: &str,
        service: &str,
    ) -> Result<(), Failure> {
        self.title("The customer holds another slot and calls it off");
        let slot = self.search(salon, service).await?;
        let offer = json!({ "offer": text(&slot, "/offer")? });
        let who = Some(customer);
        let booking = self.call(Method::POST, "/bookings", who, &offer, 201).await?;
        let path = format!("/bookings/{}/cancel", text(&booking, "/id")?);
        self.call(Method::POST, &path, who, &Value::Null, 200).await?;
        self.call(Method::GET, "/bookings", who, &Value::Null, 200).await?;
        self.call(Method::POST, "/auth/logout", who, &Value::Null, 204).await?;
        Ok(())
    }

    /// One call of the API, shown as it goes out and as it is answered.
    async fn call(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: &Value,
        expected: u16,
    ) -> Result<Value, Failure> {
        let version = (method == Method::PUT).then_some(1);
        self.call_on(version, method, path, token, body, expected).await
    }

    /// The same, on a version of what is edited.
    async fn call_on(
        &self,
        version: Option<i64>,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: &Value,
        expected: u16,
    ) -> Result<Value, Failure> {
        println!("    {method} {path}{}", if body.is_null() { String::new() } else { show(body) });
        let mut request = self.client.request(method.clone(), format!("{}/api/v1{path}", self.url));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if method == Method::POST {
            request = request.header("Idempotency-Key", ports::Ids::next(&SystemIds).to_string());
        }
        if let Some(version) = version {
            request = request.header("If-Match", format!("\"{version}\""));
        }
        if !body.is_null() {
            request = request.json(body);
        }
        let response = request.send().await?;
        let status = response.status();
        let answer = response.bytes().await?;
        let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
        println!("      -> {status}{}", show(&answer));
        if status == StatusCode::from_u16(expected)? {
            return Ok(answer);
        }
        Err(broken(format!("{method} {path} was answered with {status}, not {expected}")))
    }

    async fn get(&self, path: &str, token: &str) -> Result<Value, Failure> {
        let url = format!("{}/api/v1{path}", self.url);
        Ok(self.client.get(url).bearer_auth(token).send().await?.json().await?)
    }

    /// Looks until it is there, for a bounded time.
    async fn until<T>(
        &self,
        what: &str,
        mut look: impl AsyncFnMut() -> Result<Option<T>, Failure>,
    ) -> Result<T, Failure> {
        let waiting = async {
            loop {
                if let Some(found) = look().await? {
                    return Ok(found);
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        match tokio::time::timeout(PATIENCE, waiting).await {
            Ok(found) => found,
            Err(_) => Err(broken(format!("{what} did not come in {} s", PATIENCE.as_secs()))),
        }
    }
}

/// A body on one line, cut where it grows long; tokens and offers are cut first.
fn show(body: &Value) -> String {
    const MOST: usize = 400;
    if body.is_null() {
        return String::new();
    }
    format!(" {}", cut(&brief(body).to_string(), MOST))
}

fn brief(body: &Value) -> Value {
    const MOST: usize = 40;
    match body {
        Value::String(text) => cut(text, MOST).into(),
        Value::Array(items) => items.iter().map(brief).collect(),
        Value::Object(map) => {
            map.iter().map(|(name, value)| (name.clone(), brief(value))).collect()
        }
        other => other.clone(),
    }
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
