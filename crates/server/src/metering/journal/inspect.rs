//! Inspects the journal in a data folder from outside, whether its server runs or not.

use std::io;
use std::path::Path;

use tollgate_types::id::JournalId;

use super::aside::{self, Aside};
use super::damaged::{self, Damaged};
use super::lag::{Lag, MAX_BYTES};
use super::writer::{Journal, Position};
use super::{store, stretch};
use crate::Result;
use crate::db::Db;

/// After all segments: all of them are read to their ends.
const END: Position = Position { segment: u64::MAX, offset: 0 };

#[derive(Debug, Default)]
pub struct Inspected {
    pub lag: Lag,
    /// Records that could not be applied and were set aside.
    pub dead_letters: Aside,
    pub damaged: Damaged,
    /// Bytes of interrupted writes among those of `lag`. They are skipped, because their calls got
    /// no response.
    pub interrupted: u64,
}

impl Journal {
    /// The damaged parts that are kept.
    pub async fn damaged(&self) -> Result<Damaged> {
        let folder = self.folder.clone();
        Ok(tokio::task::spawn_blocking(move || damaged::find(&folder))
            .await
            .map_err(anyhow::Error::from)??)
    }
}

/// `None` if there is no journal yet.
pub async fn inspect(data_dir: &Path, db: &Db) -> Result<Option<Inspected>> {
    let folder = data_dir.join("journal");
    let id = match std::fs::read_to_string(folder.join("id")) {
        Ok(text) => text.trim().parse::<JournalId>().ok(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error.into()),
    };
    let cursor = match &id {
        Some(id) => store::cursor(db, id).await?.unwrap_or_default(),
        None if folder.exists() => store::Cursor::default(),
        None => return Ok(None),
    };
    let looked = tokio::task::spawn_blocking(move || {
        let lag = Lag::of(&folder, cursor.at, None)?;
        Ok::<_, crate::Error>(Inspected {
            lag,
            dead_letters: aside::count(&folder)?,
            damaged: damaged::find(&folder)?,
            interrupted: if lag.bytes > MAX_BYTES { 0 } else { interrupted(&folder, cursor.at)? },
        })
    });
    looked.await.map_err(anyhow::Error::from)?.map(Some)
}

/// Bytes of interrupted writes after the cursor.
fn interrupted(folder: &Path, cursor: Position) -> Result<u64> {
    let (mut found, mut at) = (0, cursor);
    while let Some(read) = stretch::read(folder, at, END, i64::MAX, |_| ())? {
        found += read.gaps.interrupted as u64;
        if read.next <= at {
            break;
        }
        at = read.next;
    }
    Ok(found)
}
