//! When the journal is synced to disk. A separate thread calls `fdatasync`, once for all records
//! that were written meanwhile (group commit).

use std::fs::File;
use std::io;
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use tokio::sync::watch;

use crate::config::Fsync;

pub struct Syncer {
    policy: Fsync,
    shared: Arc<Shared>,
    done: watch::Receiver<Done>,
}

#[derive(Default)]
struct Shared {
    wanted: Mutex<Wanted>,
    changed: Condvar,
}

#[derive(Default)]
struct Wanted {
    /// Counts the records written.
    ticket: u64,
    /// The files with records that are not on disk yet.
    files: Vec<Arc<File>>,
    is_over: bool,
}

#[derive(Clone, Copy, Default)]
struct Done {
    ticket: u64,
    /// The last ticket of a failed sync.
    failed: u64,
}

impl Syncer {
    pub fn start(policy: Fsync) -> Self {
        let shared = Arc::new(Shared::default());
        let (sender, done) = watch::channel(Done::default());
        if policy != Fsync::Os {
            let weak = Arc::downgrade(&shared);
            std::thread::Builder::new()
                .name("journal-fsync".into())
                .spawn(move || run(policy, &weak, &sender))
                .unwrap_or_else(|error| panic!("cannot start the journal's thread: {error}"));
        }
        Self { policy, shared, done }
    }

    /// Records that a record was written to `file`. The ticket is for [`wait`](Self::wait).
    pub fn ticket(&self, file: &Arc<File>) -> u64 {
        if self.policy == Fsync::Os {
            return 0;
        }
        let mut wanted = self.shared.wanted.lock();
        wanted.ticket += 1;
        if wanted.files.last().is_none_or(|last| !Arc::ptr_eq(last, file)) {
            wanted.files.push(Arc::clone(file));
        }
        self.shared.changed.notify_one();
        wanted.ticket
    }

    /// A segment is full: under `os` nothing happens, otherwise its last records must still be
    /// synced.
    pub fn finish(&self, file: &Arc<File>) {
        if self.policy != Fsync::Os {
            self.ticket(file);
        }
    }

    /// Checks whether `file` can be synced, if records must be.
    pub fn probe(&self, file: &File) -> io::Result<()> {
        if self.policy == Fsync::Os { Ok(()) } else { file.sync_data() }
    }

    /// Under `always`, waits until the record of `ticket` is on disk.
    pub async fn wait(&self, ticket: u64) -> io::Result<()> {
        if self.policy != Fsync::Always {
            return Ok(());
        }
        let mut done = self.done.clone();
        let done = done.wait_for(|done| done.ticket >= ticket).await.map_err(io::Error::other)?;
        if done.failed >= ticket {
            Err(io::Error::other("the journal could not be synced to disk"))
        } else {
            Ok(())
        }
    }
}

impl Drop for Syncer {
    fn drop(&mut self) {
        self.shared.wanted.lock().is_over = true;
        self.shared.changed.notify_one();
    }
}

fn run(policy: Fsync, shared: &Weak<Shared>, sender: &watch::Sender<Done>) {
    let (mut synced, mut failed) = (0, 0);
    while let Some(shared) = shared.upgrade() {
        let (ticket, files) = {
            let mut wanted = shared.wanted.lock();
            while wanted.ticket == synced && !wanted.is_over {
                shared.changed.wait(&mut wanted);
            }
            if wanted.ticket == synced {
                return;
            }
            (wanted.ticket, std::mem::take(&mut wanted.files))
        };
        for file in files {
            if let Err(cause) = file.sync_data() {
                tracing::error!(%cause, "the journal could not be synced to disk");
                failed = ticket;
            }
        }
        synced = ticket;
        sender.send_replace(Done { ticket, failed });
        if let Fsync::Interval(pause) = policy {
            rest(pause);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this thread has nothing else to do")]
fn rest(pause: Duration) {
    std::thread::sleep(pause);
}
