//! Nobody need ask: what is changed in the record of what was done is found by who reads it all the
//! time.

use chrono::TimeDelta;
use indistylo_application::audit::{Flaw, Sealer, Watch, seal};
use kernel::AuditId;
use ports::{Audit, Clock, NewEntry, SealedEntry, Watched};
use uuid::Uuid;

use crate::auditing::rechain;
use crate::house::{House, MINUTE};

impl House {
    /// Whoever watches looks once.
    async fn looked(&self, watch: &mut Watch) -> Option<(i64, Flaw)> {
        self.all_looked(watch).await.first().copied()
    }

    /// The same, and all that they tell.
    async fn all_looked(&self, watch: &mut Watch) -> Vec<(i64, Flaw)> {
        watch.round().await.expect("an answer");
        watch.flaws().collect()
    }

    async fn one_more(&self) {
        self.logged_in(1).await;
        self.world.clock.advance(MINUTE);
        seal(&self.ports).await.expect("sealed");
    }

    async fn watched(&self) -> Watched {
        self.world.audit.watched().await.expect("an answer").expect("somebody watched")
    }
}

/// So many entries in a chain, of no meaning.
fn long(entries: u32) -> Vec<SealedEntry> {
    let entry = |number: u32| NewEntry {
        id: AuditId::new(Uuid::from_u128(number.into())),
        at: chrono::DateTime::default(),
        actor: None,
        act: "act".to_owned(),
        object: format!("object/{number}"),
        detail: None,
    };
    let sealed =
        |number: u32| SealedEntry { seq: number.into(), entry: entry(number), hash: [0; 32] };
    let mut chain: Vec<_> = (1..=entries).map(sealed).collect();
    rechain(&mut chain);
    chain
}

#[tokio::test]
async fn who_watches_finds_what_is_changed_behind_the_last_look() {
    let (house, ..) = House::with_a_log(24).await;
    let mut watch = Watch::new(house.ports.clone());
    assert_eq!(house.looked(&mut watch).await, None);
    house.one_more().await;
    let (chain, checkpoints) =
        house.world.look(|memory| (memory.chain.clone(), memory.checkpoints.clone()));
    let last = i64::try_from(chain.len()).expect("few");
    house.world.tamper(|memory| memory.chain.last_mut().expect("some").entry.object.push('x'));
    assert_eq!(house.looked(&mut watch).await, Some((last, Flaw::Changed)));
    assert_eq!(house.looked(&mut watch).await, Some((last, Flaw::Changed)), "and says so again");
    house.world.tamper(|memory| memory.chain = chain.clone());
    assert_eq!(house.looked(&mut watch).await, None, "it is mended");

    // Whoever has the whole database leaves no checkpoint, and works every hash out anew.
    house.world.tamper(|memory| {
        memory.checkpoints.clear();
        memory.chain[0].entry.object.push('x');
        rechain(&mut memory.chain);
    });
    assert_eq!(house.looked(&mut watch).await, Some((last, Flaw::Changed)));
    house.world.tamper(|memory| {
        memory.chain = chain.clone();
        memory.chain.pop();
    });
    assert_eq!(house.looked(&mut watch).await, Some((last, Flaw::Missing)));
    let mut other = Watch::new(house.ports.clone());
    assert_eq!(house.looked(&mut other).await, Some((last, Flaw::Missing)), "one who begins");
    house.world.tamper(|memory| (memory.chain, memory.checkpoints) = (chain, checkpoints));
    house.one_more().await;
    assert_eq!(house.looked(&mut watch).await, None);
}

