//! What letters say, as text and as a page: the same words in both.

use ports::Letter;

/// A letter, ready to be put into an envelope.
pub(crate) struct Written {
    pub(crate) subject: &'static str,
    pub(crate) text: String,
    pub(crate) html: String,
}

/// Writes a letter with links to pages below `site`. A token stands behind the `#`, which browsers
/// keep to themselves: it reaches no log and no other site.
pub(crate) fn write(letter: &Letter, site: &str) -> Written {
    let Draft { subject, before, link, after } = draft(letter, site);
    let mut text = before.clone();
    let mut html: Vec<String> = before.iter().map(|line| paragraph(line)).collect();
    if let Some((label, url)) = link {
        let shown = escape(&url);
        html.push(format!("<p><a href=\"{shown}\">{label}</a></p><p>{shown}</p>"));
        text.push(url);
    }
    for line in after {
        html.push(paragraph(line));
        text.push(line.to_owned());
    }
    let text = format!("{}\n\nIndiStylo\n", text.join("\n\n"));
    let html = html.concat();
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{subject}</title>\
         </head><body>{html}<p>IndiStylo</p></body></html>"
    );
    Written { subject, text, html }
}

/// A letter line by line, with at most one link in it.
struct Draft {
    subject: &'static str,
    before: Vec<String>,
    link: Option<(&'static str, String)>,
    after: Vec<&'static str>,
}

fn draft(letter: &Letter, site: &str) -> Draft {
    match letter {
        Letter::Confirm { token } => Draft {
            subject: "Confirm your e-mail address",
            before: vec![
                "Somebody registered a business at IndiStylo with this e-mail address. If that was \
                 you, confirm it within a day, with the password you chose then:"
                    .to_owned(),
            ],
            link: Some(("Confirm the address", format!("{site}/confirm-email#{token}"))),
            after: vec![
                "If it was not you, do nothing: without the link nothing happens with your address. \
                 If your password is not taken, the letter may follow from somebody else's \
                 registration: wait for another, or register again.",
            ],
        },
        Letter::KnownAlready => Draft {
            subject: "You are registered already",
            before: vec![
                "Somebody tried to register at IndiStylo with this e-mail address, which is \
                 registered already. If that was you, log in; if you have forgotten the password, \
                 you can choose another:"
                    .to_owned(),
            ],
            link: Some(("Choose another password", format!("{site}/forgot-password"))),
            after: vec!["If it was not you, you need not do anything."],
        },
        Letter::Reset { token } => Draft {
            subject: "Choose another password",
            before: vec![
                "Somebody asked to choose another password for this e-mail address at IndiStylo. \
                 If that was you, do it within 15 minutes:"
                    .to_owned(),
            ],
            link: Some(("Choose another password", format!("{site}/reset-password#{token}"))),
            after: vec!["If it was not you, do nothing: your password stays as it is."],
        },
        Letter::PasswordChanged => Draft {
            subject: "Your password was changed",
            before: vec![
                "The password of your IndiStylo account was changed, and every other device was \
                 logged out. If it was not you, choose another at once:"
                    .to_owned(),
            ],
            link: Some(("Choose another password", format!("{site}/forgot-password"))),
            after: Vec::new(),
        },
        Letter::LoggedOut => Draft {
            subject: "A device was logged out",
            before: vec![
                "A device was logged out of your IndiStylo account, because its login was used \
                 twice: somebody may have copied it. Log in again. If something was done that you \
                 did not do, choose another password:"
                    .to_owned(),
            ],
            link: Some(("Choose another password", format!("{site}/forgot-password"))),
            after: Vec::new(),
        },
        Letter::SecondFactor { on } => Draft {
            subject: "Your authenticator was changed",
            before: vec![format!(
                "An authenticator was {} your IndiStylo account. If it was not you, choose another \
                 password at once:",
                if *on { "added to" } else { "removed from" }
            )],
            link: Some(("Choose another password", format!("{site}/forgot-password"))),
            after: Vec::new(),
        },
    }
}

fn paragraph(line: &str) -> String {
    format!("<p>{}</p>", escape(line))
}

/// What is put into a page must not become its own words.
fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, letter| {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
        escaped
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_stands_in_both_and_its_token_behind_the_hash() {
        let letter = Letter::Reset { token: "a-token".into() };
        let written = write(&letter, "https://indistylo.example");
        let link = "https://indistylo.example/reset-password#a-token";
        assert!(written.text.contains(link), "{}", written.text);
        assert!(written.html.contains(&format!("<a href=\"{link}\">")), "{}", written.html);
    }

    #[test]
    fn an_address_is_no_markup() {
        let letter = Letter::Reset { token: "<b>\"a\" & 'b'</b>".into() };
        let html = write(&letter, "https://indistylo.example").html;
        assert!(!html.contains("<b>"), "{html}");
        assert!(html.contains("#&lt;b&gt;&quot;a&quot; &amp; &#39;b&#39;&lt;/b&gt;"), "{html}");
    }
}
