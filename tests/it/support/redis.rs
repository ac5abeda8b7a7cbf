//! A test's own Redis servers, which can be stopped, paused and started again.

use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

use super::eventually;

/// The Redis that all tests share. `None` if the developer chose SQLite only.
#[expect(clippy::disallowed_methods, reason = "the environment names the servers of a test")]
pub fn redis_url() -> Option<String> {
    let url = std::env::var("TOLLGATE_TEST_REDIS").ok();
    let alone = std::env::var("TOLLGATE_TEST_SQLITE_ONLY").is_ok();
    assert!(
        url.is_some() || alone,
        "TOLLGATE_TEST_REDIS is not set: run `make test`, or set TOLLGATE_TEST_SQLITE_ONLY=1"
    );
    url
}

pub struct RedisServer {
    folder: TempDir,
    port: u16,
    flags: Vec<String>,
    child: Option<Child>,
}

impl RedisServer {
    /// `None` without a Redis for tests.
    pub async fn start() -> Option<Self> {
        redis_url()?;
        Some(Self::with_flags(&[]).await)
    }

    async fn with_flags(flags: &[&str]) -> Self {
        // A cluster's nodes communicate on a second port, 10000 higher.
        let free = || {
            TcpListener::bind("127.0.0.1:0")
                .and_then(|listener| listener.local_addr())
                .expect("a free port")
                .port()
        };
        let port = std::iter::repeat_with(free).find(|port| *port < 55_000).expect("a low port");
        let flags = flags.iter().map(|flag| (*flag).to_owned()).collect();
        let mut server =
            Self { folder: tempfile::tempdir().expect("a folder"), port, flags, child: None };
        server.restart().await;
        server
    }

    /// Starts it again, empty.
    pub async fn restart(&mut self) {
        self.kill();
        let mut command = Command::new("redis-server");
        command.args([
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
            "--port",
            &self.port.to_string(),
        ]);
        command
            .args(&self.flags)
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        // The server must not outlive a test that is stopped.
        // SAFETY: prctl is async-signal-safe.
        unsafe {
            command.pre_exec(|| {
                libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
                Ok(())
            });
        }
        self.child = Some(command.spawn().expect("redis-server starts"));
        eventually("Redis answers", || async {
            (self.cli(&["ping"]).stdout == b"PONG\n").then_some(())
        })
        .await;
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub fn cli(&self, args: &[&str]) -> Output {
        Command::new("redis-cli")
            .args(["-p", &self.port.to_string()])
            .args(args)
            .output()
            .expect("redis-cli runs")
    }

    /// The output of a command, line by line.
    pub fn lines(&self, args: &[&str]) -> Vec<String> {
        String::from_utf8(self.cli(args).stdout)
            .expect("UTF-8")
            .lines()
            .map(str::to_owned)
            .collect()
    }

    /// Whether it is the node of a cluster that keeps this slot.
    fn owns(&self, slot: &str) -> bool {
        let slot: u32 = slot.parse().expect("a number");
        let nodes = self.lines(&["cluster", "nodes"]);
        let me = nodes.iter().find(|line| line.contains("myself")).expect("itself");
        me.split(' ').skip(8).filter_map(|range| range.split_once('-')).any(|(first, last)| {
            let number = |text: &str| text.parse::<u32>().expect("a number");
            (number(first)..=number(last)).contains(&slot)
        })
    }

    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().and_then(|()| child.wait()).expect("killed");
        }
    }

    /// Hangs: accepts connections, and does not respond.
    pub fn pause(&self) {
        self.signal(libc::SIGSTOP);
    }

    pub fn go_on(&self) {
        self.signal(libc::SIGCONT);
    }

    fn signal(&self, signal: libc::c_int) {
        let pid = self.child.as_ref().expect("runs").id().cast_signed();
        // SAFETY: the process is our child and has not been waited for.
        assert_eq!(unsafe { libc::kill(pid, signal) }, 0);
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Three masters.
pub struct RedisCluster(Vec<RedisServer>);

impl RedisCluster {
    pub async fn start() -> Option<Self> {
        redis_url()?;
        let mut nodes = Vec::new();
        for _ in 0..3 {
            nodes.push(
                RedisServer::with_flags(&[
                    "--cluster-enabled",
                    "yes",
                    "--cluster-node-timeout",
                    "2000",
                ])
                .await,
            );
        }
        let addresses: Vec<String> =
            nodes.iter().map(|node| format!("127.0.0.1:{}", node.port)).collect();
        let created = Command::new("redis-cli")
            .args(["--cluster", "create"])
            .args(&addresses)
            .arg("--cluster-yes")
            .output();
        let created = created.expect("redis-cli runs");
        assert!(created.status.success(), "{}", String::from_utf8_lossy(&created.stdout));
        eventually("the cluster is whole", || async {
            nodes
                .iter()
                .all(|node| node.lines(&["cluster", "info"])[0] == "cluster_state:ok")
                .then_some(())
        })
        .await;
        Some(Self(nodes))
    }

    pub fn url(&self) -> String {
        let addresses: Vec<String> =
            self.0.iter().map(|node| format!("127.0.0.1:{}", node.port)).collect();
        format!("redis+cluster://{}", addresses.join(","))
    }

    /// Moves the slot of the keys with this tag, of which there are none yet, to another node.
    pub fn move_slot(&self, tag: &str) {
        let slot = self.0[0].lines(&["cluster", "keyslot", tag])[0].clone();
        let id = self
            .0
            .iter()
            .find(|node| !node.owns(&slot))
            .expect("another node")
            .lines(&["cluster", "myid"])[0]
            .clone();
        for node in &self.0 {
            assert_eq!(node.lines(&["cluster", "setslot", &slot, "node", &id]), ["OK"]);
        }
    }

    /// The keys of all nodes.
    pub fn keys(&self) -> Vec<String> {
        self.0
            .iter()
            .flat_map(|node| node.lines(&["keys", "*"]))
            .filter(|key| !key.is_empty())
            .collect()
    }
}