#[tokio::test]
async fn the_whole_log_is_read_again_each_day_a_stretch_at_a_time() {
    let house = House::open().await;
    house.world.tamper(|memory| memory.chain = long(21_000));
    let since = house.world.clock.now();
    let mut watch = Watch::new(house.ports.clone());
    assert_eq!(house.looked(&mut watch).await, None);
    assert_eq!(house.watched().await, Watched { through: 21_000, again: None, since });

    // Changed in the old part: the day has to come on which that is read again.
    house.world.tamper(|memory| memory.chain[20_499].entry.object.push('x'));
    assert_eq!(house.looked(&mut watch).await, None);
    house.world.clock.advance(TimeDelta::days(1) - MINUTE);
    let mut next = Watch::new(house.ports.clone());
    assert_eq!(house.looked(&mut next).await, None, "it goes on where the one before stopped");
    house.world.clock.advance(MINUTE);
    assert_eq!(house.looked(&mut next).await, None);
    assert_eq!(house.watched().await.again, Some(20_000));
    let mut third = Watch::new(house.ports.clone());
    for watch in [&mut next, &mut third] {
        assert_eq!(house.looked(watch).await, Some((20_500, Flaw::Changed)));
    }
    house.world.tamper(|memory| memory.chain[20_499].entry.object.pop());
    assert_eq!(house.looked(&mut third).await, None);
    let since = since + TimeDelta::days(1);
    assert_eq!(house.watched().await, Watched { through: 21_000, again: None, since });
}

#[tokio::test]
async fn a_flaw_hides_no_other() {
    let (house, chain, _) = House::with_a_log(24).await;
    let last = i64::try_from(chain.len()).expect("few");
    let mut watch = Watch::new(house.ports.clone());
    assert_eq!(house.looked(&mut watch).await, None);
    house.one_more().await;
    house.world.tamper(|memory| memory.chain.last_mut().expect("some").entry.object.push('x'));
    let first = house.world.look(|memory| memory.chain.last().map(|one| one.seq)).expect("some");
    assert_eq!(house.all_looked(&mut watch).await, [(first, Flaw::Changed)]);
    // Behind it the log goes on, and so does the watch.
    house.one_more().await;
    house.one_more().await;
    let second = first + 1;
    house.world.tamper(|memory| {
        let one = memory.chain.iter_mut().find(|one| one.seq == second).expect("sealed");
        one.entry.object.push('x');
    });
    let both = [(first, Flaw::Changed), (second, Flaw::Changed)];
    assert_eq!(house.all_looked(&mut watch).await, both);
    // And what is old is read again as well.
    house.world.tamper(|memory| drop(memory.chain.remove(3)));
    house.world.clock.advance(TimeDelta::days(1));
    let all = [(4, Flaw::Missing), both[0], both[1]];
    assert_eq!(house.all_looked(&mut watch).await, all);
    assert_eq!(house.all_looked(&mut watch).await, all, "until somebody has seen to it");
    let mut other = Watch::new(house.ports.clone());
    assert_eq!(house.all_looked(&mut other).await, all, "one who begins");

    // One is mended: the others are told of as before.
    house.world.tamper(|memory| {
        memory.chain.insert(3, chain[3].clone());
        memory.chain.iter_mut().find(|one| one.seq == first).map(|one| one.entry.object.pop());
    });
    assert_eq!(house.all_looked(&mut watch).await, [(second, Flaw::Changed)]);
    assert!(house.watched().await.through <= last, "nobody begins behind a flaw");
    house.world.tamper(|memory| {
        memory.chain.iter_mut().find(|one| one.seq == second).map(|one| one.entry.object.pop());
    });
    assert_eq!(house.all_looked(&mut watch).await, []);
    assert!(house.watched().await.through > second);
}

#[tokio::test]
async fn many_flaws_at_once_are_all_told() {
    let house = House::open().await;
    house.world.tamper(|memory| {
        memory.chain = long(21_000);
        for one in memory.chain.iter_mut().filter(|one| one.seq % 100 == 0) {
            one.entry.object.push('x');
        }
        // What stands before the first place is told of once, however much it is.
        for seq in -1_500..0 {
            let before = SealedEntry { seq, ..memory.chain[0].clone() };
            memory.chain.push(before);
        }
    });
    let mut watch = Watch::new(house.ports.clone());
    let mut told = house.all_looked(&mut watch).await;
    assert_eq!(told.remove(0), (-1_500, Flaw::Changed));
    let expected = (1..=210).map(|at| (100 * at, Flaw::Changed));
    assert_eq!(told, expected.collect::<Vec<_>>());
    assert_eq!(house.all_looked(&mut watch).await.len(), 100, "those that are remembered");
}

