//! Which status a "no" of the house gets. No wildcard arm: a new refusal does not compile until
//! someone has chosen one.
//!
//! 409 for what another's act changed, 422 for every other refusal, 404 not there or not yours,
//! 503 our fault so try again, 500 a bug.

mod passwords;

use actix_web::http::StatusCode as S;
use application::KeyReused;
use application::account::log_in::LogInError;
use application::account::refresh::RefreshError;
use application::account::request_code::RequestCodeError;
use application::authority::Denied;
use application::availability::{OfferError, Offered, SearchError};
use application::booking::cancel::CancelError;
use application::booking::place::PlaceError;
use application::booking::progress::ProgressError;
use application::booking::reassign::ReassignError;
use application::booking::reschedule::RescheduleError;
use application::booking::walk_in::WalkInError;
use application::payment::confirm::ConfirmError;
use application::payment::create::CreateError;
use application::payment::settle::SettleError;
use application::payment::webhook::ReceiveError;
use application::profile::ProfileError;
use application::profile::erase::EraseError;
use application::salon::SetUpError;
use application::text::HearError;
use application::vendor::VendorError;
use application::waitlist::JoinError;
use chrono::TimeDelta;
use identity::{EraseRefusal, VendorRefusal};
use ports::{GatewayError, LimiterError, Misplaced, StoreError};
use scheduling::{HomeError, Refusal};

use super::problem::{FieldProblem, Problem};
use crate::wire::SlotView;

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => {
                tracing::warn!("gave up after three decisions");
                Self::unavailable()
            }
            StoreError::Unavailable(_) => {
                tracing::error!(error = &error as &dyn std::error::Error, "store unavailable");
                Self::unavailable()
            }
            StoreError::Corrupt { .. } => {
                tracing::error!(error = &error as &dyn std::error::Error, "corrupt row");
                Self::internal()
            }
        }
    }
}

impl From<LimiterError> for Problem {
    fn from(error: LimiterError) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "limiter unavailable");
        Self::unavailable()
    }
}

impl From<KeyReused> for Problem {
    fn from(error: KeyReused) -> Self {
        Self::new(S::UNPROCESSABLE_ENTITY, "idempotency_key_reused", error.to_string())
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let status = match refusal {
            Refusal::DayFull { .. }
            | Refusal::Taken
            | Refusal::NoResource
            | Refusal::NotTogether
            | Refusal::HoldExpired
            | Refusal::NotInThisState { .. } => S::CONFLICT,
            Refusal::Closed
            | Refusal::StaffAway
            | Refusal::TooSoon { .. }
            | Refusal::BeyondHorizon { .. }
            | Refusal::OffGrid { .. }
            | Refusal::NotOffered
            | Refusal::OutOfArea { .. }
            | Refusal::HasGap
            | Refusal::TooEarly { .. }
            | Refusal::NotLonger { .. }
            | Refusal::TooLong { .. }
            | Refusal::EndOffGrid { .. }
            | Refusal::TooManyHolds => S::UNPROCESSABLE_ENTITY,
        };
        Self::new(status, refusal.code(), refusal.to_string())
    }
}

impl From<OfferError> for Problem {
    fn from(error: OfferError) -> Self {
        match error {
            OfferError::Forged => Self::field("/offer", "offer_unknown", error.to_string()),
            OfferError::Expired => Self::field("/offer", "offer_expired", error.to_string()),
        }
    }
}

impl From<Misplaced> for Problem {
    fn from(error: Misplaced) -> Self {
        let (field, code) = match error {
            Misplaced::HomeAndSalon => ("/services", "home_and_salon"),
            Misplaced::DestinationMissing => ("/destination", "at_home"),
            Misplaced::DestinationUnasked => ("/destination", "not_at_home"),
        };
        Self::field(field, code, error.to_string())
    }
}

impl From<HomeError> for Problem {
    fn from(error: HomeError) -> Self {
        let code = match error {
            HomeError::AddressMissing => "at_home",
            HomeError::AddressUnasked => "not_at_home",
        };
        Self::field("/address", code, error.to_string())
    }
}

