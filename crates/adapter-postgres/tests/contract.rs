//! The real database keeps every promise that is asked of a store.

mod ground;

use ground::PgGround;

async fn on_postgresql() -> PgGround {
    PgGround::fresh().await
}

testkit::contract!(on_postgresql);
