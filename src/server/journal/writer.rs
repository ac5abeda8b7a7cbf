//! Appending to the journal. Records of calls that are answered at the same moment are written together, which costs each
//! of them a fraction of a `write` of its own.

use std::fs::{self, File, OpenOptions};
use std::future::poll_fn;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::Poll;

use anyhow::Context;
use parking_lot::Mutex;
use tokio::sync::{Notify, watch};

use super::record::{MAX_RECORD, Record};
use super::segment;
use super::sync::Syncer;
use crate::server::config::JournalConfig;
use crate::server::{Result, random};
use crate::types::id::JournalId;

/// A place in the journal: all before it has been written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub segment: u64,
    pub offset: u64,
}

pub struct Journal {
    pub(super) folder: PathBuf,
    pub id: JournalId,
    segment_bytes: u64,
    active: Mutex<Active>,
    syncer: Syncer,
    /// Told after each append; the applier waits on it.
    pub(super) appended: Notify,
    /// All before it is in the database.
    pub(super) applied: watch::Sender<Position>,
    failing: AtomicBool,
    /// Held as long as this process writes here.
    _lock: File,
}

/// So many bytes wait to be written at most, and a record.
const MAX_GATHERED: usize = 64 * 1024;

struct Active {
    file: Arc<File>,
    end: Position,
    /// The file's end is not known to be that of a whole record: nothing may be appended.
    is_spoilt: bool,
    /// Records that are to be written next, and who waits for that.
    gathered: Vec<u8>,
    group: Arc<Group>,
}

/// Records that are written together: empty until that was tried, then [`Syncer::wait`]'s ticket, or none where it failed.
#[derive(Default)]
struct Group(OnceLock<Option<u64>>);

/// A record on its way into the journal. Dropped early, because its caller hung up, it is written all the same: it may
/// be the only one that waits.
struct Waiting<'a> {
    journal: &'a Journal,
    group: Arc<Group>,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        // Whoever is told of a failure has been, or is gone.
        let _ = self.journal.write(&self.group);
    }
}

impl Journal {
    /// Opens the journal in `data_dir`, beginning a new segment: what a crash left half-written stays
    /// behind in an older one.
    ///
    /// # Errors
    /// If another process writes there, or the folder cannot be written.
    pub fn open(data_dir: &Path, config: &JournalConfig) -> Result<Self> {
        let folder = data_dir.join("journal");
        fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        let lock = File::create(folder.join("lock")).context("cannot create the journal's lock file")?;
        fs4::FileExt::try_lock(&lock).map_err(|_| anyhow::anyhow!("another server is using {}", data_dir.display()))?;
        let id = read_or_make_id(&folder.join("id"))?;
        let next = segment::list(&folder)?.last().map_or(1, |last| last + 1);
        let (file, end) = create(&folder, next).context("cannot begin a journal segment")?;
        let active = Active { file, end, is_spoilt: false, gathered: Vec::new(), group: Arc::default() };
        let syncer = Syncer::start(config.journal_fsync);
        Ok(Self {
            folder,
            id,
            segment_bytes: config.journal_segment_bytes,
            active: Mutex::new(active),
            syncer,
            appended: Notify::new(),
            applied: watch::Sender::default(),
            failing: AtomicBool::new(false),
            _lock: lock,
        })
    }

    /// Appends one record and, under the policy `always`, waits until it is on the disk.
    ///
    /// # Errors
    /// If it is not certain that the record will be counted. Where it could not be written, nothing of it
    /// remains; where it was written and the disk then failed, it may be counted though the call is refused:
    /// the disk does not say which, and a row too many in a log can be seen, a missing one cannot.
    pub fn append<'a>(&'a self, record: &Record<'_>) -> impl Future<Output = io::Result<()>> + use<'a> {
        let waiting = Waiting { journal: self, group: self.gather(record) };
        async move {
            next_turn().await;
            let ticket = self.write(&waiting.group)?;
            let result = self.syncer.wait(ticket).await;
            self.note(&result);
            result
        }
    }

    /// Appends how a streamed answer ended, and waits for no disk: the call is counted already. Where it cannot be
    /// written, its answer stays open in the log.
    pub fn append_end(&self, record: &Record<'_>) {
        drop(Waiting { journal: self, group: self.gather(record) });
    }

