//! Configuration: environment variables and flags, one file per concern. A wrong value stops the
//! start with one line that says which value and why. `.env.example` documents the same list.

mod billing;
mod connections;
mod journal;
mod limits;
mod mail;
mod redis;

use std::net::SocketAddr;
use std::path::PathBuf;

use axum::http::HeaderValue;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, ValueEnum};
use ipnet::IpNet;
use tollgate_proxy::outbound::Reach;
use tollgate_types::time::SECOND;
use url::Url;

pub use billing::BillingConfig;
pub use connections::ConnectionsConfig;
pub use journal::{Fsync, JournalConfig};
pub use limits::{LimitsConfig, Rate};
pub use mail::{MailConfig, SmtpUrl};
pub use redis::{RedisConfig, RedisServers, RedisUrl};

use crate::Result;
use crate::clock::Clock;

/// The furthest that the clock of a trial may be moved: two years.
const AHEAD: i64 = 2 * 366 * 86_400;

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Settings")]
pub struct Config {
    /// The address to listen on.
    #[arg(long, global = true, env = "TOLLGATE_ADDR", default_value = "127.0.0.1:3000")]
    pub addr: SocketAddr,

    /// The folder for the embedded database and the journal.
    #[arg(long, global = true, env = "TOLLGATE_DATA_DIR", default_value = "data")]
    pub data_dir: PathBuf,

    /// PostgreSQL (postgres://…) or SQLite (sqlite:FILE); default: tollgate.db in the data folder.
    #[arg(long, global = true, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<Secret>,

    /// The URL at which browsers reach the portal; default: http:// and the address.
    // Not `--base-url`: products have that flag, too.
    #[arg(long = "public-url", id = "public_url", value_name = "URL", global = true, env = "TOLLGATE_BASE_URL", value_parser = parse_base_url)]
    pub base_url: Option<Url>,

    /// Proxies whose X-Forwarded-For header is trusted, as a comma-separated list of networks
    /// (CIDR).
    #[arg(long, global = true, env = "TRUSTED_PROXIES", value_delimiter = ',')]
    pub trusted_proxies: Vec<IpNet>,

    /// Networks that may use the pages under /admin and the admin API, as a comma-separated list
    /// (CIDR). Default: any network.
    #[arg(long, global = true, env = "TOLLGATE_ADMIN_NETWORKS", value_delimiter = ',')]
    pub admin_networks: Vec<IpNet>,

    /// The format of log lines.
    #[arg(long, global = true, env = "TOLLGATE_LOG_FORMAT", value_enum, default_value = "text")]
    pub log_format: LogFormat,

    /// Which log lines are written, in the syntax of tracing's EnvFilter.
    #[arg(long, global = true, env = "TOLLGATE_LOG", default_value = "info")]
    pub log: String,

    /// Days that request logs are kept.
    #[arg(long, global = true, env = "TOLLGATE_LOG_RETENTION_DAYS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub log_retention_days: u32,

    /// Seconds after SIGTERM during which /readyz returns 503 but calls are still accepted, so that
    /// load balancers stop sending calls. Does not apply to SIGINT (Ctrl+C).
    #[arg(long, global = true, env = "TOLLGATE_DRAIN_SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u32).range(0..=600))]
    pub drain_seconds: u32,

    /// Where documents may be fetched from and webhooks may be delivered to: public addresses over
    /// https, or, for development, any address, also over http.
    #[arg(long, global = true, env = "TOLLGATE_OUTBOUND", value_parser = reach(), default_value = "public")]
    pub outbound: Reach,

    /// The key that encrypts stored secrets, such as webhook signing secrets: 32 bytes in base64,
    /// the same on all instances. Default: secret.key in the data folder, which is created if it is
    /// missing.
    #[arg(long, global = true, env = "TOLLGATE_SECRET_KEY", hide_env_values = true)]
    pub secret_key: Option<Secret>,

    /// Seconds that the portal's clock is ahead, so that a trial with a fake payment provider
    /// reaches the end of a month.
    #[arg(long, global = true, env = "TOLLGATE_CLOCK_AHEAD", hide = true, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=AHEAD))]
    pub clock_ahead: u32,

    #[command(flatten)]
    pub limits: LimitsConfig,

    #[command(flatten)]
    pub connections: ConnectionsConfig,

    #[command(flatten)]
    pub journal: JournalConfig,

    #[command(flatten)]
    pub mail: MailConfig,

    #[command(flatten)]
    pub redis: RedisConfig,

    #[command(flatten)]
    pub billing: BillingConfig,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

/// Flags without a command.
#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    config: Config,
}

