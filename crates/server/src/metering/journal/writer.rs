//! Appends to the journal. Records of concurrent responses are written together (group commit),
//! which costs each of them a fraction of a `write`.

use std::fs::{self, File, OpenOptions};
use std::future::poll_fn;
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::Poll;

use anyhow::Context;
use parking_lot::Mutex;
use tokio::sync::{Notify, watch};
use tollgate_types::id::JournalId;
use tollgate_types::time::Timestamp;

use super::record::{MAX_RECORD, Record};
use super::sync::Syncer;
use super::{aside, segment};
use crate::config::JournalConfig;
use crate::{Result, private, random};

/// A position in the journal: everything before it has been written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub segment: u64,
    pub offset: u64,
}

pub struct Journal {
    pub folder: PathBuf,
    pub id: JournalId,
    segment_bytes: u64,
    active: Mutex<Active>,
    syncer: Syncer,
    /// Notified after each append; the applier waits for it.
    pub appended: Notify,
    /// The applier's position, and when it got there or had nothing to write.
    pub moved: Mutex<(Position, Timestamp)>,
    /// Everything before it is in the database.
    pub applied: watch::Sender<Position>,
    failing: AtomicBool,
    /// Another server has this journal: nothing that is written here counts.
    given_up: AtomicBool,
    /// Held while this process writes here.
    lock: File,
}

/// The maximum number of bytes that wait to be written, plus one record.
const MAX_GATHERED: usize = 64 * 1024;

struct Active {
    file: Arc<File>,
    end: Position,
    /// The end of the file may be inside a record: nothing may be appended.
    is_spoilt: bool,
    /// Records that are written next, and who waits for them.
    gathered: Vec<u8>,
    group: Arc<Group>,
}

/// Records that are written together: empty until the attempt, then [`Syncer::wait`]'s ticket, or
/// `None` if it failed.
#[derive(Default)]
struct Group(OnceLock<Option<u64>>);

/// A record that is being written. It is written even if it is dropped early because its client
/// disconnected: it may be the only waiting one.
struct Waiting<'a> {
    journal: &'a Journal,
    group: Arc<Group>,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        // Everybody who waits for a failure has been notified, or is gone.
        let _ = self.journal.write(&self.group);
    }
}

