//! A server on this machine that answers as the admin API does, one request a
//! connection, and keeps what it was asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Asked {
    pub path: String,
    pub query: Vec<(String, String)>,
    pub headers: Vec<(String, String)>,
}

impl Asked {
    fn read(from: &mut impl BufRead) -> Option<Self> {
        let mut line = String::new();
        from.read_line(&mut line).ok().filter(|n| *n > 0)?;
        let target = line.split(' ').nth(1)?.to_owned();
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            from.read_line(&mut line).ok()?;
            match line.trim_end().split_once(": ") {
                Some((name, value)) => headers.push((name.to_ascii_lowercase(), value.to_owned())),
                None => break,
            }
        }
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let pair = |part: &str| part.split_once('=').map(|(k, v)| (k.to_owned(), decoded(v))).unwrap();
        Some(Self { path: path.into(), query: query.split('&').map(pair).collect(), headers })
    }

    pub fn all(&self, key: &str) -> Vec<&str> {
        self.query.iter().filter(|(k, _)| k == key).map(|(_, v)| v.as_str()).collect()
    }

    pub fn one(&self, key: &str) -> &str {
        let found = self.all(key);
        assert_eq!(found.len(), 1, "{key} in {self:?}");
        found[0]
    }

    pub fn page(&self) -> Option<&str> {
        self.all("page").first().copied()
    }

    pub fn number(&self, key: &str) -> i64 {
        self.one(key).parse().unwrap()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// The query without the cursor.
    pub fn question(&self) -> Vec<(String, String)> {
        self.query.iter().filter(|(k, _)| k != "page").cloned().collect()
    }
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            other => other,
        });
    }
    String::from_utf8(bytes).unwrap()
}

pub enum Reply {
    /// Status, further headers, body.
    Whole(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// Says how long the body is and closes in its middle.
    Dropped(Vec<u8>),
    /// Closes in the middle of a body whose length nobody said.
    Faded(Vec<u8>),
    /// Says nothing until it is told to.
    Silence(mpsc::Receiver<()>),
}

pub fn ok(body: impl Into<Vec<u8>>) -> Reply {
    Reply::Whole(200, Vec::new(), body.into())
}

pub fn refuse(status: u16, message: &str) -> Reply {
    let body = serde_json::json!({"error": {"message": message, "type": "invalid_request_error"}});
    Reply::Whole(status, Vec::new(), body.to_string().into())
}

type Answer = dyn FnMut(usize, &Asked) -> Reply + Send;

pub struct Server {
    pub base: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// `answer` is given the number of the request, from 0.
    pub fn start(mut answer: impl FnMut(usize, &Asked) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                serve(stream, &noted, &mut answer);
            }
        });
        Self { base, asked }
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub fn wait_for(&self, requests: usize) {
        let end = Instant::now() + Duration::from_secs(60);
        while self.asked().len() < requests {
            assert!(Instant::now() < end, "waited for {requests} requests; got {:?}", self.asked());
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// One request a connection.
fn serve(stream: TcpStream, noted: &Mutex<Vec<Asked>>, answer: &mut Answer) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let Some(asked) = Asked::read(&mut reader) else { return };
    let number = {
        let mut noted = noted.lock().unwrap();
        noted.push(asked.clone());
        noted.len() - 1
    };
    let mut stream = stream;
    // The client may be gone already, which is its own affair.
    let _ = match answer(number, &asked) {
        Reply::Whole(status, headers, body) => {
            let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
            let head = format!(
                "HTTP/1.1 {status} Status\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{headers}connection: close\r\n\r\n",
                body.len()
            );
            stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body))
        }
        Reply::Dropped(body) => {
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
            stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body[..body.len() / 2]))
        }
        Reply::Faded(body) => stream
            .write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")
            .and_then(|()| stream.write_all(&body[..body.len() / 2])),
        Reply::Silence(until) => {
            let _ = until.recv();
            Ok(())
        }
    };
    let _ = stream.flush();
    let _ = stream.shutdown(std::net::Shutdown::Write);
    // Until the client has read it, or a reset would take the answer away.
    let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
    let _ = reader.read(&mut [0; 16]);
}
