//! One customer's line to the house, kept open from one request to the next.
//!
//! As little of HTTP/1.1 as the measurement needs: the clients share the machine with the server.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Room for the next piece of an answer.
const PIECE: usize = 16 * 1024;

/// A connection that is kept alive.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// What came back.
pub(crate) struct Answer<'a> {
    /// The status.
    pub(crate) status: u16,
    /// The body.
    pub(crate) body: &'a [u8],
}

impl Connection {
    /// Connects.
    pub(crate) async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(PIECE) })
    }

    /// Sends one whole request and waits for its whole answer.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> io::Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let (status, start, end) = loop {
            self.read_more().await?;
            if let Some(head) = head(&self.buffer) {
                break head?;
            }
        };
        while self.buffer.len() < end {
            self.read_more().await?;
        }
        Ok(Answer { status, body: &self.buffer[start..end] })
    }

    async fn read_more(&mut self) -> io::Result<()> {
        self.buffer.reserve(PIECE);
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

/// The status and where the body stands, once the head has come.
fn head(bytes: &[u8]) -> Option<io::Result<(u16, usize, usize)>> {
    let length = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let parsed = std::str::from_utf8(&bytes[..length]).ok().and_then(|head| {
        let status = head.get(9..12)?.parse().ok()?;
        let fields = head.lines().skip(1).filter_map(|line| line.split_once(':'));
        let mut lengths = fields.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        let body: usize = lengths.next()?.1.trim().parse().ok()?;
        Some((status, length + 4, length + 4 + body))
    });
    Some(parsed.ok_or_else(|| io::Error::other("not an answer of ours")))
}

/// A GET as bytes.
pub(crate) fn get(path: &str, headers: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: bench\r\n{headers}\r\n").into_bytes()
}

/// A POST of JSON as bytes; `headers` are whole lines.
pub(crate) fn post(path: &str, headers: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n{headers}\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_when_its_head_is_whole() {
        let answer = b"HTTP/1.1 409 Conflict\r\ncontent-Length: 2\r\nx: y\r\n\r\n{}";
        assert!(head(&answer[..30]).is_none());
        let (status, start, end) = head(answer).expect("whole").expect("ours");
        assert_eq!((status, &answer[start..end]), (409, &b"{}"[..]));
        assert!(head(b"HTTP/1.1 200 OK\r\n\r\n").expect("whole").is_err());
    }
}
