//! The operations, as the document tells of them.

use indistylo_server::http::document;
use reqwest::Method;
use serde_json::Value;

use super::schema::resolve;

/// One operation of the document.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    /// Its `operationId`.
    pub(crate) id: String,
    /// Its method.
    pub(crate) method: Method,
    /// Its path as the document has it, with `{names}`.
    pub(crate) path: String,
    /// May be called without an access token.
    pub(crate) is_public: bool,
    /// What its JSON body looks like, if it takes one.
    pub(crate) body: Option<Value>,
    /// The headers that it demands.
    pub(crate) headers: Vec<String>,
    /// What it takes in the query.
    pub(crate) query: Vec<String>,
}

impl Operation {
    /// Whether it names something in its path.
    pub(crate) fn names_something(&self) -> bool {
        self.path.contains('{')
    }

    /// Whether it takes a JSON body or at least reads one.
    pub(crate) fn reads_a_body(&self) -> bool {
        self.method != Method::GET && !self.id.ends_with("Webhook")
    }

    /// Whether it is part of what the platform does.
    pub(crate) fn is_of_the_platform(&self) -> bool {
        self.path.starts_with("/api/v1/admin/")
    }

    /// Whether it is part of what a salon does.
    pub(crate) fn is_of_the_salon(&self) -> bool {
        self.path.starts_with("/api/v1/vendor/")
    }
}

/// All of them.
pub(crate) fn all() -> Vec<Operation> {
    let document = serde_json::to_value(document()).expect("the document is JSON");
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("a path") {
            operations.push(read(&document, path, method, operation));
        }
    }
    assert!(operations.len() >= 27, "the document has shrunk: {operations:?}");
    operations
}

fn read(document: &Value, path: &str, method: &str, operation: &Value) -> Operation {
    let schema = operation.pointer("/requestBody/content/application~1json/schema");
    let schema = schema.map(|schema| resolve(document, schema));
    let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
    let demanded = |parameter: &&Value| {
        // An edit without a version is answered as well, by 428.
        let wanted = parameter["required"] == true || parameter["name"] == "If-Match";
        parameter["in"] == "header" && wanted
    };
    let headers = parameters.iter().filter(demanded);
    let query = parameters.iter().filter(|parameter| parameter["in"] == "query");
    let query = query.filter_map(|parameter| parameter["name"].as_str().map(str::to_owned));
    Operation {
        id: operation["operationId"].as_str().expect("an operationId").to_owned(),
        method: method.to_uppercase().parse().expect("a method"),
        path: path.to_owned(),
        is_public: operation["security"] == serde_json::json!([{}]),
        body: schema.filter(|schema| schema["type"] == "object"),
        headers: headers.map(|header| header["name"].to_string()).collect(),
        query: query.collect(),
    }
}
