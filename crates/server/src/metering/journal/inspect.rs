//! Inspects the journal in a data folder from outside, whether its server runs or not.

use std::io;
use std::path::Path;

use tollgate_types::id::JournalId;

use super::damaged::{self, Damaged};
use super::lag::Lag;
use super::writer::Journal;
use super::{aside, store};
use crate::Result;
use crate::db::Db;

#[derive(Debug, Default)]
pub struct Inspected {
    pub lag: Lag,
    /// Records that could not be applied and were set aside.
    pub dead_letters: usize,
    pub damaged: Damaged,
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
        let (lag, dead_letters) = (Lag::of(&folder, cursor.at, None)?, aside::count(&folder)?);
        Ok::<_, crate::Error>(Inspected { lag, dead_letters, damaged: damaged::find(&folder)? })
    });
    looked.await.map_err(anyhow::Error::from)?.map(Some)
}
