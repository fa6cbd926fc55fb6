//! Reads a request field by field and names every one that is wrong, not just the first.

use std::collections::HashSet;
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, Utc};
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::problem::{FieldProblem, Problem};

/// What is wrong with one value.
#[derive(Debug)]
pub struct Invalid {
    code: &'static str,
    detail: String,
}

impl Invalid {
    /// A code for programs and a sentence for people.
    pub fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }
}

/// What an object's reader finds, as it goes along.
pub struct Fields {
    map: Map<String, Value>,
    base: String,
    errors: Vec<FieldProblem>,
}

impl Fields {
    /// The fields of a JSON body: an object, without a name given twice.
    pub fn of_body(body: &[u8]) -> Result<Self, Problem> {
        let mut duplicates = Vec::new();
        let mut reader = serde_json::Deserializer::from_slice(body);
        let strict = Strict { path: String::new(), duplicates: &mut duplicates };
        let value = strict
            .deserialize(&mut reader)
            .and_then(|value| reader.end().map(|()| value))
            .map_err(|error| Problem::malformed(format!("the body is not JSON: {error}")))?;
        if !duplicates.is_empty() {
            return Err(Problem::invalid(duplicates));
        }
        match value {
            Value::Object(map) => Ok(Self::new(map, String::new())),
            _ => Err(Problem::field("", "type", "must be an object")),
        }
    }

    fn new(map: Map<String, Value>, base: String) -> Self {
        Self { map, base, errors: Vec::new() }
    }

    fn fault(&mut self, name: &str, invalid: Invalid) {
        let pointer = format!("{}/{name}", self.base);
        let Invalid { code, detail } = invalid;
        self.errors.push(FieldProblem { pointer, code, detail });
    }

    /// A field that must be there.
    pub fn required<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&Value) -> Result<T, Invalid>,
    ) -> Option<T> {
        match self.map.remove(name) {
            None | Some(Value::Null) => {
                self.fault(name, Invalid::new("required", "must be given"));
                None
            }
            Some(value) => self.read(name, &value, read),
        }
    }

    /// A field that may be absent or null.
    pub fn optional<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&Value) -> Result<T, Invalid>,
    ) -> Option<T> {
        match self.map.remove(name) {
            None | Some(Value::Null) => None,
            Some(value) => self.read(name, &value, read),
        }
    }

    fn read<T>(
        &mut self,
        name: &str,
        value: &Value,
        read: impl FnOnce(&Value) -> Result<T, Invalid>,
    ) -> Option<T> {
        read(value).map_err(|invalid| self.fault(name, invalid)).ok()
    }

    /// An object within, read by its own fields; `None` if absent or null.
    pub fn object<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<T> {
        let value = self.map.remove(name).filter(|value| !value.is_null())?;
        let pointer = format!("{}/{name}", self.base);
        self.within(value, pointer, read)
    }

    /// An object within that must be there.
    pub fn required_object<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<T> {
        if self.lacks(name) {
            return None;
        }
        self.object(name, read)
    }

    /// Notes a field that must be there and is absent or null.
    fn lacks(&mut self, name: &str) -> bool {
        let lacks = self.map.get(name).is_none_or(Value::is_null);
        if lacks {
            self.map.remove(name);
            self.fault(name, Invalid::new("required", "must be given"));
        }
        lacks
    }

    /// A rule that several fields make together; where it is broken, this field is named.
    pub fn check<T>(&mut self, name: &str, outcome: Result<T, String>) -> Option<T> {
        outcome.map_err(|detail| self.fault(name, Invalid::new("range", detail))).ok()
    }

    /// A list of objects within, each read by its own fields; empty if absent.
    pub fn objects<T>(
        &mut self,
        name: &str,
        most: usize,
        mut read: impl FnMut(&mut Self) -> Option<T>,
    ) -> Vec<T> {
        let items = match self.map.remove(name) {
            None | Some(Value::Null) => return Vec::new(),
            Some(Value::Array(items)) if items.len() <= most => items,
            Some(Value::Array(_)) => {
                self.fault(name, Invalid::new("too_many", format!("at most {most} entries")));
                return Vec::new();
            }
            Some(_) => {
                self.fault(name, Invalid::new("type", "must be a list"));
                return Vec::new();
            }
        };
        let mut read_items = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            let pointer = format!("{}/{name}/{index}", self.base);
            read_items.extend(self.within(item, pointer, &mut read));
        }
        read_items
    }

    /// The same for a list that must be there, though it may be empty.
    pub fn required_objects<T>(
        &mut self,
        name: &str,
        most: usize,
        read: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        if self.lacks(name) { None } else { Some(self.objects(name, most, read)) }
    }

    fn within<T>(
        &mut self,
        value: Value,
        pointer: String,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<T> {
        let Value::Object(map) = value else {
            let detail = "must be an object".to_owned();
            self.errors.push(FieldProblem { pointer, code: "type", detail });
            return None;
        };
        let mut fields = Self::new(map, pointer);
        let read = read(&mut fields);
        fields.note_unknown();
        self.errors.append(&mut fields.errors);
        read
    }

    fn note_unknown(&mut self) {
        for name in std::mem::take(&mut self.map).keys() {
            let escaped = name.replace('~', "~0").replace('/', "~1");
            self.fault(&escaped, Invalid::new("unknown", "is not a field of this request"));
        }
    }

    /// What was read, if every field was right and none was unknown.
    pub fn finish<T>(mut self, read: Option<T>) -> Result<T, Problem> {
        self.note_unknown();
        match read {
            Some(read) if self.errors.is_empty() => Ok(read),
            _ => Err(Problem::invalid(self.errors)),
        }
    }
}

