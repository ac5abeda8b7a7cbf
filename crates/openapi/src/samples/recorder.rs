//! A server that records requests and sends prepared responses, for tests that run programs.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};

/// The response to every request, unless others are given.
pub const RESPONSE: &str = r#"{"said":"grüß dich"}"#;

#[derive(Debug)]
pub struct ReceivedRequest {
    pub method: String,
    /// As on the request line.
    pub target: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl ReceivedRequest {
    pub fn header(&self, name: &str) -> Option<&str> {
        let name = name.to_ascii_lowercase();
        self.headers.iter().find(|(other, _)| *other == name).map(|(_, value)| value.as_str())
    }
}

pub struct Recorder {
    pub url: String,
    received: Receiver<ReceivedRequest>,
}

impl Recorder {
    /// Sends `answers` in turn (status line and headers, then body), and repeats the last one.
    pub fn responding(responses: Vec<(&'static str, &'static str)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (sender, received) = channel();
        std::thread::spawn(move || {
            for (turn, stream) in listener.incoming().flatten().enumerate() {
                let (head, body) = responses[turn.min(responses.len() - 1)];
                let Some(received) = read(&stream) else { continue };
                let shown = if received.method == "HEAD" { "" } else { body };
                // Recorded before the response is sent, because the client then looks for it.
                if sender.send(received).is_err() {
                    return;
                }
                answer(&stream, head, shown, body.len());
            }
        });
        Self { url, received }
    }

    pub fn start() -> Self {
        Self::responding(vec![("200 OK\r\nContent-Type: application/json", RESPONSE)])
    }

    /// The requests since the last call of this function.
    pub fn received(&self) -> Vec<ReceivedRequest> {
        self.received.try_iter().collect()
    }
}

fn answer(mut stream: &TcpStream, head: &str, body: &str, length: usize) {
    let answer =
        format!("HTTP/1.1 {head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
    _ = stream.write_all(answer.as_bytes());
}

fn read(stream: &TcpStream) -> Option<ReceivedRequest> {
    let mut reader = BufReader::new(stream);
    let line = |reader: &mut BufReader<&TcpStream>| {
        let mut line = String::new();
        reader.read_line(&mut line).ok().map(|_| line.trim_end().to_owned())
    };
    let first = line(&mut reader)?;
    let (method, rest) = first.split_once(' ')?;
    let target = rest.rsplit_once(' ')?.0;
    let mut headers = Vec::new();
    loop {
        let header = line(&mut reader)?;
        let Some((name, value)) = header.split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut received = ReceivedRequest {
        method: method.to_owned(),
        target: target.to_owned(),
        headers,
        body: Vec::new(),
    };
    if received.header("transfer-encoding") == Some("chunked") {
        loop {
            let size = usize::from_str_radix(&line(&mut reader)?, 16).ok()?;
            let mut chunk = vec![0; size + 2];
            reader.read_exact(&mut chunk).ok()?;
            if size == 0 {
                break;
            }
            received.body.extend(&chunk[..size]);
        }
    } else if let Some(length) =
        received.header("content-length").and_then(|length| length.parse().ok())
    {
        received.body.resize(length, 0);
        reader.read_exact(&mut received.body).ok()?;
    }
    Some(received)
}
