//! Log lines: one per notable event, never with a secret, a body, a mail address or a full address.

use std::io::IsTerminal;

use anyhow::Context;
use tracing_subscriber::EnvFilter;

use crate::Result;
use crate::config::{Config, LogFormat};

pub fn init(config: &Config) -> Result<()> {
    // The library warns about every unsuccessful response, also about expected ones; we log what
    // matters ourselves.
    let filter = EnvFilter::try_new(format!("stripe=error,{}", config.log))
        .context("TOLLGATE_LOG is not a log filter")?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        .with_ansi(std::io::stderr().is_terminal());
    // If the log cannot be written, for example because the disk is full, calls must continue.
    let lines = lines.log_internal_errors(false);
    match config.log_format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    }
    .map_err(|error| anyhow::anyhow!(error))?;
    Ok(())
}
