use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::Subcommand;
use serde_json::json;
use tollgate_openapi::report::{DEFAULT_LINES, Options, Report, report};
use tollgate_proxy::outbound::{Outbound, Resolver};

use crate::server::config::Config;
use crate::server::{Result, products};

/// Maximum number of documents in a folder.
const MAX_FILES: usize = 1_000;

#[derive(Subcommand)]
pub enum Command {
    /// Check what works in an OpenAPI document before you publish it
    ///
    /// Each operation is called with generated requests, mocked, and part of generated clients. No
    /// database or server is needed, and nothing is sent. Exit status: 0 if all checks passed; 1 if
    /// a document is refused, a check failed or was not completed, or, with --strict, if there are
    /// warnings.
    Check(Args),
}

#[derive(clap::Args)]
pub struct Args {
    /// A file, a ZIP archive, a folder with .json, .yaml and .yml files, or the URL of a document
    source: String,
    /// Also fail if there are warnings
    #[arg(long)]
    strict: bool,
    /// Maximum time for the operations of one document, in seconds
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    time_limit: u64,
    #[arg(long)]
    json: bool,
}

pub async fn run(config: &Config, command: Command) -> Result<ExitCode> {
    let Command::Check(args) = command;
    let options = Options { clock: &Instant::now, limit: Duration::from_secs(args.time_limit) };
    let is_url = args.source.starts_with("http://") || args.source.starts_with("https://");
    let mut is_passed = true;
    if !is_url && Path::new(&args.source).is_dir() {
        let mut all = Vec::new();
        let files = documents_in(Path::new(&args.source))?;
        let parts = parts_of(&files);
        for file in files.iter().filter(|file| !parts.contains(*file)) {
            let name = file.display().to_string();
            // Without its other files, the report lists the references to them.
            let document = products::local_document(file).map(|(document, _)| document);
            let document = document.or_else(|_| fs::read(file).with_context(|| name.clone()))?;
            let found = report(&document, &options);
            is_passed &= passes(&found, args.strict);
            if args.json {
                all.push(json!({ "source": name, "report": found }));
            } else {
                println!("{}", found.line(&name));
            }
        }
        if args.json {
            println!("{}", serde_json::to_string(&all)?);
        }
    } else {
        let document = if is_url {
            let outbound = Outbound::new(config.outbound, Resolver::default());
            products::fetch(&outbound, &args.source).await?
        } else {
            products::local_document(Path::new(&args.source))?.0
        };
        let found = report(&document, &options);
        is_passed = passes(&found, args.strict);
        if args.json {
            println!("{}", serde_json::to_string(&found)?);
        } else {
            print!("{}", found.text(DEFAULT_LINES));
        }
    }
    Ok(if is_passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The files that others refer to: they are no documents of their own.
fn parts_of(files: &[PathBuf]) -> HashSet<PathBuf> {
    let mut parts = HashSet::new();
    for file in files {
        let read = products::local_document(file).map(|(_, files)| files).unwrap_or_default();
        parts.extend(read.into_iter().skip(1).map(|part| file.with_file_name(part)));
    }
    parts
}

fn passes(report: &Report, is_strict: bool) -> bool {
    report.is_passed() && (!is_strict || report.warnings.is_empty())
}

/// The documents of a folder, by name.
fn documents_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let unreadable = || format!("cannot read the folder {}", folder.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(unreadable)? {
        let path = entry.with_context(unreadable)?.path();
        let ending = path.extension().and_then(std::ffi::OsStr::to_str).unwrap_or_default();
        if path.is_file() && matches!(ending, "json" | "yaml" | "yml") {
            files.push(path);
        }
    }
    let advice = "name a file, or a folder with .json, .yaml or .yml files";
    if files.is_empty() {
        return Err(anyhow::anyhow!("{} has no documents: {advice}", folder.display()).into());
    }
    if files.len() > MAX_FILES {
        let (found, at) = (files.len(), folder.display());
        return Err(anyhow::anyhow!(
            "{at} has {found} documents; at most {MAX_FILES} are checked: choose a smaller folder"
        )
        .into());
    }
    files.sort();
    Ok(files)
}
