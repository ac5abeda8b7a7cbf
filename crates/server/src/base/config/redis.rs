use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use clap::Args;
use redis::{ConnectionInfo, IntoConnectionInfo};

/// The Redis through which several instances share their limits.
#[derive(Clone, Debug, Args)]
pub struct RedisConfig {
    /// Redis: redis://user:password@host:port/db, rediss:// for TLS, redis+cluster://host,host or
    /// rediss+cluster:// for a cluster. Without it, each instance applies limits separately.
    #[arg(long, global = true, env = "REDIS_URL", hide_env_values = true)]
    pub redis_url: Option<RedisUrl>,

    /// Milliseconds that a call waits for Redis. After that, Redis counts as unavailable and the
    /// instance applies limits separately.
    #[arg(long, global = true, env = "TOLLGATE_REDIS_DEADLINE_MS", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub redis_deadline_ms: u32,
}

/// A URL that may contain a password.
#[derive(Clone)]
pub struct RedisUrl(String);

/// What a [`RedisUrl`] points to: one server, or some nodes of a cluster that name the others.
pub struct RedisServers {
    pub nodes: Vec<ConnectionInfo>,
    pub is_cluster: bool,
}

const FORMS: &str = "REDIS_URL must be redis://user:password@host:port/db, rediss:// for TLS, or redis+cluster://user:password@host:port,host:port (rediss+cluster:// for TLS)";

impl RedisUrl {
    /// Parses the URL; the reason does not repeat it.
    pub fn servers(&self) -> Result<RedisServers, &'static str> {
        let (scheme, rest) = self.0.split_once("://").ok_or(FORMS)?;
        match scheme {
            "redis" | "rediss" => {
                Ok(RedisServers { nodes: vec![node(&self.0)?], is_cluster: false })
            }
            "redis+cluster" | "rediss+cluster" => {
                let (user, nodes) =
                    rest.rsplit_once('@').map_or(("", rest), |(user, nodes)| (user, nodes));
                let at = if user.is_empty() { "" } else { "@" };
                let nodes = nodes.trim_end_matches('/');
                if nodes.contains(['/', '?', '#']) {
                    return Err(
                        "REDIS_URL of a cluster must end after its hosts: a cluster has one database and no options",
                    );
                }
                let single = scheme.trim_end_matches("+cluster");
                let nodes: Result<_, _> = nodes
                    .split(',')
                    .map(|host| node(&format!("{single}://{user}{at}{}", host.trim())))
                    .collect();
                Ok(RedisServers { nodes: nodes?, is_cluster: true })
            }
            _ => Err(FORMS),
        }
    }
}

fn node(url: &str) -> Result<ConnectionInfo, &'static str> {
    let info = url.into_connection_info().map_err(|_| FORMS)?;
    let named = match info.addr() {
        redis::ConnectionAddr::Tcp(host, _) | redis::ConnectionAddr::TcpTls { host, .. } => {
            !host.is_empty()
        }
        _ => false,
    };
    named.then_some(info).ok_or(FORMS)
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Accepts any text, because a parser error would print it with the password. [`RedisUrl::servers`]
/// validates it.
impl FromStr for RedisUrl {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(url: &str) -> Result<Vec<String>, &'static str> {
        let url: RedisUrl = url.parse().unwrap();
        let nodes = url.servers()?.nodes;
        let secret =
            |info: &ConnectionInfo| info.redis_settings().password().unwrap_or("-").to_owned();
        Ok(nodes
            .iter()
            .map(|info| format!("{}/{} {}", info.addr(), info.redis_settings().db(), secret(info)))
            .collect())
    }

    #[test]
    fn a_url_names_one_server_or_the_nodes_of_a_cluster() {
        assert_eq!(addresses("redis://localhost").unwrap(), ["localhost:6379/0 -"]);
        assert_eq!(
            addresses("rediss://:s3cret@redis.example.com:7000/2").unwrap(),
            ["redis.example.com:7000/2 s3cret"]
        );
        assert_eq!(
            addresses("redis+cluster://u:p@a:7000,b:7001/").unwrap(),
            ["a:7000/0 p", "b:7001/0 p"]
        );
        assert_eq!(addresses("rediss+cluster://a").unwrap(), ["a:6379/0 -"]);
    }

    #[test]
    fn a_wrong_url_is_refused_without_being_repeated() {
        for url in [
            "",
            "localhost:6379",
            "http://localhost",
            "redis://",
            "redis://h:port",
            "redis+cluster://a,b:x",
            "redis+cluster://a/1",
            "rediss://h/hunter2",
        ] {
            let reason = addresses(url).unwrap_err();
            assert!(
                reason.starts_with("REDIS_URL") && !reason.contains("hunter2"),
                "{url}: {reason}"
            );
        }
    }
}
