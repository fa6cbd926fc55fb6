//! Somebody with all rights on the database changes the record of what was done, in every way that
//! we could think of.

use std::sync::Arc;

use adapter_credentials::Keys;
use application::Ports;
use application::audit::{Flaw, Sealer, Watch, chained, hex, seal, verify};
use chrono::TimeDelta;
use ports::{Checkpoint, Credentials};
use testkit::{TestClock, TestDatabase};

use crate::support::TestServer;

/// Entries between two checkpoints, and checkpoints.
const STRETCH: usize = 5;
const STRETCHES: usize = 8;
/// How often each way is tried.
const TIMES: u64 = 10;

/// A log of forty-three entries, of which the last three were sealed since the last checkpoint.
struct Scene {
    server: TestServer,
    ports: Ports,
    signed: Vec<Checkpoint>,
}

impl Scene {
    async fn set() -> Self {
        let server = TestServer::start_with(|config| config.worker_inside = false).await;
        let clock = Arc::new(TestClock::default());
        let ports = Ports { clock: clock.clone(), ..server.ports().clone() };
        for stretch in 0..=STRETCHES {
            let entries = if stretch < STRETCHES { STRETCH } else { 3 };
            let noted = format!(
                "insert into audit (id, at, actor, act, object, detail)
                 select md5('{stretch}/' || n)::uuid, now(),
                     case when n % 2 = 0 then md5('actor')::uuid end, 'act', 'object/' || n,
                     case n % 3 when 0 then 'why' when 1 then '' end
                 from generate_series(1, {entries}) n"
            );
            server.database.execute(&noted).await;
            assert_eq!(seal(&ports).await.expect("sealed"), entries);
            clock.advance(TimeDelta::minutes(i64::from(stretch + 1 < STRETCHES)));
        }
        // As the owner of the tables would.
        server
            .database
            .execute(
                "alter table audit disable trigger user;
                 alter table audit_checkpoints disable trigger user;
                 create table kept as table audit;
                 create table kept_checkpoints as table audit_checkpoints",
            )
            .await;
        let (_, signed) = ports.audit.chain(1, 100).await.expect("an answer");
        assert_eq!(signed.len(), STRETCHES);
        Self { server, ports, signed }
    }

    const fn database(&self) -> &TestDatabase {
        &self.server.database
    }

    /// All as it was sealed and signed.
    async fn restored(&self) {
        self.database()
            .execute(
                "delete from audit; insert into audit select * from kept;
                 delete from audit_checkpoints;
                 insert into audit_checkpoints select * from kept_checkpoints",
            )
            .await;
    }

    /// Works out every hash anew, as everybody can.
    async fn rechain(&self) {
        let (entries, _) = self.ports.audit.chain(1, 100).await.expect("an answer");
        let mut before = [0; 32];
        let mut values = Vec::new();
        for sealed in &entries {
            before = chained(before, sealed.seq, &sealed.entry);
            values.push(format!("({}, '\\x{}'::bytea)", sealed.seq, hex(&before)));
        }
        let hashes = format!(
            "update audit a set hash = v.hash from (values {}) v(seq, hash) where a.seq = v.seq",
            values.join(", ")
        );
        self.database().execute(&hashes).await;
    }

    /// A checkpoint over the last entry, signed by somebody else.
    async fn countersign(&self) {
        let stranger = Keys::new(&[7; 32]).expect("long enough");
        let last = self.signed.last().expect("some");
        let signature = stranger.sign(b"indistylo audit checkpoint");
        let checkpoint = Checkpoint {
            seq: last.seq + 3,
            at: last.at + TimeDelta::minutes(1),
            signature,
            ..last.clone()
        };
        self.ports.audit.add_checkpoint(&checkpoint).await.expect("kept");
    }

    async fn flaw(&self, witness: Option<&Checkpoint>) -> Option<(i64, Flaw)> {
        verify(&self.ports, 0, witness).await.expect("an answer").flaw
    }
}

