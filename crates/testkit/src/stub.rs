//! A provider that says what it is told to say, and remembers what it was asked.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A provider on a free port of this machine.
pub struct Stub {
    url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Stub {
    /// Answers every call with this status and body; without an answer it hangs up.
    pub async fn start(answer: Option<(u16, &str)>) -> Self {
        let answer = answer.map(|(status, body)| {
            let length = body.len();
            format!("HTTP/1.1 {status} X\r\nlocation: /elsewhere\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}")
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let request = listen(&mut stream).await;
                heard.lock().expect("no panic").push(request);
                if let Some(answer) = &answer {
                    // Who is told more than they can hear hangs up early.
                    let _ = stream.write_all(answer.as_bytes()).await;
                }
            }
        });
        Self { url, requests }
    }

    /// Where it stands, such as `http://127.0.0.1:40001`.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Every request as it came over the wire.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("no panic").clone()
    }
}

async fn listen(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    loop {
        if stream.read_buf(&mut request).await.expect("readable") == 0 {
            break;
        }
        let text = String::from_utf8_lossy(&request).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if body.len() >= length.map_or(0, |length| length.parse().expect("a number")) {
            break;
        }
    }
    String::from_utf8(request).expect("UTF-8")
}
