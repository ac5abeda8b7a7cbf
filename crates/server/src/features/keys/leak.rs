//! Reports of leaked keys. The reporter learns nothing: existing and unknown keys are looked up in
//! the same way, and all effects happen after the response.

use serde::Serialize;
use serde_json::json;
use tollgate_types::event::EventType;
use tollgate_types::id::{KeyId, OrgId};
use tollgate_types::key::KeyView;
use tollgate_types::time::Timestamp;

use super::notices::mail_managers;
use super::store::{self, KeyRow};
use super::{ParsedKey, mails};
use crate::access::Actor;
use crate::config::Config;
use crate::db::Db;
use crate::webhooks::events::{self, About};
use crate::{Result, audit};

/// A key of the right form, and where it was found.
pub struct Leak {
    pub key: ParsedKey,
    pub source: Option<String>,
}

/// The data of the event.
#[derive(Serialize)]
struct LeakedKey {
    #[serde(flatten)]
    key: KeyView,
    /// From the reporter; not verified.
    source: Option<String>,
}

/// Processes reports from anybody. The organisation is notified of a key once a day.
pub async fn report_leaks(
    db: &Db,
    config: &Config,
    leaks: Vec<Leak>,
    reporter: Actor,
    now: Timestamp,
) -> Result<()> {
    let mut found = Vec::new();
    for leak in leaks {
        let row = store::find_by_prefix(db, leak.key.prefix).await?;
        if let Some(row) = row
            && row.hash()?.matches(&leak.key.hash)
        {
            found.push((row, leak.source));
        }
    }
    let (db, config) = (db.clone(), config.clone());
    tokio::spawn(async move {
        for (row, source) in found {
            if let Err(cause) = notify(&db, &config, &row, source, &reporter, now).await {
                tracing::error!(key = row.id, %cause, "a leaked key was reported, but its owner could not be notified");
            }
        }
    });
    Ok(())
}

async fn notify(
    db: &Db,
    config: &Config,
    row: &KeyRow,
    source: Option<String>,
    reporter: &Actor,
    now: Timestamp,
) -> Result<()> {
    let org: OrgId = row.org_id.parse().map_err(anyhow::Error::from)?;
    let id: KeyId = row.id.parse().map_err(anyhow::Error::from)?;
    let notice = format!("leaked_{}", now.to_string().get(..10).unwrap_or_default());
    let mut tx = db.begin().await?;
    let Some(row) = store::find_for_update(&mut tx, &org, None, &id)
        .await?
        .filter(|row| !row.state(now).is_over())
    else {
        return Ok(());
    };
    if !store::insert_notice(&mut tx, &id, &notice, now).await? {
        return Ok(());
    }
    let after = json!({ "source": source });
    audit::record(&mut tx, Some(&org), reporter, "key.leaked", &row.id, None, Some(after), now)
        .await?;
    let leaked = LeakedKey { key: row.view(now)?, source };
    let about = About {
        org: &org,
        environment: Some(leaked.key.environment),
        request_id: reporter.request_id(),
    };
    events::record(&mut tx, about, EventType::KeyLeaked, &leaked, now).await?;
    mail_managers(&mut tx, config, &org, &mails::leaked(config, &row)?, now).await?;
    tx.commit().await
}
