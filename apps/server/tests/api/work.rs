//! A stranger cannot tell by the work that is done whether somebody is known.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use application::Ports;
use application::account::register_vendor::{RegisterVendor, register_vendor};
use application::account::request_code::request_code;
use application::account::reset_password::forgot_password;
use async_trait::async_trait;
use identity::{Asker, Email, Password, Place};
use ports::{Compared, HashError, Hasher};
use tracing::field::{Field, Visit};
use tracing::subscriber::set_default;
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use crate::support::TestServer;

/// The statements that were sent, each with the number of rows that it wrote or read.
#[derive(Clone, Default)]
struct Statements(Arc<Mutex<Vec<String>>>);

impl<S: Subscriber> Layer<S> for Statements {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "sqlx::query" {
            let mut told = Told::default();
            event.record(&mut told);
            self.0.lock().expect("no test panicked").push(told.0.join("; "));
        }
    }
}

#[derive(Default)]
struct Told(Vec<String>);

impl Visit for Told {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if ["summary", "rows_affected", "rows_returned"].contains(&field.name()) {
            self.0.push(format!("{field}: {value:?}"));
        }
    }
}

/// Counts what is hashed.
struct Counting(Arc<dyn Hasher>, Arc<AtomicU32>);

#[async_trait]
impl Hasher for Counting {
    async fn hash(&self, password: &Password) -> Result<String, HashError> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.hash(password).await
    }

    async fn compare(
        &self,
        password: &Password,
        kept: Option<&str>,
    ) -> Result<Compared, HashError> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.compare(password, kept).await
    }
}

/// What one request costs: how often something is hashed, and the statements.
async fn work(server: &TestServer, verb: impl AsyncFnOnce(&Ports)) -> (u32, Vec<String>) {
    let (statements, hashed) = (Statements::default(), Arc::new(AtomicU32::new(0)));
    let mut ports = server.ports().clone();
    ports.hasher = Arc::new(Counting(ports.hasher, Arc::clone(&hashed)));
    let listening = set_default(tracing_subscriber::registry().with(statements.clone()));
    verb(&ports).await;
    drop(listening);
    let statements = statements.0.lock().expect("no test panicked").clone();
    (hashed.load(Ordering::Relaxed), statements)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_work_is_the_same_whether_somebody_is_known_or_not() {
    let server = TestServer::start_with(|config| config.worker_inside = false).await;
    let place = Place::of([192, 0, 2, 1].into());
    let (known, unknown) = ("asha@example.in", "bina@example.in");
    server.database.execute(
        "insert into people (id, name, email, email_verified_at, password, password_set_at, created_at)
         values (gen_random_uuid(), 'Asha', 'asha@example.in', now(), '$argon2id$', now(), now())",
    ).await;
    let address = |email: &str| email.parse::<Email>().expect("an address");
    let register = async |email: &str| {
        let ask = RegisterVendor {
            email: address(email),
            name: "Asha".to_owned(),
            phone: server.a_phone().parse().expect("a mobile"),
            business_name: "A salon".to_owned(),
            password: Password::parse("tea with the neighbours").expect("a password"),
            place,
        };
        let verb = async |ports: &Ports| register_vendor(ports, &ask).await.expect("registered");
        work(&server, verb).await
    };
    let forgot = async |email: &str| {
        let email = address(email);
        let verb =
            async |ports: &Ports| forgot_password(ports, &email, place).await.expect("asked for");
        work(&server, verb).await
    };
    let code = async |phone: &str| {
        let phone = phone.parse().expect("a mobile");
        let asker = Asker { phone, address: [192, 0, 2, 1].into(), device: None };
        let verb =
            async |ports: &Ports| drop(request_code(ports, &asker).await.expect("asked for"));
        work(&server, verb).await
    };
    // Whoever is first opens the window of what is counted for all.
    register("first@example.in").await;
    forgot("first@example.in").await;
    code(&server.a_phone()).await;
    let (customer, stranger) = (server.a_phone(), server.a_phone());
    let person = format!(
        "insert into people (id, phone, created_at) values (gen_random_uuid(), '{customer}', now())"
    );
    server.database.execute(&person).await;
    for (what, known, unknown, hashed) in [
        ("register", register(known).await, register(unknown).await, 1),
        ("forgot", forgot(known).await, forgot(unknown).await, 0),
        ("code", code(&customer).await, code(&stranger).await, 0),
    ] {
        assert_eq!(known, unknown, "{what}");
        assert_eq!(known.0, hashed, "{what}");
        assert!(known.1.len() > 2, "{what}: nothing was counted: {known:?}");
    }
    let resets = "select count(*) from password_resets";
    assert_eq!(server.database.count(resets).await, 3, "for nobody as well");
}
