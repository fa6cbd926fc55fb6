//! Reading the shapes that the document gives for bodies, and making values that do not fit.

use serde_json::{Value, json};

/// A shape with every reference in it followed; "or null" becomes a mark.
pub(crate) fn resolve(document: &Value, schema: &Value) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        let pointer = reference.trim_start_matches('#');
        let found = document.pointer(pointer).unwrap_or_else(|| panic!("no {reference}"));
        return resolve(document, found);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let mut choices = choices.iter().filter(|choice| choice["type"] != "null");
        let choice = choices.next().expect("a choice beside null");
        assert!(choices.next().is_none(), "a choice between shapes: {schema}");
        let mut choice = resolve(document, choice);
        choice["may_be_null"] = json!(true);
        return choice;
    }
    match schema {
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), resolve(document, value))).collect()
        }
        Value::Array(items) => items.iter().map(|item| resolve(document, item)).collect(),
        other => other.clone(),
    }
}

/// A place in a body and what the document says of it.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// Where: a JSON pointer.
    pub(crate) pointer: String,
    /// What fits there.
    pub(crate) schema: Value,
    /// Whether it must be there.
    pub(crate) is_required: bool,
}

/// Every field of a body and of the objects within it, the first of each list.
pub(crate) fn places(schema: &Value, sample: &Value, base: &str) -> Vec<Place> {
    let mut found = Vec::new();
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let pointer = format!("{base}/{name}");
        let value = &sample[name];
        assert!(!value.is_null(), "the sample lacks {pointer}: {sample}");
        if field["type"] == "array" && value[0].is_object() {
            found.extend(places(&field["items"], &value[0], &format!("{pointer}/0")));
        }
        found.extend(places(field, value, &pointer));
        let is_required = required(schema).contains(&name.as_str());
        found.push(Place { pointer, schema: field.clone(), is_required });
    }
    found
}

/// The names that an object must have.
pub(crate) fn required(schema: &Value) -> Vec<&str> {
    schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Every object in a sample body: its place and its shape.
pub(crate) fn objects(schema: &Value, sample: &Value) -> Vec<(String, Value)> {
    let mut found = vec![(String::new(), schema.clone())];
    for place in places(schema, sample, "") {
        if place.schema["type"] == "array" && place.schema["items"]["type"] == "object" {
            found.push((format!("{}/0", place.pointer), place.schema["items"].clone()));
        } else if place.schema["properties"].is_object() {
            found.push((place.pointer, place.schema));
        }
    }
    found
}

impl Place {
    /// Whether the document lets it be null.
    pub(crate) fn may_be_null(&self) -> bool {
        let kinds = self.schema["type"].as_array();
        self.schema["may_be_null"] == true
            || kinds.is_some_and(|kinds| kinds.contains(&json!("null")))
    }
}

/// Values of every kind that do not fit a shape.
pub(crate) fn misfits(place: &Place) -> Vec<Value> {
    let fits = |kind: &str| {
        let kinds = &place.schema["type"];
        kinds == kind || kinds.as_array().is_some_and(|kinds| kinds.contains(&json!(kind)))
    };
    let mut misfits = Vec::new();
    if !fits("string") {
        misfits.extend([json!("x"), json!(""), json!("5"), json!("true")]);
    } else if place.schema["format"].is_string() || place.schema["pattern"].is_string() {
        misfits.extend([json!("x"), json!("")]);
    }
    // PostgreSQL keeps no text with a null character; of passwords a digest alone is kept.
    if fits("string") && !place.pointer.ends_with("password") {
        misfits.push(json!("a\u{0}b"));
    }
    if place.schema["items"]["type"] == "string" {
        misfits.push(json!(["a\u{0}b"]));
    }
    if !fits("integer") && !fits("number") {
        misfits.push(json!(42));
    }
    if !fits("number") {
        misfits.push(json!(1.5));
    }
    if !fits("boolean") {
        misfits.extend([json!(true), json!(false)]);
    }
    if !fits("array") {
        misfits.extend([json!([]), json!(["x"])]);
    }
    if place.schema["properties"].is_null() {
        misfits.extend([json!({}), json!({ "x": 1 })]);
    }
    if place.is_required {
        misfits.push(Value::Null);
    }
    assert!(misfits.len() >= 5, "too few ways to be wrong at {place:?}");
    misfits
}
