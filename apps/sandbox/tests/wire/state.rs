//! What survives a restart, and what a sandbox leaves behind when it closes.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, fs, process};

use sandbox::{EventState, Sandbox, Settings};
use serde_json::json;

use crate::support::{Merchant, Reply, Shop, settings, text};

/// A file name nobody else uses.
fn fresh_file() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    env::temp_dir().join(format!("indistylo-sandbox-{}-{number}.json", process::id()))
}

fn kept_in(file: &Path) -> Settings {
    Settings { state_file: Some(file.to_path_buf()), ..settings() }
}

#[tokio::test]
async fn orders_payments_and_refund_keys_survive() {
    let file = fresh_file();
    let merchant = Merchant::with(kept_in(&file)).await;
    let (order, payment) = merchant.paid().await;
    let open = merchant.order("automatic").await;
    let refund = merchant.post(&format!("/v1/payments/{payment}/refund"), json!({})).await.1;
    merchant.sandbox.stop().await;

    let merchant = Merchant::with(kept_in(&file)).await;
    assert_eq!(merchant.get(&format!("/v1/orders/{order}")).await.1["status"], "paid");
    assert_eq!(merchant.get(&format!("/v1/payments/{payment}")).await.1["status"], "refunded");
    let refund = text(&refund["id"]);
    assert_eq!(merchant.get(&format!("/v1/refunds/{refund}")).await.1["status"], "processed");
    assert_eq!(merchant.pay(&open, "success").await["status"], "captured");
    merchant.sandbox.stop().await;
    fs::remove_file(file).unwrap();
}

#[tokio::test]
async fn undelivered_notices_go_out_after_the_restart() {
    let (file, shop) = (fresh_file(), Shop::open());
    let mut settings = kept_in(&file);
    settings.razorpay.webhook_url = Some(shop.url.clone());
    settings.retry_base = std::time::Duration::from_mins(1);
    shop.reply([Reply::Status(503)]);
    let merchant = Merchant::with(settings.clone()).await;
    let order = merchant.order("manual").await;
    merchant.pay(&order, "success").await;
    let first = shop.exactly(1).await;
    merchant.sandbox.stop().await;

    let merchant = Merchant::with(settings).await;
    let both = shop.exactly(2).await;
    let number = "x-razorpay-event-id";
    assert_eq!(both[1].header(number), first[0].header(number));
    assert_eq!(merchant.sandbox.events()[0].state, EventState::Delivered);
    merchant.sandbox.stop().await;
    fs::remove_file(file).unwrap();
}

#[tokio::test]
async fn a_damaged_file_is_not_overwritten() {
    let file = fresh_file();
    fs::write(&file, "{").unwrap();
    let error = Sandbox::start(kept_in(&file)).await.err().unwrap();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
    assert_eq!(fs::read_to_string(&file).unwrap(), "{");
    fs::remove_file(file).unwrap();
}

#[tokio::test]
async fn a_dropped_sandbox_frees_its_address() {
    let merchant = Merchant::new().await;
    let address = merchant.sandbox.base_url().replace("http://", "");
    drop(merchant);
    for _ in 0..100 {
        if std::net::TcpListener::bind(&address).is_ok() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("{address} is still taken");
}

#[test]
fn it_starts_inside_an_actix_process_too() {
    actix_web::rt::System::new().block_on(async {
        let merchant = Merchant::new().await;
        assert_eq!(merchant.get("/health").await.0, 200);
        merchant.sandbox.stop().await;
    });
}
