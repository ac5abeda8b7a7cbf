use std::time::Duration;

use clap::Args;
use tollgate_proxy::connections::Bounds;

use crate::Result;

/// Bounds that keep one client from using all connections.
#[derive(Clone, Debug, Args)]
pub struct ConnectionsConfig {
    /// Connections that may be open at the same time. Further connections wait until one closes.
    #[arg(long, global = true, env = "TOLLGATE_CONNECTIONS", default_value_t = 16 * 1024, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub connections: u32,

    /// How many of these connections are reserved for calls under /v1 and /api, so that pages
    /// cannot use them up.
    #[arg(long, global = true, env = "TOLLGATE_CONNECTIONS_FOR_CALLS", default_value_t = 4 * 1024)]
    pub connections_for_calls: u32,

    /// Connections per source address (IPv6: per /64 network). Addresses in TRUSTED_PROXIES may
    /// open any number; each source that such a proxy names may have this many requests in
    /// progress.
    #[arg(long, global = true, env = "TOLLGATE_CONNECTIONS_PER_SOURCE", default_value_t = 1_024, value_parser = clap::value_parser!(u32).range(1..))]
    pub connections_per_source: u32,

    /// Seconds in which the headers of a request must arrive.
    #[arg(long, global = true, env = "TOLLGATE_HEAD_TIMEOUT_SECONDS", default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..=3_600))]
    pub head_timeout_seconds: u32,

    /// Seconds in which the body of a request must arrive, except for calls under /v1 or /api
    /// (TOLLGATE_CALL_TIMEOUT_SECONDS).
    #[arg(long, global = true, env = "TOLLGATE_BODY_TIMEOUT_SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=3_600))]
    pub body_timeout_seconds: u32,

    /// Seconds after which a connection without requests is closed. Connections are checked
    /// periodically, so this can take longer by up to the shortest of this time,
    /// TOLLGATE_HEAD_TIMEOUT_SECONDS and TOLLGATE_SEND_TIMEOUT_SECONDS.
    #[arg(long, global = true, env = "TOLLGATE_IDLE_TIMEOUT_SECONDS", default_value_t = 75, value_parser = clap::value_parser!(u32).range(1..=3_600))]
    pub idle_timeout_seconds: u32,

    /// Seconds after which a connection is closed if the client reads nothing of a response. This
    /// can take longer by up to the shortest of the three times.
    #[arg(long, global = true, env = "TOLLGATE_SEND_TIMEOUT_SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=3_600))]
    pub send_timeout_seconds: u32,
}

impl ConnectionsConfig {
    pub fn bounds(&self) -> Bounds {
        let seconds = |seconds: u32| Duration::from_secs(seconds.into());
        Bounds {
            connections: self.connections as usize,
            kept: self.connections_for_calls as usize,
            per_source: self.connections_per_source,
            head: seconds(self.head_timeout_seconds),
            idle: seconds(self.idle_timeout_seconds),
            send: seconds(self.send_timeout_seconds),
        }
    }

    /// # Errors
    /// Fails if no connection would be left for pages.
    pub fn check(&self) -> Result<()> {
        if self.connections_for_calls >= self.connections {
            return Err(anyhow::anyhow!(
                "TOLLGATE_CONNECTIONS_FOR_CALLS ({}) must be less than TOLLGATE_CONNECTIONS ({}): pages need connections, too",
                self.connections_for_calls,
                self.connections
            )
            .into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn the_defaults_are_the_bounds_defaults() {
        let config = Config::from_flags([]).unwrap().connections;
        let (bounds, default) = (config.bounds(), Bounds::default());
        assert_eq!(
            (bounds.connections, bounds.kept, bounds.per_source),
            (default.connections, default.kept, default.per_source)
        );
        assert_eq!(
            (bounds.head, bounds.idle, bounds.send),
            (default.head, default.idle, default.send)
        );
        assert!(config.check().is_ok());
    }

    #[test]
    fn not_all_connections_can_be_kept_for_calls() {
        let config =
            Config::from_flags(["--connections", "10", "--connections-for-calls", "10"]).unwrap();
        let error = config.check().unwrap_err().to_string();
        assert!(error.contains("TOLLGATE_CONNECTIONS_FOR_CALLS"), "{error}");
    }
}