impl From<GatewayError> for Problem {
    fn from(error: GatewayError) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "gateway");
        match error {
            GatewayError::Unavailable(_) => Self::new(
                S::SERVICE_UNAVAILABLE,
                "gateway_unavailable",
                "the payment gateway does not answer at this moment; try again",
            )
            .retry_after(TimeDelta::seconds(2)),
            GatewayError::Refused(_) | GatewayError::Nonsense(_) => Self::internal(),
        }
    }
}

impl From<RequestCodeError> for Problem {
    fn from(error: RequestCodeError) -> Self {
        match error {
            RequestCodeError::TooOften(refused) => {
                Self::new(S::TOO_MANY_REQUESTS, "too_many_requests", refused.to_string())
                    .retry_after(refused.again_in)
            }
            RequestCodeError::Store(error) => error.into(),
        }
    }
}

impl From<LogInError> for Problem {
    fn from(error: LogInError) -> Self {
        match error {
            LogInError::Refused(why) => {
                tracing::info!(%why, "login refused");
                Self::new(S::UNAUTHORIZED, "code_invalid", "the code is not valid")
            }
            LogInError::TooOften { again_in } => {
                Self::new(S::TOO_MANY_REQUESTS, "too_many_requests", error.to_string())
                    .retry_after(again_in)
            }
            LogInError::Store(error) => error.into(),
        }
    }
}

impl From<RefreshError> for Problem {
    fn from(error: RefreshError) -> Self {
        match error {
            RefreshError::Refused(why) => {
                tracing::info!(?why, "refresh refused");
                Self::new(S::UNAUTHORIZED, "session_ended", "log in again")
            }
            RefreshError::Store(error) => error.into(),
        }
    }
}

impl From<ProfileError> for Problem {
    fn from(error: ProfileError) -> Self {
        let code = match error {
            ProfileError::NotFound => return Self::not_found(),
            ProfileError::Store(error) => return error.into(),
            ProfileError::TooManyAddresses => "too_many_addresses",
            ProfileError::TooManyFavourites => "too_many_favourites",
            ProfileError::TooManyConsents => "too_many_consents",
        };
        Self::new(S::UNPROCESSABLE_ENTITY, code, error.to_string())
    }
}

impl From<EraseError> for Problem {
    fn from(error: EraseError) -> Self {
        let refusal = match error {
            EraseError::Refused(refusal) => refusal,
            EraseError::Store(error) => return error.into(),
        };
        let code = match refusal {
            EraseRefusal::BookingToCome => "booking_to_come",
            EraseRefusal::MoneyOnItsWay => "money_on_its_way",
            EraseRefusal::RunsPlatform => "runs_platform",
            EraseRefusal::WorksAtSalon => "works_at_salon",
            EraseRefusal::VendorWasShown => "vendor_was_shown",
            EraseRefusal::VisitToCome => "visit_to_come",
        };
        Self::new(S::CONFLICT, code, refusal.to_string())
    }
}

impl From<SearchError> for Problem {
    fn from(error: SearchError) -> Self {
        match error {
            SearchError::NotOffered => Refusal::NotOffered.into(),
            SearchError::WindowTooLong => Self::field("/to", "too_long", error.to_string()),
            SearchError::Misplaced(error) => error.into(),
            SearchError::OtherPlace => {
                Self::field("/destination", "other_place", error.to_string())
            }
            SearchError::Refused(refusal) => refusal.into(),
            SearchError::Visit(_) => Self::field("/services", "no_visit", error.to_string()),
            SearchError::NoSuchBooking => Self::field("/booking_id", "unknown", error.to_string()),
            SearchError::OtherServices => {
                Self::field("/services", "other_services", error.to_string())
            }
            SearchError::Store(error) => error.into(),
        }
    }
}

