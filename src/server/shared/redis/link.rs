//! The way to Redis, which may be cut. A call never waits for longer than its deadline, and while Redis is
//! known to be away, not at all; a job finds out when it is back.

use std::fmt::Display;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use redis::{ErrorKind, ServerErrorKind, Value};
use tokio::sync::Notify;
use tokio::time::timeout;

use super::connection::{CONNECT, Connection, Servers, is_handing_over};
use super::script::{Ask, Keys};
use crate::server::config::Rate;
use crate::server::shared::gcra::Bucket;

/// How often it is looked whether Redis is still there, or there again.
const LOOK: Duration = Duration::from_secs(1);
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// Warnings that Redis is away are this far apart.
const WARN: Duration = Duration::from_secs(60);

pub struct Link {
    pub servers: Servers,
    /// How long a call waits. What takes longer counts as away.
    deadline: Duration,
    state: Mutex<State>,
    lost: Notify,
    outages: AtomicU64,
    fallbacks: AtomicU64,
}

#[derive(Default)]
struct State {
    connection: Option<Connection>,
    /// Counts connections, so that a call that fails does not cut one that was made after its own.
    number: u64,
    warned: Option<Instant>,
    /// Whether somebody was warned who does not know yet that Redis is back.
    is_told_away: bool,
}

/// What `/metrics` shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkStats {
    pub is_up: bool,
    /// How often Redis went away.
    pub outages: u64,
    /// Calls whose limits this process took alone because of it.
    pub fallbacks: u64,
}

impl Link {
    pub fn new(servers: Servers, deadline: Duration) -> Self {
        let (outages, fallbacks) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { servers, deadline, state: Mutex::default(), lost: Notify::new(), outages, fallbacks }
    }

    /// Asks Redis; none if it is away, or does not answer in time.
    pub async fn ask(&self, ask: &Ask<'_>) -> Option<Value> {
        let (mut connection, number) = self.connection()?;
        let asked = async {
            match connection.run(&ask.command(true)).await {
                Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => connection.run(&ask.command(false)).await,
                answered => answered,
            }
        };
        match timeout(self.deadline, asked).await {
            Ok(Ok(answer)) => Some(answer),
            // For a moment this process goes by what it knows of them; all others' are where they were.
            Ok(Err(error)) if is_handing_over(&error) => None,
            Ok(Err(error)) => self.cut(number, &error),
            Err(_) => self.cut(number, &format_args!("no answer within {} ms", self.deadline.as_millis())),
        }
    }

    /// Sends a command whose answer is of no interest.
    pub async fn send(&self, cmd: &redis::Cmd) {
        let Some((mut connection, number)) = self.connection() else { return };
        match timeout(CONNECT, connection.run(cmd)).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => drop(self.cut(number, &error)),
            Err(_) => drop(self.cut(number, &"no answer in time")),
        }
    }

    pub fn is_up(&self) -> bool {
        self.state.lock().connection.is_some()
    }

    pub fn count_fallback(&self) {
        self.fallbacks.fetch_add(1, Ordering::Relaxed);
    }

    pub fn stats(&self) -> LinkStats {
        let (outages, fallbacks) = (self.outages.load(Ordering::Relaxed), self.fallbacks.load(Ordering::Relaxed));
        LinkStats { is_up: self.is_up(), outages, fallbacks }
    }

    /// Keeps the connection: looks after it, and makes a new one when it is lost.
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
            // One that is lost at once is not made again at once.
            tokio::time::sleep(if since.elapsed() < LOOK { LOOK } else { LOOK_AGAIN }).await;
            while !self.connect().await {
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        }
    }

    /// Tries once to connect; true if it can be used now.
    pub async fn connect(&self) -> bool {
        match self.try_connect().await {
            Ok(connection) => {
                let mut state = self.state.lock();
                state.connection = Some(connection);
                state.number += 1;
                if std::mem::take(&mut state.is_told_away) {
                    tracing::info!("Redis is back: limits are shared again");
                }
                true
            }
            Err(cause) => {
                warn(&mut self.state.lock(), &cause);
                false
            }
        }
    }

    /// A connection that can be used, or why there is none.
    pub async fn try_connect(&self) -> Result<Connection, String> {
        match timeout(CONNECT, self.servers.connect()).await {
            Ok(Ok(connection)) => self.probe(connection.clone()).await.map(|()| connection),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(format!("cannot connect within {} s", CONNECT.as_secs())),
        }
    }

    /// Whether scripts can be run and may write.
    async fn probe(&self, mut connection: Connection) -> Result<(), String> {
        let bucket = Bucket::new("probe", (), Rate { calls: 1, seconds: 1 });
        let keys = Keys { org: None, is_cluster: self.servers.is_cluster() };
        let ask = Ask { keys, now_us: None, now_ms: 0, own_field: "", updates: &[], buckets: &[bucket], counters: &[] };
        match timeout(CONNECT, connection.run(&ask.command(false))).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(format!("no answer within {} s", CONNECT.as_secs())),
        }
    }

    fn connection(&self) -> Option<(Connection, u64)> {
        let state = self.state.lock();
        state.connection.clone().map(|connection| (connection, state.number))
    }

    /// Gives the connection up, unless it has been replaced already.
    fn cut(&self, number: u64, cause: &dyn Display) -> Option<Value> {
        let mut state = self.state.lock();
        if state.number == number && state.connection.take().is_some() {
            self.outages.fetch_add(1, Ordering::Relaxed);
            self.lost.notify_one();
            warn(&mut state, cause);
        }
        None
    }
}

fn warn(state: &mut State, cause: &dyn Display) {
    if state.warned.is_none_or(|at| at.elapsed() >= WARN) {
        state.warned = Some(Instant::now());
        state.is_told_away = true;
        tracing::warn!(%cause, "Redis is away: each instance takes limits for itself until it is back");
    }
}
