//! A few lines that speak to the database over its socket, so that the tests need no client program.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

/// Runs `sql` on the database `indistylo`; the first column of each row, or the server's message.
pub(crate) fn query(socket_dir: &Path, sql: &str) -> Result<Vec<String>, String> {
    let mut stream =
        UnixStream::connect(socket_dir.join(".s.PGSQL.5432")).map_err(|error| error.to_string())?;
    let mut startup = 196_608_u32.to_be_bytes().to_vec();
    startup.extend(b"user\0indistylo\0database\0indistylo\0\0");
    send(&mut stream, None, &startup);
    read_until_ready(&mut stream)?;
    send(&mut stream, Some(b'Q'), format!("{sql}\0").as_bytes());
    read_until_ready(&mut stream)
}

fn send(stream: &mut UnixStream, kind: Option<u8>, body: &[u8]) {
    let length = u32::try_from(body.len() + 4).expect("short");
    let mut message: Vec<u8> = kind.into_iter().collect();
    message.extend(length.to_be_bytes());
    message.extend(body);
    stream.write_all(&message).expect("the server listens");
}

fn read_until_ready(stream: &mut UnixStream) -> Result<Vec<String>, String> {
    let mut rows = Vec::new();
    let mut failure = None;
    loop {
        let mut head = [0; 5];
        stream
            .read_exact(&mut head)
            .map_err(|error| failure.take().unwrap_or(error.to_string()))?;
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize - 4;
        let mut body = vec![0; length];
        stream.read_exact(&mut body).expect("a whole message");
        match head[0] {
            b'D' => {
                let size = u32::from_be_bytes([body[2], body[3], body[4], body[5]]) as usize;
                rows.push(String::from_utf8_lossy(&body[6..6 + size]).into_owned());
            }
            b'E' => failure = Some(String::from_utf8_lossy(&body).replace('\0', " ")),
            b'Z' => return failure.map_or(Ok(rows), Err),
            _ => {}
        }
    }
}