impl From<JoinError> for Problem {
    fn from(error: JoinError) -> Self {
        match error {
            JoinError::Search(error) => error.into(),
            JoinError::Home(error) => error.into(),
            JoinError::Passed => Self::field("/to", "range", error.to_string()),
            JoinError::TooManyPlaces => {
                Self::new(S::UNPROCESSABLE_ENTITY, "too_many_places", error.to_string())
            }
            JoinError::KeyReused(error) => error.into(),
            JoinError::Store(error) => error.into(),
        }
    }
}

impl From<PlaceError> for Problem {
    fn from(error: PlaceError) -> Self {
        match error {
            PlaceError::Offer(error) => error.into(),
            PlaceError::Home(error) => error.into(),
            PlaceError::Refused { refusal, alternatives } => refused(refusal, &alternatives),
            PlaceError::KeyReused(error) => error.into(),
            PlaceError::Store(error) => error.into(),
        }
    }
}

impl From<RescheduleError> for Problem {
    fn from(error: RescheduleError) -> Self {
        match error {
            RescheduleError::NotFound => Self::not_found(),
            RescheduleError::Offer(error) => error.into(),
            RescheduleError::Refused { refusal, alternatives } => refused(refusal, &alternatives),
            RescheduleError::KeyReused(error) => error.into(),
            RescheduleError::Store(error) => error.into(),
        }
    }
}

/// A rule that says no, with what is free instead.
fn refused(refusal: Refusal, alternatives: &[Offered]) -> Problem {
    let slots: Vec<_> = alternatives.iter().cloned().map(SlotView::of).collect();
    Problem::from(refusal).alternatives(&slots)
}

impl From<Denied> for Problem {
    fn from(error: Denied) -> Self {
        match error {
            Denied::NotTheirs => Self::not_found(),
            Denied::Role => Self::new(S::FORBIDDEN, "forbidden", error.to_string()),
            Denied::SecondFactor => {
                Self::new(S::FORBIDDEN, "second_factor_required", error.to_string())
            }
            Denied::Ended => Self::unauthenticated(),
            Denied::Store(error) => error.into(),
        }
    }
}

impl From<VendorError> for Problem {
    fn from(error: VendorError) -> Self {
        match error {
            VendorError::Denied(error) => error.into(),
            VendorError::NotFound => Self::not_found(),
            VendorError::Stale => Self::new(S::PRECONDITION_FAILED, "stale", error.to_string()),
            VendorError::Refused(refusal) => refusal.into(),
            VendorError::Store(error) => error.into(),
        }
    }
}

impl From<VendorRefusal> for Problem {
    fn from(refusal: VendorRefusal) -> Self {
        let said = refusal.to_string();
        match refusal {
            VendorRefusal::WrongState { .. } => Self::new(S::CONFLICT, "wrong_state", said),
            VendorRefusal::DocumentsMissing(_) => {
                Self::field("/documents", "documents_missing", said)
            }
            VendorRefusal::DocumentTwice => Self::field("/documents", "document_twice", said),
            VendorRefusal::DocumentsNotAccepted(_) => {
                Self::new(S::CONFLICT, "documents_not_accepted", said)
            }
            VendorRefusal::NoSuchDocument => Self::not_found(),
        }
    }
}

impl From<CancelError> for Problem {
    fn from(error: CancelError) -> Self {
        match error {
            CancelError::NotFound => Self::not_found(),
            CancelError::Lines(_) => Self::field("/lines", "unknown_line", error.to_string()),
            CancelError::Refused(refusal) => refusal.into(),
            CancelError::KeyReused(error) => error.into(),
            CancelError::Denied(error) => error.into(),
            CancelError::Store(error) => error.into(),
        }
    }
}

impl From<ReassignError> for Problem {
    fn from(error: ReassignError) -> Self {
        match error {
            ReassignError::NotFound => Self::not_found(),
            ReassignError::NoSuchLine => Self::field("/lines", "unknown_line", error.to_string()),
            ReassignError::Refused(refusal) => refusal.into(),
            ReassignError::KeyReused(error) => error.into(),
            ReassignError::Denied(error) => error.into(),
            ReassignError::Store(error) => error.into(),
        }
    }
}