/// A text of at most so many characters, without control characters; surrounding blanks fall away.
pub fn text(most: usize) -> impl Fn(&Value) -> Result<String, Invalid> {
    move |value| {
        let text = value.as_str().ok_or_else(|| Invalid::new("type", "must be a text"))?.trim();
        if text.chars().any(char::is_control) {
            return Err(Invalid::new("characters", "must not contain control characters"));
        }
        match text.chars().count() {
            0 => Err(Invalid::new("empty", "must not be empty")),
            length if length <= most => Ok(text.to_owned()),
            _ => Err(Invalid::new("too_long", format!("at most {most} characters"))),
        }
    }
}

/// A text that stands for something else.
pub fn parsed<T: FromStr<Err: fmt::Display>>(value: &Value) -> Result<T, Invalid> {
    let text = value.as_str().ok_or_else(|| Invalid::new("type", "must be a text"))?;
    text.parse().map_err(|error: T::Err| Invalid::new("format", error.to_string()))
}

/// An instant as RFC 3339 writes it, with its offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instant(pub DateTime<Utc>);

impl FromStr for Instant {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        DateTime::parse_from_rfc3339(text)
            .map(|instant| Self(instant.to_utc()))
            .map_err(|_| "must be an RFC 3339 instant such as 2026-11-22T10:30:00+05:30")
    }
}

/// A text that is an instant.
pub fn instant(value: &Value) -> Result<DateTime<Utc>, Invalid> {
    parsed::<Instant>(value).map(|instant| instant.0)
}

/// A day, as `YYYY-MM-DD` and in no other spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day(pub NaiveDate);

impl FromStr for Day {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let day = text.parse::<NaiveDate>().ok().filter(|_| text.len() == 10);
        let day = day.filter(|day| day.to_string() == text).map(Self);
        day.ok_or("must be a day such as 2026-11-22")
    }
}

/// A text that is a day.
pub fn day(value: &Value) -> Result<NaiveDate, Invalid> {
    parsed::<Day>(value).map(|day| day.0)
}

/// A whole number in a range.
pub fn whole<T: TryFrom<i64>>(range: RangeInclusive<i64>) -> impl Fn(&Value) -> Result<T, Invalid> {
    move |value| {
        let number =
            value.as_i64().ok_or_else(|| Invalid::new("type", "must be a whole number"))?;
        let outside =
            || Invalid::new("range", format!("must be {} to {}", range.start(), range.end()));
        if !range.contains(&number) {
            return Err(outside());
        }
        T::try_from(number).map_err(|_| outside())
    }
}

/// A number in a range.
pub fn number(range: RangeInclusive<f64>) -> impl Fn(&Value) -> Result<f64, Invalid> {
    move |value| match value.as_f64() {
        None => Err(Invalid::new("type", "must be a number")),
        Some(number) if range.contains(&number) => Ok(number),
        Some(_) => {
            Err(Invalid::new("range", format!("must be {} to {}", range.start(), range.end())))
        }
    }
}

/// True or false.
pub fn flag(value: &Value) -> Result<bool, Invalid> {
    value.as_bool().ok_or_else(|| Invalid::new("type", "must be true or false"))
}

/// A list of one to so many, none twice.
pub fn some_of<T: PartialEq>(
    most: usize,
    each: impl Fn(&Value) -> Result<T, Invalid>,
) -> impl Fn(&Value) -> Result<Vec<T>, Invalid> {
    move |value| {
        let items = value.as_array().ok_or_else(|| Invalid::new("type", "must be a list"))?;
        if items.is_empty() || items.len() > most {
            return Err(Invalid::new("range", format!("must be 1 to {most} entries")));
        }
        let mut read = Vec::with_capacity(items.len());
        for item in items {
            let item = each(item)?;
            if read.contains(&item) {
                return Err(Invalid::new("duplicate", "must not name the same twice"));
            }
            read.push(item);
        }
        Ok(read)
    }
}

/// A list of so many at most, of things that a text stands for, none twice.
pub fn set_of<T: FromStr<Err: fmt::Display> + Eq + std::hash::Hash + Copy>(
    most: usize,
) -> impl Fn(&Value) -> Result<Vec<T>, Invalid> {
    move |value| {
        let items = value.as_array().ok_or_else(|| Invalid::new("type", "must be a list"))?;
        if items.len() > most {
            return Err(Invalid::new("too_many", format!("at most {most} entries")));
        }
        let read = items.iter().map(parsed).collect::<Result<Vec<T>, _>>()?;
        if read.iter().collect::<HashSet<_>>().len() < read.len() {
            return Err(Invalid::new("duplicate", "must not name the same twice"));
        }
        Ok(read)
    }
}

/// A JSON value in which no object names a field twice; where one does, it is noted.
struct Strict<'a> {
    path: String,
    duplicates: &'a mut Vec<FieldProblem>,
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        serde_json::Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("a number is out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        loop {
            let path = format!("{}/{}", self.path, list.len());
            match items.next_element_seed(Strict { path, duplicates: self.duplicates })? {
                Some(item) => list.push(item),
                None => return Ok(Value::Array(list)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(name) = entries.next_key::<String>()? {
            if map.len() >= 1_000 {
                return Err(A::Error::custom("an object has more than 1,000 fields"));
            }
            let path = format!("{}/{name}", self.path);
            let value = entries
                .next_value_seed(Strict { path: path.clone(), duplicates: self.duplicates })?;
            if map.insert(name, value).is_some() {
                self.duplicates.push(FieldProblem {
                    pointer: path,
                    code: "duplicate",
                    detail: "is given twice".to_owned(),
                });
            }
        }
        Ok(Value::Object(map))
    }
}
