//! A sandbox per test, a client that shows the right keys, and a small shop that takes notices.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use reqwest::{Client, Method, Response};
use sandbox::{Sandbox, Settings};
use serde_json::{Value, json};

pub(crate) const PHONE: &str = "+919812345678";

/// Development settings, with quick retries.
pub(crate) fn settings() -> Settings {
    Settings { retry_base: Duration::from_millis(20), ..Settings::development() }
}

/// A sandbox and someone to talk to it.
pub(crate) struct Merchant {
    pub(crate) sandbox: Sandbox,
    pub(crate) http: Client,
}

impl Merchant {
    pub(crate) async fn new() -> Self {
        Self::with(settings()).await
    }

    pub(crate) async fn with(settings: Settings) -> Self {
        let sandbox = Sandbox::start(settings).await.unwrap();
        Self { sandbox, http: client() }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        self.sandbox.base_url() + path
    }

    /// Calls Razorpay's API with the right key.
    pub(crate) async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Response {
        let account = &self.sandbox.settings().razorpay;
        let mut request = self
            .http
            .request(method, self.url(path))
            .basic_auth(&account.key_id, Some(&account.key_secret));
        if let Some(body) = body {
            request = request.json(&body);
        }
        request.send().await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        answer(self.send(Method::GET, path, None).await).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        answer(self.send(Method::POST, path, Some(body)).await).await
    }

    /// Opens an order of ₹1,499 and returns its id.
    pub(crate) async fn order(&self, capture: &str) -> String {
        let body = json!({
            "amount": 149_900, "currency": "INR", "receipt": "bk_1",
            "payment": {"capture": capture, "capture_options": {"automatic_expiry_period": 12}},
        });
        let (status, order) = self.post("/v1/orders", body).await;
        assert_eq!(status, 200, "{order}");
        text(&order["id"])
    }

    /// Pays an order without a browser.
    pub(crate) async fn pay(&self, order: &str, outcome: &str) -> Value {
        let path = format!("/_sandbox/razorpay/orders/{order}/pay");
        let (status, result) = self.post(&path, json!({"outcome": outcome})).await;
        assert_eq!(status, 200, "{result}");
        result
    }

    /// Opens an automatic order, pays it, and returns `(order, payment)`.
    pub(crate) async fn paid(&self) -> (String, String) {
        let order = self.order("automatic").await;
        let result = self.pay(&order, "success").await;
        (order, text(&result["razorpay_payment_id"]))
    }
}

pub(crate) fn client() -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().timeout(Duration::from_secs(10)).build().unwrap()
}

/// An address with a query.
pub(crate) fn asking(address: &str, query: &[(&str, &str)]) -> reqwest::Url {
    reqwest::Url::parse_with_params(address, query).unwrap()
}

pub(crate) async fn answer(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    (status, response.json().await.unwrap())
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is not a string")).to_owned()
}

/// One request the shop received.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn event(&self) -> String {
        text(&self.json()["event"])
    }

    /// Whether Razorpay's signature fits the body.
    pub(crate) fn is_genuine(&self) -> bool {
        let secret = settings().razorpay.webhook_secret;
        self.header("x-razorpay-signature")
            == sandbox::sign::razorpay_webhook(&secret, self.body.as_bytes())
    }
}

/// How the shop answers one request.
#[derive(Clone, Copy)]
pub(crate) enum Reply {
    Status(u16),
    Hang,
}

/// The salon's side: an address that takes notices and remembers them.
pub(crate) struct Shop {
    pub(crate) url: String,
    received: Arc<Mutex<Vec<Received>>>,
    replies: Arc<Mutex<VecDeque<Reply>>>,
}

impl Shop {
    pub(crate) fn open() -> Self {
        let received: Arc<Mutex<Vec<Received>>> = Arc::default();
        let replies: Arc<Mutex<VecDeque<Reply>>> = Arc::default();
        let data = web::Data::new((received.clone(), replies.clone()));
        let server = HttpServer::new(move || {
            App::new().app_data(data.clone()).default_service(web::to(take))
        });
        let server = server.workers(1).disable_signals().bind(("127.0.0.1", 0)).unwrap();
        let url = format!("http://{}/hook", server.addrs()[0]);
        tokio::spawn(server.run());
        Self { url, received, replies }
    }

    /// How the next requests are answered; afterwards 200 again.
    pub(crate) fn reply(&self, replies: impl IntoIterator<Item = Reply>) {
        self.replies.lock().unwrap().extend(replies);
    }

    /// Waits until `count` requests have come and nothing more comes.
    pub(crate) async fn exactly(&self, count: usize) -> Vec<Received> {
        for _ in 0..800 {
            if self.received.lock().unwrap().len() >= count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        let received = self.received.lock().unwrap().clone();
        let events: Vec<_> = received.iter().map(|one| &one.body).collect();
        assert_eq!(received.len(), count, "{events:#?}");
        received
    }

    pub(crate) async fn events(&self, count: usize) -> Vec<String> {
        self.exactly(count).await.iter().map(Received::event).collect()
    }
}

type Counter = web::Data<(Arc<Mutex<Vec<Received>>>, Arc<Mutex<VecDeque<Reply>>>)>;

async fn take(request: HttpRequest, counter: Counter, body: web::Bytes) -> HttpResponse {
    let headers = request.headers().iter().map(|(name, value)| {
        (name.as_str().to_owned(), value.to_str().unwrap_or_default().to_owned())
    });
    let received =
        Received { headers: headers.collect(), body: String::from_utf8_lossy(&body).into_owned() };
    counter.0.lock().unwrap().push(received);
    let reply = counter.1.lock().unwrap().pop_front().unwrap_or(Reply::Status(200));
    match reply {
        Reply::Status(status) => HttpResponse::new(StatusCode::from_u16(status).unwrap()),
        Reply::Hang => {
            tokio::time::sleep(Duration::from_secs(8)).await;
            HttpResponse::Ok().finish()
        }
    }
}
