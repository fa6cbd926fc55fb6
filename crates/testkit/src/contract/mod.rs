//! What every store promises, whatever it is made of: the same questions to memory and to a
//! database, and the same answers.
//!
//! Each function is one promise; [`contract!`](crate::contract) makes a test of each.

mod accounts;
mod audit;
mod busy;
mod caps;
mod catalogue;
mod challenges;
mod erasing;
mod find;
mod homes;
mod inbox;
mod logins;
mod overruns;
mod payments;
mod presumed;
mod profiles;
mod queries;
mod races;
mod replays;
mod reserve;
mod sessions;
mod states;
mod tally;
mod texts;
mod units;
mod vendors;
mod visits;
mod waitlist;
mod walk_ins;

use std::future::Future;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::{BookingId, PersonId, StaffId};
use ports::{Clock, Event, NewService, Store, StoreError, Tx};
use scheduling::booking::{Booking, State};
use scheduling::diary::Diary;
use scheduling::policy::HOLD_LIFETIME;
use scheduling::{Chosen, Line, Lines, Terms};
use tokio::task::JoinSet;

use crate::ground::{Ground, phone};
use crate::salon::{Salon, a_salon};

pub use accounts::*;
pub use audit::*;
pub use busy::*;
pub use caps::*;
pub use catalogue::*;
pub use challenges::*;
pub use erasing::*;
pub use find::*;
pub use homes::*;
pub use inbox::*;
pub use logins::*;
pub use overruns::*;
pub use payments::*;
pub use presumed::*;
pub use profiles::*;
pub use queries::*;
pub use races::*;
pub use replays::*;
pub use reserve::*;
pub use sessions::*;
pub use states::*;
pub use tally::*;
pub use texts::*;
pub use units::*;
pub use vendors::*;
pub use visits::*;
pub use waitlist::*;
pub use walk_ins::*;

