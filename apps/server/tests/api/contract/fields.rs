//! A field that is wrong is named; one that nobody knows is refused; one that is missing is asked for.

use serde_json::{Value, json};

use super::schema::{misfits, objects, places, required};
use super::{Operation, World, all};
use crate::support::pointers;

fn with_bodies() -> Vec<(Operation, Value)> {
    let all = all().into_iter();
    let found: Vec<_> =
        all.filter_map(|operation| operation.body.clone().map(|body| (operation, body))).collect();
    assert!(found.len() >= 12, "bodies have vanished from the document: {found:?}");
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn the_samples_of_these_tests_are_in_order() {
    let world = World::new().await;
    for (operation, _) in with_bodies() {
        let sample = world.sample(&operation);
        let answer = world.with_body(&operation, sample.to_string()).await;
        let expected: &[u16] = match operation.id.as_str() {
            "requestOtp" | "registerVendor" | "forgotPassword" => &[202],
            "verifyOtp" | "refreshSession" | "loginWithPassword" => &[401],
            "resetPassword"
            | "verifyEmail"
            | "confirmRazorpayPayment"
            | "cancelBooking"
            | "cancelBookingByVendor" => &[422],
            "searchAvailability"
            | "explainAvailability"
            | "rescheduleBooking"
            | "quoteBooking"
            | "reassignBooking"
            | "verifyAuditLog"
            | "updateMe"
            | "updateAddress" => &[200],
            // Nobody has come yet. Who logs in by a code has no password; its vendor is approved, or has handed in nothing.
            "extendVisit"
            | "changePassword"
            | "enrolTotp"
            | "confirmTotp"
            | "disableTotp"
            | "submitForVerification" => &[409],
            "updateVendorProfile"
            | "reviewDocument"
            | "rejectVendor"
            | "suspendVendor"
            | "reinstateVendor" => &[412],
            id if id.starts_with("put") => &[412],
            _ => &[201],
        };
        assert!(expected.contains(&answer.status), "{}: {answer:?}", operation.id);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_nobody_knows_is_refused_wherever_it_stands() {
    let world = World::new().await;
    for (operation, schema) in with_bodies() {
        let sample = world.sample(&operation);
        for (pointer, _) in objects(&schema, &sample) {
            let mut body = sample.clone();
            let object = body.pointer_mut(&pointer).expect("an object");
            object["is_admin"] = json!(true);
            let problem = world.with_body(&operation, body.to_string()).await;
            let problem = problem.refused(422, "invalid");
            let expected = (format!("{pointer}/is_admin"), "unknown".to_owned());
            assert!(pointers(&problem).contains(&expected), "{}: {problem}", operation.id);
        }
    }
    // Where nothing is taken, nothing is swallowed either.
    for operation in all() {
        if operation.body.is_none() && operation.reads_a_body() {
            let answer = world.with_body(&operation, r#"{"is_admin": true}"#).await;
            let problem = answer.refused(422, "invalid");
            assert_eq!(pointers(&problem), [("/is_admin".into(), "unknown".into())], "{problem}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_object_is_told_every_field_it_lacks() {
    let world = World::new().await;
    for (operation, schema) in with_bodies() {
        let sample = world.sample(&operation);
        for (pointer, schema) in objects(&schema, &sample) {
            let lacking: Vec<_> =
                required(&schema).iter().map(|name| format!("{pointer}/{name}")).collect();
            if lacking.is_empty() {
                continue;
            }
            let mut body = sample.clone();
            *body.pointer_mut(&pointer).expect("an object") = json!({});
            let answer = world.with_body(&operation, body.to_string()).await;
            assert_eq!(answer.status, 422, "{} {pointer}: {answer:?}", operation.id);
            answer.names(&lacking.iter().map(String::as_str).collect::<Vec<_>>());
            let problem = answer.json();
            assert!(pointers(&problem).iter().all(|(_, code)| code == "required"), "{problem}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_of_the_wrong_kind_is_refused_in_every_field() {
    let world = World::new().await;
    let mut tried = 0;
    for (operation, schema) in with_bodies() {
        let sample = world.sample(&operation);
        for place in places(&schema, &sample, "") {
            for misfit in misfits(&place) {
                let mut body = sample.clone();
                *body.pointer_mut(&place.pointer).expect("a field") = misfit.clone();
                let answer = world.with_body(&operation, body.to_string()).await;
                let told = format!("{} {} = {misfit}: {answer:?}", operation.id, place.pointer);
                assert_eq!(answer.status, 422, "{told}");
                let within = format!("{}/", place.pointer);
                let named = pointers(&answer.json());
                let is_it = |named: &str| named == place.pointer || named.starts_with(&within);
                assert!(!named.is_empty() && named.iter().all(|(named, _)| is_it(named)), "{told}");
                tried += 1;
            }
        }
    }
    assert!(tried > 500, "only {tried} were tried");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_be_null_may_be_null() {
    let world = World::new().await;
    let mut tried = 0;
    for (operation, schema) in with_bodies() {
        let sample = world.sample(&operation);
        for place in places(&schema, &sample, "").iter().filter(|place| place.may_be_null()) {
            let mut body = sample.clone();
            *body.pointer_mut(&place.pointer).expect("a field") = Value::Null;
            let answer = world.with_body(&operation, body.to_string()).await;
            let named = if answer.status == 422 { pointers(&answer.json()) } else { Vec::new() };
            // Hours of their own or the salon's: one of the two must be chosen; at home one must
            // say where.
            let chosen = |(_, code): &(String, String)| ["either", "at_home"].contains(&&**code);
            let told = format!("{} {}: {answer:?}", operation.id, place.pointer);
            assert!(named.iter().all(|named| chosen(named) || named.0 != place.pointer), "{told}");
            tried += 1;
        }
    }
    assert!(tried > 10, "only {tried} were tried");
}

#[tokio::test(flavor = "multi_thread")]
async fn several_wrong_fields_are_all_named_at_once() {
    let world = World::new().await;
    for (operation, schema) in with_bodies() {
        let sample = world.sample(&operation);
        let fields = schema["properties"].as_object().expect("properties");
        let mut body = json!({ "is_admin": true });
        for name in fields.keys() {
            body[name] = if sample[name].is_number() { json!("x") } else { json!(42) };
        }
        let problem = world.with_body(&operation, body.to_string()).await.refused(422, "invalid");
        let named: Vec<_> = pointers(&problem).into_iter().map(|(pointer, _)| pointer).collect();
        for name in fields.keys().map(String::as_str).chain(["is_admin"]) {
            assert!(named.contains(&format!("/{name}")), "{} {name}: {problem}", operation.id);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_given_twice_is_refused_even_with_the_same_value() {
    let world = World::new().await;
    for (operation, schema) in with_bodies() {
        let sample = world.sample(&operation);
        for (pointer, _) in objects(&schema, &sample) {
            let object = sample.pointer(&pointer).expect("an object");
            let (name, value) =
                object.as_object().and_then(|map| map.iter().next()).expect("a field");
            let twice = format!("{{\"{name}\":{value},{}", &object.to_string()[1..]);
            let mut marked = sample.clone();
            *marked.pointer_mut(&pointer).expect("an object") = json!("the object");
            let body = marked.to_string().replace("\"the object\"", &twice);
            let problem = world.with_body(&operation, body).await.refused(422, "invalid");
            let expected = (format!("{pointer}/{name}"), "duplicate".to_owned());
            assert_eq!(pointers(&problem), [expected], "{}: {problem}", operation.id);
        }
    }
}
