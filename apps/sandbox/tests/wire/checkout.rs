//! The payment page, as a browser walks through it.

use reqwest::StatusCode;

use crate::support::{Merchant, asking, text};

/// What stands between two marks of a page.
fn between(page: &str, before: &str, after: &str) -> String {
    let rest = page.split_once(before).unwrap_or_else(|| panic!("no {before} in {page}")).1;
    rest.split_once(after).unwrap().0.to_owned()
}

async fn press(merchant: &Merchant, path: &str, form: &[(&str, &str)]) -> (StatusCode, String) {
    let answer = merchant.http.post(merchant.url(path)).form(form).send().await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

#[tokio::test]
async fn success_brings_the_browser_back_with_the_proof() {
    let merchant = Merchant::new().await;
    let order = merchant.order("automatic").await;
    let path = format!("/checkout/{order}");
    let callback = "http://127.0.0.1:9/back?a=1&b=\"2\"";
    let visit = merchant.http.get(asking(&merchant.url(&path), &[("callback_url", callback)]));
    let page = visit.send().await.unwrap().text().await.unwrap();
    assert!(page.contains("₹1,499.00") && page.contains("value=\"late\""));
    assert!(page.contains("http://127.0.0.1:9/back?a=1&amp;b=&quot;2&quot;"));

    let form = [("outcome", "success"), ("callback_url", callback)];
    let (_, page) = press(&merchant, &path, &form).await;
    assert!(page.contains("action=\"http://127.0.0.1:9/back?a=1&amp;b=&quot;2&quot;\""));
    let payment = between(&page, "name=\"razorpay_payment_id\" value=\"", "\"");
    let signature = between(&page, "name=\"razorpay_signature\" value=\"", "\"");
    assert_eq!(between(&page, "name=\"razorpay_order_id\" value=\"", "\""), order);
    let secret = &merchant.sandbox.settings().razorpay.key_secret;
    assert_eq!(signature, sandbox::sign::razorpay_payment(secret, &order, &payment));

    let page = merchant.http.get(merchant.url(&path)).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("has been paid") && !page.contains("value=\"success\""));
}

#[tokio::test]
async fn without_a_callback_the_page_shows_the_proof() {
    let merchant = Merchant::new().await;
    let order = merchant.order("automatic").await;
    let (_, page) =
        press(&merchant, &format!("/checkout/{order}"), &[("outcome", "success")]).await;
    assert!(page.contains("razorpay_signature") && page.contains("curl -X POST"));
}

#[tokio::test]
async fn failure_stays_on_the_page_and_a_slow_bank_can_still_say_yes() {
    let merchant = Merchant::new().await;
    let order = merchant.order("automatic").await;
    let path = format!("/checkout/{order}");
    let (_, page) = press(&merchant, &path, &[("outcome", "failure")]).await;
    assert!(page.contains("The bank said no") && page.contains("Try again"));
    let (_, page) = press(&merchant, &path, &[("outcome", "late")]).await;
    let payment = between(&page, "name=\"payment_id\" value=\"", "\"");
    let form = [("payment_id", payment.as_str())];
    let (status, page) = press(&merchant, &format!("{path}/authorise"), &form).await;
    assert!(status.is_success() && page.contains("<h1>Paid</h1>"));
    let (_, paper) = merchant.get(&format!("/v1/orders/{order}")).await;
    assert_eq!(text(&paper["status"]), "paid");
}

#[tokio::test]
async fn only_web_addresses_may_call_back() {
    let merchant = Merchant::new().await;
    let order = merchant.order("automatic").await;
    let path = format!("/checkout/{order}");
    let form = [("outcome", "success"), ("callback_url", "javascript:alert(1)")];
    assert_eq!(press(&merchant, &path, &form).await.0, 400);
    assert_eq!(merchant.get("/checkout/order_nothing").await.0, 400);
}

#[tokio::test]
async fn the_index_links_every_order_to_its_checkout() {
    let merchant = Merchant::new().await;
    let order = merchant.order("automatic").await;
    let page = merchant.http.get(merchant.url("/")).send().await.unwrap().text().await.unwrap();
    for link in
        [&format!("/checkout/{order}"), "/inbox", "/_sandbox/razorpay/events", "/_sandbox/faults"]
    {
        assert!(page.contains(&format!("href=\"{link}\"")), "{link}");
    }
    assert_eq!(merchant.get("/health").await.0, 200);
}
