//! Which server runs with which journal. A journal has one writer: on one machine, the lock on its
//! folder ensures this. For copies of the folder (a cloned volume or virtual machine), which share
//! the journal's id, this lease in the database does. Without it, each of two copies would skip
//! what the other one has recorded.
//!
//! A heartbeat renews the lease, and also tests whether the database is writable. There are two
//! fencing tokens: a heartbeat replaces the token of the previous one, and the applier moves the
//! cursor only if the cursor's owner is this run of this server. Clocks are never compared: a
//! server is alive if its token changes.

mod store;

use std::time::Duration;

use anyhow::Context;
use parking_lot::Mutex;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tollgate_types::id::JournalId;
use tollgate_types::time::{DAY, Timestamp};

use crate::db::Db;
use crate::{Result, random};

/// How often a running server renews its lease.
pub const BEAT: Duration = Duration::from_secs(3);
/// How often it retries while the database is not writable.
pub const PROBE: Duration = Duration::from_millis(500);
/// A server whose token has not changed for this long is gone: five heartbeats.
const LEASE: Duration = Duration::from_secs(15);
/// How often a starting server checks whether the token has changed.
const POLL: Duration = Duration::from_millis(500);
/// How long rows of stopped servers are kept.
const KEEP: i64 = 90 * DAY;

/// This run of this server.
pub struct Instance {
    journal: JournalId,
    /// The owner of the journal's cursor.
    pub run: String,
    tokens: Mutex<Tokens>,
    /// Cancelled when another server has taken over the journal.
    pub lost: CancellationToken,
}

#[derive(Clone)]
struct Tokens {
    /// The token that is known to be written.
    written: String,
    /// The token of the last heartbeat, which may be written although the write was not confirmed.
    tried: String,
}

/// Where a server runs.
pub struct Place {
    /// Machine, boot and file of the journal's lock. The holder of that lock is the only server at
    /// this place.
    pub id: String,
    pub host: String,
    pub data_dir: String,
}

#[derive(PartialEq, Eq, Debug)]
pub enum Beat {
    Written,
    /// Another server has the lease: this one must stop.
    Lost,
}

impl Instance {
    /// Takes the lease of the journal: immediately if no other server has it, otherwise after it
    /// expires because its server sends no more heartbeats.
    ///
    /// # Errors
    /// Fails if another server runs with the same journal.
    pub async fn claim(
        db: &Db,
        journal: &JournalId,
        place: &Place,
        now: Timestamp,
    ) -> Result<Self> {
        let began = Instant::now();
        let run = random::base62(20);
        let mut seen: Option<String> = None;
        loop {
            let found = store::find(db, journal).await?;
            let is_free = match &found {
                None => true,
                Some(other) if other.token.is_empty() || other.place == place.id => true,
                Some(other) => {
                    if seen.as_ref().is_some_and(|seen| *seen != other.token) {
                        return Err(taken(other, place).into());
                    }
                    if seen.is_none() {
                        tracing::warn!(
                            host = other.host,
                            data = other.data_dir,
                            "another server used this journal: waiting until its lease expires"
                        );
                    }
                    seen = Some(other.token.clone());
                    began.elapsed() >= LEASE
                }
            };
            let token = random::base62(20);
            let expected = found.as_ref().map(|found| found.token.as_str());
            if is_free && store::take(db, journal, expected, &token, &run, place, now).await? {
                let tokens = Mutex::new(Tokens { written: token.clone(), tried: token });
                return Ok(Self {
                    journal: journal.clone(),
                    run,
                    tokens,
                    lost: CancellationToken::new(),
                });
            }
            sleep(POLL).await;
        }
    }

    /// Renews the lease, which shows that the database is writable.
    pub async fn beat(&self, db: &Db, now: Timestamp) -> Result<Beat> {
        let Tokens { written, tried } = self.tokens.lock().clone();
        // If the last heartbeat was not confirmed, it may still be written. The same token is sent
        // again until this is known, so that at most two tokens can be ours.
        let token = if tried == written { random::base62(20) } else { tried };
        self.tokens.lock().tried.clone_from(&token);
        if store::renew(db, &self.journal, [&written, &token], &token, now).await? {
            self.tokens.lock().written = token;
            return Ok(Beat::Written);
        }
        self.lost.cancel();
        Ok(Beat::Lost)
    }

    /// Releases the lease, so that the next server does not have to wait.
    pub async fn release(&self, db: &Db, now: Timestamp) -> Result<()> {
        let Tokens { written, tried } = self.tokens.lock().clone();
        store::renew(db, &self.journal, [&written, &tried], "", now).await.map(drop)
    }
}

fn taken(other: &store::Found, place: &Place) -> anyhow::Error {
    anyhow::anyhow!(
        "another server is running with the same journal (on {}, in {}): {} is a copy of its data folder. Two servers with one journal \
         would lose calls. If this is a copy, delete the folder `journal` in it, so that this server starts a new journal, and start again",
        other.host,
        other.data_dir,
        place.data_dir
    )
}

/// Deletes rows of servers that have not been seen for a long time.
pub async fn prune(db: &Db, now: Timestamp) -> Result<()> {
    store::delete(db, now.plus(-KEEP)).await
}

impl Place {
    /// `lock` is the journal's lock file, which this process holds.
    pub fn here(lock: (u64, u64), data_dir: &std::path::Path) -> Result<Self> {
        let read = |path: &str| {
            std::fs::read_to_string(path)
                .ok()
                .map(|text| text.trim().to_owned())
                .filter(|text| !text.is_empty())
        };
        // If the system does not provide an identity, a restart does not count as the same place
        // and waits for the lease.
        let boot = read("/proc/sys/kernel/random/boot_id").unwrap_or_else(|| random::base62(20));
        let host = read("/proc/sys/kernel/hostname").unwrap_or_else(|| "an unknown host".into());
        let data_dir = std::path::absolute(data_dir)
            .context("the data folder has no path")?
            .display()
            .to_string();
        Ok(Self { id: format!("{boot}:{}:{}", lock.0, lock.1), host, data_dir })
    }
}
