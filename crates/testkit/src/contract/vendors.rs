//! What is not approved is shown to nobody, from the moment that says so.

use chrono::TimeDelta;
use identity::{Document, DocumentKind, VendorState, Verdict};
use kernel::{AuditId, DocumentId, PersonId, VendorId};
use ports::queries::After;
use ports::{Clock, KeptVendor, Listing, NewEntry, SalonFilter, ServiceFilter, StoreError};

use super::at_once;
use crate::ground::{Ground, phone};
use crate::salon::{Salon, a_salon, approve};

pub(super) fn entry(ground: &dyn Ground) -> NewEntry {
    NewEntry {
        id: AuditId::new(ground.ids().next()),
        at: ground.clock().now(),
        actor: None,
        act: "suspendVendor".to_owned(),
        object: "vendor".to_owned(),
        detail: Some("complaints".to_owned()),
    }
}

async fn vendor_of(ground: &dyn Ground, owner: PersonId) -> KeptVendor {
    ground.vendors().vendor_of(owner).await.expect("an answer").expect("they own one")
}

/// Whether a salon is listed by name, in its city and near its pin, found by what it sells, and says
/// of itself that it is.
async fn shown(ground: &dyn Ground, salon: &Salon) -> [bool; 6] {
    let queries = ground.queries();
    let anywhere = SalonFilter::default();
    let in_city = SalonFilter { city: Some("Pune".to_owned()), ..SalonFilter::default() };
    let by_name = Listing::ByName { after: None };
    let to = "18.52,73.86".parse().expect("where they all are");
    let nearest = Listing::Nearest { to, within_m: 1_000, after: None };
    let listed = async |filter: &SalonFilter, listing: &Listing| {
        let found = queries.salons(filter, listing, 10).await.expect("an answer");
        found.iter().any(|one| one.id == salon.id)
    };
    let sells = ground.catalogue();
    let found = sells.outlooks(&[salon.id], &ServiceFilter::default(), 10, &|_| None).await;
    let offerable = sells.offerable(salon.id, &[salon.wish()]).await.expect("an answer");
    let view = queries.salon(salon.id).await.expect("an answer").expect("it is there");
    [
        listed(&anywhere, &by_name).await,
        listed(&in_city, &by_name).await,
        listed(&anywhere, &nearest).await,
        found.expect("an answer").offerables.contains_key(&salon.id),
        offerable.expect("it is sold").is_listed,
        view.is_listed,
    ]
}

/// A salon is shown as long as its vendor is approved, and those that it opens later too.
pub async fn a_salon_is_shown_while_its_vendor_is_approved(ground: &dyn Ground) {
    let salon = a_salon().not_listed().owned_by(7).on(ground).await;
    assert_eq!(shown(ground, &salon).await, [false; 6]);
    let kept = vendor_of(ground, salon.owner).await;
    assert_eq!(
        (kept.vendor.state, kept.vendor.business_name.as_str()),
        (VendorState::Draft, "Glow")
    );

    approve(ground, salon.owner).await;
    assert_eq!(shown(ground, &salon).await, [true; 6]);
    let second = a_salon().called("Glow 2").not_listed().owned_by(7).on(ground).await;
    assert_eq!(shown(ground, &second).await, [true; 6], "of the same vendor");
    let other = a_salon().called("Other").not_listed().owned_by(8).on(ground).await;
    assert_eq!(shown(ground, &other).await, [false; 6]);

    let kept = vendor_of(ground, salon.owner).await;
    let suspended = kept.vendor.suspend("complaints".to_owned(), ground.clock().now());
    let suspended = KeptVendor { vendor: suspended.expect("approved"), version: kept.version };
    ground.vendors().save(&suspended, &entry(ground)).await.expect("saved");
    for salon in [&salon, &second] {
        assert_eq!(shown(ground, salon).await, [false; 6]);
    }
}