/// Makes a test of each promise. `$ground` is an async function that gives an empty
/// [`Ground`](crate::Ground).
///
/// ```ignore
/// async fn in_memory() -> FakeWorld { FakeWorld::new() }
/// testkit::contract!(in_memory);
/// ```
#[macro_export]
macro_rules! contract {
    ($ground:path) => {
        $crate::contract! { @each $ground:
            a_commit_is_all_or_nothing
            a_dropped_unit_leaves_nothing
            events_appear_with_the_commit_only
            what_is_staged_is_not_read_back
            what_does_not_exist_is_not_found
            a_decision_on_a_day_that_moved_is_a_conflict
            a_decision_on_a_booking_that_moved_is_a_conflict
            giving_time_back_needs_no_day
            giving_time_back_disturbs_no_decision
            days_and_professionals_do_not_disturb_each_other
            of_many_who_take_one_slot_at_once_one_gets_it
            the_wall_stands_even_for_who_did_not_look
            who_finds_nobody_in_the_way_has_the_time
            what_is_presumed_is_no_reading
            who_finds_the_time_taken_is_told
            what_else_is_not_as_presumed_is_told
            where_more_must_be_known_nothing_is_presumed
            of_many_who_presume_one_slot_is_free_one_gets_it
            a_visit_may_begin_when_another_ends
            a_visit_over_midnight_is_guarded_on_both_days
            a_hold_that_ran_out_gives_way_in_the_same_commit
            time_given_back_and_taken_in_one_commit_is_no_overlap
            a_booking_gets_its_time_back_if_nobody_took_it
            a_booking_does_not_get_back_time_that_was_taken
            each_hold_of_a_customer_has_a_number_of_its_own
            a_booking_takes_time_part_by_part
            a_visit_takes_time_of_each_of_its_professionals
            a_chain_over_midnight_is_guarded_where_it_ends
            a_desk_shows_what_began_the_days_before
            a_booking_that_moves_takes_and_gives_back_in_one_commit
            services_that_are_called_off_give_back_their_time
            who_is_booked_by_hand_takes_time_at_once
            a_guest_is_known_by_their_phone_if_they_have_one
            who_is_not_booked_for_is_not_made
            nobody_slips_in_for_who_left_or_beside_who_came
            a_salon_that_has_gone_books_for_nobody
            a_salon_that_closed_books_for_nobody_though_it_stays
            a_new_phone_is_one_persons_however_many_note_it
            what_was_noted_of_who_is_erased_is_gone
            a_booking_holds_units_of_resources
            every_state_of_a_booking_is_kept
            every_state_of_a_payment_is_kept
            a_payment_that_moved_is_a_conflict
            a_booking_has_one_open_payment
            a_booking_has_one_captured_payment
            an_order_belongs_to_one_payment
            what_rests_on_a_shown_salon_is_not_saved_once_it_is_hidden
            an_answer_is_kept_and_found
            a_key_is_answered_once
            what_is_added_is_kept_with_its_answer
            of_many_guesses_at_once_five_are_evaluated
            a_challenge_is_kept_as_it_was_opened
            a_number_waits_longer_after_each_code_it_does_not_use
            what_many_ask_for_at_once_stays_within_the_limit
            a_counter_begins_anew_when_its_window_ends
            who_is_refused_is_not_counted
            a_blocked_number_looks_like_any_other
            numbers_alike_that_use_no_codes_get_none
            strangers_use_up_no_limit_of_a_known_device
            a_device_is_known_for_its_number_for_half_a_year
            an_attack_costs_what_is_allowed_and_keeps_no_customer_out
            a_code_opens_one_session
            a_session_is_kept_with_the_standing_of_its_owner
            a_refresh_token_is_followed_by_one
            all_sessions_of_a_person_end_at_once
            open_sessions_are_shown_to_their_owner
            a_salon_is_shown_while_its_vendor_is_approved
            a_vendor_comes_back_as_it_was_kept
            of_many_decisions_on_one_version_one_stands
            vendors_are_listed_by_how_long_they_wait
            what_is_noted_gets_one_place
            many_who_seal_at_once_make_one_chain
            checkpoints_come_with_their_stretch
            how_far_the_log_was_verified_is_kept
            the_log_is_read_from_its_end
            what_becomes_of_a_login_is_noted
            an_ended_session_stays_ended
            a_phone_names_one_person
            an_address_becomes_somebodys_once
            a_confirmed_address_has_no_other_link
            a_registration_lives_a_day
            of_many_resets_at_once_one_counts
            a_reset_is_good_while_its_password_stands
            a_password_is_changed_where_it_stands
            a_new_password_ends_sessions
            an_invitation_makes_somebody_known
            a_step_of_an_authenticator_is_used_once
            a_secret_waits_for_a_while
            a_recovery_code_is_used_once
            wrong_tries_are_counted_before_they_go
            what_is_counted_moves_with_its_key_and_is_forgotten
            what_is_known_of_a_text_only_moves_on
            news_may_come_before_the_text_is_kept
            an_event_that_was_told_is_known_to_be
            of_news_told_at_once_the_furthest_stands
            whoever_has_addresses_has_one_default
            addresses_are_as_many_as_may_be_however_many_come_at_once
            favourites_are_listed_latest_first
            favourites_are_as_many_as_may_be
            a_push_token_is_one_install
            a_device_leaves_with_its_session_or_as_the_oldest
            a_consent_is_recorded_once_and_told_for_good
            to_withdraw_is_always_possible
            who_served_a_customer_is_told_latest_first
            payments_are_told_to_who_made_them
            what_ties_a_person_keeps_them
            who_owns_what_was_never_shown_leaves_with_it
            a_salon_that_served_somebody_stays_without_its_owner
            who_is_erased_is_gone_and_the_books_stay
            who_is_erased_begins_nothing_and_comes_back_as_somebody_new
            a_waitlist_is_kept_in_order
            a_customer_waits_in_a_few_places_at_most
            of_many_joins_at_once_a_few_are_let_in
            a_webhook_is_kept_once_by_name_and_by_body
            of_many_copies_at_once_one_is_kept
            an_edit_of_an_old_version_is_stale
            what_is_added_to_a_salon_that_has_gone_is_a_conflict
            a_professional_does_only_what_the_salon_sells
            what_can_be_booked_is_told_in_a_fixed_order
            what_can_be_booked_is_told_as_it_stands_after_every_edit
            what_differs_by_professional_is_told
            on_which_terms_bookings_are_taken_is_told
            a_booking_keeps_its_terms
            what_services_hold_is_the_salons_own
            salons_are_listed_by_name_page_by_page
            salons_are_found_near_a_point_the_nearest_first
            one_service_fits_in_every_way
            salons_are_found_by_what_customers_think_of_them
            who_is_wished_for_by_gender_is_of_it
            what_many_salons_sell_is_told_at_once
            a_salon_lists_what_it_sells_and_who_works_there
            a_customer_sees_their_bookings_latest_first
            a_salon_sees_the_bookings_that_touch_a_day
            busy_time_is_what_the_claims_take
            who_confirm_at_once_are_all_busy
            what_a_visit_runs_over_by_is_busy_and_moves_nobody
            nobody_slips_under_an_overrun
            what_two_visits_run_over_by_is_no_delay_of_either
            a_home_is_kept_with_the_visit_and_shown
            on_the_road_days_are_guarded_as_well
            a_salon_comes_home_from_a_pin
            what_a_daily_cap_counts_is_told_where_there_is_one
            of_two_who_counted_the_same_date_the_second_decides_again
            a_tally_grants_as_many_as_are_allowed
            a_tally_counts_whoever_comes_at_once
        }
    };
    (@each $ground:path: $($promise:ident)+) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $promise() {
            let ground = $ground().await;
            $crate::contract::$promise(&ground).await;
        }
    )+};
}

