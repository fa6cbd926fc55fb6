//! What is no request at all is told so: not JSON, not an object, not said to be JSON, too large.

use serde_json::json;

use super::{World, all};
use crate::support::pointers;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_json_is_malformed() {
    let world = World::new().await;
    let not_json: [&[u8]; 12] = [
        b"{",
        b"{]",
        b"hello",
        b"{\"a\":1}{\"b\":2}",
        b"{'a': 1}",
        b"{\"a\": undefined}",
        b"{\"a\": NaN}",
        b"{\"a\": 1e400}",
        b"{\"a\": \"\xff\xfe\"}",
        b"\xef\xbb\xbf{}",
        b"{\"a\": \"\\ud800\"}",
        b"   ",
    ];
    for operation in all().iter().filter(|operation| operation.reads_a_body()) {
        for body in not_json {
            world.with_body(operation, body).await.refused(400, "malformed");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn json_that_is_no_object_is_not_taken() {
    let world = World::new().await;
    for operation in all().iter().filter(|operation| operation.reads_a_body()) {
        for body in ["[]", "null", "true", "42", "\"text\"", "[{}]"] {
            let problem = world.with_body(operation, body).await.refused(422, "invalid");
            assert_eq!(pointers(&problem), [(String::new(), "type".into())], "{problem}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_must_be_said_to_be_json() {
    let world = World::new().await;
    for operation in all().iter().filter(|operation| operation.reads_a_body()) {
        let call = || {
            let call = world.bare(operation, &world.path(operation)).body("{}");
            if operation.is_public { call } else { call.by(world.caller(operation)) }
        };
        call().await.refused(415, "unsupported_media_type");
        for kind in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/jsonp",
            "application/xml",
            "",
        ] {
            let answer = call().header("content-type", kind).await;
            answer.refused(415, "unsupported_media_type");
        }
        let answer = call().header("content-type", "Application/JSON; charset=utf-8").await;
        assert_ne!(answer.status, 415, "{}: {answer:?}", operation.id);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_kibibytes_are_read_and_not_a_byte_more() {
    let world = World::new().await;
    let padded = |bytes: usize| {
        let frame = json!({ "padding": "" }).to_string();
        frame.replacen("\"\"", &format!("\"{}\"", "x".repeat(bytes - frame.len())), 1)
    };
    for operation in all().iter().filter(|operation| operation.reads_a_body()) {
        let most = world.with_body(operation, padded(64 * 1024)).await;
        let problem = most.refused(422, "invalid");
        let unknown = ("/padding".to_owned(), "unknown".to_owned());
        assert!(pointers(&problem).contains(&unknown), "{}: {problem}", operation.id);
        for more in [64 * 1024 + 1, 65 * 1024, 300 * 1024] {
            world.with_body(operation, padded(more)).await.refused(413, "too_large");
        }
    }
}
