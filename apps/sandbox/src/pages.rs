//! The plain look shared by the pages a person sees.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.5rem}nav{font-size:.9rem;margin-bottom:1.5rem}nav a{margin-right:1rem}\
table{border-collapse:collapse;width:100%;font-size:.9rem}\
td,th{text-align:left;padding:.3rem .6rem .3rem 0;border-bottom:1px solid #8884}\
article{border:1px solid #8886;border-radius:.6rem;padding:.6rem 1rem;margin:.8rem 0}\
article p{margin:.3rem 0;white-space:pre-wrap;overflow-wrap:anywhere}\
article span,.quiet{color:#888;font-size:.85rem}\
.amount{font-size:2.2rem;font-weight:600;margin:.5rem 0}\
button{font:inherit;display:block;width:100%;padding:.8rem;margin:.6rem 0;border-radius:.6rem;\
border:1px solid #8886;cursor:pointer}\
button.good{background:#0a7f4f;color:#fff;border-color:#0a7f4f}\
pre{background:#8882;border-radius:.6rem;padding:1rem;white-space:pre-wrap;overflow-wrap:anywhere}";

/// Makes text safe to stand in a page or in a quoted attribute.
pub(crate) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

/// A whole page around `body`, which must be safe already; `refresh` is in seconds.
pub(crate) fn page(title: &str, body: &str, refresh: Option<u32>) -> String {
    let refresh = refresh
        .map(|seconds| format!("<meta http-equiv=\"refresh\" content=\"{seconds}\">"))
        .unwrap_or_default();
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">{refresh}\
<title>{} · IndiStylo sandbox</title><style>{STYLE}</style>\
<nav><a href=\"/\">Sandbox</a><a href=\"/inbox\">Inbox</a></nav>{body}</html>",
        escape(title)
    )
}

/// Sends a page; nothing from elsewhere may be loaded into it.
pub(crate) fn show(status: StatusCode, html: String) -> HttpResponse {
    HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header((
            "content-security-policy",
            "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
             base-uri 'none'; frame-ancestors 'none'",
        ))
        .insert_header(("cache-control", "no-store"))
        .body(html)
}

/// Paise as people in India read money: `₹1,23,456.00`.
pub(crate) fn rupees(paise: i64) -> String {
    let whole = (paise / 100).to_string();
    let (head, tail) = whole.split_at(whole.len().saturating_sub(3));
    let mut grouped = String::new();
    for (place, digit) in head.chars().enumerate() {
        if place > 0 && (head.len() - place) % 2 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let comma = if head.is_empty() { "" } else { "," };
    format!("₹{grouped}{comma}{tail}.{:02}", paise % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_grouped_the_indian_way() {
        let cases = [
            (100, "₹1.00"),
            (99_950, "₹999.50"),
            (149_900, "₹1,499.00"),
            (1_234_567, "₹12,345.67"),
            (12_345_600, "₹1,23,456.00"),
            (1_234_567_800, "₹1,23,45,678.00"),
        ];
        for (paise, text) in cases {
            assert_eq!(rupees(paise), text);
        }
    }

    #[test]
    fn markup_in_a_text_stays_text() {
        assert_eq!(escape("<b a=\"'&\">"), "&lt;b a=&quot;&#39;&amp;&quot;&gt;");
    }
}
