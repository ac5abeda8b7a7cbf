//! What products' pages show, from their documents.

mod cache;
mod catalogue;
mod changelog;
mod download;
mod draft;
mod operation;
mod product;
mod sample;
mod scopes;

pub use cache::DocsCache;
pub use catalogue::catalogue;
pub use download::{File, download};
pub use operation::operation;
pub use product::{product, title};
pub use sample::print;
pub use scopes::scopes;

use super::App;
use crate::server::config::Rate;
use crate::types::docs::Limits;
use crate::types::plan::PlanRate;

/// What holds for keys and organisations whose plan says nothing.
fn limits(app: &App) -> Limits {
    let rate = |rate: Rate| PlanRate { calls: rate.calls, seconds: rate.seconds, burst: None };
    Limits { key_rate: rate(app.config.limits.limit_key), org_rate: rate(app.config.limits.limit_org) }
}