    /// Goes on after `applied`, if the files here end before it: records in a segment that the cursor
    /// has passed would never be applied. Happens where segments were deleted, or an older folder put back.
    pub fn begin_after(&self, applied: Position) -> Result<()> {
        let mut active = self.active.lock();
        if active.end < applied {
            tracing::error!(segment = applied.segment, "journal files are missing or old; going on after what was applied");
            (active.file, active.end) = create(&self.folder, applied.segment + 1)?;
        }
        Ok(())
    }

    /// False while appending fails: then live calls are refused before they do anything.
    pub fn is_writable(&self) -> bool {
        !self.failing.load(Ordering::Relaxed)
    }

    /// Waits until all that is written now is in the database.
    pub async fn caught_up(&self) {
        let end = self.end();
        // Fails only when the journal is gone.
        let _ = self.applied.subscribe().wait_for(|applied| *applied >= end).await;
    }

    /// Where the next record goes: all before it is written.
    pub fn end(&self) -> Position {
        self.active.lock().end
    }

    /// Tries whether the journal can be written again, by writing as much as a record needs and taking it back.
    pub fn probe(&self) {
        let mut active = self.active.lock();
        let end = active.end;
        let result = active.write(&[0; MAX_RECORD]);
        if result.is_ok() {
            active.is_spoilt = active.file.set_len(end.offset).is_err();
            active.end = end;
        }
        drop(active);
        self.note(&result);
    }

    fn note<T>(&self, result: &io::Result<T>) {
        let was = self.failing.swap(result.is_err(), Ordering::Relaxed);
        match result {
            Err(cause) if !was => tracing::error!(%cause, "the journal cannot be written: live calls are refused"),
            Ok(_) if was => tracing::info!("the journal can be written again"),
            _ => {}
        }
    }

    /// Adds the record to those that are written next.
    fn gather(&self, record: &Record<'_>) -> Arc<Group> {
        let mut active = self.active.lock();
        if active.gathered.len() >= MAX_GATHERED {
            self.write_gathered(&mut active);
        }
        record.encode(&mut active.gathered);
        Arc::clone(&active.group)
    }

    /// Writes the records of the group, unless one of its others was faster.
    fn write(&self, group: &Group) -> io::Result<u64> {
        if group.0.get().is_none() {
            let mut active = self.active.lock();
            if group.0.get().is_none() {
                // It is the one that gathers: others have been tried.
                self.write_gathered(&mut active);
            }
        }
        group.0.get().copied().flatten().ok_or_else(|| io::Error::other("the journal could not be written"))
    }

    fn write_gathered(&self, active: &mut Active) {
        let mut bytes = std::mem::take(&mut active.gathered);
        let result = self.write_next(active, &bytes);
        bytes.clear();
        active.gathered = bytes;
        let is_first_to_say = std::mem::take(&mut active.group).0.set(result.as_ref().ok().copied()).is_ok();
        debug_assert!(is_first_to_say, "a group is written once");
        match result {
            Ok(_) => self.appended.notify_one(),
            // That it went well is only known once the disk has it, too.
            Err(_) => self.note(&result),
        }
    }

    fn write_next(&self, active: &mut Active, bytes: &[u8]) -> io::Result<u64> {
        if active.is_spoilt || active.end.offset + bytes.len() as u64 > self.segment_bytes {
            let (file, end) = create(&self.folder, active.end.segment + 1)?;
            self.syncer.finish(&active.file);
            (active.file, active.end, active.is_spoilt) = (file, end, false);
        }
        active.write(bytes)?;
        Ok(self.syncer.ticket(&active.file))
    }
}

/// Lets all that can go on do so before.
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

/// Begins a segment.
fn create(folder: &Path, number: u64) -> io::Result<(Arc<File>, Position)> {
    let file = OpenOptions::new().create_new(true).append(true).open(segment::path(folder, number))?;
    // The file's name has to reach the disk before what is in it can count as safe.
    File::open(folder)?.sync_all()?;
    Ok((Arc::new(file), Position { segment: number, offset: 0 }))
}

impl Active {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let written = loop {
            // By the offset, which spares the lock on the file's own place; opened to append, it is written at its end.
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
            // A full disk takes a part: take it back, so that the next record follows a whole one.
            result => {
                self.is_spoilt = self.file.set_len(self.end.offset).is_err();
                Err(result.err().unwrap_or_else(|| io::ErrorKind::StorageFull.into()))
            }
        }
    }
}

