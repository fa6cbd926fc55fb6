//! The world in memory keeps every promise that the real one keeps.

use testkit::FakeWorld;

use indistylo_testkit as testkit;

#[expect(clippy::unused_async, reason = "a real house takes a while to build")]
async fn in_memory() -> FakeWorld {
    FakeWorld::new()
}

testkit::contract!(in_memory);
