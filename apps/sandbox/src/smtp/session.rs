//! One client at the mail server's counter: who are you, from whom, to whom, what does it say?

use std::io;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use super::letter;
use crate::faults::take_one;
use crate::ids;
use crate::world::World;

/// The longest line, in bytes, its end included (RFC 5321, section 4.5.3.1, and RFC 4954 for AUTH).
const LONGEST_LINE: u64 = 12 * 1024;
/// The longest letter, in bytes.
const LONGEST_LETTER: usize = 1024 * 1024;
/// Receivers of one letter (RFC 5321, section 4.5.3.1.8).
const MOST_RECEIVERS: usize = 100;
/// Lines that one client may say before a letter's own.
const MOST_COMMANDS: usize = 1_000;

/// What the counter knows of the client.
pub(super) struct Session<'a> {
    world: &'a Arc<World>,
    stream: BufReader<TcpStream>,
    logged_in: bool,
    from: Option<String>,
    to: Vec<String>,
}

/// Goes on, or hangs up.
#[derive(PartialEq, Eq)]
enum Then {
    GoOn,
    HangUp,
}

impl<'a> Session<'a> {
    pub(super) fn new(world: &'a Arc<World>, stream: TcpStream) -> Self {
        let stream = BufReader::new(stream);
        Self { world, stream, logged_in: false, from: None, to: Vec::new() }
    }

    pub(super) async fn run(mut self) -> io::Result<()> {
        self.say("220 sandbox ESMTP").await?;
        for _ in 0..MOST_COMMANDS {
            let Some(line) = self.line().await? else { return Ok(()) };
            let (verb, rest) = line.split_once(' ').unwrap_or((&line, ""));
            let verb = verb.to_ascii_uppercase();
            if self.answer(&verb, rest.trim()).await? == Then::HangUp {
                return Ok(());
            }
        }
        self.say("421 that is enough").await
    }

    async fn answer(&mut self, verb: &str, rest: &str) -> io::Result<Then> {
        match verb {
            "EHLO" => {
                self.forget();
                let size = format!("250-SIZE {LONGEST_LETTER}");
                for line in ["250-sandbox", &size, "250-8BITMIME", "250 AUTH PLAIN LOGIN"] {
                    self.say(line).await?;
                }
            }
            "HELO" => {
                self.forget();
                self.say("250 sandbox").await?;
            }
            "AUTH" => self.log_in(rest).await?,
            "NOOP" => self.say("250 OK").await?,
            "RSET" => {
                self.forget();
                self.say("250 OK").await?;
            }
            "QUIT" => {
                self.say("221 goodbye").await?;
                return Ok(Then::HangUp);
            }
            "MAIL" if !self.logged_in => self.say("530 5.7.0 log in first").await?,
            "MAIL" => match address(rest, "FROM:") {
                Some(from) => {
                    self.forget();
                    self.from = Some(from);
                    self.say("250 OK").await?;
                }
                None => self.say("501 5.5.4 MAIL FROM:<address>").await?,
            },
            "RCPT" if self.from.is_none() => self.say("503 5.5.1 MAIL first").await?,
            "RCPT" => self.receiver(rest).await?,
            "DATA" if self.to.is_empty() => self.say("503 5.5.1 RCPT first").await?,
            "DATA" => return self.letter().await,
            _ => self.say("502 5.5.2 unknown").await?,
        }
        Ok(Then::GoOn)
    }

    async fn receiver(&mut self, rest: &str) -> io::Result<()> {
        let refused = self.world.faults(|faults| take_one(&mut faults.mail.refuse_next));
        match address(rest, "TO:").filter(|to| to.contains('@')) {
            None => self.say("501 5.1.3 RCPT TO:<address>").await,
            Some(_) if refused => self.say("550 5.1.1 there is no such mailbox").await,
            Some(_) if self.to.len() >= MOST_RECEIVERS => self.say("452 4.5.3 too many").await,
            Some(to) => {
                self.to.push(to);
                self.say("250 OK").await
            }
        }
    }