fn read_or_make_id(path: &Path) -> Result<JournalId> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text.trim().parse().with_context(|| format!("{} holds no journal id", path.display()))?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let id: JournalId = random::id();
            // Written whole or not at all: the cursor in the database is found by it.
            let draft = path.with_extension("new");
            fs::write(&draft, id.as_str()).and_then(|()| fs::rename(&draft, path)).context("cannot write the journal's id")?;
            Ok(id)
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use futures::future::join_all;

    use super::super::record::tests::example;
    use super::*;
    use crate::server::config::Fsync;

    fn journal_with(folder: &Path, journal_fsync: Fsync, journal_segment_bytes: u64) -> Journal {
        Journal::open(folder, &JournalConfig { journal_fsync, journal_segment_bytes }).unwrap()
    }

    fn journal(folder: &Path) -> Journal {
        journal_with(folder, Fsync::Os, 64 * 1024)
    }

    /// The ids of all records on the disk, in their order.
    fn written(journal: &Journal) -> Vec<u128> {
        let mut ids = Vec::new();
        for number in segment::list(&journal.folder).unwrap() {
            let bytes = fs::read(segment::path(&journal.folder, number)).unwrap();
            let walked = segment::walk(&bytes, usize::MAX, false, |record| ids.push(record.request_id));
            assert_eq!(walked.skipped, 0);
        }
        ids
    }

    #[tokio::test]
    async fn records_of_the_same_moment_are_written_at_once_and_each_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let journal = journal(folder.path());
        let mut appending: Vec<_> = (1..=3).map(|id| Box::pin(journal.append(&example(id, "/v1/customers")))).collect();
        assert_eq!((written(&journal), journal.end().offset), (Vec::new(), 0), "none waits alone");
        appending.remove(1).await.unwrap();
        assert_eq!(written(&journal), [1, 2, 3]);
        assert!(join_all(appending).await.iter().all(Result::is_ok));
        assert_eq!(written(&journal), [1, 2, 3], "nor is one written twice");
    }

    #[tokio::test]
    async fn more_than_may_gather_or_fit_into_a_segment_is_written_all_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let journal = journal(folder.path());
        let all = join_all((1..=1_000).map(|id| journal.append(&example(id, "/v1/customers")))).await;
        assert!(all.iter().all(Result::is_ok));
        assert_eq!(written(&journal), (1..=1_000).collect::<Vec<_>>());
        assert!(segment::list(&journal.folder).unwrap().len() > 1);
    }

    #[tokio::test]
    async fn the_record_of_a_caller_who_hangs_up_meanwhile_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let journal = journal(folder.path());
        drop(journal.append(&example(1, "/v1/customers")));
        let mut polled = Box::pin(journal.append(&example(2, "/v1/customers")));
        assert!(futures::poll!(&mut polled).is_pending());
        drop(polled);
        assert_eq!(written(&journal), [1, 2]);
    }

    #[tokio::test]
    async fn all_whose_records_could_not_be_written_are_told_and_nothing_of_them_remains() {
        let folder = tempfile::tempdir().unwrap();
        let journal = journal(folder.path());
        journal.append(&example(1, "/v1/customers")).await.unwrap();
        let whole = Arc::clone(&journal.active.lock().file);
        // A file that is only open to be read takes nothing.
        journal.active.lock().file = Arc::new(File::open(segment::path(&journal.folder, 1)).unwrap());
        let failed = join_all((2..=3).map(|id| journal.append(&example(id, "/v1/customers")))).await;
        assert!(failed.iter().all(Result::is_err) && !journal.is_writable());
        journal.active.lock().file = whole;
        journal.probe();
        assert!(journal.is_writable());
        journal.append(&example(4, "/v1/customers")).await.unwrap();
        assert_eq!(written(&journal), [1, 4]);
    }

    #[tokio::test]
    async fn a_journal_that_takes_records_and_does_not_bring_them_to_the_disk_stays_unwritable() {
        let folder = tempfile::tempdir().unwrap();
        let journal = journal_with(folder.path(), Fsync::Always, u64::MAX);
        // Takes everything, and cannot be synchronised.
        journal.active.lock().file = Arc::new(OpenOptions::new().write(true).open("/dev/null").unwrap());
        assert!(journal.append(&example(1, "/v1/customers")).await.is_err() && !journal.is_writable());
        // The disk's answer may come before this looks, but not each time.
        for id in 2..=1_000 {
            let mut appending = Box::pin(journal.append(&example(id, "/v1/customers")));
            while futures::poll!(&mut appending).is_pending() {
                assert!(!journal.is_writable());
                tokio::task::yield_now().await;
            }
        }
    }
}
