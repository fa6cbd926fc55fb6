//! What a vendor may do, and what is decided about it.

use super::*;

const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

fn document(kind: DocumentKind, number: u8) -> Document {
    Document {
        id: format!("0193c0de-0000-7000-8000-0000000000{number:02}").parse().expect("an id"),
        kind,
        reference: format!("media/{number}"),
        verdict: Verdict::Open,
    }
}

fn papers() -> Vec<Document> {
    vec![document(DocumentKind::BusinessRegistration, 2), document(DocumentKind::Pan, 1)]
}

fn registered() -> Vendor {
    Vendor::register(VendorId::NONE, PersonId::NONE, "Glow".to_owned(), NOW)
}

fn submitted() -> Vendor {
    registered().submit("Glow Pvt Ltd".to_owned(), papers(), NOW).expect("all is there")
}

fn reviewed() -> Vendor {
    papers().into_iter().fold(submitted(), |vendor, document| {
        vendor.review(document.id, Verdict::Accepted).expect("it was handed in")
    })
}

type Act = fn(Vendor) -> Result<Vendor, VendorRefusal>;

/// Every act, tried from every state: what leads where is exactly this.
#[test]
fn no_act_leads_anywhere_else() {
    let states = every_state();
    let acts: [(&str, Act); 5] = [
        ("submit", |vendor| vendor.submit("Glow Pvt Ltd".to_owned(), papers(), NOW)),
        ("approve", |vendor| vendor.approve(NOW)),
        ("reject", |vendor| vendor.reject("because".to_owned(), NOW)),
        ("suspend", |vendor| vendor.suspend("because".to_owned(), NOW)),
        ("reinstate", |vendor| vendor.reinstate(NOW)),
    ];
    let mut led = Vec::new();
    for vendor in &states {
        for (name, act) in acts {
            match act(vendor.clone()) {
                Ok(then) => led.push((vendor.state.as_str(), name, then.state.as_str())),
                Err(refusal) => {
                    let is = vendor.state.as_str();
                    assert_eq!(refusal, VendorRefusal::WrongState { is }, "{name}");
                }
            }
        }
    }
    assert_eq!(
        led,
        [
            ("draft", "submit", "submitted"),
            ("submitted", "approve", "approved"),
            ("submitted", "reject", "rejected"),
            ("approved", "suspend", "suspended"),
            ("rejected", "submit", "submitted"),
            ("suspended", "suspend", "suspended"),
            ("suspended", "reinstate", "approved"),
        ]
    );
    let public: Vec<_> = states.iter().map(Vendor::is_public).collect();
    assert_eq!(public, [false, false, true, false, false]);
}

#[test]
fn nobody_is_approved_before_the_papers_are() {
    let one = submitted().review(papers()[0].id, Verdict::Accepted).expect("it is there");
    let open = VendorRefusal::DocumentsNotAccepted(vec![DocumentKind::Pan]);
    assert_eq!(one.clone().approve(NOW), Err(open.clone()));
    let refused = Verdict::Refused(Some("not readable".to_owned()));
    let one = one.review(papers()[1].id, refused).expect("it is there");
    assert_eq!(one.approve(NOW), Err(open));
    let nothing = submitted().review(DocumentId::NONE, Verdict::Accepted);
    assert_eq!(nothing, Err(VendorRefusal::NoSuchDocument));
}

#[test]
fn what_was_accepted_is_not_looked_at_again_unless_it_changed() {
    let rejected = reviewed().reject("a blurred photo".to_owned(), NOW).expect("submitted");
    let mut again = papers();
    again[1] = document(DocumentKind::Pan, 3);
    let vendor = rejected.submit("Glow Pvt Ltd".to_owned(), again, NOW).expect("all there");
    let verdicts: Vec<_> = vendor.documents.iter().map(|one| (one.kind, &one.verdict)).collect();
    assert_eq!(
        verdicts,
        [
            (DocumentKind::Pan, &Verdict::Open),
            (DocumentKind::BusinessRegistration, &Verdict::Accepted)
        ]
    );
    let rejected = reviewed().reject("another company".to_owned(), NOW).expect("submitted");
    let renamed = rejected.submit("Other Pvt Ltd".to_owned(), papers(), NOW).expect("all there");
    assert!(renamed.documents.iter().all(|one| one.verdict == Verdict::Open), "of that name");
    let twice = vec![document(DocumentKind::Pan, 1), document(DocumentKind::Pan, 2)];
    let refused = registered().submit("Glow".to_owned(), twice, NOW);
    assert_eq!(refused, Err(VendorRefusal::DocumentTwice));
}

fn profile(legal_name: Option<&str>, documents: Option<Vec<Document>>) -> VendorProfile {
    let legal_name = legal_name.map(str::to_owned);
    VendorProfile { business_name: "Glow & Co".to_owned(), legal_name, documents }
}

fn every_state() -> [Vendor; 5] {
    let approved = || reviewed().approve(NOW).expect("accepted");
    let why = || "because".to_owned();
    [
        registered(),
        reviewed(),
        approved(),
        reviewed().reject(why(), NOW).expect("submitted"),
        approved().suspend(why(), NOW).expect("approved"),
    ]
}

#[test]
fn how_it_does_business_is_its_own_affair() {
    let later = NOW + chrono::TimeDelta::days(1);
    for vendor in every_state() {
        let legal_name = vendor.legal_name.clone();
        for said in [profile(None, None), profile(legal_name.as_deref(), None)] {
            let edited = vendor.clone().edit(said, later).expect("nothing is verified of it");
            let business_name = "Glow & Co".to_owned();
            assert_eq!(edited, Vendor { business_name, ..vendor.clone() });
        }
    }
}

