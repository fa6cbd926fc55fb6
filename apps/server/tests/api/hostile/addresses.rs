//! Addresses that are spelled wrong on purpose.

use crate::support::TestServer;

#[tokio::test(flavor = "multi_thread")]
async fn a_path_with_a_bad_percent_sign_leads_nowhere() {
    let server = TestServer::start().await;
    for path in [
        "/salons/%",
        "/salons/%zz",
        "/salons/%f",
        "/salons/%ff",
        "/salons/%c3%28",
        "/salons/%00",
        "/salons/%2e%2e%2f%2e%2e",
        "/salons/%25%30%30",
        "/salons/%ed%a0%80",
        "/salons/a%0d%0ab",
        "/salons/%u0041",
        "/salons/%f5%80%80%80/services",
    ] {
        let answer = server.get(path).await;
        assert!(matches!(answer.status, 400 | 404), "{path}: {answer:?}");
    }
    let long = format!("/salons/{}", "a".repeat(7_000));
    server.get(&long).await.refused(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_with_a_bad_percent_sign_is_read_as_it_stands_or_refused() {
    let server = TestServer::start().await;
    for query in [
        "q=%",
        "q=%zz",
        "q=%f",
        "q=%ff",
        "q=%c3%28",
        "q=%00",
        "q=%ed%a0%80",
        "%ff=x",
        "q=%f5%80",
        "=",
        "&&&",
        "q",
        "q=a=b",
        "?q=a",
        "q=a;q=b",
        "limit=%31",
        "%71=glow",
        "q=a%0d%0aset-cookie:x",
    ] {
        let answer = server.get(&format!("/salons?{query}")).await;
        assert!(matches!(answer.status, 200 | 400 | 422), "{query}: {answer:?}");
        assert_eq!(answer.header("set-cookie"), "", "{query}");
    }
    server.get("/salons?q=%00").await.names(&["q"]);
    server.get("/salons?%71=glow&limit=%31").await.expect(200);
    let many = format!("/salons?{}", "a=1&".repeat(1_500));
    server.get(&many).await.refused(422, "invalid");
}
