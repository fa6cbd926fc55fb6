//! Where a person lives or wants to be served, as an Indian letter would be addressed.

use kernel::Point;

use crate::words::words;

/// Six ASCII digits, the first of them not 0 (India Post: the first digit is the postal zone, 1 to
/// 9).
///
/// ```
/// use indistylo_identity::PinCode;
/// let pin: PinCode = "452001".parse()?;
/// assert_eq!(pin.as_str(), "452001");
/// for bad in ["052001", "45200", "4520011", "452 001", "४५२००१"] {
///     assert!(bad.parse::<PinCode>().is_err());
/// }
/// # Ok::<(), indistylo_identity::PinCodeError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinCode(String);

/// The text is not a pin code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a pin code of six digits such as 452001")]
pub struct PinCodeError;

impl PinCode {
    /// The six digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for PinCode {
    type Err = PinCodeError;

    fn from_str(text: &str) -> Result<Self, PinCodeError> {
        let digits = text.as_bytes();
        let is_one =
            digits.len() == 6 && digits[0] != b'0' && digits.iter().all(u8::is_ascii_digit);
        if is_one { Ok(Self(text.to_owned())) } else { Err(PinCodeError) }
    }
}

words! {
    /// A state or union territory of India (Constitution of India, First Schedule). An invoice to
    /// somebody who is not registered for tax names it, whatever the amount (CGST Rules, rule 46).
    ///
    /// ```
    /// use indistylo_identity::State;
    /// assert_eq!("madhya_pradesh".parse(), Ok(State::MadhyaPradesh));
    /// assert_eq!(State::ALL.len(), 28 + 8);
    /// assert!("bombay".parse::<State>().is_err());
    /// ```
    #[expect(missing_docs, reason = "each is the state of its name")]
    State {
        AndamanAndNicobarIslands = "andaman_and_nicobar_islands",
        AndhraPradesh = "andhra_pradesh",
        ArunachalPradesh = "arunachal_pradesh",
        Assam = "assam",
        Bihar = "bihar",
        Chandigarh = "chandigarh",
        Chhattisgarh = "chhattisgarh",
        DadraAndNagarHaveliAndDamanAndDiu = "dadra_and_nagar_haveli_and_daman_and_diu",
        Delhi = "delhi",
        Goa = "goa",
        Gujarat = "gujarat",
        Haryana = "haryana",
        HimachalPradesh = "himachal_pradesh",
        JammuAndKashmir = "jammu_and_kashmir",
        Jharkhand = "jharkhand",
        Karnataka = "karnataka",
        Kerala = "kerala",
        Ladakh = "ladakh",
        Lakshadweep = "lakshadweep",
        MadhyaPradesh = "madhya_pradesh",
        Maharashtra = "maharashtra",
        Manipur = "manipur",
        Meghalaya = "meghalaya",
        Mizoram = "mizoram",
        Nagaland = "nagaland",
        Odisha = "odisha",
        Puducherry = "puducherry",
        Punjab = "punjab",
        Rajasthan = "rajasthan",
        Sikkim = "sikkim",
        TamilNadu = "tamil_nadu",
        Telangana = "telangana",
        Tripura = "tripura",
        UttarPradesh = "uttar_pradesh",
        Uttarakhand = "uttarakhand",
        WestBengal = "west_bengal",
    }
}

/// An address of a person. How long its texts may be stands in [`policy`](crate::policy).
///
/// ```
/// use indistylo_identity::{Address, State};
/// let home = Address {
///     label: "Home".to_owned(),
///     line1: "12 Palasia".to_owned(),
///     line2: None,
///     city: "Indore".to_owned(),
///     pin_code: "452001".parse()?,
///     state: State::MadhyaPradesh,
///     location: "22.7244,75.8839".parse().ok(),
/// };
/// assert_eq!(home.pin_code.as_str(), "452001");
/// # Ok::<(), indistylo_identity::PinCodeError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// What its owner calls it.
    pub label: String,
    /// House and street.
    pub line1: String,
    /// Floor, landmark or area.
    pub line2: Option<String>,
    /// City, town or village.
    pub city: String,
    /// The postal pin code.
    pub pin_code: PinCode,
    /// In which state.
    pub state: State,
    /// The pin on the map, if it was set.
    pub location: Option<Point>,
}
