//! The audit log is long, and whatever is asked of it is found by an index.

mod ground;

use ground::PgGround;
use indistylo_adapter_postgres::{Address, PgAudit};
use kernel::PersonId;
use ports::{Audit, AuditFilter};
use sqlx::AssertSqlSafe;
use testkit::Ground;

/// How the one connection of this pool would answer what it was asked last.
async fn plan(pool: &sqlx::PgPool) -> String {
    let named = "select name from pg_prepared_statements
        where statement like 'select id, actor%' order by prepare_time desc limit 1";
    let name: String = sqlx::query_scalar(named).fetch_one(pool).await.expect("it was asked");
    let explain = format!("explain execute {name} (9, null, null, null, 20)");
    let lines: Vec<String> =
        sqlx::query_scalar(AssertSqlSafe(explain)).fetch_all(pool).await.expect("a plan");
    lines.join("\n")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_asked_of_a_long_log_is_found_by_an_index() {
    let ground = PgGround::fresh().await;
    let somebody = PersonId::new(ground.ids().next());
    let filters = [
        (AuditFilter { actor: Some(somebody), ..AuditFilter::default() }, "audit_by_actor"),
        (AuditFilter { act: Some("act 7".to_owned()), ..AuditFilter::default() }, "audit_by_act"),
        (
            AuditFilter {
                actor: Some(somebody),
                act: Some("act 7".to_owned()),
                object: Some("object 7".to_owned()),
            },
            "audit_by_object",
        ),
        (AuditFilter::default(), "audit_seq_key"),
    ];
    // A plan may be made while the log is empty, and must suit it full.
    for rows in [0, 20_000] {
        let entries = format!(
            "insert into audit (id, at, actor, act, object, seq, hash)
             select gen_random_uuid(), now(), gen_random_uuid(), 'act ' || n % 20, 'object ' || n, n,
                 sha256('')
             from generate_series(1, {rows}) n"
        );
        ground.database.execute(&entries).await;
        ground.database.execute("analyze audit").await;
        let pool = Address::parse(&ground.database.url).expect("an address").pool(1);
        let audit = PgAudit::new(pool.clone());
        for (filter, index) in &filters {
            audit.entries(filter, None, 20).await.expect("an answer");
            let plan = plan(&pool).await;
            assert!(plan.contains(&format!("using {index} ")), "{rows}: {plan}");
            assert!(!plan.contains("Sort"), "{plan}");
        }
        pool.close().await;
    }
}
