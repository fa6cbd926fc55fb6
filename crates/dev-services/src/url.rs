//! Writes the address under which the software finds the database.

use std::fmt::Write as _;

/// The same server's URL for another database.
pub(crate) fn with_database(url: &str, database: &str) -> String {
    let authority = url.find("://").map_or(0, |at| at + 3);
    let end = url[authority..].find(['/', '?']).map_or(url.len(), |at| authority + at);
    let parameters = url.find('?').map_or("", |at| &url[at..]);
    format!("{}/{}{parameters}", &url[..end], escaped(database))
}

/// The text as it stands in a URL.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_given_url_keeps_all_but_its_database() {
        for (url, expected) in [
            ("postgres://u:p@h:1/admin?sslmode=disable", "postgres://u:p@h:1/t_1?sslmode=disable"),
            ("postgres://u@h/admin", "postgres://u@h/t_1"),
            ("postgres://u@h", "postgres://u@h/t_1"),
            ("postgres://h?host=/tmp/x", "postgres://h/t_1?host=/tmp/x"),
        ] {
            assert_eq!(with_database(url, "t_1"), expected);
        }
        assert_eq!(escaped("/tmp/a b&c"), "/tmp/a%20b%26c");
    }
}