/// What is done, in SQL, at a place and another, and whether every hash is worked out anew. The first
/// is one of the first forty, on which a checkpoint rests.
fn ways(at: u64, other: u64, bit: u64) -> Vec<(&'static str, String, bool)> {
    let set = |what: &str| format!("update audit set {what} where seq = {at}");
    let (byte, signed) = (bit / 8, (at - 1) / STRETCH as u64 * STRETCH as u64 + STRETCH as u64);
    let sign = |what: &str| format!("update audit_checkpoints set {what} where seq = {signed}");
    let flip = format!("hash = set_bit(hash, {bit}, 1 - get_bit(hash, {bit}))");
    let close_gap = "update audit set seq = -seq where seq > 0;
        update audit a set seq = r.n from (select id, row_number() over (order by -seq) n from audit
            where seq < 0) r where a.id = r.id";
    let swap = format!(
        "update audit set seq = -1 where seq = {at}; update audit set seq = {at} where seq = {other};
         update audit set seq = {other} where seq = -1"
    );
    let make_room = format!(
        "update audit set seq = -seq where seq >= {at};
         update audit set seq = 1 - seq where seq < 0"
    );
    let insert = |seq: &str| {
        format!(
            "insert into audit (id, at, act, object, seq, hash)
             values (md5('new')::uuid, now(), 'act', 'object', {seq}, sha256('{bit}'))"
        )
    };
    let plain = [
        ("another id", set("id = md5(id::text)::uuid")),
        ("another time", set(&format!("at = at + {} * interval '1 microsecond'", bit + 1))),
        ("another actor", set("actor = md5('other')::uuid")),
        ("an actor or none", set("actor = case when actor is null then md5('x')::uuid end")),
        ("another act", set("act = act || 'x'")),
        (
            "act and object run together",
            set("act = act || left(object, 1), object = substr(object, 2)"),
        ),
        ("another object", set("object = overlay(object placing 'x' from 3 for 1)")),
        ("another reason", set("detail = coalesce(detail, '') || 'x'")),
        ("an empty reason or none", set("detail = case when detail is null then '' end")),
        ("another hash", set(&flip)),
        ("no hash at all", set("hash = ''")),
        ("the end of time", set("at = 'infinity'")),
        ("moved behind the end", set(&format!("seq = {}", 100 + at))),
        ("moved before the beginning", set(&format!("seq = -{}", at - 1))),
        ("taken out", format!("delete from audit where seq = {at}")),
        ("taken out of its place", set("seq = null, hash = null")),
        ("the end cut off", format!("delete from audit where seq >= {at}")),
        ("all of it deleted", "delete from audit".to_owned()),
        ("two in each other's place", swap.clone()),
        ("one more before the beginning", insert(&format!("-{byte}"))),
        ("one more at the very first place", insert(&i64::MIN.to_string())),
        ("one more behind a gap", insert(&format!("{}", 45 + byte))),
        ("one more at the end, badly", insert("44")),
        ("a checkpoint of another place", sign("seq = seq + 1")),
        ("a checkpoint behind the end", sign(&format!("seq = {}", 50 + byte))),
        ("a checkpoint before the beginning", sign(&format!("seq = -{byte}"))),
        ("a checkpoint at the very first place", sign(&format!("seq = {}", i64::MIN))),
        ("a checkpoint of another hash", sign(&flip)),
        ("a checkpoint without a hash", sign("hash = ''")),
        ("a checkpoint of the end of time", sign("at = '-infinity'")),
        ("a checkpoint of another time", sign("at = at + interval '1 microsecond'")),
        ("a checkpoint of another signature", sign("signature = reverse(signature)")),
        ("a checkpoint without a signature", sign("signature = ''")),
    ];
    let rewritten = [
        ("rewritten", set("object = object || 'x'")),
        ("taken out and rewritten", format!("delete from audit where seq = {at}; {close_gap}")),
        ("put in and rewritten", format!("{make_room}; {}", insert(&at.to_string()))),
        ("two in each other's place and rewritten", swap),
    ];
    let plain = plain.into_iter().map(|(name, sql)| (name, sql, false));
    plain.chain(rewritten.into_iter().map(|(name, sql)| (name, sql, true))).collect()
}

