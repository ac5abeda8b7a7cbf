//! Keys that were found where they should not be. Who reports one learns nothing: a key that exists and one
//! that does not are looked up alike, and what follows happens after the answer.

use serde::Serialize;
use serde_json::json;

use super::notices::mail_managers;
use super::store::{self, KeyRow};
use super::{ParsedKey, letters};
use crate::server::access::Actor;
use crate::server::events::{self, About};
use crate::server::{App, Result, audit};
use crate::types::event::EventType;
use crate::types::id::{KeyId, OrgId};
use crate::types::key::KeyView;
use crate::types::time::Timestamp;

/// A key of the right form, and where it was found.
pub struct Leak {
    pub key: ParsedKey,
    pub source: Option<String>,
}

/// What the event tells.
#[derive(Serialize)]
struct LeakedKey {
    #[serde(flatten)]
    key: KeyView,
    /// As the reporter said; nobody has checked it.
    source: Option<String>,
}

/// Takes reports from anybody. The organisation is told of a key once a day.
pub async fn report_leaks(app: &App, leaks: Vec<Leak>, reporter: Actor, now: Timestamp) -> Result<()> {
    let mut found = Vec::new();
    for leak in leaks {
        let row = store::find_by_prefix(&app.db, leak.key.prefix).await?;
        if let Some(row) = row
            && row.hash()?.matches(&leak.key.hash)
        {
            found.push((row, leak.source));
        }
    }
    let app = app.clone();
    tokio::spawn(async move {
        for (row, source) in found {
            if let Err(cause) = tell(&app, &row, source, &reporter, now).await {
                tracing::error!(key = row.id, %cause, "a leaked key was reported, and its owner could not be told");
            }
        }
    });
    Ok(())
}

async fn tell(app: &App, row: &KeyRow, source: Option<String>, reporter: &Actor, now: Timestamp) -> Result<()> {
    let org: OrgId = row.org_id.parse().map_err(anyhow::Error::from)?;
    let id: KeyId = row.id.parse().map_err(anyhow::Error::from)?;
    let notice = format!("leaked_{}", now.to_string().get(..10).unwrap_or_default());
    let mut tx = app.db.begin().await?;
    let Some(row) = store::find_for_update(&mut tx, &org, None, &id).await?.filter(|row| !row.state(now).is_over()) else { return Ok(()) };
    if !store::insert_notice(&mut tx, &id, &notice, now).await? {
        return Ok(());
    }
    let after = json!({ "source": source });
    audit::record(&mut tx, Some(&org), reporter, "key.leaked", &row.id, None, Some(after), now).await?;
    let leaked = LeakedKey { key: row.view(now)?, source };
    let about = About { org: &org, environment: Some(leaked.key.environment), request_id: reporter.request_id() };
    events::record(&mut tx, about, EventType::KeyLeaked, &leaked, now).await?;
    mail_managers(&mut tx, &app.config, &org, &letters::leaked(&app.config, &row)?, now).await?;
    tx.commit().await
}
