//! A server in a separate process, which can be killed; and commands next to it.

use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tollgate::types::time::SECOND;

use super::TestDb;
use super::database::variable;
use super::portal::AHEAD;

pub struct Process {
    child: Option<Child>,
    pid: libc::pid_t,
    pub url: String,
}

/// Limits that no test reaches.
const OPEN: [(&str, &str); 5] = [
    ("TOLLGATE_LIMIT_PAGE", "1000000/1"),
    ("TOLLGATE_LIMIT_KEY", "1000000/1"),
    ("TOLLGATE_LIMIT_ORG", "1000000/1"),
    ("TOLLGATE_LIMIT_IP", "1000000/1"),
    ("TOLLGATE_LIMIT_OPERATION", "1000000/1"),
];

fn command(db: &TestDb) -> Command {
    // Another binary, if the last built one is not this checkout's.
    let binary =
        variable("TOLLGATE_TEST_BINARY").unwrap_or_else(|| env!("CARGO_BIN_EXE_tollgate").into());
    let mut command = Command::new(binary);
    command
        .env("TOLLGATE_DATA_DIR", db.data_dir())
        .env("TOLLGATE_LOG", "warn")
        .env("TOLLGATE_DRAIN_SECONDS", "0")
        .stdin(Stdio::null());
    if let Some(url) = db.url() {
        command.env("DATABASE_URL", url);
    }
    // A command next to a portal must read the same month.
    if *AHEAD > 0 {
        command.env("TOLLGATE_CLOCK_AHEAD", (*AHEAD / SECOND).to_string());
        // A moved clock is refused where it could reach Stripe. Nothing listens here.
        command.env("STRIPE_API_BASE", "http://127.0.0.1:9");
    }
    command
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
        .port()
}

/// Runs a command to its end.
pub fn run(db: &TestDb, args: &[&str]) -> Output {
    command(db).args(args).output().expect("runs")
}

/// The same, with the test's own settings.
pub fn run_with(db: &TestDb, args: &[&str], prepare: impl FnOnce(&mut Command)) -> Output {
    let mut command = command(db);
    prepare(&mut command);
    command.args(args).output().expect("runs")
}

/// Runs a command that must succeed and print JSON.
#[track_caller]
pub fn json(db: &TestDb, args: &[&str]) -> Value {
    let output = run(db, args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

impl Process {
    pub async fn start(db: &TestDb) -> Self {
        Self::start_with(db, |_| {}).await
    }

    /// On a free port. Another program may take it before the server does: then on another one.
    pub async fn start_with(db: &TestDb, prepare: impl Fn(&mut Command)) -> Self {
        for _ in 0..4 {
            if let Some(started) = Self::try_start_on(db, free_port(), &prepare).await {
                return started;
            }
        }
        Self::start_on(db, free_port(), prepare).await
    }

    /// On a port that others expect it on.
    pub async fn start_on(db: &TestDb, port: u16, prepare: impl Fn(&mut Command)) -> Self {
        Self::try_start_on(db, port, &prepare).await.expect("the server starts")
    }

    /// None if the server ends before it is ready.
    async fn try_start_on(db: &TestDb, port: u16, prepare: &impl Fn(&mut Command)) -> Option<Self> {
        let addr = format!("127.0.0.1:{port}");
        let mut command = command(db);
        command.arg("serve").env("TOLLGATE_ADDR", &addr).envs(OPEN).stdout(Stdio::null());
        // The server must not outlive a test that is stopped.
        // SAFETY: prctl is async-signal-safe.
        unsafe {
            command.pre_exec(|| {
                libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
                Ok(())
            });
        }
        prepare(&mut command);
        let child = command.spawn().expect("starts");
        let mut process = Self {
            pid: child.id().cast_signed(),
            child: Some(child),
            url: format!("http://{addr}"),
        };
        let ready = format!("{}/readyz", process.url);
        let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(60);
        loop {
            if reqwest::get(&ready).await.is_ok_and(|response| response.status().is_success()) {
                return Some(process);
            }
            if process
                .child
                .as_mut()
                .is_some_and(|child| child.try_wait().expect("a status").is_some())
            {
                process.child = None;
                return None;
            }
            assert!(tokio::time::Instant::now() < deadline, "the server did not become ready");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    pub const fn pid(&self) -> libc::pid_t {
        self.pid
    }

    pub fn signal(&self, signal: libc::c_int) {
        // SAFETY: the process is our child and has not been waited for.
        assert_eq!(unsafe { libc::kill(self.pid, signal) }, 0);
    }

    /// SIGKILL: without a chance to clean up.
    pub fn kill(self) {
        drop(self);
    }

    /// Waits for the process to end.
    pub async fn ended(mut self) -> std::process::ExitStatus {
        let mut child = self.child.take().expect("runs");
        tokio::task::spawn_blocking(move || child.wait().expect("ends")).await.expect("waits")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            child.kill().and_then(|()| child.wait()).expect("killed");
        }
    }
}
