//! A running server, and what its pages need besides.

use std::net::SocketAddr;
use std::ops::Deref;
use std::path::Path;

use anyhow::Context;
use axum::extract::FromRef;
use leptos::config::{LeptosOptions, get_configuration};

use crate::server::{App, Result};

#[derive(Clone)]
pub struct Site {
    pub app: App,
    pub leptos: LeptosOptions,
}

impl Site {
    /// # Errors
    /// Fails if Leptos.toml cannot be read.
    pub fn new(app: App) -> Result<Self> {
        Ok(Self { leptos: leptos_options(app.config.addr)?, app })
    }
}

impl FromRef<Site> for App {
    fn from_ref(site: &Site) -> Self {
        site.app.clone()
    }
}

impl FromRef<Site> for LeptosOptions {
    fn from_ref(site: &Site) -> Self {
        site.leptos.clone()
    }
}

impl Deref for Site {
    type Target = App;

    fn deref(&self) -> &App {
        &self.app
    }
}

/// Reads Leptos.toml from the working directory, or from the program's folder.
fn leptos_options(addr: SocketAddr) -> Result<LeptosOptions> {
    let name = Path::new("Leptos.toml");
    let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join(name)));
    let path = std::iter::once(name.to_owned()).chain(beside).find(|path| path.exists());
    let path = path.context(
        "Leptos.toml was found neither in the working directory nor next to the program",
    )?;
    let text = path.to_str().context("the path of Leptos.toml is not UTF-8")?;
    let mut options = get_configuration(Some(text))
        .with_context(|| format!("cannot read {text}"))?
        .leptos_options;
    options.site_addr = addr;
    // The names of the hashed files are in the program's folder; they are missing if it was not
    // built by cargo-leptos.
    let names =
        std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join(&*options.hash_file)));
    if options.hash_files && !names.is_some_and(|names| names.exists()) {
        tracing::warn!(
            "{} was not found next to the program: pages are served without scripts",
            options.hash_file
        );
        options.hash_files = false;
    }
    Ok(options)
}
