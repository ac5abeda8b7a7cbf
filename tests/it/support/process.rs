//! A server in a process of its own, that can be killed; and commands beside it.

use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

use super::{TestDb, eventually};

pub struct Process {
    child: Option<Child>,
    pid: libc::pid_t,
    pub url: String,
}

/// Limits so high that no test runs into them.
const OPEN: [(&str, &str); 4] = [
    ("TOLLGATE_LIMIT_KEY", "1000000/1"),
    ("TOLLGATE_LIMIT_ORG", "1000000/1"),
    ("TOLLGATE_LIMIT_IP", "1000000/1"),
    ("TOLLGATE_LIMIT_OPERATION", "1000000/1"),
];

fn command(db: &TestDb) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tollgate"));
    command.env("TOLLGATE_DATA_DIR", db.data_dir()).env("TOLLGATE_LOG", "warn").stdin(Stdio::null());
    if let Some(url) = db.url() {
        command.env("DATABASE_URL", url);
    }
    command
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port()
}

/// Runs a command to its end.
pub fn run(db: &TestDb, args: &[&str]) -> Output {
    command(db).args(args).output().expect("runs")
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

    pub async fn start_with(db: &TestDb, prepare: impl FnOnce(&mut Command)) -> Self {
        Self::start_on(db, free_port(), prepare).await
    }

    /// Where others expect it, as one that was there before.
    pub async fn start_on(db: &TestDb, port: u16, prepare: impl FnOnce(&mut Command)) -> Self {
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
        let process = Self { pid: child.id().cast_signed(), child: Some(child), url: format!("http://{addr}") };
        let ready = format!("{}/readyz", process.url);
        eventually("the server is ready", || async { reqwest::get(&ready).await.ok().filter(|answer| answer.status().is_success()) }).await;
        process
    }

    pub const fn pid(&self) -> libc::pid_t {
        self.pid
    }

    pub fn signal(&self, signal: libc::c_int) {
        // SAFETY: the process is our child and has not been waited for.
        assert_eq!(unsafe { libc::kill(self.pid, signal) }, 0);
    }

    /// SIGKILL: no chance to put anything in order.
    pub fn kill(self) {
        drop(self);
    }

    /// Waits for the process to end by itself.
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