impl Journal {
    /// Opens the journal in `data_dir` and starts a new segment: records that a crash left
    /// incomplete stay in an older one.
    ///
    /// # Errors
    /// Fails if another process writes there, or if the folder is not writable.
    pub fn open(data_dir: &Path, config: &JournalConfig) -> Result<Self> {
        let folder = data_dir.join("journal");
        private::create_folder(data_dir)
            .with_context(|| format!("cannot create {}", data_dir.display()))?;
        private::create_folder(&folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
        let lock = private::create(&folder.join("lock"))
            .context("cannot create the journal's lock file")?;
        fs4::FileExt::try_lock(&lock)
            .map_err(|_| anyhow::anyhow!("another server is using {}", data_dir.display()))?;
        private::repair(data_dir)
            .with_context(|| format!("cannot make {} private", data_dir.display()))?;
        let id = read_or_make_id(&folder.join("id"))?;
        let next = segment::list(&folder)?.last().map_or(1, |last| last + 1);
        let (file, end) = create(&folder, next).context("cannot start a journal segment")?;
        let active =
            Active { file, end, is_spoilt: false, gathered: Vec::new(), group: Arc::default() };
        let syncer = Syncer::start(config.journal_fsync);
        Ok(Self {
            folder,
            id,
            segment_bytes: config.journal_segment_bytes,
            active: Mutex::new(active),
            syncer,
            appended: Notify::new(),
            moved: Mutex::new((Position::default(), Timestamp(0))),
            applied: watch::Sender::default(),
            failing: AtomicBool::new(false),
            given_up: AtomicBool::new(false),
            lock,
        })
    }

    /// Appends one record and, under the policy `always`, waits until it is on disk.
    ///
    /// # Errors
    /// Fails if it is not certain that the record will be counted. If it could not be written,
    /// nothing of it remains; if it was written and the disk then failed, it may be counted
    /// although the call is refused: the disk does not report which, and an additional row in a log
    /// is visible, while a missing one is not.
    pub fn append<'a>(
        &'a self,
        record: &Record<'_>,
    ) -> impl Future<Output = io::Result<()>> + use<'a> {
        let waiting = Waiting { journal: self, group: self.gather(record) };
        async move {
            next_turn().await;
            let ticket = self.write(&waiting.group)?;
            let result = self.syncer.wait(ticket).await;
            self.note(&result);
            result
        }
    }

    /// Appends the end of a streamed response, without waiting for the disk: the call is already
    /// counted. If it cannot be written, its response stays open in the log.
    pub fn append_end(&self, record: &Record<'_>) {
        drop(Waiting { journal: self, group: self.gather(record) });
    }

    /// Continues after `applied`, if the files end before it: records in a segment that the cursor
    /// has passed would never be applied. Happens if segments were deleted, or an older folder was
    /// restored.
    pub(super) fn begin_after(&self, applied: Position) -> Result<()> {
        let mut active = self.active.lock();
        if active.end < applied {
            tracing::error!(
                segment = applied.segment,
                "journal files are missing or old; continuing after the last applied record"
            );
            (active.file, active.end) = create(&self.folder, applied.segment + 1)?;
        }
        Ok(())
    }

    /// Turns the records that were set aside into a segment before all new records. Returns the
    /// number of the following segment, if there were any.
    pub(super) fn bring_back(&self) -> Result<Option<u64>> {
        let mut active = self.active.lock();
        let number = active.end.segment + 1;
        if !aside::bring_back(&self.folder, number)
            .context("cannot read the records that were set aside")?
        {
            return Ok(None);
        }
        (active.file, active.end) = create(&self.folder, number + 1)?;
        Ok(Some(number + 1))
    }

    /// False while appending fails: then live calls are refused before they do anything.
    pub fn is_writable(&self) -> bool {
        !self.failing.load(Ordering::Relaxed) && !self.given_up.load(Ordering::Relaxed)
    }

    /// Accepts no further live calls: another server has this journal.
    pub fn give_up(&self) {
        self.given_up.store(true, Ordering::Relaxed);
    }

    /// Device and inode of the lock file that this process holds: a copy of the folder has another
    /// one.
    pub fn place(&self) -> io::Result<(u64, u64)> {
        let lock = self.lock.metadata()?;
        Ok((lock.dev(), lock.ino()))
    }

    /// Waits until everything that is written now is in the database.
    pub async fn caught_up(&self) {
        let end = self.end();
        // Fails only when the journal is gone.
        let _ = self.applied.subscribe().wait_for(|applied| *applied >= end).await;
    }

    /// The position of the next record: everything before it is written.
    pub fn end(&self) -> Position {
        self.active.lock().end
    }

    /// Checks whether the journal is writable again, with the same steps as the next record: if the
    /// segment cannot be used, they start another one.
    pub fn probe(&self) {
        let mut active = self.active.lock();
        let tried = self.roll_over(&mut active, MAX_RECORD).and_then(|()| {
            let end = active.end;
            active.write(&[0; MAX_RECORD])?;
            active.end = end;
            // After bytes that cannot be removed, no record may follow: then the next attempt
            // starts a segment.
            active.is_spoilt = true;
            active.file.set_len(end.offset)?;
            active.is_spoilt = false;
            Ok(Arc::clone(&active.file))
        });
        drop(active);
        let result = tried.and_then(|file| self.syncer.probe(&file));
        self.note(&result);
    }

    fn note<T>(&self, result: &io::Result<T>) {
        let was = self.failing.swap(result.is_err(), Ordering::Relaxed);
        match result {
            Err(cause) if !was => {
                tracing::error!(%cause, "the journal is not writable: live calls are refused")
            }
            Ok(_) if was => tracing::info!("the journal is writable again"),
            _ => {}
        }
    }

    /// Adds the record to the next group.
    fn gather(&self, record: &Record<'_>) -> Arc<Group> {
        let mut active = self.active.lock();
        if active.gathered.len() >= MAX_GATHERED {
            self.write_gathered(&mut active);
        }
        record.encode(&mut active.gathered);
        Arc::clone(&active.group)
    }

    /// Writes the records of the group, unless another of its callers was faster.
    fn write(&self, group: &Group) -> io::Result<u64> {
        if group.0.get().is_none() {
            let mut active = self.active.lock();
            if group.0.get().is_none() {
                // It is the group that is being collected: earlier ones have been tried.
                self.write_gathered(&mut active);
            }
        }
        group.0.get().copied().flatten().ok_or_else(|| io::Error::other("a journal write failed"))
    }

    fn write_gathered(&self, active: &mut Active) {
        let mut bytes = std::mem::take(&mut active.gathered);
        let result = self.write_next(active, &bytes);
        bytes.clear();
        active.gathered = bytes;
        let is_first_to_log =
            std::mem::take(&mut active.group).0.set(result.as_ref().ok().copied()).is_ok();
        debug_assert!(is_first_to_log, "a group is written once");
        match result {
            Ok(_) => self.appended.notify_one(),
            // Success is only known once the disk has it, too.
            Err(_) => self.note(&result),
        }
    }

    fn write_next(&self, active: &mut Active, bytes: &[u8]) -> io::Result<u64> {
        self.roll_over(active, bytes.len())?;
        active.write(bytes)?;
        Ok(self.syncer.ticket(&active.file))
    }

    /// Starts another segment, if the active one must or can take no more.
    fn roll_over(&self, active: &mut Active, bytes: usize) -> io::Result<()> {
        if active.is_spoilt || active.end.offset + bytes as u64 > self.segment_bytes {
            let (file, end) = create(&self.folder, active.end.segment + 1)?;
            self.syncer.finish(&active.file);
            (active.file, active.end, active.is_spoilt) = (file, end, false);
        }
        Ok(())
    }
}

