//! We judge every known signature as the official SDKs of Twilio and `SendGrid` do.

#[path = "../examples/vectors/check.rs"]
mod check;

use serde_json::Value;

const TWILIO: &str = include_str!("vectors/twilio.json");
const SENDGRID: &str = include_str!("vectors/sendgrid.json");

#[test]
fn no_vector_fails() {
    for (file, vectors) in [(TWILIO, 36), (SENDGRID, 22)] {
        let tally = check::file(file.as_bytes()).expect("a file of vectors");
        assert_eq!(tally.failures, Vec::<String>::new());
        assert_eq!(tally.passed, vectors);
    }
}

#[test]
fn a_vector_with_another_verdict_fails() {
    for file in [TWILIO, SENDGRID] {
        let mut file: Value = serde_json::from_str(file).expect("JSON");
        let vectors = file["vectors"].as_array_mut().expect("a list");
        for vector in &mut *vectors {
            vector["valid"] = Value::Bool(vector["valid"] != true);
        }
        vectors.push(serde_json::json!({"name": "odd", "kind": "unheard-of", "input": {}}));
        let all = vectors.len();
        let tally = check::file(file.to_string().as_bytes()).expect("a file of vectors");
        assert_eq!((tally.passed, tally.failures.len()), (0, all));
    }
}
