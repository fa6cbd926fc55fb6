//! Looks settings up, and notes each that cannot be used.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::Fault;
use super::secret::{self, weakness};

/// Looks variables up and notes what is wrong.
pub(super) struct Reader<'a> {
    pub(super) lookup: &'a dyn Fn(&str) -> Option<String>,
    pub(super) production: bool,
    pub(super) faults: Vec<Fault>,
    /// Variables whose file cannot be used, and why.
    pub(super) unread: RefCell<BTreeMap<String, String>>,
}

impl Reader<'_> {
    pub(super) fn fault(&mut self, name: &'static str, expected: impl Into<String>) {
        self.faults.push(Fault { name: name.to_owned(), expected: expected.into() });
    }

    /// A variable that is set to something, or what stands in the file that `NAME_FILE` names; an
    /// empty one is as good as none.
    pub(super) fn given(&self, name: &str) -> Option<String> {
        let set = |name: &str| (self.lookup)(name).map(|value| value.trim().to_owned());
        let value = set(name).filter(|value| !value.is_empty());
        let Some(path) = set(&format!("{name}_FILE")).filter(|path| !path.is_empty()) else {
            return value;
        };
        let text = match &value {
            None => {
                secret::from_file(&path).map_err(|why| format!("{name}_FILE names {path}, {why}"))
            }
            Some(_) => Err(format!("must be given by itself or as {name}_FILE, not both")),
        };
        text.map_err(|why| self.unread.borrow_mut().insert(name.to_owned(), why)).ok()
    }

    /// Notes a secret that production must not rely on.
    pub(super) fn strong(&mut self, name: &'static str, secret: &str, least: usize) {
        if let Some(weak) = weakness(secret, least).filter(|_| self.production) {
            self.fault(name, weak);
        }
    }

    /// A list, parted by commas.
    pub(super) fn list(&self, name: &str) -> Vec<String> {
        parts(&self.given(name).unwrap_or_default()).into_iter().map(str::to_owned).collect()
    }

    /// A variable that production must have.
    pub(super) fn needed(&mut self, name: &'static str, what: &str) -> Option<String> {
        let value = self.given(name);
        if value.is_none() && self.production {
            self.fault(name, format!("must be set in production: {what}"));
        }
        value
    }

    pub(super) fn parsed<T: std::str::FromStr>(
        &mut self,
        name: &'static str,
        default: &str,
        what: &str,
    ) -> Option<T> {
        let value = self.given(name).unwrap_or_else(|| default.to_owned());
        let parsed = value.parse().ok();
        if parsed.is_none() {
            self.fault(name, format!("must be {what}, not {value:?}"));
        }
        parsed
    }

    pub(super) fn switch(&mut self, name: &'static str, default: bool) -> Option<bool> {
        match self.given(name).as_deref() {
            None => Some(default),
            Some("true" | "1" | "yes") => Some(true),
            Some("false" | "0" | "no") => Some(false),
            Some(other) => {
                self.fault(name, format!("must be true or false, not {other:?}"));
                None
            }
        }
    }

    pub(super) fn url(
        &mut self,
        name: &'static str,
        value: Option<String>,
        schemes: &[&str],
    ) -> Option<String> {
        let value = value?;
        if schemes.iter().any(|scheme| value.starts_with(scheme)) {
            return Some(value);
        }
        self.fault(name, format!("must be a URL that begins with {}", schemes.join(" or ")));
        None
    }

    /// A provider's address: another one than its own is a sandbox, which production refuses.
    pub(super) fn provider(&mut self, name: &'static str, own: &str) -> String {
        let value = self.given(name).unwrap_or_else(|| own.to_owned());
        if self.production && value != own {
            self.fault(name, "must not be set in production: a sandbox is refused there");
        }
        self.url(name, Some(value), &["https://", "http://"]).unwrap_or_default()
    }
}

/// What stands between commas.
pub(super) fn parts(list: &str) -> Vec<&str> {
    list.split(',').map(str::trim).filter(|part| !part.is_empty()).collect()
}

/// All of them where one is set, or production needs them: half a provider is a fault.
pub(super) fn all_or_none<const N: usize>(
    reader: &mut Reader<'_>,
    names: [(&'static str, &str); N],
) -> Option<[String; N]> {
    let any = names.iter().any(|(name, _)| reader.given(name).is_some());
    if any || reader.production { all(reader, names) } else { None }
}

/// All of them; each that is missing is a fault.
pub(super) fn all<const N: usize>(
    reader: &mut Reader<'_>,
    names: [(&'static str, &str); N],
) -> Option<[String; N]> {
    let values = names.map(|(name, what)| {
        let value = reader.given(name);
        if value.is_none() {
            reader.fault(name, format!("must be set: {what}"));
        }
        value
    });
    let values: Option<Vec<String>> = values.into_iter().collect();
    values?.try_into().ok()
}
