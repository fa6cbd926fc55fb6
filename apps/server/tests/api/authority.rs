//! Every door, tried with every key: the one table of who may do what says what must come of it.

use std::collections::BTreeSet;

use identity::{Act, AdminRole, Door, Role};

use crate::contract::{Operation, World, all};
use crate::support::{Answer, Person};

/// Someone who tries.
struct Key {
    name: String,
    person: Option<Person>,
    /// What they are at the salon of the world.
    here: Option<Role>,
    admin: Option<AdminRole>,
    /// Whether what a person owns in the world is theirs.
    owns: bool,
}

/// What must come of it.
#[derive(Debug, PartialEq, Eq)]
enum Expected {
    /// They are let through; what comes then is not about who they are.
    Through,
    /// A code of refusal.
    Refused(u16),
}

fn expected(act: Act, key: &Key, operation: &Operation) -> Expected {
    let Some(_) = &key.person else {
        return match act.door() {
            Door::Anybody | Door::Provider => Expected::Through,
            _ => Expected::Refused(401),
        };
    };
    match act.door() {
        Door::Anybody | Door::Provider => Expected::Through,
        Door::Person if key.owns || !names_something(act, operation) => Expected::Through,
        Door::Vendor if key.owns => Expected::Through,
        Door::Person | Door::Vendor => Expected::Refused(404),
        Door::Salon(_) => match key.here {
            Some(role) if act.is_for(role) => Expected::Through,
            Some(_) => Expected::Refused(403),
            None => Expected::Refused(404),
        },
        Door::Platform(_) if key.admin.is_some_and(|role| act.is_for_admin(role)) => {
            Expected::Through
        }
        Door::Platform(_) => Expected::Refused(403),
    }
}

/// What is not about who calls: done, or refused for what is in the request or how things stand.
fn is_through(act: Act, operation: &Operation, answer: &Answer) -> bool {
    match answer.status {
        200..=299 | 409 | 412 | 422 => true,
        // A code, a refresh token or a signature that is not good.
        401 => {
            act.door() == Door::Provider
                || matches!(
                    act,
                    Act::VerifyOtp
                        | Act::RefreshSession
                        | Act::SearchAvailability
                        | Act::LoginWithPassword
                )
        }
        // The sample names something that is not there, or not any more: it was deleted before.
        404 => {
            operation.path.contains("{document_id}")
                || matches!(act, Act::UpdateAddress | Act::SetDefaultAddress)
        }
        // One phone is texted and one address written to only so often, and one account tried,
        // whoever asks.
        429 => matches!(
            act,
            Act::RequestOtp | Act::RegisterVendor | Act::ForgotPassword | Act::LoginWithPassword
        ),
        _ => false,
    }
}

async fn keys(world: &World) -> Vec<Key> {
    let key = |name: &str, person: Option<Person>| Key {
        name: name.to_owned(),
        person,
        here: None,
        admin: None,
        owns: false,
    };
    let server = &world.server;
    let foreign = server.a_salon().opens().await;
    let mut keys = vec![
        key("nobody", None),
        key("a customer", Some(server.customer().await)),
        Key { owns: true, ..key("the customer", Some(world.customer.clone())) },
        Key { here: Some(Role::Owner), ..key("the owner", Some(world.salon.owner.clone())) },
        key("the owner of another salon", Some(foreign.owner.clone())),
    ];
    for role in Role::ALL {
        let own = server.member(&world.salon, role).await;
        keys.push(Key { here: Some(role), ..key(&format!("{role:?} here"), Some(own)) });
        let other = server.member(&foreign, role).await;
        keys.push(key(&format!("{role:?} elsewhere"), Some(other)));
    }
    for role in AdminRole::ALL {
        let admin = server.admin(role).await;
        // Whoever came in by a code runs nothing, whatever their role.
        let by_code = server.log_in(&admin.phone).await;
        keys.push(key(&format!("admin {role:?} by a code"), Some(by_code)));
        keys.push(Key { admin: Some(role), ..key(&format!("admin {role:?}"), Some(admin)) });
    }
    keys
}

/// Something that is somebody's, in its path or in its body. Anybody may like a salon.
fn names_something(act: Act, operation: &Operation) -> bool {
    operation.names_something() && act != Act::AddFavourite || act == Act::ConfirmRazorpayPayment
}

/// Whether what a call is about is theirs: the customer's, or the vendor that they own by now.
async fn owns(world: &World, act: Act, key: &Key) -> bool {
    match (act.door(), &key.person) {
        (Door::Vendor, Some(person)) => {
            let own = format!("select count(*) from vendors where owner = '{}'", person.id);
            world.server.database.count(&own).await > 0
        }
        _ => key.owns,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_lets_through_whom_the_table_names_and_nobody_else() {
    let world = World::new().await;
    let operations = all();
    let documented: BTreeSet<_> = operations.iter().map(|one| one.id.as_str()).collect();
    let ruled: BTreeSet<_> = Act::ALL.iter().map(|act| act.operation()).collect();
    assert_eq!(documented, ruled, "the table names every operation of the API, and no other");

    let keys = keys(&world).await;
    let (mut tried, mut wrong) = (0, Vec::new());
    for operation in &operations {
        let act = Act::ALL.iter().copied().find(|act| act.operation() == operation.id);
        let act = act.expect("it is in the table");
        let is_open = matches!(act.door(), Door::Anybody | Door::Provider);
        assert_eq!(operation.is_public, is_open, "{}: the document and the table", operation.id);
        if matches!(act, Act::Logout | Act::RevokeSession | Act::RevokeAllSessions | Act::DeleteMe)
        {
            continue; // They end the session that is tried with: see `sessions.rs`, `profile.rs`.
        }
        for key in &keys {
            let owns = owns(&world, act, key).await;
            let key = &Key { owns, person: key.person.clone(), name: key.name.clone(), ..*key };
            let mut call = world.bare(operation, &world.path(operation));
            if operation.body.is_some() {
                call = call.json(&world.sample(operation));
            }
            let answer = match &key.person {
                Some(person) => call.by(person).await,
                None => call.await,
            };
            let is_right = match expected(act, key, operation) {
                Expected::Through => is_through(act, operation, &answer),
                Expected::Refused(status) => answer.status == status,
            };
            tried += 1;
            if !is_right {
                let expected = expected(act, key, operation);
                wrong.push(format!(
                    "{} by {}: {} for {expected:?}",
                    operation.id, key.name, answer.status
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {tried}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(tried > 700, "{tried}");
}
