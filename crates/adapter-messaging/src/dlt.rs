//! Texts as the Indian operators know them: registered word for word, with gaps of a known kind.
//!
//! Commercial texts go only as templates registered with the operators (TRAI, TCCCPR 2018, with the
//! direction of November 2025 that each gap is tagged). One that differs by a comma is dropped after
//! it was paid for, so a text that does not fit its template is refused before it is sent.

use std::collections::BTreeMap;

use ports::Message;
use serde::Deserialize;

/// The longest value of a gap, in characters, unless the template says otherwise.
const LONGEST_VALUE: usize = 30;
/// The longest value that any template may say.
const LONGEST_VALUE_EVER: usize = 40;
/// The longest text, in characters: what a provider takes in one call.
const LONGEST_TEXT: usize = 1_600;
/// The longest id of theirs, in digits; a template's has 19.
const LONGEST_ID: usize = 25;

/// The registered templates of a house, one for each text at most.
#[derive(Debug, Clone, Default)]
pub struct Templates(BTreeMap<String, Template>);

/// One registered template.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    pub(crate) route: Route,
    /// TRAI's name for it.
    pub(crate) registered_as: String,
    /// The provider's name for it.
    pub(crate) message_id: String,
    /// TRAI's name for the house.
    pub(crate) entity_id: String,
    /// The registered sender, 3 to 6 letters.
    pub(crate) header: String,
    parts: Vec<Part>,
    longest: usize,
}

/// By which route the provider sends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Route {
    /// The provider has the template and fills it.
    Dlt,
    /// We fill the template and send the text whole.
    DltManual,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Fixed(String),
    Gap(Tag, usize),
}

/// What may stand in a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tag {
    Number,
    Alphanumeric,
}

/// A template as it is written down.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    text: String,
    route: Route,
    template_id: String,
    message_id: String,
    entity_id: String,
    header: String,
    body: String,
    /// The longest value of each gap, where it is not 30 characters.
    #[serde(default)]
    longest_values: Vec<usize>,
    longest: usize,
}

/// A template that was filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filled {
    pub(crate) text: String,
    pub(crate) values: Vec<String>,
}

/// Why templates cannot be used, or a text does not fit its template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DltError {
    /// Not a list of templates in JSON.
    #[error("not a list of templates: {0}")]
    Unreadable(String),
    /// A template that no operator would have registered, or not for this text.
    #[error("the template of the text {text:?}: {what}")]
    Template {
        /// Which text.
        text: String,
        /// What is wrong.
        what: &'static str,
    },
    /// A value that may not stand in its gap.
    #[error("gap {0} of the text: {1}")]
    Value(usize, &'static str),
    /// The filled text is longer than was registered.
    #[error("the text is longer than its template may be")]
    TooLong,
}

impl Templates {
    /// Reads a JSON list of templates, each with `text` (which of ours it is: `code`, `confirmed`,
    /// `offered`, `refund`), `route` (`dlt` or `dlt_manual`), `template_id`, `message_id`,
    /// `entity_id`, `header`, `body` with its gaps as `{#number#}` or `{#alphanumeric#}`, `longest`
    /// (characters of the filled text) and perhaps `longest_values` (of each gap; else 30).
    ///
    /// ```
    /// use indistylo_adapter_messaging::Templates;
    /// let templates = r#"[{
    ///     "text": "code", "route": "dlt", "template_id": "1107160000000000001",
    ///     "message_id": "155001", "entity_id": "1101000000000000001", "header": "INDSTY",
    ///     "body": "{#number#} is your IndiStylo code. It is valid for {#number#} minutes.",
    ///     "longest": 160
    /// }]"#;
    /// assert!(Templates::parse(templates).is_ok());
    /// assert!(Templates::parse(&templates.replace("INDSTY", "IN-1")).is_err());
    /// ```
    pub fn parse(json: &str) -> Result<Self, DltError> {
        let written: Vec<Written> =
            serde_json::from_str(json).map_err(|error| DltError::Unreadable(error.to_string()))?;
        let mut templates = BTreeMap::new();
        for one in written {
            let text = one.text.clone();
            let fault = |what| DltError::Template { text: text.clone(), what };
            let template = Template::read(one).map_err(fault)?;
            if templates.insert(text.clone(), template).is_some() {
                return Err(fault("is there twice"));
            }
        }
        Ok(Self(templates))
    }