#[tokio::test]
async fn who_seals_knows_where_the_chain_ended() {
    let (house, ..) = House::with_a_log(24).await;
    let (mut one, mut other) = (Sealer::new(house.ports.clone()), Sealer::new(house.ports.clone()));
    let round = async |sealer: &mut Sealer| sealer.round().await.expect("an answer");
    for _ in 0..3 {
        house.logged_in(1).await;
        assert_eq!(round(&mut one).await, None);
        assert_eq!(round(&mut other).await, None, "others seal as well");
        house.logged_in(2).await;
        assert_eq!(round(&mut other).await, None);
        assert_eq!(round(&mut one).await, None);
    }
    let chain = house.world.look(|memory| memory.chain.clone());
    let last = i64::try_from(chain.len()).expect("few");
    let signed = house.world.look(|memory| memory.checkpoints.last().map(|one| one.seq));
    assert!(signed.expect("some") < last, "it was not signed yet");

    // Cut off: what lost its place gets it again, and it is told all the same.
    house.world.tamper(|memory| memory.chain.pop());
    assert_eq!(round(&mut one).await, Some((last, Flaw::Missing)));
    assert_eq!(round(&mut one).await, None, "it is told once");
    assert_eq!(round(&mut other).await, None, "it is as it was");
    // All rewritten, as whoever wrote this program could.
    house.world.tamper(|memory| {
        memory.chain.last_mut().expect("some").entry.object.push('x');
        rechain(&mut memory.chain);
    });
    let end = house.world.look(|memory| memory.chain.last().map(|one| one.seq)).expect("some");
    for sealer in [&mut one, &mut other] {
        assert_eq!(round(sealer).await, Some((end, Flaw::Changed)));
        assert_eq!(round(sealer).await, None);
    }
}

#[tokio::test]
async fn what_was_kept_of_the_watch_is_not_believed_more_than_it_must_be() {
    let (house, chain, _) = House::with_a_log(24).await;
    let last = i64::try_from(chain.len()).expect("few");
    let now = house.world.clock.now();
    let keep = async |watched| house.world.audit.keep_watched(&watched).await.expect("kept");
    // Behind the end: something that was seen is gone.
    keep(Watched { through: last + 1, again: None, since: now }).await;
    let mut watch = Watch::new(house.ports.clone());
    for place in [last + 1, i64::MAX] {
        keep(Watched { through: place, again: None, since: now }).await;
        let mut watch = Watch::new(house.ports.clone());
        for _ in 0..2 {
            assert_eq!(house.all_looked(&mut watch).await, [(place, Flaw::Missing)]);
        }
        // It is read from the beginning, and nobody has to be started anew once it is mended.
        house.world.tamper(|memory| memory.chain[0].entry.object.push('x'));
        let both = [(1, Flaw::Changed), (place, Flaw::Missing)];
        assert_eq!(house.all_looked(&mut Watch::new(house.ports.clone())).await, both);
        house.world.tamper(|memory| memory.chain[0].entry.object.pop());
        house.world.tamper(|memory| memory.watched = None);
        assert_eq!(house.all_looked(&mut watch).await, []);
        assert_eq!(house.watched().await.through, last);
    }
    keep(Watched { through: last, again: Some(last + 9), since: now }).await;
    assert_eq!(house.looked(&mut watch).await, Some((last + 9, Flaw::Missing)));

    // Begun in the future: all is read again a day later all the same.
    keep(Watched { through: last, again: None, since: now + TimeDelta::days(9999) }).await;
    house.world.tamper(|memory| memory.chain[0].entry.object.push('x'));
    let mut watch = Watch::new(house.ports.clone());
    assert_eq!(house.looked(&mut watch).await, None, "not today");
    house.world.clock.advance(TimeDelta::days(1));
    assert_eq!(house.looked(&mut watch).await, Some((1, Flaw::Changed)));
}
