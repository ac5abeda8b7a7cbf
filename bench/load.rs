//! The load: connections that each send the next request after the previous response.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::Server;

pub const CONNECTIONS: usize = 32;

/// The measurements of one server in one round.
pub struct Round {
    pub cpu_us: f64,
    pub p50: Duration,
    pub p99: Duration,
}

pub async fn measure(server: &Server, requests: usize) -> Round {
    let before = server.cpu_us();
    let clients = (0..CONNECTIONS).map(|i| {
        tokio::spawn(client(
            server.addr.clone(),
            Arc::clone(&server.requests),
            i,
            requests / CONNECTIONS,
        ))
    });
    let mut latencies = Vec::with_capacity(requests);
    for times in futures::future::join_all(clients).await {
        latencies.extend(times.expect("a client that ends"));
    }
    latencies.sort_unstable();
    let used = server.idle_cpu_us().await - before;
    let at = |share: f64| latencies[((latencies.len() - 1) as f64 * share) as usize];
    Round { cpu_us: used / latencies.len() as f64, p50: at(0.5), p99: at(0.99) }
}

/// Sends every [`CONNECTIONS`]th request, starting with `first`, repeatedly.
async fn client(
    addr: String,
    list: Arc<Vec<Vec<u8>>>,
    first: usize,
    requests: usize,
) -> Vec<Duration> {
    let mut stream = TcpStream::connect(&addr).await.expect("connects");
    stream.set_nodelay(true).expect("a socket");
    let mut times = Vec::with_capacity(requests);
    let mut buffer = Vec::with_capacity(4096);
    for i in 0..requests {
        let request = &list[(first + i * CONNECTIONS) % list.len()];
        let began = Instant::now();
        stream.write_all(request).await.expect("sends");
        buffer.clear();
        while !is_whole(&buffer) {
            assert!(
                stream.read_buf(&mut buffer).await.expect("receives") > 0,
                "the server hung up"
            );
        }
        assert!(buffer.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&buffer));
        times.push(began.elapsed());
    }
    times
}

fn is_whole(response: &[u8]) -> bool {
    let Some(end) = response.windows(4).position(|window| window == b"\r\n\r\n") else {
        return false;
    };
    let head = String::from_utf8_lossy(&response[..end]).to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .and_then(|text| text.parse::<usize>().ok());
    response.len() >= end + 4 + length.expect("a length")
}
