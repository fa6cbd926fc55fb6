//! Who may do what: the one table from which the house lets people through its doors, and from
//! which the tests try every door with every key.

use crate::member::{AdminRole, Role};

/// Whom an act is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// Whoever comes.
    Anybody,
    /// A provider, by its signature.
    Provider,
    /// Whoever is logged in, about what is theirs.
    Person,
    /// The owner of a vendor, about it.
    Vendor,
    /// Someone of a salon in one of these roles, about that salon.
    Salon(&'static [Role]),
    /// Someone who runs the platform in one of these roles, about everything.
    Platform(&'static [AdminRole]),
}

const RUNS: &[Role] = &[Role::Owner, Role::Manager];
const SERVES: &[Role] = &[Role::Owner, Role::Manager, Role::Professional];
const VERIFIES: &[AdminRole] = &[AdminRole::Owner, AdminRole::Support];
const READS_VENDORS: &[AdminRole] = &[AdminRole::Owner, AdminRole::Finance, AdminRole::Support];

const AUDITS: &[AdminRole] = &[AdminRole::Owner];

/// Declares the acts: a name, the `operationId` of the API, and whom it is for.
macro_rules! acts {
    ($($act:ident $operation:literal $door:expr;)+) => {
        /// Something that can be asked of the house.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Act {
            $(#[doc = concat!("`", $operation, "`.")] $act,)+
        }

        impl Act {
            /// Every act.
            pub const ALL: &[Self] = &[$(Self::$act,)+];

            /// Its `operationId` in the API.
            pub const fn operation(self) -> &'static str {
                match self { $(Self::$act => $operation,)+ }
            }

            /// Whom it is for.
            pub const fn door(self) -> Door {
                match self { $(Self::$act => $door,)+ }
            }
        }
    };
}

acts! {
    RequestOtp "requestOtp" Door::Anybody;
    VerifyOtp "verifyOtp" Door::Anybody;
    RefreshSession "refreshSession" Door::Anybody;
    RegisterVendor "registerVendor" Door::Anybody;
    VerifyEmail "verifyEmail" Door::Anybody;
    LoginWithPassword "loginWithPassword" Door::Anybody;
    ForgotPassword "forgotPassword" Door::Anybody;
    ResetPassword "resetPassword" Door::Anybody;
    ChangePassword "changePassword" Door::Person;
    EnrolTotp "enrolTotp" Door::Person;
    ConfirmTotp "confirmTotp" Door::Person;
    DisableTotp "disableTotp" Door::Person;
    Logout "logout" Door::Person;
    GetMe "getMe" Door::Person;
    UpdateMe "updateMe" Door::Person;
    DeleteMe "deleteMe" Door::Person;
    ExportMe "exportMe" Door::Person;
    ListAddresses "listAddresses" Door::Person;
    CreateAddress "createAddress" Door::Person;
    UpdateAddress "updateAddress" Door::Person;
    DeleteAddress "deleteAddress" Door::Person;
    SetDefaultAddress "setDefaultAddress" Door::Person;
    ListFavourites "listFavourites" Door::Person;
    AddFavourite "addFavourite" Door::Person;
    RemoveFavourite "removeFavourite" Door::Person;
    ListPastProfessionals "listPastProfessionals" Door::Person;
    RegisterDevice "registerDevice" Door::Person;
    RemoveDevice "removeDevice" Door::Person;
    ListConsents "listConsents" Door::Person;
    RecordConsent "recordConsent" Door::Person;
    ListSessions "listSessions" Door::Person;
    RevokeSession "revokeSession" Door::Person;
    RevokeAllSessions "revokeAllSessions" Door::Person;

    SearchSalons "searchSalons" Door::Anybody;
    GetSalon "getSalon" Door::Anybody;
    ListSalonServices "listSalonServices" Door::Anybody;
    ListSalonStaff "listSalonStaff" Door::Anybody;

    SearchAvailability "searchAvailability" Door::Anybody;
    ExplainAvailability "explainAvailability" Door::Anybody;
    QuoteBooking "quoteBooking" Door::Person;
    CreateBooking "createBooking" Door::Person;
    ListBookings "listBookings" Door::Person;
    GetBooking "getBooking" Door::Person;
    RescheduleBooking "rescheduleBooking" Door::Person;
    PreviewCancellation "previewCancellation" Door::Person;
    CancelBooking "cancelBooking" Door::Person;
    JoinWaitlist "joinWaitlist" Door::Person;
    ListWaitlist "listWaitlist" Door::Person;
    LeaveWaitlist "leaveWaitlist" Door::Person;

    CreatePayment "createPayment" Door::Person;
    ConfirmRazorpayPayment "confirmRazorpayPayment" Door::Person;
    RazorpayWebhook "razorpayWebhook" Door::Provider;
    TwilioStatusWebhook "twilioStatusWebhook" Door::Provider;
    Fast2SmsStatusWebhook "fast2smsStatusWebhook" Door::Provider;

    GetVendorProfile "getVendorProfile" Door::Vendor;
    UpdateVendorProfile "updateVendorProfile" Door::Vendor;
    SubmitForVerification "submitForVerification" Door::Vendor;
    CreateSalon "createSalon" Door::Person;
    PutOpeningHours "putOpeningHours" Door::Salon(RUNS);
    PutHomeVisits "putHomeVisits" Door::Salon(RUNS);
    PutSalonTerms "putSalonTerms" Door::Salon(RUNS);
    CreateService "createService" Door::Salon(RUNS);
    CreateResource "createResource" Door::Salon(RUNS);
    ListResources "listResources" Door::Salon(SERVES);
    CreateStaff "createStaff" Door::Salon(RUNS);
    PutStaffSkills "putStaffSkills" Door::Salon(RUNS);
    PutStaffHours "putStaffHours" Door::Salon(RUNS);
    PutDailyCap "putDailyCap" Door::Salon(RUNS);
    GetDiary "getDiary" Door::Salon(SERVES);
    CreateWalkIn "createWalkIn" Door::Salon(SERVES);
    MarkArrived "markArrived" Door::Salon(SERVES);
    StartBooking "startBooking" Door::Salon(SERVES);
    ExtendVisit "extendVisit" Door::Salon(SERVES);
    CompleteBooking "completeBooking" Door::Salon(SERVES);
    MarkNoShow "markNoShow" Door::Salon(SERVES);
    CancelBookingByVendor "cancelBookingByVendor" Door::Salon(SERVES);
    ReassignBooking "reassignBooking" Door::Salon(SERVES);

    ListVendors "listVendors" Door::Platform(READS_VENDORS);
    GetVendor "getVendor" Door::Platform(READS_VENDORS);
    ReviewDocument "reviewDocument" Door::Platform(VERIFIES);
    ApproveVendor "approveVendor" Door::Platform(VERIFIES);
    RejectVendor "rejectVendor" Door::Platform(VERIFIES);
    SuspendVendor "suspendVendor" Door::Platform(VERIFIES);
    ReinstateVendor "reinstateVendor" Door::Platform(VERIFIES);
    RevokeSessionsOf "revokeSessionsOf" Door::Platform(VERIFIES);
    ListAuditLog "listAuditLog" Door::Platform(AUDITS);
    VerifyAuditLog "verifyAuditLog" Door::Platform(AUDITS);
}

