//! A caller with no manners: bytes on a wire, which no proper client would send.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::TestServer;

/// How long the house may take to answer, or to hang up.
const PATIENCE: Duration = Duration::from_secs(15);

/// What came back before the house hung up.
#[derive(Debug)]
pub(crate) struct RawAnswer {
    /// The status; `None` if the house hung up without a word.
    pub(crate) status: Option<u16>,
    /// All of it.
    pub(crate) text: String,
    /// Whether it hung up in the end.
    pub(crate) hung_up: bool,
}

impl TestServer {
    /// Sends bytes and hears the answer out, until the house hangs up.
    pub(crate) async fn send_raw(&self, bytes: &[u8]) -> RawAnswer {
        self.converse(bytes, |_| false).await
    }

    /// The same by a caller who leaves after the first words of the answer.
    pub(crate) async fn send_raw_and_go(&self, bytes: &[u8]) -> RawAnswer {
        self.converse(bytes, |heard| !heard.is_empty()).await
    }

    async fn converse(&self, bytes: &[u8], is_enough: impl Fn(&[u8]) -> bool) -> RawAnswer {
        let stream = TcpStream::connect(self.address()).await.expect("the door is open");
        let (mut hear, mut speak) = stream.into_split();
        let bytes = bytes.to_vec();
        let speaking = tokio::spawn(async move {
            // The house may hang up in the middle of the sentence.
            drop(speak.write_all(&bytes).await);
            // Held open: it is for the house to hang up.
            std::future::pending::<()>().await;
            drop(speak);
        });
        let mut heard = Vec::new();
        let hearing = async {
            let mut chunk = vec![0; 16 * 1024];
            while !is_enough(&heard)
                && let Ok(count) = hear.read(&mut chunk).await
                && count > 0
            {
                heard.extend_from_slice(&chunk[..count]);
            }
        };
        let hung_up = tokio::time::timeout(PATIENCE, hearing).await.is_ok();
        speaking.abort();
        let text = String::from_utf8_lossy(&heard).into_owned();
        let status = text.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
        RawAnswer { status, text, hung_up }
    }
}
