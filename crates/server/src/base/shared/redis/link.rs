//! The connection to Redis, which may fail. A call never waits longer than its deadline and, while
//! Redis is known to be unavailable, not at all; a job detects when it is back.

use std::fmt::Display;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use redis::{ErrorKind, ServerErrorKind, Value};
use tokio::sync::Notify;
use tokio::time::timeout;

use super::connection::{CONNECT, Connection, Servers, is_handing_over};
use super::script::{Keys, ScriptCall};
use crate::config::Rate;
use crate::shared::gcra::Bucket;

/// How often Redis is checked.
const LOOK: Duration = Duration::from_secs(1);
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// The interval between warnings of one outage.
const WARN: Duration = Duration::from_secs(60);

pub struct Link {
    pub servers: Servers,
    /// How long a call waits. After that, Redis counts as unavailable.
    deadline: Duration,
    state: Mutex<State>,
    lost: Notify,
    outages: AtomicU64,
    fallbacks: AtomicU64,
}

#[derive(Default)]
struct State {
    connection: Option<Connection>,
    /// Numbers the connections, so that a failed call does not close a newer connection than its
    /// own.
    number: u64,
    warned: Option<Instant>,
    /// Whether a warning was logged and the recovery was not.
    is_redirected: bool,
}

/// State and counts of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkStats {
    pub is_up: bool,
    /// How often Redis became unavailable.
    pub outages: u64,
    /// Calls whose limits were checked without Redis because of that.
    pub fallbacks: u64,
}

impl Link {
    pub fn new(servers: Servers, deadline: Duration) -> Self {
        let (outages, fallbacks) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { servers, deadline, state: Mutex::default(), lost: Notify::new(), outages, fallbacks }
    }

    /// Asks Redis; `None` if it is unavailable, or does not respond in time.
    pub async fn run_script(&self, call: &ScriptCall<'_>) -> Option<Value> {
        let (mut connection, number) = self.connection()?;
        let asked = async {
            match connection.run(&call.command(true)).await {
                Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                    connection.run(&call.command(false)).await
                }
                answered => answered,
            }
        };
        match timeout(self.deadline, asked).await {
            Ok(Ok(response)) => Some(response),
            // For a moment this process uses its own knowledge of these; all others are where they
            // were.
            Ok(Err(error)) if is_handing_over(&error) => None,
            Ok(Err(error)) => self.cut(number, &error),
            Err(_) => self
                .cut(number, &format_args!("no response within {} ms", self.deadline.as_millis())),
        }
    }

    /// Sends a command whose result is not needed.
    pub async fn send(&self, cmd: &redis::Cmd) {
        let Some((mut connection, number)) = self.connection() else { return };
        match timeout(CONNECT, connection.run(cmd)).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => drop(self.cut(number, &error)),
            Err(_) => drop(self.cut(number, &"no response in time")),
        }
    }

    pub fn is_up(&self) -> bool {
        self.state.lock().connection.is_some()
    }

    pub fn count_fallback(&self) {
        self.fallbacks.fetch_add(1, Ordering::Relaxed);
    }

    pub fn stats(&self) -> LinkStats {
        let (outages, fallbacks) =
            (self.outages.load(Ordering::Relaxed), self.fallbacks.load(Ordering::Relaxed));
        LinkStats { is_up: self.is_up(), outages, fallbacks }
    }

    /// Maintains the connection: checks it, and replaces a lost one.
    pub async fn keep(&self) {
        loop {
            let since = Instant::now();
            while let Some((connection, number)) = self.connection() {
                if timeout(LOOK, self.lost.notified()).await.is_err()
                    && let Err(cause) = self.probe(connection).await
                {
                    self.cut(number, &cause);
                }
            }
            // A connection that is lost immediately is not replaced immediately.
            tokio::time::sleep(if since.elapsed() < LOOK { LOOK } else { LOOK_AGAIN }).await;
            while !self.connect().await {
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        }
    }

    /// Tries once to connect; true if the connection is usable.
    pub async fn connect(&self) -> bool {
        match self.try_connect().await {
            Ok(connection) => {
                let mut state = self.state.lock();
                state.connection = Some(connection);
                state.number += 1;
                if std::mem::take(&mut state.is_redirected) {
                    tracing::info!("Redis is available again: limits are shared");
                }
                true
            }
            Err(cause) => {
                warn(&mut self.state.lock(), &cause);
                false
            }
        }
    }

    /// A usable connection, or why there is none.
    pub async fn try_connect(&self) -> Result<Connection, String> {
        match timeout(CONNECT, self.servers.connect()).await {
            Ok(Ok(connection)) => self.probe(connection.clone()).await.map(|()| connection),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(format!("cannot connect within {} s", CONNECT.as_secs())),
        }
    }

    /// Whether scripts can run and may write.
    async fn probe(&self, mut connection: Connection) -> Result<(), String> {
        let bucket = Bucket::new("probe", (), Rate { calls: 1, seconds: 1 });
        let keys = Keys { org: None, is_cluster: self.servers.is_cluster() };
        let call = ScriptCall {
            keys,
            now_us: None,
            now_ms: 0,
            own_field: "",
            updates: &[],
            buckets: &[bucket],
            counters: &[],
        };
        match timeout(CONNECT, connection.run(&call.command(false))).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(format!("no response within {} s", CONNECT.as_secs())),
        }
    }

    fn connection(&self) -> Option<(Connection, u64)> {
        let state = self.state.lock();
        state.connection.clone().map(|connection| (connection, state.number))
    }

    /// Drops the connection, unless it has already been replaced.
    fn cut(&self, number: u64, cause: &dyn Display) -> Option<Value> {
        let mut state = self.state.lock();
        if state.number == number && state.connection.take().is_some() {
            self.outages.fetch_add(1, Ordering::Relaxed);
            self.lost.notify_one();
            // Each outage is logged, also one right after another.
            state.warned = None;
            warn(&mut state, cause);
        }
        None
    }
}

fn warn(state: &mut State, cause: &dyn Display) {
    if state.warned.is_none_or(|at| at.elapsed() >= WARN) {
        state.warned = Some(Instant::now());
        state.is_redirected = true;
        tracing::warn!(%cause, "Redis is unavailable: each instance applies limits separately until it is back");
    }
}