impl Act {
    /// Whether someone in this role at a salon may do it there.
    ///
    /// ```
    /// use indistylo_identity::{Act, Role};
    /// assert!(Act::PutOpeningHours.is_for(Role::Manager));
    /// assert!(!Act::PutOpeningHours.is_for(Role::Professional));
    /// assert!(!Act::ApproveVendor.is_for(Role::Owner));
    /// ```
    pub fn is_for(self, role: Role) -> bool {
        matches!(self.door(), Door::Salon(roles) if roles.contains(&role))
    }

    /// Whether someone in this role on the platform may do it.
    ///
    /// ```
    /// use indistylo_identity::{Act, AdminRole};
    /// assert!(Act::ApproveVendor.is_for_admin(AdminRole::Support));
    /// assert!(!Act::ApproveVendor.is_for_admin(AdminRole::Content));
    /// assert!(!Act::PutOpeningHours.is_for_admin(AdminRole::Owner), "nobody acts for a salon");
    /// ```
    pub fn is_for_admin(self, role: AdminRole) -> bool {
        matches!(self.door(), Door::Platform(roles) if roles.contains(&role))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_act_has_an_operation_of_its_own() {
        let operations: HashSet<_> = Act::ALL.iter().map(|act| act.operation()).collect();
        assert_eq!(operations.len(), Act::ALL.len());
    }

    #[test]
    fn who_owns_a_salon_or_the_platform_may_do_everything_there() {
        for act in Act::ALL {
            match act.door() {
                Door::Salon(_) => assert!(act.is_for(Role::Owner), "{act:?}"),
                Door::Platform(_) => assert!(act.is_for_admin(AdminRole::Owner), "{act:?}"),
                Door::Anybody | Door::Provider | Door::Person | Door::Vendor => {}
            }
        }
    }
}
