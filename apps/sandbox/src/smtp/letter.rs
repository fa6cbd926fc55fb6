//! Reads a letter as a mailbox shows it: its subject, its text, its page.

use std::collections::HashMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::inbox::Message;

/// How deep parts may lie within parts.
const DEEPEST: u8 = 4;

/// The letter as it goes into the inbox.
pub(super) fn read(id: String, to: &str, from: Option<String>, source: &str) -> Message {
    let source = source.replace("\r\n", "\n");
    let mut shown = Shown::default();
    shown.read(&source, DEEPEST);
    let subject = headers(&source).0.remove("subject");
    Message::letter(id, to, from, subject, shown.text.unwrap_or_default(), shown.html)
}

/// What of a letter is shown: the first of each kind.
#[derive(Default)]
struct Shown {
    text: Option<String>,
    html: Option<String>,
}

impl Shown {
    fn read(&mut self, part: &str, deeper: u8) {
        let (headers, body) = headers(part);
        let kind = headers.get("content-type").map_or("text/plain", String::as_str);
        let is = |what: &str| kind.get(..what.len()).is_some_and(|k| k.eq_ignore_ascii_case(what));
        if is("multipart/") {
            let Some(boundary) = boundary(kind).filter(|_| deeper > 0) else { return };
            let mark = format!("--{boundary}");
            // What stands before the first mark and behind the last is nobody's.
            for part in body.split(&mark).skip(1).take_while(|part| !part.starts_with("--")) {
                self.read(part.strip_prefix('\n').unwrap_or(part), deeper - 1);
            }
            return;
        }
        let encoding = headers.get("content-transfer-encoding").map_or("7bit", String::as_str);
        let words = decoded(body, encoding);
        let place = if is("text/html") { &mut self.html } else { &mut self.text };
        place.get_or_insert(words);
    }
}

/// The headers, folded lines joined (RFC 5322, section 2.2.3), by small name; and what follows them.
fn headers(part: &str) -> (HashMap<String, String>, &str) {
    let (head, body) = match part.strip_prefix('\n') {
        Some(body) => ("", body),
        None => part.split_once("\n\n").unwrap_or((part, "")),
    };
    let head = head.replace("\n ", " ").replace("\n\t", " ");
    let headers = head.lines().filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        Some((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
    });
    (headers.collect(), body)
}

fn boundary(kind: &str) -> Option<String> {
    kind.split(';').find_map(|parameter| {
        let (name, value) = parameter.trim().split_once('=')?;
        name.eq_ignore_ascii_case("boundary").then(|| value.trim_matches('"').to_owned())
    })
}

fn decoded(body: &str, encoding: &str) -> String {
    match encoding.to_ascii_lowercase().as_str() {
        "quoted-printable" => quoted_printable(body),
        "base64" => {
            let letters: String = body.split_whitespace().collect();
            let bytes = BASE64_STANDARD.decode(letters).unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        }
        _ => body.trim_end().to_owned(),
    }
}

/// RFC 2045, section 6.7: `=3D` is a byte, `=` at the end of a line says that it goes on.
fn quoted_printable(body: &str) -> String {
    let mut bytes = Vec::with_capacity(body.len());
    let mut rest = body.trim_end();
    while let Some((before, after)) = rest.split_once('=') {
        bytes.extend_from_slice(before.as_bytes());
        let byte = after.get(..2).and_then(|two| u8::from_str_radix(two, 16).ok());
        rest = match (byte, after.strip_prefix('\n')) {
            (Some(byte), _) => {
                bytes.push(byte);
                after.get(2..).unwrap_or_default()
            }
            (None, Some(next_line)) => next_line,
            (None, None) => {
                bytes.push(b'=');
                after
            }
        };
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_in_two_forms_is_shown_in_both() {
        let source = "Subject: Hello\r\nContent-Type: multipart/alternative;\r\n boundary=\"b\"\r\n\r\n\
            nobody's\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\
            Content-Transfer-Encoding: quoted-printable\r\n\r\nCaf=C3=A9 =3D go=\r\nod\r\n--b\r\n\
            Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n\
            PHA+SGVs\r\nbG88L3A+\r\n--b--\r\n";
        let message = read("1".into(), "asha@example.in", None, source);
        assert_eq!(message.subject.as_deref(), Some("Hello"));
        assert_eq!(message.body, "Café = good");
        assert_eq!(message.html.as_deref(), Some("<p>Hello</p>"));
    }

    #[test]
    fn a_letter_without_form_is_text() {
        let message =
            read("1".into(), "asha@example.in", None, "Subject: a\n b\n\nHello\n\nthere\n");
        assert_eq!((message.subject.as_deref(), &*message.body), (Some("a b"), "Hello\n\nthere"));
        for broken in ["", "\n", "no header", "Content-Type: multipart/mixed\n\nx", "Subject"] {
            read("1".into(), "asha@example.in", None, broken);
        }
    }
}