impl From<WalkInError> for Problem {
    fn from(error: WalkInError) -> Self {
        match error {
            WalkInError::Misplaced(error) => error.into(),
            WalkInError::Refused(refusal) => refusal.into(),
            WalkInError::KeyReused(error) => error.into(),
            WalkInError::Denied(error) => error.into(),
            WalkInError::Store(error) => error.into(),
        }
    }
}

impl From<ProgressError> for Problem {
    fn from(error: ProgressError) -> Self {
        match error {
            ProgressError::NotFound => Self::not_found(),
            ProgressError::Refused(refusal) => refusal.into(),
            ProgressError::KeyReused(error) => error.into(),
            ProgressError::Denied(error) => error.into(),
            ProgressError::Store(error) => error.into(),
        }
    }
}

impl From<CreateError> for Problem {
    fn from(error: CreateError) -> Self {
        match error {
            CreateError::NotFound => Self::not_found(),
            CreateError::Refused(refusal) => refusal.into(),
            CreateError::NotListed => Self::new(S::CONFLICT, "salon_not_listed", error.to_string()),
            CreateError::Busy { .. } => Self::new(S::CONFLICT, "in_progress", error.to_string())
                .retry_after(TimeDelta::seconds(2)),
            CreateError::Gateway(error) => error.into(),
            CreateError::KeyReused(error) => error.into(),
            CreateError::Store(error) => error.into(),
        }
    }
}

impl From<SettleError> for Problem {
    fn from(error: SettleError) -> Self {
        match error {
            SettleError::Refused(_) => {
                tracing::error!(error = &error as &dyn std::error::Error, "settle");
                Self::internal()
            }
            SettleError::Store(error) => error.into(),
        }
    }
}

impl From<ConfirmError> for Problem {
    fn from(error: ConfirmError) -> Self {
        match error {
            ConfirmError::NotFound => Self::not_found(),
            ConfirmError::BadSignature => {
                Self::field("/razorpay_signature", "signature_invalid", error.to_string())
            }
            ConfirmError::Gateway(GatewayError::Refused(_)) => {
                Self::field("/razorpay_payment_id", "unknown", "the gateway knows no such payment")
            }
            ConfirmError::Gateway(error) => error.into(),
            ConfirmError::Settle(error) => error.into(),
            ConfirmError::Store(error) => error.into(),
        }
    }
}

impl From<HearError> for Problem {
    fn from(error: HearError) -> Self {
        match error {
            HearError::Forged(_) => {
                Self::new(S::UNAUTHORIZED, "signature_invalid", "the signature is not valid")
            }
            HearError::Store(error) => error.into(),
        }
    }
}

impl From<ReceiveError> for Problem {
    fn from(error: ReceiveError) -> Self {
        match error {
            ReceiveError::BadSignature => {
                Self::new(S::UNAUTHORIZED, "signature_invalid", "the signature is not valid")
            }
            ReceiveError::Store(error) => error.into(),
        }
    }
}

impl From<SetUpError> for Problem {
    fn from(error: SetUpError) -> Self {
        match error {
            SetUpError::Denied(error) => error.into(),
            SetUpError::Faults(faults) => Self::invalid(
                faults
                    .into_iter()
                    .map(|fault| FieldProblem {
                        pointer: fault.path,
                        code: "fault",
                        detail: fault.kind.to_string(),
                    })
                    .collect(),
            ),
            SetUpError::UnknownService => {
                Self::field("/service_ids", "unknown_service", error.to_string())
            }
            SetUpError::UnknownResource => {
                Self::field("/resource_ids", "unknown_resource", error.to_string())
            }
            SetUpError::NoLocation => Self::field("/home_visits", "no_location", error.to_string()),
            SetUpError::Stale => Self::new(S::PRECONDITION_FAILED, "stale", error.to_string()),
            SetUpError::KeyReused(error) => error.into(),
            SetUpError::Store(error) => error.into(),
        }
    }
}