/// A small generator with a seed, so that a failure can be replayed.
fn numbers(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    move |below| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn three_hundred_changes_of_the_record_are_all_found() {
    let scene = Scene::set().await;
    assert_eq!(scene.flaw(None).await, None, "before anybody touched it");
    let (mut tried, mut unseen) = (0, Vec::new());
    for seed in 0..TIMES {
        let mut below = numbers(seed + 1);
        let signed = (STRETCH * STRETCHES) as u64;
        let at = 1 + below(signed);
        let other = 1 + (at + below(signed - 1)) % signed;
        for (name, change, is_rewritten) in ways(at, other, below(256)) {
            scene.database().execute(&change).await;
            if is_rewritten {
                scene.rechain().await;
            }
            if scene.flaw(None).await.is_none() {
                unseen.push(format!("seed {seed}: {name}"));
            }
            scene.restored().await;
            tried += 1;
        }
        scene.countersign().await;
        assert_eq!(scene.flaw(None).await, Some((43, Flaw::Forged)), "seed {seed}");
        scene.restored().await;
    }
    assert!(tried >= 300, "{tried}");
    assert!(unseen.is_empty(), "{unseen:#?}");
    assert_eq!(scene.flaw(None).await, None, "all was put back");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_database_alone_does_not_show_a_witness_or_the_watch_does() {
    let scene = Scene::set().await;
    let last = scene.signed.last().expect("some");
    // What is done, whether hashes are worked out anew, whether a checkpoint from elsewhere shows it,
    // whether a worker that saw the log before does, and whether one does that has only sealed.
    let ways = [
        (
            "delete from audit_checkpoints where seq > 20; delete from audit where seq > 22",
            false,
            [true; 3],
        ),
        (
            "delete from audit_checkpoints; update audit set act = 'x' where seq = 9",
            true,
            [true; 3],
        ),
        ("delete from audit where seq > 41", false, [false, true, true]),
        ("update audit set act = 'x' where seq = 42", true, [false, true, true]),
        // Nothing that was done is lost, and the next checkpoint rests on the same entries.
        ("delete from audit_checkpoints where seq > 10", false, [false; 3]),
        // Whoever may write may add, as the house does.
        (
            "insert into audit values (md5('x')::uuid, now(), null, 'a', 'o', null, 44, sha256(''))",
            true,
            [false; 3],
        ),
        // What waits for its place, a second at most, is nobody's witness yet.
        ("insert into audit values (md5('x')::uuid, now(), null, 'a', 'o')", false, [false; 3]),
    ];
    for (change, is_rewritten, [by_witness, by_watch, by_sealer]) in ways {
        let mut sealer = Sealer::new(scene.ports.clone());
        assert_eq!(sealer.round().await.expect("an answer"), None, "before: {change}");
        let mut watch = Watch::new(scene.ports.clone());
        watch.round().await.expect("an answer");
        assert_eq!(watch.flaws().next(), None, "before: {change}");
        scene.database().execute(change).await;
        if is_rewritten {
            scene.rechain().await;
        }
        assert_eq!(scene.flaw(None).await, None, "{change}");
        assert_eq!(scene.flaw(Some(last)).await.is_some(), by_witness, "by a witness: {change}");
        watch.round().await.expect("an answer");
        assert_eq!(watch.flaws().next().is_some(), by_watch, "by the watch: {change}");
        let noticed = sealer.round().await.expect("an answer");
        assert_eq!(noticed.is_some(), by_sealer, "by who seals: {change}");
        scene.restored().await;
        scene.database().execute("delete from audit_watched").await;
    }
}
