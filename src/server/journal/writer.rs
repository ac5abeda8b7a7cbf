//! Appending to the journal.

use std::cell::RefCell;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

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

struct Active {
    file: Arc<File>,
    end: Position,
    /// The file's end is not known to be that of a whole record: nothing may be appended.
    is_spoilt: bool,
}

thread_local! {
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
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
        let active = Active::create(&folder, next).context("cannot begin a journal segment")?;
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
    pub async fn append(&self, record: &Record<'_>) -> io::Result<()> {
        let written = self.write(|buffer| record.encode(buffer));
        if written.is_ok() {
            // Before the wait, which ends early if the caller is gone.
            self.appended.notify_one();
        }
        let result = match written {
            Ok(ticket) => self.syncer.wait(ticket).await,
            Err(error) => Err(error),
        };
        self.note(&result);
        result
    }

    /// Appends how a streamed answer ended, and waits for no disk: the call is counted already. Where it cannot be
    /// written, its answer stays open in the log.
    pub fn append_end(&self, record: &Record<'_>) {
        if self.write(|buffer| record.encode(buffer)).is_ok() {
            self.appended.notify_one();
        }
    }

    /// Goes on after `applied`, if the files here end before it: records in a segment that the cursor
    /// has passed would never be applied. Happens where segments were deleted, or an older folder put back.
    pub fn begin_after(&self, applied: Position) -> Result<()> {
        let mut active = self.active.lock();
        if active.end < applied {
            tracing::error!(segment = applied.segment, "journal files are missing or old; going on after what was applied");
            *active = Active::create(&self.folder, applied.segment + 1)?;
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

    fn note(&self, result: &io::Result<()>) {
        let was = self.failing.swap(result.is_err(), Ordering::Relaxed);
        match result {
            Err(cause) if !was => tracing::error!(%cause, "the journal cannot be written: live calls are refused"),
            Ok(()) if was => tracing::info!("the journal can be written again"),
            _ => {}
        }
    }

    fn write(&self, encode: impl FnOnce(&mut Vec<u8>)) -> io::Result<u64> {
        BUFFER.with_borrow_mut(|buffer| {
            buffer.clear();
            encode(buffer);
            let mut active = self.active.lock();
            if active.is_spoilt || active.end.offset + buffer.len() as u64 > self.segment_bytes {
                let next = Active::create(&self.folder, active.end.segment + 1)?;
                self.syncer.finish(&active.file);
                *active = next;
            }
            active.write(buffer)?;
            Ok(self.syncer.ticket(&active.file))
        })
    }
}

impl Active {
    fn create(folder: &Path, number: u64) -> io::Result<Self> {
        let file = OpenOptions::new().create_new(true).append(true).open(segment::path(folder, number))?;
        // The file's name has to reach the disk before what is in it can count as safe.
        File::open(folder)?.sync_all()?;
        Ok(Self { file: Arc::new(file), end: Position { segment: number, offset: 0 }, is_spoilt: false })
    }

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