/// A salon and two customers: where most promises are put to the test.
#[derive(Clone)]
struct Scene {
    salon: Salon,
    asha: PersonId,
    bina: PersonId,
}

/// The day on which all of it happens, a Tuesday, the day after the clock's today.
const TUESDAY: &str = "2026-05-05";

async fn scene(ground: &dyn Ground) -> Scene {
    let salon = a_salon().professional("Deepa").professional("Esha").on(ground).await;
    let (asha, bina) = (ground.person(&phone(1)).await, ground.person(&phone(2)).await);
    Scene { salon, asha, bina }
}

impl Scene {
    /// A hold of this customer with the first professional from this time on Tuesday.
    fn hold(&self, ground: &dyn Ground, customer: PersonId, wall: &str, number: u16) -> Booking {
        self.hold_on(ground, customer, &format!("{TUESDAY} {wall}"), number)
    }

    fn hold_on(&self, ground: &dyn Ground, customer: PersonId, wall: &str, number: u16) -> Booking {
        let (service, start, now) =
            (self.salon.service(), self.salon.at(wall), ground.clock().now());
        Booking {
            id: BookingId::new(ground.ids().next()),
            salon: self.salon.id,
            customer,
            zone: self.salon.zone,
            lines: Lines::of(vec![line(service, self.salon.professional(), start)])
                .expect("a line"),
            home: None,
            terms: Terms::default(),
            placed_at: now,
            state: State::Held { until: now + HOLD_LIFETIME, number },
        }
    }
}

/// A service by a professional from this start.
fn line(service: &NewService, staff: StaffId, start: DateTime<Utc>) -> Line {
    Line {
        guest: 0,
        service: service.id,
        staff,
        chosen: Chosen::Named,
        start,
        timing: service.timing,
        price: service.price,
        units: Vec::new(),
    }
}

/// The same booking, with its first line changed.
fn but(booking: &Booking, how: impl FnOnce(&mut Line)) -> Booking {
    let mut first = booking.lines.first().clone();
    how(&mut first);
    Booking { lines: Lines::of(vec![first]).expect("a line"), ..booking.clone() }
}

/// Reads the diaries in which the booking takes time.
async fn look(tx: &mut dyn Tx, booking: &Booking) -> Result<Vec<Diary>, StoreError> {
    let mut diaries = Vec::new();
    for (diary, window) in booking.lines.diaries() {
        diaries.push(tx.diary(diary, booking.zone, window).await?);
    }
    Ok(diaries)
}

/// Reads the diaries and places the booking, as the story does, if the time is free.
async fn place(store: &dyn Store, booking: &Booking) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    for diary in look(tx.as_mut(), booking).await? {
        if diary.claims.iter().any(|claim| booking.takes(diary.id, claim.window)) {
            return Err(StoreError::Conflict);
        }
    }
    tx.save_booking(booking);
    let until = booking.held_until().unwrap_or(booking.placed_at);
    tx.enqueue(Event::BookingHeld { booking: booking.id }, until);
    tx.commit().await
}

/// Reads a booking, changes it and saves it. The change must be allowed.
async fn change<E: std::fmt::Debug>(
    store: &dyn Store,
    id: BookingId,
    how: impl FnOnce(Booking) -> Result<Booking, E>,
) -> Result<Booking, StoreError> {
    let mut tx = store.begin().await?;
    let booking = tx.booking(id).await?.expect("the booking is there");
    let changed = how(booking).expect("the step is allowed");
    tx.save_booking(&changed);
    tx.commit().await?;
    Ok(changed)
}

async fn find(store: &dyn Store, id: BookingId) -> Option<Booking> {
    let mut tx = store.begin().await.expect("a unit of work");
    tx.booking(id).await.expect("the store answers")
}

/// Is it a conflict? Any other failure ends the test.
fn is_conflict(result: Result<(), StoreError>) -> bool {
    match result {
        Ok(()) => false,
        Err(StoreError::Conflict) => true,
        Err(error) => panic!("neither saved nor a conflict: {error:?}"),
    }
}

/// Does it all at once, and gives the answers in any order.
async fn at_once<T: Send + 'static>(
    all: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    all.into_iter().collect::<JoinSet<T>>().join_all().await
}

/// A minute of the test's clock.
const MINUTE: TimeDelta = TimeDelta::minutes(1);