/// What is kept of a vendor comes back as it was.
pub async fn a_vendor_comes_back_as_it_was_kept(ground: &dyn Ground) {
    let salon = a_salon().not_listed().owned_by(7).on(ground).await;
    let (vendors, now) = (ground.vendors(), ground.clock().now());
    let verdicts = [
        Verdict::Open,
        Verdict::Accepted,
        Verdict::Refused(Some("blurred".to_owned())),
        Verdict::Open,
        Verdict::Open,
    ];
    let documents = DocumentKind::ALL.into_iter().zip(verdicts).map(|(kind, verdict)| Document {
        id: DocumentId::new(ground.ids().next()),
        kind,
        reference: format!("media/{}", kind.as_str()),
        verdict,
    });
    let kept = vendor_of(ground, salon.owner).await;
    let legal_name = "Glow Private Limited".to_owned();
    let submitted = kept.vendor.submit(legal_name, documents.collect(), now).expect("all there");
    let submitted = KeptVendor { vendor: submitted, version: kept.version };
    vendors.save(&submitted, &entry(ground)).await.expect("saved");
    let then = KeptVendor { version: submitted.version + 1, ..submitted };
    assert_eq!(vendors.vendor(then.vendor.id).await.expect("an answer").as_ref(), Some(&then));
    assert_eq!(vendor_of(ground, salon.owner).await, then);
    let rejected = then.vendor.clone().reject("blurred".to_owned(), now).expect("submitted");
    let rejected = KeptVendor { vendor: rejected, version: then.version };
    vendors.save(&rejected, &entry(ground)).await.expect("saved");
    assert_eq!(vendor_of(ground, salon.owner).await.vendor, rejected.vendor);

    let nobody = VendorId::new(ground.ids().next());
    assert_eq!(vendors.vendor(nobody).await.expect("an answer"), None);
    let stranger = ground.person(&phone(9)).await;
    assert_eq!(vendors.vendor_of(stranger).await.expect("an answer"), None);
}

/// Twenty decide on the same version at once: one of them is heard, and noted.
pub async fn of_many_decisions_on_one_version_one_stands(ground: &dyn Ground) {
    let salon = a_salon().owned_by(7).on(ground).await;
    let kept = vendor_of(ground, salon.owner).await;
    let now = ground.clock().now();
    let answers = at_once((0..20).map(|number| {
        let (vendors, entry) = (ground.vendors(), entry(ground));
        let suspended = kept.vendor.clone().suspend(format!("reason {number}"), now);
        let vendor = suspended.expect("approved");
        let decided = KeptVendor { vendor, version: kept.version };
        async move { vendors.save(&decided, &entry).await }
    }))
    .await;
    let stood = answers.iter().filter(|answer| answer.is_ok()).count();
    let conflicts = answers.iter().filter(|answer| matches!(answer, Err(StoreError::Conflict)));
    assert_eq!((stood, conflicts.count()), (1, 19), "{answers:?}");
}

/// Vendors are listed by how long they have been in their state, page by page.
pub async fn vendors_are_listed_by_how_long_they_wait(ground: &dyn Ground) {
    let mut owners = Vec::new();
    for owner in 1..=5 {
        let plan = a_salon().called(&format!("Salon {owner}")).owned_by(owner);
        let plan = if owner == 3 { plan } else { plan.not_listed() };
        owners.push(plan.on(ground).await.owner);
        ground.clock().advance(TimeDelta::minutes(1));
    }
    approve(ground, owners[0]).await;
    let pages = async |state: Option<&str>| {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = ground.vendors().vendors(state, after.as_ref(), 2).await.expect("a page");
            let Some(last) = page.last() else { break seen };
            after = Some(After { key: last.vendor.since, id: last.vendor.id.uuid() });
            seen.extend(page.into_iter().map(|kept| kept.vendor.owner));
        }
    };
    let [first, second, third, fourth, fifth] = owners[..] else { panic!("five") };
    assert_eq!(pages(None).await, [second, third, fourth, fifth, first]);
    assert_eq!(pages(Some("draft")).await, [second, fourth, fifth]);
    assert_eq!(pages(Some("approved")).await, [third, first]);
    assert!(pages(Some("rejected")).await.is_empty());
}