/// First lets all other tasks continue.
async fn next_turn() {
    let mut is_over = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut is_over, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Starts a segment with this number or, if it is taken, with the next free one.
fn create(folder: &Path, mut number: u64) -> io::Result<(Arc<File>, Position)> {
    loop {
        let file = private::open(
            OpenOptions::new().create(true).append(true),
            &segment::path(folder, number),
        )?;
        // An empty one was left by an attempt that failed afterwards.
        if file.metadata()?.len() == 0 {
            // The file's name must be synced before its content counts as safe.
            File::open(folder)?.sync_all()?;
            return Ok((Arc::new(file), Position { segment: number, offset: 0 }));
        }
        number += 1;
    }
}

impl Active {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let written = loop {
            // By offset, which avoids the lock on the file position; opened in append mode, it
            // writes at the end.
            match self.file.write_at(bytes, self.end.offset) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result,
            }
        };
        match written {
            Ok(n) if n == bytes.len() => {
                self.end.offset += n as u64;
                Ok(())
            }
            // A full disk accepts a part: remove it, so that the next record follows a complete
            // one.
            result => {
                self.is_spoilt = self.file.set_len(self.end.offset).is_err();
                Err(result.err().unwrap_or_else(|| io::ErrorKind::StorageFull.into()))
            }
        }
    }
}

fn read_or_make_id(path: &Path) -> Result<JournalId> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text
            .trim()
            .parse()
            .with_context(|| format!("{} does not contain a journal id", path.display()))?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let id: JournalId = random::id();
            // Written completely or not at all: the cursor in the database is found by it.
            let draft = path.with_extension("new");
            private::write(&draft, id.as_str().as_bytes())
                .and_then(|()| fs::rename(&draft, path))
                .context("cannot write the journal's id")?;
            Ok(id)
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests;