    /// The template of a text, if one is registered.
    pub(crate) fn of(&self, message: &Message) -> Option<&Template> {
        self.0.get(message.kind())
    }
}

impl Template {
    fn read(written: Written) -> Result<Self, &'static str> {
        let Written { text, route, template_id, message_id, entity_id, header, body, .. } = written;
        let kinds = Message::KINDS;
        let (_, gaps) = kinds.iter().find(|(kind, _)| *kind == text).ok_or("is none of ours")?;
        let is_id = |id: &String| {
            (1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_digit())
        };
        if ![&template_id, &message_id, &entity_id].into_iter().all(is_id) {
            return Err("template_id, message_id and entity_id are digits");
        }
        let is_header = (3..=6).contains(&header.len())
            && header.bytes().all(|byte| byte.is_ascii_alphabetic());
        if !is_header {
            return Err("the header has 3 to 6 letters");
        }
        if !(1..=LONGEST_TEXT).contains(&written.longest) {
            return Err("longest is 1 to 1600 characters");
        }
        let parts = parts(&body, &written.longest_values)?;
        let count = parts.iter().filter(|part| matches!(part, Part::Gap(..))).count();
        if count != *gaps {
            return Err("has another number of gaps than the text has values");
        }
        let says_something = |part: &Part| matches!(part, Part::Fixed(words) if words.chars().any(char::is_alphabetic));
        if !parts.iter().any(says_something) {
            return Err("is all gaps");
        }
        let longest = written.longest;
        let registered_as = template_id;
        Ok(Self { route, registered_as, message_id, entity_id, header, parts, longest })
    }

    /// The text with these values in its gaps, if they may stand there. Names that are too long
    /// are cut, as no customer minds; a number is never changed.
    pub(crate) fn fill(&self, values: &[&str]) -> Result<Filled, DltError> {
        let mut filled = Filled { text: String::new(), values: Vec::new() };
        let mut left = values.iter();
        for part in &self.parts {
            match part {
                Part::Fixed(words) => filled.text.push_str(words),
                Part::Gap(tag, longest) => {
                    let at = filled.values.len() + 1;
                    let value = left.next().ok_or(DltError::Value(at, "there is no value"))?;
                    let value = tag.fit(value, *longest).map_err(|why| DltError::Value(at, why))?;
                    filled.text.push_str(&value);
                    filled.values.push(value);
                }
            }
        }
        if left.next().is_some() {
            return Err(DltError::Value(filled.values.len() + 1, "there is no gap"));
        }
        if filled.text.chars().count() > self.longest {
            return Err(DltError::TooLong);
        }
        Ok(filled)
    }
}

impl Tag {
    fn fit(self, value: &str, longest: usize) -> Result<String, &'static str> {
        match self {
            Self::Number if value.is_empty() || !value.bytes().all(|b| b.is_ascii_digit()) => {
                Err("must be digits")
            }
            Self::Number if value.len() > longest => Err("has too many digits"),
            Self::Number => Ok(value.to_owned()),
            Self::Alphanumeric => {
                // `|` would begin the next value, on its way to the provider.
                let plain = value.chars().map(|c| match c {
                    '|' => '/',
                    c if c.is_control() => ' ',
                    c => c,
                });
                let plain: String = plain.take(longest).collect();
                let lower = plain.to_lowercase();
                if plain.trim().is_empty() {
                    Err("is empty")
                } else if lower.contains("://") || lower.contains("www.") {
                    Err("has a link in it, which must be registered as one")
                } else {
                    Ok(plain)
                }
            }
        }
    }
}

