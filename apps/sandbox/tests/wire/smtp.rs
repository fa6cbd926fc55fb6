//! The mail server, spoken to line by line as any client would.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use sandbox::{Faults, MailFaults, Sandbox};

use crate::support::settings;

/// A client at the counter.
struct Client {
    stream: BufReader<TcpStream>,
}

/// `\0sandbox\0sandbox-mail-password`
const RIGHT: &str = "AUTH PLAIN AHNhbmRib3gAc2FuZGJveC1tYWlsLXBhc3N3b3Jk";

impl Client {
    fn to(sandbox: &Sandbox) -> Self {
        let url = sandbox.smtp_url();
        let stream = TcpStream::connect(url.rsplit('@').next().unwrap()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let mut client = Self { stream: BufReader::new(stream) };
        assert_eq!(client.hear(), "220");
        client
    }

    fn logged_in(sandbox: &Sandbox) -> Self {
        let mut client = Self::to(sandbox);
        assert_eq!(client.say("EHLO shop"), "250");
        assert_eq!(client.say(RIGHT), "235");
        client
    }

    /// The code of the answer; empty if the server has hung up.
    fn hear(&mut self) -> String {
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line).unwrap_or_default();
            if line.get(3..4) != Some("-") {
                return line.get(..3).unwrap_or_default().to_owned();
            }
        }
    }

    fn say(&mut self, line: &str) -> String {
        self.stream.get_mut().write_all(format!("{line}\r\n").as_bytes()).unwrap();
        self.hear()
    }

    /// Hands over a letter; the codes of the last two answers.
    fn hand_over(&mut self, to: &str, letter: &str) -> (String, String) {
        assert_eq!(self.say("MAIL FROM:<shop@example.in> BODY=8BITMIME"), "250");
        let receiver = self.say(&format!("RCPT TO:<{to}>"));
        if receiver != "250" {
            return (receiver, String::new());
        }
        assert_eq!(self.say("DATA"), "354");
        (receiver, self.say(&format!("{letter}\r\n.")))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_lands_in_the_inbox() {
    let sandbox = Sandbox::start(settings()).await.unwrap();
    let mut client = Client::logged_in(&sandbox);
    let letter = "Subject: Hello\r\n\r\n..A line that begins with a dot";
    let answers = client.hand_over("Asha@Example.IN", letter);
    assert_eq!(answers, ("250".into(), "250".into()));
    assert_eq!(client.say("QUIT"), "221");
    let letters = sandbox.messages(Some("asha@example.in"));
    assert_eq!(letters.len(), 1);
    assert_eq!((letters[0].provider, letters[0].to.as_str()), ("smtp", "asha@example.in"));
    assert_eq!(letters[0].subject.as_deref(), Some("Hello"));
    assert_eq!(letters[0].body, ".A line that begins with a dot");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_log_in_or_keep_the_order_is_refused() {
    let sandbox = Sandbox::start(settings()).await.unwrap();
    let mut client = Client::to(&sandbox);
    for (line, answer) in [
        ("HELO shop", "250"),
        ("MAIL FROM:<shop@example.in>", "530"),
        ("AUTH PLAIN bm90IHRoYXQ=", "535"),
        ("AUTH PLAIN !", "535"),
        ("AUTH CRAM-MD5", "504"),
        ("STARTTLS", "502"),
        ("RCPT TO:<asha@example.in>", "503"),
        (RIGHT, "235"),
        ("MAIL FROM:shop", "501"),
        ("MAIL FROM:<shop@example.in>", "250"),
        ("DATA", "503"),
        ("RCPT TO:<nobody>", "501"),
        ("RCPT TO:<asha@example.in>", "250"),
        ("RSET", "250"),
        ("DATA", "503"),
        ("NOOP", "250"),
        ("QUIT", "221"),
    ] {
        assert_eq!(client.say(line), answer, "{line}");
    }
    let mut other = Client::to(&sandbox);
    assert_eq!(other.say("AUTH LOGIN"), "334");
    assert_eq!(other.say("c2FuZGJveA=="), "334");
    assert_eq!(other.say("c2FuZGJveC1tYWlsLXBhc3N3b3Jk"), "235");
    assert!(sandbox.messages(None).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_weather_can_be_ordered() {
    let sandbox = Sandbox::start(settings()).await.unwrap();
    let mail = MailFaults { fail_next: 1, refuse_next: 1, drop_after_effect: 1 };
    sandbox.set_faults(Faults { mail, ..Faults::default() });
    let mut client = Client::logged_in(&sandbox);
    let hand_over = |client: &mut Client| client.hand_over("asha@example.in", "\r\nHello");
    assert_eq!(hand_over(&mut client).0, "550");
    // Both of the other faults are met by this one: it is not taken, and so nothing is dropped.
    assert_eq!(hand_over(&mut client).1, "451");
    assert!(sandbox.messages(None).is_empty());
    let mail = MailFaults { drop_after_effect: 1, ..MailFaults::default() };
    sandbox.set_faults(Faults { mail, ..Faults::default() });
    assert_eq!(hand_over(&mut client).1, "", "hung up on");
    assert_eq!(sandbox.messages(Some("asha@example.in")).len(), 1, "taken all the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_line_and_no_letter_is_read_without_end() {
    let sandbox = Sandbox::start(settings()).await.unwrap();
    let mut client = Client::to(&sandbox);
    assert_eq!(client.say(&"x".repeat(20_000)), "", "hung up on");
    let mut client = Client::logged_in(&sandbox);
    let line = format!("{}\r\n", "x".repeat(900));
    let answers = client.hand_over("asha@example.in", &line.repeat(1_300));
    assert_eq!(answers.1, "552");
    assert!(sandbox.messages(None).is_empty());
}