impl Config {
    /// The configuration from these flags, the environment and the defaults.
    ///
    /// # Errors
    /// Fails for an unknown flag or a wrong value, and names it.
    pub fn from_flags<'a>(flags: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        let flags = Flags::try_parse_from(std::iter::once("tollgate").chain(flags))
            .map_err(anyhow::Error::from)?;
        Ok(flags.config)
    }

    /// The portal's own URL, without a trailing slash.
    pub fn base_url(&self) -> String {
        match &self.base_url {
            Some(url) => url.as_str().trim_end_matches('/').to_owned(),
            None => format!("http://{}", self.addr),
        }
    }

    /// The `Strict-Transport-Security` header (RFC 6797) of every response, if the portal is
    /// reached over https. One year, without subdomains, which may belong to others.
    pub fn strict_transport(&self) -> Option<HeaderValue> {
        let is_https = self.base_url.as_ref().is_some_and(|url| url.scheme() == "https");
        is_https.then_some(HeaderValue::from_static("max-age=31536000"))
    }

    /// True if only this machine can reach the portal: then unsent mail may be shown on a page.
    pub fn is_development(&self) -> bool {
        self.addr.ip().is_loopback() && self.base_url.as_ref().is_none_or(is_loopback)
    }

    /// True if strangers can reach the portal: over TLS, under a name that is not this machine's.
    pub fn is_public(&self) -> bool {
        self.base_url.as_ref().is_some_and(|url| url.scheme() == "https" && !is_loopback(url))
    }

    /// The clock that the whole program uses.
    pub fn clock(&self) -> Clock {
        let clock = Clock::default();
        clock.advance(i64::from(self.clock_ahead) * SECOND);
        clock
    }

    /// Checks combinations of values.
    pub fn check(&self) -> Result<()> {
        if self.addr.ip().is_unspecified() && self.base_url.is_none() {
            return Err(anyhow::anyhow!(
                "TOLLGATE_BASE_URL is required when TOLLGATE_ADDR is {}: links in mails need the portal's URL",
                self.addr
            )
            .into());
        }
        self.check_clock()?;
        self.connections.check()?;
        if let Some(url) = &self.redis.redis_url {
            url.servers().map_err(|reason| anyhow::anyhow!(reason))?;
        }
        if let Some(url) = &self.mail.smtp_url {
            url.check().map_err(|reason| anyhow::anyhow!(reason))?;
        }
        Ok(())
    }

    /// Whether the clock may be moved.
    ///
    /// # Errors
    /// Fails outside of trials: real charges need the real time, and so does real data.
    pub fn check_clock(&self) -> Result<()> {
        if self.clock_ahead > 0
            && !(self.is_development() && is_loopback(&self.billing.stripe_api_base))
        {
            return Err(anyhow::anyhow!(
                "TOLLGATE_CLOCK_AHEAD is for trials only: TOLLGATE_ADDR, TOLLGATE_BASE_URL and STRIPE_API_BASE must point to this machine"
            )
            .into());
        }
        Ok(())
    }
}

/// Whether the URL points to this machine.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

fn reach() -> impl TypedValueParser<Value = Reach> {
    PossibleValuesParser::new(["public", "anywhere"])
        .map(|name| if name == "public" { Reach::Public } else { Reach::Anywhere })
}

fn parse_base_url(text: &str) -> Result<Url, String> {
    let url: Url = text.parse().map_err(|error| format!("not a URL: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err("must begin with http:// or https:// and a host".into());
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err("must not have a path: the portal needs its own host name".into());
    }
    Ok(url)
}

/// A value that never appears in a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

impl std::str::FromStr for Secret {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(flags: &[&str]) -> Result<Config> {
        Config::from_flags(flags.iter().copied())
    }

    #[test]
    fn secrets_do_not_show_in_debug_output() {
        let config = config(&[
            "--database-url",
            "postgres://u:hunter2@h/d",
            "--smtp-url",
            "smtps://u:hunter2@mail.example.com",
            "--redis-url",
            "redis://u:hunter2@h",
            "--stripe-secret-key",
            "sk_test_hunter2",
            "--stripe-webhook-secret",
            "whsec_hunter2",
        ])
        .unwrap();
        assert!(!format!("{config:?}").contains("hunter2"));
    }

    #[test]
    fn a_wrong_value_is_refused_with_its_name() {
        for (flag, value) in [
            ("--addr", "here"),
            ("--public-url", "portal.example.com"),
            ("--trusted-proxies", "10.0.0.0/33"),
            ("--limit-key", "0/1"),
            ("--journal-fsync", "sometimes"),
        ] {
            let error = config(&[flag, value]).err().unwrap().to_string();
            assert!(error.contains(flag), "{error}");
        }
    }

    #[test]
    fn only_a_trial_beside_a_fake_payment_provider_moves_the_clock() {
        let fake = ["--clock-ahead", "60", "--stripe-api-base", "http://127.0.0.1:12111"];
        let trial = config(&fake).unwrap();
        assert!(trial.check().is_ok() && trial.clock().is_moved());
        assert!(config(&fake[..2]).unwrap().check().is_err(), "Stripe itself");
        assert!(
            config(&[&fake[..], &["--public-url", "https://portal.example.com"]].concat())
                .unwrap()
                .check()
                .is_err()
        );
        assert!(!config(&[]).unwrap().clock().is_moved());
    }

    #[test]
    fn development_is_only_what_this_machine_alone_can_reach() {
        assert!(config(&[]).unwrap().is_development());
        assert!(config(&["--public-url", "http://localhost:3000"]).unwrap().is_development());
        assert!(!config(&["--public-url", "https://portal.example.com"]).unwrap().is_development());
        assert!(
            !config(&["--addr", "0.0.0.0:3000", "--public-url", "http://localhost:3000"])
                .unwrap()
                .is_development()
        );
    }
}
