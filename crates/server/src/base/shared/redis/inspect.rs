//! The checks of `tollgate doctor`.

use redis::Value;
use tokio::time::timeout;

use super::connection::{CONNECT, Servers};
use super::link::Link;
use crate::clock::Clock;
use crate::config::RedisUrl;

/// From this version on, scripts are replicated by their effects; before, a script that reads the
/// time could not write.
const OLDEST: u32 = 5;
/// Clocks with a larger difference show wrong reset times.
const SKEW_MS: i64 = 5_000;

/// The result for a usable Redis.
pub struct Found {
    pub version: String,
    /// A problem that should be fixed nevertheless.
    pub fault: Option<String>,
}

/// Connects, runs the script, and reads version and time.
///
/// # Errors
/// Why it cannot be used, without the URL.
pub async fn inspect(url: &RedisUrl, clock: &Clock) -> Result<Found, String> {
    let servers = Servers::new(url.servers()?).map_err(|error| error.to_string())?;
    let link = Link::new(servers, CONNECT);
    link.try_connect().await?;
    let querying = async {
        let mut connection =
            link.servers.nodes.first()?.get_multiplexed_async_connection().await.ok()?;
        let info: String =
            redis::cmd("INFO").arg("server").query_async(&mut connection).await.ok()?;
        let time: Vec<i64> = redis::cmd("TIME")
            .query_async::<Value>(&mut connection)
            .await
            .ok()
            .and_then(|time| redis::from_redis_value(time).ok())?;
        Some((info, time.first()? * 1_000))
    };
    // Neither is required, and both may be forbidden.
    let Ok(Some((info, ms))) = timeout(CONNECT, querying).await else {
        return Ok(Found { version: "of unknown version".into(), fault: None });
    };
    let version = info
        .lines()
        .find_map(|line| line.strip_prefix("redis_version:"))
        .unwrap_or("of unknown version")
        .to_owned();
    let is_old = version
        .split('.')
        .next()
        .and_then(|major| major.parse().ok())
        .is_some_and(|major: u32| major < OLDEST);
    let skew = (clock.now().0 - ms).abs();
    let fault = if is_old {
        Some(format!("older than {OLDEST}.0, which cannot share limits; install a newer version"))
    } else if skew > SKEW_MS {
        Some(format!(
            "its clock differs from this machine's by {} s: synchronise both with NTP",
            skew / 1_000
        ))
    } else {
        None
    };
    Ok(Found { version, fault })
}
