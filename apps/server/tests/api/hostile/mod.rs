//! What breaks other people's software by name: each is tried here, and none gets a 5xx.

mod addresses;
mod headers;
mod names;
mod numbers;
mod pages;
mod passes;
mod protocol;
mod search;
mod times;
mod tokens;

use serde_json::{Value, json};

use crate::support::{Answer, Person, TestServer};

/// A salon of this name is opened, or not.
async fn open(server: &TestServer, owner: &Person, name: &Value) -> Answer {
    let salon = json!({ "name": name, "city": "Indore", "address": "1 MG Road" });
    server.post("/vendor/salons").by(owner).json(&salon).await
}