/// What is fixed and what is a gap.
fn parts(body: &str, longest_values: &[usize]) -> Result<Vec<Part>, &'static str> {
    let (mut parts, mut gaps, mut rest) = (Vec::new(), 0, body);
    while let Some((fixed, after)) = rest.split_once("{#") {
        let (tag, after) = after.split_once("#}").ok_or("has a gap without an end")?;
        let tag = match tag {
            "number" => Tag::Number,
            "alphanumeric" => Tag::Alphanumeric,
            _ => return Err("has a gap that is neither {#number#} nor {#alphanumeric#}"),
        };
        let longest = longest_values.get(gaps).copied().unwrap_or(LONGEST_VALUE);
        if !(1..=LONGEST_VALUE_EVER).contains(&longest) {
            return Err("longest_values are 1 to 40 characters");
        }
        if !fixed.is_empty() {
            parts.push(Part::Fixed(fixed.to_owned()));
        }
        parts.push(Part::Gap(tag, longest));
        (gaps, rest) = (gaps + 1, after);
    }
    if longest_values.len() > gaps {
        return Err("has more longest_values than gaps");
    }
    if !rest.is_empty() {
        parts.push(Part::Fixed(rest.to_owned()));
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const BODY: &str = "Your booking is confirmed: {#alphanumeric#} at {#alphanumeric#} on \
                        {#alphanumeric#}. - IndiStylo";

    fn written(change: impl FnOnce(&mut Value)) -> Result<Templates, DltError> {
        let mut template = json!({
            "text": "confirmed", "route": "dlt", "template_id": "1107160000000000001",
            "message_id": "111", "entity_id": "1101", "header": "INDSTY", "body": BODY,
            "longest": 100,
        });
        change(&mut template);
        Templates::parse(&json!([template]).to_string())
    }

    fn confirmed(salon: &str) -> Message {
        Message::Confirmed {
            salon: salon.to_owned(),
            service: "Haircut".to_owned(),
            when: "Sun 22 Nov, 10:30".to_owned(),
        }
    }

    fn filled(salon: &str) -> Result<Filled, DltError> {
        let (templates, message) = (written(|_| ()).expect("good"), confirmed(salon));
        templates.of(&message).expect("registered").fill(&message.values())
    }

    #[test]
    fn what_is_filled_is_the_template_word_for_word() {
        let filled = filled("Asha | Ravi\n& Sons").expect("it fits");
        let text = "Your booking is confirmed: Haircut at Asha / Ravi & Sons on Sun 22 Nov, 10:30. \
                    - IndiStylo";
        assert_eq!(filled.text, text);
        assert_eq!(filled.values, ["Haircut", "Asha / Ravi & Sons", "Sun 22 Nov, 10:30"]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(filled("").is_err_and(|error| error == DltError::Value(2, "is empty")));
        for link in ["https://x.in", "WWW.x.in"] {
            assert!(matches!(filled(link), Err(DltError::Value(2, _))), "{link}");
        }
        // 30 letters are left of the name, and then the whole is too long.
        assert_eq!(filled(&"₹".repeat(99)), Err(DltError::TooLong));
        let longer = written(|template| template["longest"] = json!(160)).expect("good");
        let message = confirmed(&"₹".repeat(99));
        let cut = longer.of(&message).expect("registered").fill(&message.values());
        assert_eq!(cut.expect("it fits").values[1], "₹".repeat(30));
    }

    #[test]
    fn a_number_is_never_changed() {
        for (value, fits) in
            [("012345", true), ("0123456789", false), ("12a", false), ("१२", false)]
        {
            assert_eq!(Tag::Number.fit(value, 8).is_ok(), fits, "{value}");
        }
    }

    #[test]
    fn a_template_that_nobody_would_register_is_refused() {
        assert!(written(|_| ()).is_ok());
        let bad: [(&str, Value); 12] = [
            ("text", json!("birthday")),
            ("route", json!("q")),
            ("template_id", json!("11-07")),
            ("message_id", json!("")),
            ("entity_id", json!("1".repeat(26))),
            ("header", json!("IN")),
            ("header", json!("INDST1")),
            ("body", json!("{#alphanumeric#} {#alphanumeric#} {#alphanumeric#}")),
            ("body", json!("Confirmed: {#alphanumeric#}")),
            ("body", json!("Confirmed: {#var#} {#alphanumeric#} {#alphanumeric#}")),
            ("longest_values", json!([41])),
            ("longest", json!(0)),
        ];
        for (field, value) in bad {
            let told = format!("{field} = {value}");
            assert!(written(|template| template[field] = value).is_err(), "{told}");
        }
        assert!(written(|template| template["colour"] = json!("red")).is_err());
        let mut twice: Vec<Value> = serde_json::from_str("[]").expect("JSON");
        for _ in 0..2 {
            twice.push(json!({
                "text": "confirmed", "route": "dlt", "template_id": "1", "message_id": "1",
                "entity_id": "1", "header": "INDSTY", "body": BODY, "longest": 100,
            }));
        }
        assert!(Templates::parse(&json!(twice).to_string()).is_err());
    }
}
