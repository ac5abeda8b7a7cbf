//! A server that is measured, in a separate process.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;

pub struct Server {
    pub name: &'static str,
    child: Child,
    pub addr: String,
    pub requests: Arc<Vec<Vec<u8>>>,
}

impl Drop for Server {
    fn drop(&mut self) {
        // nginx's master process stops its workers when it is terminated, but not when it is
        // killed.
        // SAFETY: the child has not been waited for, so the id is its own.
        unsafe { libc::kill(self.child.id() as libc::pid_t, libc::SIGTERM) };
        let _ = self.child.wait();
    }
}

impl Server {
    pub async fn start(
        name: &'static str,
        command: &mut Command,
        addr: String,
        requests: Vec<Vec<u8>>,
    ) -> Self {
        let child = command
            .stdin(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        let server = Self { name, child, addr, requests: Arc::new(requests) };
        let deadline = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(&server.addr).await.is_err() {
            assert!(Instant::now() < deadline, "{name} does not respond at {}", server.addr);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        server
    }

    /// The resident memory of the process in megabytes: `VmRSS` of proc(5).
    #[allow(dead_code, reason = "only one of the benchmarks uses it")]
    pub fn resident_mb(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))
            .expect("a process");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line");
        line.trim().trim_end_matches(" kB").parse::<f64>().expect("a number") / 1_000.0
    }

    /// User and system time of the process and its children, in microseconds.
    pub fn cpu_us(&self) -> f64 {
        let id = self.child.id();
        let children =
            std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
        let children = children.split_whitespace().filter_map(|id| id.parse().ok());
        std::iter::once(id).chain(children).map(|id| self.process_cpu_us(id)).sum()
    }

    /// proc(5): fields 14 and 15 of `stat`, in ticks.
    fn process_cpu_us(&self, id: u32) -> f64 {
        let text = std::fs::read_to_string(format!("/proc/{id}/stat"))
            .unwrap_or_else(|_| panic!("{} is gone", self.name));
        let fields: Vec<&str> = text.rsplit(") ").next().expect("fields").split(' ').collect();
        let ticks: f64 =
            fields[11..13].iter().map(|field| field.parse::<f64>().expect("ticks")).sum();
        // SAFETY: sysconf has no preconditions.
        ticks * 1e6 / unsafe { libc::sysconf(libc::_SC_CLK_TCK) } as f64
    }

    /// [`cpu_us`](Self::cpu_us) after the process has become idle.
    pub async fn idle_cpu_us(&self) -> f64 {
        let mut last = self.cpu_us();
        loop {
            tokio::time::sleep(Duration::from_millis(600)).await;
            let now = self.cpu_us();
            if now - last < 20_000.0 {
                return now;
            }
            last = now;
        }
    }
}

pub fn free_addr() -> String {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
        .to_string()
}
