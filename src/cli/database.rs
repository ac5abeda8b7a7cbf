//! The database, as commands open it.

use crate::server::config::Config;
use crate::server::db::Db;
use crate::server::{Result, plans};

/// Opens the database and updates its tables.
pub async fn open(config: &Config) -> Result<Db> {
    let db =
        Db::open(config.database_url.as_ref().map(|url| url.expose()), &config.data_dir).await?;
    db.migrate().await?;
    plans::provide(&db, config.clock().now()).await?;
    Ok(db)
}