#[test]
fn another_registered_name_opens_every_verdict_and_shows_nobody_unverified() {
    let later = NOW + chrono::TimeDelta::days(1);
    let renamed = profile(Some("Other Pvt Ltd"), None);
    let mut states = Vec::new();
    for vendor in every_state() {
        let edited = vendor.clone().edit(renamed.clone(), later).expect("it has its papers");
        assert_eq!(edited.legal_name.as_deref(), Some("Other Pvt Ltd"));
        assert_eq!(edited.documents.len(), vendor.documents.len());
        assert!(edited.documents.iter().all(|one| one.verdict == Verdict::Open));
        assert!(!edited.is_public());
        assert_eq!(edited.state.was_shown(), vendor.state.was_shown(), "which ties its owner");
        states.push((vendor.state.as_str(), edited.state.as_str(), edited.since == later));
    }
    assert_eq!(
        states,
        [
            ("draft", "draft", false),
            ("submitted", "submitted", false),
            ("approved", "suspended", true),
            ("rejected", "rejected", false),
            ("suspended", "suspended", false),
        ]
    );
}

#[test]
fn who_is_to_be_verified_again_is_shown_when_the_papers_are_accepted() {
    let approved = reviewed().approve(NOW).expect("accepted");
    let mut other = papers();
    other[1] = document(DocumentKind::Pan, 3);
    let edited = approved.edit(profile(None, Some(other)), NOW).expect("all there");
    let why = VendorState::Suspended(TO_BE_VERIFIED.to_owned());
    assert_eq!(edited.state, why);
    let open = VendorRefusal::DocumentsNotAccepted(vec![DocumentKind::Pan]);
    assert_eq!(edited.clone().reinstate(NOW), Err(open), "the other one was accepted before");
    let pan = edited.documents[0].id;
    let accepted = edited.review(pan, Verdict::Accepted).expect("it is there");
    assert!(accepted.reinstate(NOW).expect("accepted").is_public());
}

#[test]
fn what_is_not_needed_is_handed_in_later_and_looked_at() {
    let approved = reviewed().approve(NOW).expect("accepted");
    let gst = document(DocumentKind::GstCertificate, 4);
    let mut more = papers();
    more.push(gst.clone());
    let edited = approved.edit(profile(None, Some(more)), NOW).expect("all there");
    assert!(edited.is_public(), "what it was approved for is as it was");
    let looked_at = edited.review(gst.id, Verdict::Refused(None)).expect("nobody looked yet");
    let pan = looked_at.documents[0].id;
    let refused = looked_at.review(pan, Verdict::Refused(None));
    assert_eq!(refused, Err(VendorRefusal::WrongState { is: "approved" }));
}

#[test]
fn papers_are_handed_in_whole() {
    for vendor in every_state() {
        let one = profile(None, Some(vec![document(DocumentKind::Pan, 1)]));
        let missing = VendorRefusal::DocumentsMissing(vec![DocumentKind::BusinessRegistration]);
        assert_eq!(vendor.clone().edit(one, NOW), Err(missing));
        let pan = || document(DocumentKind::Pan, 1);
        let twice = profile(None, Some(vec![pan(), pan()]));
        assert_eq!(vendor.edit(twice, NOW), Err(VendorRefusal::DocumentTwice));
    }
    // Approved before there were papers: its new name is proved by some.
    let old = Vendor { state: VendorState::Approved, ..registered() };
    let refused = old.clone().edit(profile(Some("Other Pvt Ltd"), None), NOW);
    assert_eq!(refused, Err(VendorRefusal::DocumentsMissing(DocumentKind::NEEDED.to_vec())));
    let suspended = old.suspend("because".to_owned(), NOW).expect("approved");
    assert!(suspended.reinstate(NOW).expect("it never had any").is_public());
}

#[test]
fn who_waits_to_be_verified_is_suspended_for_cause_all_the_same() {
    let approved = reviewed().approve(NOW).expect("accepted");
    let edited = approved.edit(profile(Some("Other Pvt Ltd"), None), NOW).expect("all there");
    assert_eq!(edited.state.reason(), Some(TO_BE_VERIFIED));
    let suspended = edited.suspend("fraud".to_owned(), NOW).expect("it was shown once");
    assert_eq!(suspended.state.reason(), Some("fraud"));
    let again = suspended.edit(profile(Some("Third Pvt Ltd"), None), NOW).expect("all there");
    assert_eq!(again.state.reason(), Some("fraud"), "an edit does not change why");
}

#[test]
fn a_decision_is_carried_out_once() {
    let approved = reviewed().approve(NOW).expect("accepted");
    let suspend = Decision::Suspend("complaints".to_owned());
    let Ok(Decided::Now(suspended)) = approved.decide(&suspend, NOW) else {
        panic!("it was approved");
    };
    let later = NOW + chrono::TimeDelta::days(1);
    let again = suspended.clone().decide(&suspend, later);
    assert_eq!(again, Ok(Decided::Before(suspended.clone())), "since when stays");
    let other = Decision::Suspend("fraud".to_owned());
    let Ok(Decided::Now(anew)) = suspended.decide(&other, later) else {
        panic!("another reason is no retry");
    };
    assert_eq!((anew.state.reason(), anew.since), (Some("fraud"), later));
    let document = papers()[0].id;
    let accept = Decision::Document(document, Verdict::Accepted);
    assert_eq!(reviewed().decide(&accept, NOW), Ok(Decided::Before(reviewed())));
    let refuse = Decision::Document(document, Verdict::Refused(None));
    assert!(matches!(reviewed().decide(&refuse, NOW), Ok(Decided::Now(_))));
}
