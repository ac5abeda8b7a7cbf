use std::str::FromStr;
use std::time::Duration;

use clap::Args;

#[derive(Clone, Debug, Args)]
pub struct JournalConfig {
    /// When the journal is synced to disk: `os` (survives a crash of the process),
    /// `interval=100ms`, or `always` (survives a crash of the machine; each response waits for the
    /// disk).
    #[arg(long, global = true, env = "TOLLGATE_JOURNAL_FSYNC", default_value = "os")]
    pub journal_fsync: Fsync,

    /// Bytes after which a new journal segment starts.
    #[arg(long, global = true, env = "TOLLGATE_JOURNAL_SEGMENT_BYTES", default_value_t = 64 * 1024 * 1024, value_parser = clap::value_parser!(u64).range(64 * 1024..))]
    pub journal_segment_bytes: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fsync {
    Os,
    Interval(Duration),
    Always,
}

#[derive(Debug, thiserror::Error)]
#[error("must be `os`, `interval=100ms` (1 to 10000 ms) or `always`")]
pub struct FsyncError;

impl FromStr for Fsync {
    type Err = FsyncError;

    fn from_str(text: &str) -> Result<Self, FsyncError> {
        match text {
            "os" => Ok(Self::Os),
            "always" => Ok(Self::Always),
            _ => {
                let ms = text
                    .strip_prefix("interval=")
                    .and_then(|rest| rest.strip_suffix("ms"))
                    .ok_or(FsyncError)?;
                let ms: u64 = ms.parse().map_err(|_| FsyncError)?;
                if (1..=10_000).contains(&ms) {
                    Ok(Self::Interval(Duration::from_millis(ms)))
                } else {
                    Err(FsyncError)
                }
            }
        }
    }
}