    /// The letter's own lines, up to a dot alone; a dot that begins a line was doubled (RFC 5321,
    /// section 4.5.2).
    async fn letter(&mut self) -> io::Result<Then> {
        self.say("354 go on").await?;
        let (mut source, mut length) = (Vec::new(), 0);
        loop {
            let Some(line) = self.bytes().await? else { return Ok(Then::HangUp) };
            if line == b".\r\n" || line == b".\n" {
                break;
            }
            // One that is too long is heard out, so that its sender hears the answer; but not for
            // ever.
            length += line.len();
            if length <= LONGEST_LETTER {
                source.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
            } else if length > 8 * LONGEST_LETTER {
                return Ok(Then::HangUp);
            }
        }
        if length > LONGEST_LETTER {
            self.forget();
            self.say("552 5.3.4 the letter is too long").await?;
            return Ok(Then::GoOn);
        }
        let (fails, lost) = self.world.faults(|faults| {
            let mail = &mut faults.mail;
            (take_one(&mut mail.fail_next), take_one(&mut mail.drop_after_effect))
        });
        if fails {
            self.forget();
            self.say("451 4.3.0 try again later").await?;
            return Ok(Then::GoOn);
        }
        let source = String::from_utf8_lossy(&source);
        let from = self.from.take();
        for to in std::mem::take(&mut self.to) {
            let message = letter::read(ids::smtp(), &to, from.clone(), &source);
            self.world.inbox(|inbox| inbox.put(message));
        }
        if lost {
            return Ok(Then::HangUp);
        }
        self.say("250 2.0.0 taken").await?;
        Ok(Then::GoOn)
    }

    /// PLAIN in one line or two, LOGIN in three (RFC 4616; LOGIN was never more than a draft).
    async fn log_in(&mut self, rest: &str) -> io::Result<()> {
        let account = &self.world.settings.mail;
        let (user, password) = (account.user.clone(), account.password.clone());
        let (mechanism, initial) = rest.split_once(' ').unwrap_or((rest, ""));
        let given = match mechanism.to_ascii_uppercase().as_str() {
            "PLAIN" => {
                let word =
                    if initial.is_empty() { self.asked("").await? } else { initial.to_owned() };
                decoded(&word).and_then(|word| {
                    let mut parts = word.split('\0').skip(1).map(str::to_owned);
                    Some((parts.next()?, parts.next()?))
                })
            }
            "LOGIN" => {
                let user = if initial.is_empty() {
                    self.asked("VXNlcm5hbWU6").await?
                } else {
                    initial.to_owned()
                };
                let password = self.asked("UGFzc3dvcmQ6").await?;
                decoded(&user).zip(decoded(&password))
            }
            _ => return self.say("504 5.5.4 PLAIN or LOGIN").await,
        };
        self.logged_in = given == Some((user, password));
        let answer = if self.logged_in { "235 2.7.0 OK" } else { "535 5.7.8 not that password" };
        self.say(answer).await
    }

    async fn asked(&mut self, question: &str) -> io::Result<String> {
        self.say(&format!("334 {question}")).await?;
        Ok(self.line().await?.unwrap_or_default())
    }

    /// A letter that was begun is not.
    fn forget(&mut self) {
        self.from = None;
        self.to.clear();
    }

    /// A line without its end; `None` if the client is gone.
    async fn line(&mut self) -> io::Result<Option<String>> {
        let bytes = self.bytes().await?;
        Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).trim_end().to_owned()))
    }

    async fn bytes(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        (&mut self.stream).take(LONGEST_LINE).read_until(b'\n', &mut line).await?;
        if line.is_empty() {
            return Ok(None);
        }
        if line.ends_with(b"\n") { Ok(Some(line)) } else { Err(io::ErrorKind::InvalidData.into()) }
    }

    async fn say(&mut self, line: &str) -> io::Result<()> {
        self.stream.write_all(format!("{line}\r\n").as_bytes()).await?;
        self.stream.flush().await
    }
}

/// What stands between `<` and `>` behind the keyword; parameters that follow are not looked at.
fn address(rest: &str, keyword: &str) -> Option<String> {
    let (word, rest) = rest.split_at_checked(keyword.len())?;
    let inner = rest.trim_start().strip_prefix('<')?;
    let (address, _) = inner.split_once('>')?;
    word.eq_ignore_ascii_case(keyword).then(|| address.to_owned())
}

fn decoded(word: &str) -> Option<String> {
    String::from_utf8(BASE64_STANDARD.decode(word).ok()?).ok()
}
